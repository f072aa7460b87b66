"""What a capture holds, gathered in one pass for `decode` to judge. Nothing is concluded here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from limen.inlets.band.assemble import Assembler
from limen.inlets.band.capture import Head, Line, Link, Mark, Marks, Unread
from limen.inlets.band.codec import BvpPacket, EdaPacket, Notification, decode
from limen.inlets.band.optical import LightForm, PulseBand
from limen.inlets.band.profile import Characteristic
from limen.inlets.band.settings import BandSettings
from limen.streams import STREAMS, Stream

KEPT_PAYLOADS: Final = 8  # different payloads of button and battery that are shown
SETTLE_SAMPLES: Final = 10 * STREAMS[Stream.BVP].rate_hz  # of light, before its shape counts


@dataclass(slots=True)
class Span:
    """Raw EDA between two marks: how many counts, and their sum."""

    label: str
    counts: int = 0
    total: int = 0

    @property
    def ohms(self) -> float | None:
        """The resistor across the electrodes, where the mark names one."""
        kind, _, number = self.label.partition(" ")
        return float(number) if kind == Marks.RESISTOR and number.isdecimal() else None

    @property
    def mean(self) -> float:
        """Mean raw count."""
        return self.total / self.counts if self.counts else 0.0


@dataclass(slots=True)
class Shape:
    """How fast one channel's fields move, and how often a beat comes in them.

    `square` and `slope` are sums over the band-passed fields themselves; `crossings` counts upward zero
    crossings of the band-passed sum, which come once a beat.
    """

    samples: int = 0
    square: float = 0.0
    slope: float = 0.0
    crossings: int = 0
    _summed: PulseBand = field(default_factory=PulseBand)
    _plain: PulseBand = field(default_factory=PulseBand)
    _before: tuple[float, float, int] = (0.0, 0.0, 0)

    def hear(self, count: int) -> None:
        """Take one field."""
        summed = self._summed.step(count)
        plain = self._plain.step(count - self._before[2])
        self.samples += 1
        if self.samples > SETTLE_SAMPLES:
            self.square += plain * plain
            self.slope += (plain - self._before[1]) ** 2
            self.crossings += self._before[0] <= 0.0 < summed
        self._before = (summed, plain, count)


class Evidence:
    """Everything that the questions are judged by."""

    def __init__(self, lines: Iterable[Line], settings: BandSettings) -> None:
        self.settings = settings
        self.assembler = Assembler(1, settings)
        self.heads: dict[str, object] = {}
        self.lengths: Counter[tuple[Characteristic, int]] = Counter()
        self.payloads: Counter[tuple[Characteristic, bytes]] = Counter()
        self.spans: list[Span] = []
        self.shapes = (Shape(), Shape())
        self.first_bvp: bytes | None = None
        self.links: list[Link] = []
        self.marks: list[Mark] = []
        self.unread = 0
        self.notifications = 0
        for line in lines:
            self._take(line)

    @property
    def form(self) -> LightForm:
        """What the settings take a light field to be."""
        return self.settings.optical.form

    def _take(self, line: Line) -> None:
        match line:
            case Notification():
                self._notification(line)
            case Head(key=key, value=value):
                self.heads[key] = value
            case Mark(text=text):
                self.marks.append(line)
                if text in {Marks.WORN, Marks.OFF} or text.startswith(Marks.RESISTOR):
                    self.spans.append(Span(text))
            case Link(at=at, up=up):
                self.links.append(line)
                if up:
                    self.assembler.reconnected(at)
            case Unread():
                self.unread += 1

    def _notification(self, notification: Notification) -> None:
        self.notifications += 1
        name, data = notification.characteristic, notification.data
        self.lengths[name, len(data)] += 1
        if name in {Characteristic.BUTTON, Characteristic.BATTERY} and (
            len(self.payloads) < KEPT_PAYLOADS or (name, data) in self.payloads
        ):
            self.payloads[name, data] += 1
        self.assembler.receive(notification)
        match decode(name, data):
            case BvpPacket(fields=fields):
                if self.first_bvp is None:
                    self.first_bvp = data
                for channel in (0, 1):
                    for count in fields[channel::2]:
                        self.shapes[channel].hear(count)
            case EdaPacket(groups=groups) if self.spans:
                self.spans[-1].counts += len(groups)
                self.spans[-1].total += sum(groups)
