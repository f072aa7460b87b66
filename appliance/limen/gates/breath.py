"""Breath from the slow baseline of BVP. Experimental, off by default.

With no belt to compare with, three such estimates agreed within two breaths a minute in only a third to three
quarters of still half-minutes. It follows something slow in the pulse's baseline; do not call it breathing rate.
"""

from __future__ import annotations

from typing import Final

from limen.gates.filters import HIGH_0_1_HZ, LOW_0_5_HZ
from limen.gates.gate import Context, Gate
from limen.gates.records import Term
from limen.gates.settings import GateSettings
from limen.gates.statistics import WinsorisedMean
from limen.gates.threshold import AdaptiveThreshold
from limen.streams import STREAMS, Stream

_RATE: Final = STREAMS[Stream.BVP].rate_hz
WINDOW: Final = 60 * _RATE
SETTLE_SAMPLES: Final = 10 * _RATE
BY_DEVIATION: Final = 0.25


class Breath(Gate):
    """On while the 0.1 to 0.5 Hz baseline stands above its mean, off while below, a quarter deviation apart."""

    def __init__(self, context: Context, settings: GateSettings) -> None:
        self._statistics = WinsorisedMean(WINDOW, STREAMS[Stream.BVP].resolution, start=0.0)
        threshold = AdaptiveThreshold(
            self._statistics,
            "bvp",
            floor=float("-inf"),
            by_mean=1.0,
            by_deviation=BY_DEVIATION,
            off_floor=float("-inf"),
            off_by_deviation=-BY_DEVIATION,
        )
        self.restart()
        super().__init__("breath", context, settings, threshold)

    def apply(self, settings: GateSettings) -> None:
        """Take new settings; where it was off its filters stood still, so they begin anew."""
        if settings.enable and not self.enabled:
            self.restart()
        super().apply(settings)

    def restart(self) -> None:
        """Empty the filters; ten seconds from the next sample without a decision."""
        self._low = (0.0, 0.0)
        self._high = (0.0, 0.0)
        self._settled_at: int | None = None

    def run(self, first: int, values: list[float], vetoed: bool) -> None:
        """Take contiguous samples."""
        if self._settled_at is None:
            self._settled_at = first + SETTLE_SAMPLES
        gain = LOW_0_5_HZ.b0 * HIGH_0_1_HZ.b0
        l1, l2 = self._low
        h1, h2 = self._high
        for index, x in enumerate(values, first):
            y = x + l1
            l1 = 2.0 * x - LOW_0_5_HZ.a1 * y + l2
            l2 = x - LOW_0_5_HZ.a2 * y
            z = y + h1
            h1 = h2 - 2.0 * y - HIGH_0_1_HZ.a1 * z
            h2 = y - HIGH_0_1_HZ.a2 * z
            if index >= self._settled_at and not vetoed:
                self.step(index, z * gain)
        self._low, self._high = (l1, l2), (h1, h2)

    def terms(self, bit: int) -> tuple[Term, ...]:
        """Mean, deviation and sensitivity."""
        return tuple(term for term in super().terms(bit) if term.name not in {"floor", "times-mean"})

    def words_on(self, value: float, threshold: float) -> str:
        """The baseline."""
        return f"the pulse's slow baseline stands at {value:.2f}, at or above {threshold:.2f}"

    def words_off(self, value: float, threshold: float) -> str:
        """The baseline."""
        return f"the pulse's slow baseline stands at {value:.2f}, at or below {threshold:.2f}"
