"""The E4's own export format: names, header and number formats, as 37 complete exports print them.

Whoever reads or writes a session takes them from here. `gaps.csv` is Limen's own addition: the format has no way
to say that a sample was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from limen.streams import Stream

FILES: Final[Mapping[Stream, str]] = MappingProxyType(
    {
        Stream.BVP: "BVP.csv",
        Stream.ACC: "ACC.csv",
        Stream.EDA: "EDA.csv",
        Stream.TEMP: "TEMP.csv",
    }
)
IBI_FILE: Final = "IBI.csv"
HR_FILE: Final = "HR.csv"
TAGS_FILE: Final = "tags.csv"
GAPS_FILE: Final = "gaps.csv"
GAPS_HEADER: Final = "stream,first,lost"  # samples of `stream` from row `first` on that are no measurements

ACC_COUNTS_PER_G: Final = 64  # the export's own info.txt
HR_DELAY_S: Final = 10.0  # HR.csv starts this long after the session in 37 of 37 exports
HR_RATE_HZ: Final = 1

# BVP's start alone has two decimals.
START_FORMAT: Final = MappingProxyType(
    {Stream.BVP: "%.2f", Stream.ACC: "%.6f", Stream.EDA: "%.6f", Stream.TEMP: "%.6f"}
)
VALUE_FORMAT: Final = MappingProxyType(
    {Stream.BVP: "%.2f", Stream.ACC: "%.0f", Stream.EDA: "%.6f", Stream.TEMP: "%.2f"}
)


def header(stream: Stream, start_unix: float, rate_hz: float, axes: int) -> str:
    """The two lines above the samples: the start and the rate, once per axis."""
    start = START_FORMAT[stream] % start_unix
    return f"{', '.join([start] * axes)}\n{', '.join([exact(rate_hz, '%.6f')] * axes)}\n"


def exact(number: float, form: str) -> str:
    """Print a number as the vendor does where that reads back as the same number, else with all its digits."""
    text = form % number
    return text if float(text) == number else repr(float(number))
