"""The one table of what an E4 streams; everything that needs a rate or a unit reads it here.

Rates, units and ranges are the vendor's published specification; samples per packet follow from 37 complete
exports, in every one of which each stream's length is an exact multiple of the number here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Stream(StrEnum):
    """The four streams, in the order in which they are listed everywhere."""

    BVP = "bvp"
    ACC = "acc"
    EDA = "eda"
    TEMP = "temp"


SampleClock = Callable[[Stream, int], float]
"""The local monotonic time, in seconds, at which a sample of a stream was taken; linear in the index.

It may be anchored anew at any time.
"""


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """What is true of a stream on every band.

    `rate_hz` is nominal (a real band is up to 50 ppm off); `resolution`, `lowest` and `highest` are in `unit`;
    `stale_after_s` is how long lost samples are held at the last value before the stream counts as stale.
    """

    rate_hz: int
    unit: str
    resolution: float
    lowest: float
    highest: float
    samples_per_packet: int
    axes: int
    stale_after_s: float

    @property
    def packet_s(self) -> float:
        """Duration of one packet in seconds."""
        return self.samples_per_packet / self.rate_hz


STREAMS: Final[Mapping[Stream, StreamSpec]] = MappingProxyType(
    {
        # BVP has no unit ("nW-like"); its CSV carries two decimals and motion reaches ±2000.
        Stream.BVP: StreamSpec(64, "bvp", 0.01, -3276.8, 3276.7, 11, 1, 1.0),
        Stream.ACC: StreamSpec(32, "g", 1 / 64, -2.0, 127 / 64, 6, 3, 1.0),
        Stream.EDA: StreamSpec(4, "µS", 0.00128, 0.0, 100.0, 6, 1, 4.0),
        Stream.TEMP: StreamSpec(4, "°C", 0.02, -40.0, 115.0, 8, 1, 4.0),
    }
)
