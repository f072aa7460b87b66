"""What a person may set about a band; everything that is not known for certain about it can be set here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from limen.inlets.band.counters import CounterForm
from limen.inlets.band.eda import EdaConversion
from limen.inlets.band.ladder import Action
from limen.inlets.band.optical import OpticalSettings
from limen.inlets.band.profile import NAME_PREFIX, Start
from limen.inlets.band.temp import ByteOrder
from limen.streams import Stream


@dataclass(frozen=True, slots=True)
class BandSettings:
    """How a band's packets are read.

    `temp_order` None probes the byte order; `counters` fixes the counter of a stream, all others are found;
    `streams` are those that the band is expected to send, and silence on any of them is told as lost samples.
    """

    optical: OpticalSettings = field(default_factory=OpticalSettings)
    eda: EdaConversion = field(default_factory=EdaConversion)
    temp_order: ByteOrder | None = None
    counters: Mapping[Stream, CounterForm] = field(default_factory=lambda: MappingProxyType({}))
    streams: tuple[Stream, ...] = tuple(Stream)


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How bands are found, started and won back.

    `prefix` is how a band's name begins, in capitals or not. `start` None tries both commands; `response` is
    whether the start is written with a response, None asks the band. `last_resort` bounds the remedies. A band
    that was looked for in vain for `asleep_s` is asleep: a band that is awake advertises every second.
    """

    prefix: str = NAME_PREFIX
    start: Start | None = None
    response: bool | None = None
    last_resort: Action = Action.RESTART
    asleep_s: float = 15.0
