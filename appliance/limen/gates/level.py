"""Where a value stands in its own recent range, as a number from 0 to 1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Final

from limen.gates.statistics import WinsorisedMean

# The range is the recent mean ± this many mean deviations; a bell-shaped signal spends 95 % of its time inside.
HALF_RANGE_DEVIATIONS: Final = 2.5


def standing(value: float, statistics: WinsorisedMean) -> float:
    """0.5 at the recent mean, 0 and 1 at two and a half mean deviations below and above, clipped."""
    return standings((value,), statistics, learn=False)[0]


def standings(values: Sequence[float], statistics: WinsorisedMean, *, learn: bool) -> list[float]:
    """`standing` of each value in turn; with `learn` each first moves the statistics."""
    trail: Iterable[tuple[float, float]]
    trail = statistics.trail(values) if learn else repeat((statistics.mean, statistics.deviation))
    levels = []
    for value, (mean, deviation) in zip(values, trail, strict=False):
        level = 0.5 + (value - mean) / (2 * HALF_RANGE_DEVIATIONS * deviation)
        levels.append(0.0 if level < 0.0 else 1.0 if level > 1.0 else level)
    return levels
