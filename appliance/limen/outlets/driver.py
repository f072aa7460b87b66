"""One timer for everything that happens in time: the player's events and what its sinks do by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from math import inf
from typing import Final, Protocol

from limen.gates.records import Event, Played
from limen.outlets.player import Player

PAUSE_S: Final = 0.04  # after a sink raised


class Sink(Protocol):
    """Where played events go. Its own timed work (refreshes) shares the driver's timer."""

    @property
    def grid_s(self) -> float:
        """How long continuous values may wait to leave together, in seconds; 0 asks for each at its own time."""

    def play(self, events: Sequence[Played], now: float) -> None:
        """Take the events that are due, edges first."""

    def run_due(self, now: float) -> float | None:
        """Do what is due; returns when to be called next, in monotonic seconds, None for never by itself."""


class Driver:
    """Plays what is pushed into sinks at its time, on the running loop's monotonic clock.

    Lives in one thread, holds one timer. After anything else changed what is due (a new subscriber), `poke` it.
    """

    def __init__(self, player: Player, sinks: Sequence[Sink]) -> None:
        self.player = player
        self._sinks = tuple(sinks)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self.poke()

    def push(self, events: Iterable[Event]) -> None:
        """Take the engine's events; what is due at once has left when this returns."""
        now = self._loop.time()
        push = self.player.push
        for event in events:
            push(event, now)
        due = self.player.next_due()
        if due is not None and due <= now:
            self._run(now)
        elif due is not None and (self._timer is None or due < self._timer.when()):
            self._arm(due)

    def poke(self) -> None:
        """Look again at what is due, and do it if it is due now."""
        self._run(self._loop.time())

    def close(self) -> None:
        """Stop playing; what waits is not played."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run(self, now: float) -> None:
        player, first, grid_s = self.player, inf, inf
        try:
            events = player.pop_due(now)
            for sink in self._sinks:
                if events:
                    sink.play(events, now)
                due = sink.run_due(now)
                if due is not None and due < first:
                    first = due
                grid_s = min(grid_s, sink.grid_s)
        except BaseException:
            # A sink that fails must be neither the end of time nor a busy loop.
            self._arm(now + PAUSE_S)
            raise
        player.grid_s = grid_s if grid_s < inf else 0.0
        due = player.next_due()
        if due is not None and due < first:
            first = due
        if first < inf:
            self._arm(first)

    def _arm(self, due: float) -> None:
        if self._closed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._fire)

    def _fire(self) -> None:
        # The loop may call a hair early, within its clock's resolution.
        due = self._timer.when() if self._timer is not None else 0.0
        self._timer = None
        self._run(max(due, self._loop.time()))
