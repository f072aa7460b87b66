"""A recorded session: what an E4 export holds, in physical units, on one common zero of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from limen.streams import STREAMS, Stream

Array = npt.NDArray[np.float64]
Timed = tuple[Array, Array]


@dataclass(frozen=True)
class Session:
    """One recorded session; nothing in it changes after it was read.

    `start_unix` is the earliest start of the four streams, in seconds; every other time counts from there.
    `rates` are the rates in Hz that the files claim. `data` holds float64 arrays at the nominal rates: ACC
    (n, 3) in g; BVP, EDA in µS and TEMP in °C (n,). A stream that was not recorded is not a key, and NaN
    stands for a lost sample. `tags` are button presses in seconds. `ibi` and `hr` are the vendor's own
    (times, intervals) in seconds and (times, bpm), None where there is no such file. Each of `problems` is
    one line that says what could not be read, where, and what was done instead.

    All streams of a band share one crystal, so a claimed rate that is a little off (63.997 Hz) is off alike
    in all of them, and index / nominal rate can still be compared between streams.
    """

    name: str
    start_unix: float
    rates: Mapping[Stream, float]
    data: Mapping[Stream, Array]
    tags: tuple[float, ...] = ()
    ibi: Timed | None = None
    hr: Timed | None = None
    problems: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """Seconds from the start to the end of the longest stream, at nominal rates."""
        return max((len(values) / STREAMS[stream].rate_hz for stream, values in self.data.items()), default=0.0)
