"""Packet counters, found by watching which reading of the trailer counts.

It is believed that trailers count packets, but not how: width, byte order and step are open. So every
plausible reading is followed at once, and the widest one that went up by its step ten times in a row is
trusted, until it says something that time contradicts. The state is a few numbers per reading and never
grows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from limen.inlets.band.profile import PACKET_BYTES
from limen.streams import STREAMS, Stream

PROVEN: Final = 10  # steps in a row; a reading that is not a counter passes by chance once in 2^40 or less
EARLY_PACKETS: Final = 2.0  # a counter may run ahead of arrivals by this: the first ones can be held up


@dataclass(frozen=True, slots=True)
class CounterForm:
    """How to read a counter: `size` bytes at `offset`, whose low `bits` count by `step` per packet."""

    offset: int
    size: int
    order: Literal["little", "big"]
    bits: int
    step: int

    @property
    def modulus(self) -> int:
        """What it wraps at."""
        return 1 << self.bits

    @property
    def name(self) -> str:
        """For people: "16 bit at byte 18, little-endian, +1 per packet"."""
        order = f", {self.order}-endian" if self.size > 1 else ""
        return f"{self.bits} bit at byte {self.offset}{order}, +{self.step} per packet"

    def read(self, data: bytes) -> int:
        """Read the counter's value in a whole notification of 20 bytes."""
        return int.from_bytes(data[self.offset : self.offset + self.size], self.order) % self.modulus


@dataclass(frozen=True, slots=True)
class Advance:
    """How many packets lie between this one and the one before it: 1 is the next, 0 the same again."""

    packets: int


TRAILER_AT: Final = {Stream.BVP: 19, Stream.ACC: 18, Stream.EDA: 18, Stream.TEMP: 16}


def candidates(stream: Stream) -> tuple[CounterForm, ...]:
    """List every reading worth following on a stream, the widest first, steps of 1 before steps of n."""
    steps = (1, STREAMS[stream].samples_per_packet)
    if stream is Stream.BVP:
        places: Iterable[tuple[int, int, int]] = ((19, 1, 6), (19, 1, 4))
    else:
        at = TRAILER_AT[stream]
        places = [
            (offset, size, 8 * size) for size in (4, 2, 1) for offset in range(at, PACKET_BYTES - size + 1, size)
        ]
    orders: tuple[Literal["little", "big"], ...] = ("little", "big")
    return tuple(
        CounterForm(offset, size, order, bits, step)
        for offset, size, bits in places
        for order in orders[: 2 if size > 1 else 1]
        for step in steps
    )


class _Follower:
    """One reading: its last value and how many steps in a row it has kept."""

    def __init__(self, form: CounterForm) -> None:
        self.form = form
        self.streak = 0
        self._last: int | None = None

    def forget(self) -> None:
        self._last = None

    def follow(self, data: bytes, expected: float, *, repeated: bool) -> Advance | None:
        """Return the advance, if this reading makes sense of the packet at all."""
        value, last = self.form.read(data), self._last
        self._last = value
        if last is None:
            return None
        packets = self._packets((value - last) % self.form.modulus, expected)
        if packets is None or (packets == 0 and not repeated):
            self.streak = 0
            return None
        if packets == 1:
            self.streak = min(self.streak + 1, PROVEN)
        return Advance(packets)

    def _packets(self, delta: int, expected: float) -> int | None:
        """Choose, of all counts of packets that explain `delta`, the highest that there was time for."""
        step, modulus = self.form.step, self.form.modulus
        wraps = math.floor(((expected + EARLY_PACKETS) * step - delta) / modulus)
        for wrap in range(wraps, max(-1, wraps - step), -1):
            total = delta + wrap * modulus
            if total % step == 0:
                return total // step
        return None


class PacketCounter:
    """The counter of one stream: which reading of it is trusted, and what it says.

    With `form` given, that reading is trusted from the start and nothing else is followed.
    """

    def __init__(self, stream: Stream, form: CounterForm | None = None) -> None:
        self._fixed = form is not None
        self._followers = [_Follower(each) for each in ((form,) if form else candidates(stream))]

    def hear(self, data: bytes, expected: float, *, repeated: bool = False) -> Advance | None:
        """Tell how far this packet (20 bytes) is from the one before, None if no trusted reading can say.

        `expected` is the same number by the clock, as a real number of packets: it settles how often a
        narrow counter has wrapped, and exposes a reading that claims more packets than there was time for.
        `repeated` says that this may be the packet before once more, so that a counter may stand still.
        """
        said: Advance | None = None
        for follower in self._followers:
            advance = follower.follow(data, expected, repeated=repeated)
            if said is None and (self._fixed or follower.streak == PROVEN):
                said = advance
        return said

    def forget(self) -> None:
        """Let the next packet follow on nothing, for the link was down; what is proven stays proven."""
        for follower in self._followers:
            follower.forget()

    @property
    def form(self) -> CounterForm | None:
        """The reading that is trusted, None while none is."""
        for follower in self._followers:
            if self._fixed or follower.streak == PROVEN:
                return follower.form
        return None
