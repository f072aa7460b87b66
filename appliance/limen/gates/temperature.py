"""Skin temperature: the gates `warming` and `cooling`.

The value is the mean of the last four seconds against the same thirty seconds earlier. 0.06 °C is three steps of
the sensor. Levels are not used: they say more about the room. For the first minutes on a wrist every band warms.
"""

from __future__ import annotations

from typing import Final

from limen.gates.gate import Context, Gate, difference_margin
from limen.gates.level import standing
from limen.gates.rings import DelayRing, MeanRing
from limen.gates.settings import GATES, GateSettings
from limen.gates.statistics import WinsorisedMean
from limen.gates.threshold import DutyThreshold, FixedThreshold, Threshold
from limen.streams import STREAMS, Stream

_RATE: Final = STREAMS[Stream.TEMP].rate_hz
_STEP_C: Final = STREAMS[Stream.TEMP].resolution

MEAN_SAMPLES: Final = 4 * _RATE
APART_SAMPLES: Final = 30 * _RATE
ON_C: Final = 0.06
OFF_RATIO: Final = 0.02 / 0.06
LEVEL_WINDOW: Final = 600 * _RATE
SETTLING_SAMPLES: Final = 300 * _RATE


class Trend(Gate):
    """`warming` or `cooling`, by the sign it is given."""

    def __init__(self, name: str, context: Context, settings: GateSettings) -> None:
        threshold: Threshold
        if settings.duty is not None:
            threshold = DutyThreshold(
                settings.duty,
                WinsorisedMean(LEVEL_WINDOW, _STEP_C / 3, start=0.0),
                GATES[name].unit,
                rate_hz=_RATE,
                start=ON_C,
                floor=ON_C,
                off_ratio=OFF_RATIO,
            )
        else:
            on = ON_C if settings.threshold is None else settings.threshold
            threshold = FixedThreshold(on, OFF_RATIO, GATES[name].unit)
        super().__init__(name, context, settings, threshold)
        self.worn_for = 0

    @property
    def learning(self) -> bool:
        """True for the first five minutes on the wrist, when every band warms."""
        return self.threshold.learning or self.worn_for < SETTLING_SAMPLES

    def margin(self, value: float, threshold: float) -> tuple[float, str]:
        """In °C on every sample."""
        return difference_margin(value, threshold), "°C"

    def words_on(self, value: float, threshold: float) -> str:
        """The change over thirty seconds."""
        than = "warmer" if self.spec.name == "warming" else "cooler"
        return f"skin is {value:.3f} °C {than} than 30 s ago; threshold {threshold:.3f} °C"

    def words_off(self, value: float, threshold: float) -> str:
        """The change over thirty seconds."""
        than = "warmer" if self.spec.name == "warming" else "cooler"
        if value < 0:
            than, value = ("cooler" if than == "warmer" else "warmer"), -value
            return f"skin is {value:.3f} °C {than} than 30 s ago"
        return f"skin is only {value:.3f} °C {than} than 30 s ago; threshold {threshold:.3f} °C"


class TemperatureFront:
    """Runs over TEMP samples."""

    def __init__(self, context: Context, settings: dict[str, GateSettings]) -> None:
        self.context = context
        self.warming = Trend("warming", context, settings["warming"])
        self.cooling = Trend("cooling", context, settings["cooling"])
        self.gates: tuple[Gate, ...] = (self.warming, self.cooling)
        self.level = WinsorisedMean(LEVEL_WINDOW, _STEP_C)
        self._mean = MeanRing(MEAN_SAMPLES)
        self._earlier = DelayRing(APART_SAMPLES)

    def restart(self) -> None:
        """Fill the windows anew: thirty-four seconds without a decision."""
        self._mean.clear()
        self._earlier.clear()

    def run(self, first: int, values: list[float], vetoed: bool) -> None:
        """Take contiguous samples in °C; while `vetoed` the gates are neither asked nor taught."""
        context = self.context
        levels: list[float] = []
        index = first
        for value in values:
            mean = self._mean.push(value)
            if self._mean.full:
                ready = self._earlier.full
                change = mean - self._earlier.push(mean)
                worn_for = 0 if vetoed else self.warming.worn_for + 1
                self.warming.worn_for = self.cooling.worn_for = worn_for
                if ready and not vetoed:
                    self.warming.step(index, change)
                    self.cooling.step(index, 0.0 - change)  # no minus zero: it would be printed
            if context.readings:
                if not vetoed:
                    self.level.update(mean)
                levels.append(standing(mean, self.level) if self.level.count else 0.5)
            index += 1
        if context.readings:
            context.read(Stream.TEMP, first, values, levels)
