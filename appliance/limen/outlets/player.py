"""When an event leaves: at its sample time plus a constant (steady), or at once (immediate).

Sent on arrival, beats snap to the grid of packets (172 ms for BVP) and a rhythm breaks; played a constant later
than it was sampled, it keeps its intervals. This module is pure: time is given to it, and it starts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from math import ceil, inf
from typing import Final

from limen.gates.records import Edge, Event, Played, Readings, Status
from limen.gates.settings import GATES
from limen.outlets.lane import Lane
from limen.streams import STREAMS, SampleClock, Stream

ALLOWANCE_S: Final = 0.04  # radio retries and our own work, beyond the packet's own duration
EDGES_WAITING: Final = 1024  # per player; a second of everything at once is about a hundred
BURST_S: Final = 0.1  # continuous values that missed their moment by more are not worth a burst

STEADY_GATES: Final = frozenset({"pulse", "tap"}) | {
    # Six EDA samples arrive in one packet: at once, a second and a half of edges would be one click.
    gate.name
    for gate in GATES.values()
    if gate.stream in (Stream.EDA, Stream.TEMP)
}


def default_delays(allowance_s: float = ALLOWANCE_S) -> dict[Stream, float]:
    """D of each stream in seconds: its packet plus `allowance_s`; EDA also waits for a packet of ACC to mark it."""
    delays = {stream: spec.packet_s + allowance_s for stream, spec in STREAMS.items()}
    delays[Stream.EDA] += STREAMS[Stream.ACC].packet_s
    return delays


def slot_from(t: float, step_s: float) -> float:
    """The first multiple of `step_s` that is not before `t`; everything that shares a grid wakes up together."""
    number = ceil(t / step_s)
    return max(number * step_s, t)


@dataclass(frozen=True, slots=True)
class Timing:
    """What is played steadily and how much later: `delay_s` for each stream, `steady` names gates.

    Continuous values are always steady, states of the signals (worn, fresh) always immediate.
    """

    delay_s: Mapping[Stream, float] = field(default_factory=default_delays)
    steady: frozenset[str] = STEADY_GATES


@dataclass(slots=True)
class PlayerCounts:
    """What did not go as meant: came after its moment, or found no room."""

    late_edges: int = 0
    late_readings: int = 0
    dropped_edges: int = 0
    dropped_readings: int = 0


class Player:
    """Holds events until they are due.

    `clock` maps a wearer to its inlet's `SampleClock`, which may be re-anchored at any time; without one, events
    are due at once. `grid_s` > 0 lets continuous values wait for the next multiple of it, of which only the newest
    per address leaves: fewer wake-ups where nobody wants every sample. Edges never wait for the grid.

    Two promises hold whatever the clocks do: edges of one gate leave in the order in which they were pushed, and
    nothing waits longer than its D, because no sample was taken in the future.
    """

    def __init__(self, timing: Timing | None = None, *, grid_s: float = 0.0) -> None:
        self.clock: dict[int, SampleClock] = {}
        self.counts = PlayerCounts()
        self._timing = timing or Timing()
        self._edges: list[tuple[float, int, Edge | Status]] = []
        self._lanes: dict[tuple[int, str], Lane] = {}
        self._last_due: dict[tuple[int, str], float] = {}
        self._order = count()
        self._grid_s = grid_s
        self._first_reading = inf  # when the first continuous value is due,
        self._readings_due = inf  # and when it may leave

    @property
    def timing(self) -> Timing:
        """What is steady, and how much later; may be changed at any time."""
        return self._timing

    @timing.setter
    def timing(self, timing: Timing) -> None:
        self._timing = timing
        for lane in self._lanes.values():
            lane.delay_s = timing.delay_s[lane.stream]

    @property
    def grid_s(self) -> float:
        """The grid of continuous values in seconds, 0 for none; may be changed at any time."""
        return self._grid_s

    @grid_s.setter
    def grid_s(self, grid_s: float) -> None:
        if grid_s != self._grid_s:
            self._grid_s = grid_s
            self._wait_for(self._first_reading)

    def push(self, event: Event, now: float) -> None:
        """Take one event of the engine; never raises and never blocks."""
        if isinstance(event, Readings):
            self._push_readings(event, now)
        else:
            self._push_edge(event, now)

    def next_due(self) -> float | None:
        """When `pop_due` will next have something, in monotonic seconds; None while nothing waits."""
        due = self._readings_due
        if self._edges and self._edges[0][0] < due:
            due = self._edges[0][0]
        return due if due < inf else None

    def pop_due(self, now: float) -> list[Played]:
        """All that is due: first edges and states in order, then continuous values."""
        events: list[Played] = []
        edges = self._edges
        while edges and edges[0][0] <= now:
            events.append(heappop(edges)[2])
        if self._readings_due <= now:
            self._pop_readings(now, events)
        return events

    def clear(self) -> None:
        """Forget all that waits, as when playing stops."""
        self._edges.clear()
        self._lanes.clear()
        self._last_due.clear()
        self._wait_for(inf)

    def _push_edge(self, event: Edge | Status, now: float) -> None:
        due = now
        if isinstance(event, Edge) and event.gate in self._timing.steady:
            delay_s = self._timing.delay_s[event.stream]
            clock = self.clock.get(event.wearer)
            due = now if clock is None else clock(event.stream, event.index) + delay_s
            if due < now:
                self.counts.late_edges += 1
                due = now
            due = min(due, now + delay_s)
        key = (event.wearer, event.gate if isinstance(event, Edge) else event.name)
        # Neither a clock that jumps back nor an immediate edge may overtake an earlier one of the same gate.
        due = max(due, self._last_due.get(key, due))
        self._last_due[key] = due
        if len(self._edges) >= EDGES_WAITING:
            # The newest edge says how a gate stands, so the oldest is the one to lose.
            heappop(self._edges)
            self.counts.dropped_edges += 1
        heappush(self._edges, (due, next(self._order), event))

    def _push_readings(self, readings: Readings, now: float) -> None:
        key = (readings.wearer, readings.name)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(readings.stream, self._timing.delay_s[readings.stream])
        late, dropped = lane.push(readings, self.clock.get(readings.wearer), now)
        self.counts.late_readings += late
        self.counts.dropped_readings += dropped
        if lane.next_due < self._first_reading:
            self._wait_for(lane.next_due)

    def _pop_readings(self, now: float, events: list[Played]) -> None:
        first = inf
        on_grid = self._grid_s > 0
        for lane in self._lanes.values():
            if lane.next_due <= now:
                if on_grid:
                    newest = lane.pop_newest(now)
                    if newest is not None:
                        events.append(newest)
                else:
                    kept, dropped = lane.pop_due(now, now - BURST_S)
                    events += kept
                    self.counts.dropped_readings += dropped
            due = lane.next_due
            first = due if due < first else first
        self._wait_for(first)

    def _wait_for(self, first: float) -> None:
        self._first_reading = first
        self._readings_due = slot_from(first, self._grid_s) if self._grid_s and first < inf else first
