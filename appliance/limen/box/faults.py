"""All that can be wrong with a box, in one table: the power LED's code, whether the show stops, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Fault(StrEnum):
    """What is wrong."""

    NO_BLUETOOTH = "no-bluetooth"
    BLUETOOTH_SILENT = "bluetooth-silent"
    NO_WIFI = "no-wifi"
    UNDERVOLTAGE = "undervoltage"
    OVERHEATED = "overheated"
    CARD_FULL = "card-full"
    CARD_READ_ONLY = "card-read-only"
    CARD_FAILING = "card-failing"
    CARD_LOST = "card-lost"
    CARD_SLOW = "card-slow"
    CONFIG_REFUSED = "config-refused"
    CONFIG_IGNORED = "config-ignored"
    CRASHED = "crashed"
    MEMORY = "memory"
    CLOCK_UNSET = "clock-unset"


class Area(StrEnum):
    """Where it is wrong; as many long flashes as its place in this list, from 1."""

    RADIO = "radio"
    SUPPLY = "power and heat"
    CARD = "card"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """One fault: `short` flashes after the long ones of its area; `stops` says that nothing can be played."""

    area: Area
    short: int
    stops: bool
    says: str
    remedy: str

    @property
    def code(self) -> tuple[int, int]:
        """Long flashes, short flashes."""
        return list(Area).index(self.area) + 1, self.short


FAULTS: Final[Mapping[Fault, FaultSpec]] = MappingProxyType(
    {
        Fault.NO_BLUETOOTH: FaultSpec(
            Area.RADIO, 1, True, "no Bluetooth adapter", "off and on again; if it stays, plug in a USB adapter"
        ),
        Fault.BLUETOOTH_SILENT: FaultSpec(
            Area.RADIO,
            2,
            True,
            "Bluetooth does not answer",
            "wait a minute, it is being restarted; then off and on",
        ),
        Fault.NO_WIFI: FaultSpec(
            Area.RADIO, 3, False, "the box's own Wi-Fi is not up", "use a cable, or off and on again"
        ),
        Fault.UNDERVOLTAGE: FaultSpec(
            Area.SUPPLY,
            1,
            False,
            "the supply's voltage is too low",
            "use the supply and the cable that came with it",
        ),
        Fault.OVERHEATED: FaultSpec(
            Area.SUPPLY, 2, False, "too hot, so it slows down", "give it air, out of the lamp's light"
        ),
        Fault.CARD_FULL: FaultSpec(
            Area.CARD, 1, False, "the card is full; nothing is recorded", "export sessions, then erase them"
        ),
        Fault.CARD_READ_ONLY: FaultSpec(
            Area.CARD,
            2,
            False,
            "the card cannot be written; nothing is recorded",
            "off and on again; then a new card",
        ),
        Fault.CARD_FAILING: FaultSpec(
            Area.CARD,
            3,
            False,
            "the card makes errors; a recording may stop",
            "play on; a new card before the next show",
        ),
        Fault.CARD_LOST: FaultSpec(
            Area.CARD,
            4,
            False,
            "what the card kept is lost",
            "play on; then limen doctor, and a new card",
        ),
        Fault.CARD_SLOW: FaultSpec(
            Area.CARD,
            5,
            False,
            "the card is slow; a power cut may cost seconds",
            "play on; a new card before the next show",
        ),
        Fault.CONFIG_REFUSED: FaultSpec(
            Area.PROGRAM, 1, True, "the configuration is wrong", "correct it: limen check names the line"
        ),
        Fault.CONFIG_IGNORED: FaultSpec(
            Area.PROGRAM, 2, False, "a new configuration is wrong; the old one holds", "limen check names the line"
        ),
        Fault.CRASHED: FaultSpec(
            Area.PROGRAM, 3, False, "the program failed and began again", "play on; then send the journal"
        ),
        Fault.MEMORY: FaultSpec(
            Area.PROGRAM,
            4,
            False,
            "memory runs short",
            "off and on again when there is time; then send the journal",
        ),
        Fault.CLOCK_UNSET: FaultSpec(
            Area.PROGRAM,
            5,
            False,
            "the clock is not set; only the dates of sessions suffer",
            "play on; dates are right once the box has a clock or a network",
        ),
    }
)
