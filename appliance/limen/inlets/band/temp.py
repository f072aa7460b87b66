"""Raw temperature counts to °C, and the probe for their byte order."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from limen.inlets.band.codec import TempPacket
from limen.streams import STREAMS, Stream

# In hundredths of a kelvin: the sensor's register counts 0.02 K from absolute zero, and every exported value
# lies on that lattice. Whole numbers until the one division keep 33.17 from becoming 33.169999.
PER_COUNT_CENTIKELVIN: Final = 2
FREEZING_CENTIKELVIN: Final = 27315
DECIDED: Final = 3  # packets (6 s) by which one order must lead
_LOWEST: Final = STREAMS[Stream.TEMP].lowest
_HIGHEST: Final = STREAMS[Stream.TEMP].highest


class ByteOrder(StrEnum):
    """How a 16-bit word is sent."""

    LITTLE = "little"
    BIG = "big"


def celsius(count: int) -> float:
    """Convert one count to °C, kept within the stream's range."""
    return min(max(_degrees(count), _LOWEST), _HIGHEST)


class TempOrder:
    """Which byte order makes temperatures that a band can measure; little-endian until shown otherwise.

    The wrong order of a skin temperature decodes to hundreds of degrees, so three packets decide; a decision
    is kept until the other order leads by as much.
    """

    def __init__(self, fixed: ByteOrder | None = None) -> None:
        self.order = fixed or ByteOrder.LITTLE
        self.decided = fixed is not None
        self._fixed = fixed is not None
        self._lead = 0

    def counts(self, packet: TempPacket) -> tuple[int, ...]:
        """Give the packet's eight counts in the order that holds after having seen it."""
        if not self._fixed:
            self._weigh(packet)
        return packet.little if self.order is ByteOrder.LITTLE else packet.big

    def _weigh(self, packet: TempPacket) -> None:
        little, big = _fits(packet.little), _fits(packet.big)
        if little == big:
            return
        self._lead = min(max(self._lead + (1 if little else -1), -DECIDED), DECIDED)
        if not self.decided:
            # Nothing is known yet, so the packet in hand is the best evidence there is.
            self.order = ByteOrder.LITTLE if little else ByteOrder.BIG
        if abs(self._lead) == DECIDED:
            self.decided = True
            self.order = ByteOrder.LITTLE if self._lead > 0 else ByteOrder.BIG


def _fits(counts: tuple[int, ...]) -> bool:
    return all(_LOWEST <= _degrees(count) <= _HIGHEST for count in counts)


def _degrees(count: int) -> float:
    return (PER_COUNT_CENTIKELVIN * count - FREEZING_CENTIKELVIN) / 100
