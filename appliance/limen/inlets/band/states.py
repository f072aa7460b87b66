"""What a band's link is doing, as a word for lights and OSC and a sentence for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """The states of one wearer's link."""

    SEARCHING = "searching"
    CONNECTING = "connecting"
    STARTING = "starting"
    STREAMING = "streaming"
    STALLED = "stalled"
    LOST = "lost"
    ASLEEP = "asleep"
    RECOVERING = "recovering"
    NO_RADIO = "no radio"


SAYS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.SEARCHING: "looking for the band; press its button for 2 s until it blinks",
        State.CONNECTING: "the band was seen; connecting",
        State.STARTING: "connected; asking for samples",
        State.STREAMING: "samples come",
        State.STALLED: "connected, but no samples come",
        State.LOST: "the link broke; looking for the band",
        State.ASLEEP: "the band is off, asleep or out of reach; press its button for 2 s until it blinks",
        State.RECOVERING: "the link fails again and again; trying a stronger remedy",
        State.NO_RADIO: "Bluetooth does not work on this box",
    }
)


@dataclass(frozen=True, slots=True)
class LinkState:
    """A wearer's link changed at `at` (monotonic s); `address` is None before its band was ever seen.

    `why` is one line: what happened, or which remedy is on. `name` is the band's own, "" where it told none.
    """

    wearer: int
    at: float
    state: State
    address: str | None
    why: str
    name: str = ""
