"""Where the packets of one stream lie in its samples: in order, after a loss, in a burst, after a reconnect.

A packet that comes late is either the first of a burst or the first after a loss, and at that moment nothing
but a counter can tell. Without one, a loss is believed only once packets have come at their regular pace,
still too late, several times running: links hold packets up much more often than they lose them, and an index
can never be taken back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from limen.inlets.band.counters import CounterForm, PacketCounter
from limen.inlets.band.sampleclock import SampleClock
from limen.streams import STREAMS, Stream

LATE_PACKETS: Final = 0.75  # later than this is more than jitter
PACE: Final = 0.5  # of a packet's duration: packets that come faster are catching up
CONFIRM_FAST: Final = 4  # packets, 0.7 s of BVP or ACC: three late ones running are seen without a loss
CONFIRM_SLOW: Final = 2  # packets, 3 to 4 s of EDA or TEMP
SLOW_PACKET_S: Final = 1.0
TOGETHER_S: Final = 1.0  # streams that start this close together began together, as in every export
ALLOWANCE_S: Final = 0.25  # how late a packet may be before its samples are given up, once a stream has stalled


@dataclass(frozen=True, slots=True)
class Place:
    """Where a packet's samples go: `lost` are missing before `first`; its `skip` oldest came too late."""

    first: int
    lost: int
    skip: int


@dataclass(slots=True)
class Tally:
    """Counts since the start, of packets except where it says samples."""

    packets: int = 0
    duplicates: int = 0
    late: int = 0
    odd: int = 0
    lost_samples: int = 0


class Track:
    """One stream of one band: its next index, its clock, its counter."""

    def __init__(self, stream: Stream, form: CounterForm | None = None) -> None:
        self.spec = STREAMS[stream]
        self.clock = SampleClock(self.spec.rate_hz)
        self.counter = PacketCounter(stream, form)
        self.tally = Tally()
        self.next = 0
        self.heard = False
        self._end: int | None = None
        self._arrival = 0.0
        self._data = b""
        self._astray = 0
        self._late = 0.0
        self._confirm = CONFIRM_SLOW if self.spec.packet_s > SLOW_PACKET_S else CONFIRM_FAST

    def elapsed(self, now: float) -> float:
        """Seconds of samples since the session's start that this stream should have by `now`."""
        return (self.clock.index_at(now) + 1.0) / self.spec.rate_hz

    def place(self, data: bytes, arrival: float, elapsed_s: float) -> Place | None:
        """Find a packet's place; None if there is none (the same again, or all of it too late).

        `elapsed_s` is the same as `elapsed`, by whichever stream of the band is furthest.
        """
        count = self.spec.samples_per_packet
        if self._end is None:
            self.counter.hear(data, 0.0)
            first = self._by_time(arrival, elapsed_s)
        else:
            expected = (self.clock.index_at(arrival) - (self._end - 1)) / count
            repeated = data == self._data and arrival - self._arrival < PACE * self.spec.packet_s
            advance = self.counter.hear(data, max(expected, 0.0), repeated=repeated)
            if repeated if advance is None else advance.packets == 0:
                self.tally.duplicates += 1
                return None
            counted = advance is not None
            first = self._end + (advance.packets - 1) * count if advance is not None else self._end
            first += self._astray_by(first, arrival, elapsed_s, counted=counted)
        self.heard = True
        self._arrival = arrival
        self._data = data
        self._end = first + count
        self.clock.hear(self._end - 1, arrival)
        self.tally.packets += 1
        skip = max(0, self.next - first)
        if skip >= count:
            self.tally.late += 1
            return None
        lost = max(0, first - self.next)
        self.tally.lost_samples += lost
        self.next = self._end
        return Place(first + skip, lost, skip)

    def give_up(self, elapsed_s: float) -> int:
        """How many samples to call lost now, because this stream has fallen behind for too long."""
        if elapsed_s - self.next / self.spec.rate_hz <= self.spec.stale_after_s:
            return 0
        end = math.floor((elapsed_s - self.spec.packet_s - ALLOWANCE_S) * self.spec.rate_hz)
        lost = max(0, end - self.next)
        self.next += lost
        self.tally.lost_samples += lost
        return lost

    def reconnect(self) -> None:
        """Place the next packet by time, for the link is new and counters may begin anywhere."""
        self._end = None
        self._astray = 0
        self.counter.forget()
        self.clock.restart()

    def _by_time(self, arrival: float, elapsed_s: float) -> int:
        count = self.spec.samples_per_packet
        if self.heard:
            return round(self.clock.index_at(arrival)) - count + 1
        first = round(elapsed_s * self.spec.rate_hz) - count
        return 0 if abs(first) <= TOGETHER_S * self.spec.rate_hz else first

    def _astray_by(self, first: int, arrival: float, elapsed_s: float, *, counted: bool) -> int:
        """By how many samples a packet that follows on at `first` is out of place, once that is certain."""
        count = self.spec.samples_per_packet
        index = self.clock.index_at(arrival)
        given_up = first < self.next
        if given_up:
            # Another stream said how far time has got, and this one has to catch up with that.
            index = max(index, elapsed_s * self.spec.rate_hz - 1.0)
        late = (index - (first + count - 1)) / count
        astray = given_up or (not counted and late >= LATE_PACKETS)
        if not astray or arrival - self._arrival < PACE * self.spec.packet_s:
            self._astray = 0
            return 0
        self._astray += 1
        # A packet may be held up as well as follow on a loss: the least lateness is the loss.
        self._late = late if self._astray == 1 else min(self._late, late)
        if self._astray < self._confirm:
            return 0
        self._astray = 0
        return max(0, round(self._late)) * count
