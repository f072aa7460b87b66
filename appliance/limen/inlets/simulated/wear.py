"""When the simulated band is on the wrist, and since when."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from limen.inlets.session import Array
from limen.inlets.simulated.script import Happening, StrapOff


def off_wrist(happenings: Iterable[Happening]) -> list[tuple[float, float]]:
    """The times in seconds from and until which the band is off."""
    return [(h.at_s, h.at_s + h.for_s) for h in happenings if isinstance(h, StrapOff)]


def worn(t: Array, happenings: Iterable[Happening]) -> npt.NDArray[np.bool_]:
    """Whether the band is on the wrist at each of the times `t`."""
    on = np.ones(len(t), dtype=np.bool_)
    for start, end in off_wrist(happenings):
        on &= (t < start) | (t >= end)
    return on


def contact_s(t: Array, happenings: Iterable[Happening]) -> Array:
    """For how long the electrodes have touched at each of the times `t`: since the start or the last strap-on."""
    since = t.copy()
    for _, end in off_wrist(happenings):
        after = t >= end
        since[after] = np.minimum(since[after], t[after] - end)
    return since
