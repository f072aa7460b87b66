"""Notifications of one band to `Samples` that keep the promises in `limen.inlets`.

Time is handed in and nothing else is consulted, so a capture played back gives exactly the samples that were
heard live: what falls due between notifications is decided at fixed quarter seconds after the first of them,
not whenever somebody happened to ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from limen.gates.records import Samples
from limen.inlets.band.codec import (
    AccPacket,
    BatteryPacket,
    ButtonPacket,
    BvpPacket,
    EdaPacket,
    Notification,
    Odd,
    SensorPacket,
    TempPacket,
    decode,
)
from limen.inlets.band.eda import EdaDirection
from limen.inlets.band.optical import OpticalEstimate
from limen.inlets.band.profile import STREAM_OF
from limen.inlets.band.settings import BandSettings
from limen.inlets.band.temp import TempOrder, celsius
from limen.inlets.band.track import Place, Tally, Track
from limen.streams import STREAMS, Stream

TICK_S: Final = 0.25
PRESS: Final = 1  # the status service's code for a press
PRESS_REPEATS_S: Final = 0.3  # one press arrives several times within this
COUNTS_PER_G: Final = round(1 / STREAMS[Stream.ACC].resolution)


@dataclass(frozen=True, slots=True)
class Press:
    """The wearer pressed the band's button; it carries no time, so `at` (monotonic s) is its arrival."""

    wearer: int
    at: float


@dataclass(frozen=True, slots=True)
class Battery:
    """The band's charge, 0 to 1."""

    wearer: int
    at: float
    charge: float


BandEvent = Samples | Press | Battery


class Assembler:
    """One band's packets put in order. Constant memory; deterministic; raises nothing whatever arrives."""

    def __init__(self, wearer: int, settings: BandSettings | None = None) -> None:
        self.wearer = wearer
        self._settings = settings = settings or BandSettings()
        self._tracks = {each: Track(each, settings.counters.get(each)) for each in settings.streams}
        self._optical = OpticalEstimate(settings.optical)
        self._direction = EdaDirection()
        self._order = TempOrder(settings.temp_order)
        self._ticks: tuple[float, int] | None = None
        self._pressed_at: float | None = None
        self.odd_status = 0

    def receive(self, notification: Notification) -> list[BandEvent]:
        """Turn one notification into its samples or event, after whatever fell due before it."""
        events: list[BandEvent] = list(self.tick(notification.at))
        packet = decode(notification.characteristic, notification.data)
        match packet:
            case ButtonPacket(code=code):
                events.extend(self._button(code, notification.at))
            case BatteryPacket(charge=float(charge)):
                events.append(Battery(self.wearer, notification.at, charge))
            case BvpPacket() | AccPacket() | EdaPacket() | TempPacket():
                events.extend(self._sensor(packet, notification))
            case Odd() | BatteryPacket():
                self._odd(notification)
        return events

    def tick(self, now: float) -> list[Samples]:
        """Tell which samples a stalled stream will not bring any more, as of `now` (monotonic s)."""
        if self._ticks is None:
            return []
        lost: list[Samples] = []
        start, count = self._ticks
        while start + (count + 1) * TICK_S <= now:
            count += 1
            lost.extend(self._give_up(start + count * TICK_S))
        self._ticks = start, count
        return lost

    def reconnected(self, now: float) -> list[Samples]:
        """Go on where time has got to, whatever the counters say: the link is new at `now` (monotonic s)."""
        lost = self.tick(now)
        for track in self._tracks.values():
            track.reconnect()
        self._optical.restart()
        return lost

    def time_of(self, stream: Stream, index: int) -> float:
        """When a sample was taken, in monotonic seconds; good once the stream has been heard."""
        return self._tracks[stream].clock.time_of(index)

    def track(self, stream: Stream) -> Track:
        """Give the stream's clock, counter and tally, to look at."""
        return self._tracks[stream]

    def tally(self, stream: Stream) -> Tally:
        """Give the stream's counts since the start."""
        return self._tracks[stream].tally

    @property
    def optical(self) -> OpticalEstimate:
        """The pulse estimate, for its suggestion."""
        return self._optical

    @property
    def temp_order(self) -> TempOrder:
        """The byte-order probe."""
        return self._order

    @property
    def eda_upside_down(self) -> bool | None:
        """Whether the EDA reading falls when it should rise; None while the skin has not shown it."""
        falls = self._direction.falls
        return None if falls is None else falls is not self._settings.eda.falls

    def _sensor(self, packet: SensorPacket, notification: Notification) -> Iterator[Samples]:
        stream = STREAM_OF[notification.characteristic]
        track = self._tracks.get(stream)
        if track is None:
            return
        if self._ticks is None:
            self._ticks = notification.at, 0
        place = track.place(notification.data, notification.at, self._elapsed(notification.at, track))
        if place is not None:
            yield Samples(self.wearer, stream, place.first, self._values(packet, place), place.lost)

    def _values(
        self, packet: SensorPacket, place: Place
    ) -> tuple[float, ...] | tuple[tuple[float, float, float], ...]:
        match packet:
            case BvpPacket(fields=fields):
                self._optical.hold(place.lost)
                return self._optical.take(fields[2 * place.skip :])
            case AccPacket(triples=triples):
                return tuple(
                    (x / COUNTS_PER_G, y / COUNTS_PER_G, z / COUNTS_PER_G) for x, y, z in triples[place.skip :]
                )
            case EdaPacket(groups=groups):
                self._direction.hear(groups)
                return tuple(self._settings.eda.reading(group) for group in groups[place.skip :])
            case TempPacket():
                return tuple(celsius(count) for count in self._order.counts(packet)[place.skip :])

    def _give_up(self, now: float) -> Iterator[Samples]:
        elapsed_s = self._elapsed(now)
        for stream, track in self._tracks.items():
            lost = track.give_up(elapsed_s)
            if lost:
                if stream is Stream.BVP:
                    self._optical.hold(lost)
                yield Samples(self.wearer, stream, track.next, (), lost)

    def _elapsed(self, now: float, first: Track | None = None) -> float:
        heard = [track.elapsed(now) for track in self._tracks.values() if track.heard]
        if heard:
            return max(heard)
        return first.spec.packet_s if first is not None else 0.0

    def _button(self, code: int, at: float) -> Iterator[Press]:
        if code != PRESS:
            return
        before, self._pressed_at = self._pressed_at, at
        if before is None or at - before >= PRESS_REPEATS_S:
            yield Press(self.wearer, at)

    def _odd(self, notification: Notification) -> None:
        stream = STREAM_OF.get(notification.characteristic)
        if stream in self._tracks:
            self._tracks[stream].tally.odd += 1
        else:
            self.odd_status += 1
