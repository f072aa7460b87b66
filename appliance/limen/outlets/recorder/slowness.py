"""Whether a card keeps up. Pure: how long each flush took in, a verdict out.

What comes while a flush is under way waits for its end and for the next flush, or for the pause before it: a power
cut costs as much as the two together. A flush that takes longer than the pause puts more at risk than may be lost.
"""

from __future__ import annotations

from typing import Final

# Cards do housekeeping, which holds up a flush now and then; one that does so again and again breaks the promise.
SLOW_TIMES: Final = 3
# Each within so long after the one before it; and for so long a card must keep up before it is trusted again.
WELL_S: Final = 60.0


class Slowness:
    """Tell it of every flush; `pause_s` is the time from the beginning of one to that of the next."""

    def __init__(self, pause_s: float) -> None:
        self.at_risk_s = 0.0
        """What a power cut at the end of the last flush would have cost."""
        self._pause_s = pause_s
        self._before_s = 0.0
        self._times = 0
        self._last = 0.0

    def flushed(self, now: float, took_s: float) -> bool:
        """Take that a flush ended `now` after `took_s` (monotonic); returns whether the card is slow."""
        self.at_risk_s = max(self._pause_s, self._before_s) + took_s
        self._before_s = took_s
        if took_s > self._pause_s:
            self._times += 1
            self._last = now
        elif now - self._last >= WELL_S:
            self._times = 0
        return self._times >= SLOW_TIMES
