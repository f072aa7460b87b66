"""Raw EDA counts to a reading in µS, uncalibrated, and the check that it rises with conductance.

Nobody outside the maker knows the conversion. Exports show one linear step of 1.28 nS at every level, with
offsets about 0.5 µS apart, which looks like a coarse and a fine half; clients that stream use 1e6 / raw, as
if raw were ohms. All of them are monotone, and that is all the gates need. Raw counts stay in the capture.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from limen.streams import STREAMS, Stream

EDA_STEP_US: Final = 0.00128056  # one count of the maker's own output, from a logged session
FULL_SCALE: Final = 1 << 24
_HALF_BITS: Final = 12
_LOWEST: Final = STREAMS[Stream.EDA].lowest
_HIGHEST: Final = STREAMS[Stream.EDA].highest

END_SHARE: Final = 0.1  # an end of the range is its outer tenth
END_PACKETS: Final = 10  # 15 s at each end before it counts
LIVELIER: Final = 3.0  # skin moves at least this many times more than open electrodes


class EdaForm(StrEnum):
    """How raw counts become a reading."""

    INVERSE = "inverse24be"  # 1e6 / raw: raw as ohms, what public clients do
    SPLIT = "split12"  # two 12-bit halves, each with a linear coefficient
    RAW = "raw"  # raw as a share of full scale, in hundredths


@dataclass(frozen=True, slots=True)
class EdaConversion:
    """A conversion and its numbers; µS throughout.

    `raw_falls` says for `raw` that counts fall as conductance rises; the others carry it in their numbers.
    `open_raw` is the count of open electrodes, if known: at it or beyond, the reading is 0. The coefficients
    of `split12` fit one report (upper half about 1000 worn, above 1600 off; lower half 2) with the maker's
    step and the spacing of its offsets; resistors across the electrodes replace them.
    """

    form: EdaForm = EdaForm.INVERSE
    raw_falls: bool = True
    open_raw: int | None = None
    offset_us: float = 1.11  # 0 µS at halves 1650 and 2: 1650 × 0.00128 - 2 × 0.5
    per_high_us: float = -EDA_STEP_US
    per_low_us: float = 0.5

    @property
    def falls(self) -> bool:
        """Whether this conversion takes it that raw counts fall as conductance rises."""
        match self.form:
            case EdaForm.INVERSE:
                return True
            case EdaForm.SPLIT:
                return self.per_high_us < 0
            case EdaForm.RAW:
                return self.raw_falls

    def reading(self, raw: int) -> float:
        """Give the reading for one 24-bit count, kept within the stream's range."""
        if self.open_raw is not None and (raw >= self.open_raw if self.falls else raw <= self.open_raw):
            return _LOWEST
        return min(max(self._convert(raw), _LOWEST), _HIGHEST)

    def _convert(self, raw: int) -> float:
        match self.form:
            case EdaForm.INVERSE:
                # A count of 0 would be a dead short, which no skin is.
                return 1e6 / raw if raw else 0.0
            case EdaForm.SPLIT:
                high, low = halves(raw)
                return self.offset_us + self.per_high_us * high + self.per_low_us * low
            case EdaForm.RAW:
                return _HIGHEST * ((FULL_SCALE - raw) if self.falls else raw) / FULL_SCALE


def halves(raw: int) -> tuple[int, int]:
    """Cut a count into its upper and lower 12 bits."""
    return raw >> _HALF_BITS, raw & ((1 << _HALF_BITS) - 1)


class EdaDirection:
    """Finds out whether raw counts rise or fall with conductance, from a band being put on or taken off.

    Open electrodes sit at one end of all that is ever read and barely move; skin moves. So, once both ends of
    the range have been visited, the quiet end is the open one. Constant memory; says None until it knows.
    """

    def __init__(self) -> None:
        self._lowest = FULL_SCALE
        self._highest = -1
        self._spread = {"low": 0.0, "high": 0.0}
        self._visits = {"low": 0, "high": 0}

    def hear(self, groups: tuple[int, ...]) -> None:
        """Take one packet's counts."""
        mean = sum(groups) // len(groups)
        margin = (self._highest - self._lowest) * END_SHARE
        if mean < self._lowest - margin or mean > self._highest + margin:
            # The range grew a good deal: what was an end may now be its middle.
            self._visits = {"low": 0, "high": 0}
        self._lowest, self._highest = min(self._lowest, mean), max(self._highest, mean)
        margin = (self._highest - self._lowest) * END_SHARE
        if mean <= self._lowest + margin:
            self._visit("low", max(groups) - min(groups))
        elif mean >= self._highest - margin:
            self._visit("high", max(groups) - min(groups))

    @property
    def falls(self) -> bool | None:
        """True if raw falls as conductance rises, False if it rises with it, None while unknown."""
        if min(self._visits.values()) < END_PACKETS:
            return None
        low, high = self._spread["low"], self._spread["high"]
        if low >= LIVELIER * high and low > 0:
            return True
        if high >= LIVELIER * low and high > 0:
            return False
        return None

    def _visit(self, end: str, spread: int) -> None:
        self._visits[end] += 1
        weight = 1 / min(self._visits[end], END_PACKETS)
        self._spread[end] += weight * (spread - self._spread[end])
