"""Three ways to come by a threshold: the gate's own rule, a fixed number, a share of time.

Each keeps `on` and `off`, the numbers that the next sample is compared with. They are made from what was known
before that sample (decide, then update): otherwise an event would raise its own threshold and the sentence that
explains it would not be true. Sensitivity multiplies `on`, and `off` with it, so that hysteresis keeps its ratio.
"""

from __future__ import annotations

from typing import Final, Protocol

from limen.gates.records import Term
from limen.gates.statistics import WinsorisedMean

# Duty target: the threshold moves by this many deviations per second of being open when it should not be. At a
# tenth the gate reaches its share within a minute or two and a single event hardly moves it.
DUTY_STEP_PER_S: Final = 0.1


class Threshold(Protocol):
    """What a gate compares with; see the module for the order of things."""

    sensitivity: float

    @property
    def on(self) -> float:
        """What a shut gate's value is compared with."""

    @property
    def off(self) -> float:
        """What an open gate's value is compared with."""

    @property
    def least_on(self) -> float:
        """What `on` will not fall below, whatever is learned, while the sensitivity stays."""

    @property
    def learns(self) -> bool:
        """Whether values move it; one that they do not move need not be shown them."""

    @property
    def learning(self) -> bool:
        """Whether the statistics are still young."""

    def learn(self, value: float, bit: int | None) -> None:
        """Let a sample that has been decided move the thresholds; no bit where the gate is switched off."""

    def refresh(self) -> None:
        """Make `on` and `off` anew, after `sensitivity` was set."""

    def terms(self, bit: int) -> tuple[Term, ...]:
        """What `on` (for 1) or `off` (for 0) is made of; multiplied out in this order they give it exactly."""


class FixedThreshold:
    """A number in the gate's unit; `off` is `off_ratio` of it."""

    learns = False
    learning = False

    def __init__(self, on: float, off_ratio: float, unit: str) -> None:
        self._base, self._off_ratio, self._unit = on, off_ratio, unit
        self.sensitivity = 1.0
        self.on = self.off = self.least_on = 0.0
        self.refresh()

    def learn(self, value: float, bit: int | None) -> None:
        """A fixed threshold learns nothing."""

    def refresh(self) -> None:
        """Apply the sensitivity."""
        self.on = self.least_on = self._base * self.sensitivity
        self.off = self.on * self._off_ratio

    def terms(self, bit: int) -> tuple[Term, ...]:
        """The number and the sensitivity."""
        terms = Term("fixed", self._base, self._unit), Term("sensitivity", self.sensitivity, "×")
        return terms if bit else (*terms, Term("off-share", self._off_ratio, "×"))


class AdaptiveThreshold:
    """max(floor, by_mean × mean + by_deviation × deviation), winsorised.

    `off` is made likewise from `off_floor` and `off_by_deviation`; where both are zero it is `off_ratio` of `on`.
    """

    learns = True

    def __init__(
        self,
        statistics: WinsorisedMean,
        unit: str,
        *,
        floor: float,
        by_mean: float,
        by_deviation: float,
        off_ratio: float = 0.0,
        off_floor: float = 0.0,
        off_by_deviation: float = 0.0,
    ) -> None:
        self.statistics = statistics
        self._unit, self._floor = unit, floor
        self._by_mean, self._by_deviation = by_mean, by_deviation
        self._off_ratio, self._off_floor, self._off_by_deviation = off_ratio, off_floor, off_by_deviation
        self.sensitivity = 1.0

    @property
    def learning(self) -> bool:
        """Whether the statistics are still young."""
        return self.statistics.learning

    def learn(self, value: float, bit: int | None) -> None:
        """Let the value move mean and deviation; thresholds are made of them when somebody compares."""
        self.statistics.update(value)

    @property
    def on(self) -> float:
        """From the statistics as they stand."""
        on = self._by_mean * self.statistics.mean + self._by_deviation * self.statistics.deviation
        return (on if on > self._floor else self._floor) * self.sensitivity

    @property
    def off(self) -> float:
        """From the statistics as they stand."""
        if self._off_ratio:
            return self.on * self._off_ratio
        off = self._by_mean * self.statistics.mean + self._off_by_deviation * self.statistics.deviation
        return (off if off > self._off_floor else self._off_floor) * self.sensitivity

    @property
    def least_on(self) -> float:
        """The floor."""
        return self._floor * self.sensitivity

    def refresh(self) -> None:
        """Nothing is kept."""

    def terms(self, bit: int) -> tuple[Term, ...]:
        """Floor, mean, deviation, their factors and the sensitivity."""
        own_off = not bit and not self._off_ratio
        terms = (
            Term("floor", self._off_floor if own_off else self._floor, self._unit),
            Term("mean", self.statistics.mean, self._unit),
            Term("times-mean", self._by_mean, "×"),
            Term("deviation", self.statistics.deviation, self._unit),
            Term("times-deviation", self._off_by_deviation if own_off else self._by_deviation, "×"),
            Term("sensitivity", self.sensitivity, "×"),
        )
        return terms if bit or own_off else (*terms, Term("off-share", self._off_ratio, "×"))


class DutyThreshold:
    """Opens for about the share `duty` of the time: up a little while open, down a very little while shut.

    The step is in deviations of the value itself (winsorised), so it fits any unit and one artefact does not
    throw it. It never falls below `floor`, three steps of the sensor, where a gate would follow noise.
    """

    learns = True
    least_on = float("-inf")  # it may begin below its floor

    def __init__(
        self,
        duty: float,
        statistics: WinsorisedMean,
        unit: str,
        *,
        rate_hz: float,
        start: float,
        floor: float,
        off_ratio: float,
    ) -> None:
        self.statistics = statistics
        self._duty, self._unit, self._floor, self._off_ratio = duty, unit, floor, off_ratio
        self._base = start
        self._step = DUTY_STEP_PER_S / rate_hz
        self.sensitivity = 1.0
        self.on = self.off = 0.0
        self.refresh()

    @property
    def learning(self) -> bool:
        """Whether the statistics are still young."""
        return self.statistics.learning

    def learn(self, value: float, bit: int | None) -> None:
        """Move towards the share of time, unless the gate is switched off and has none."""
        self.statistics.update(value)
        if bit is not None:
            moved = self._base + self._step * self.statistics.deviation * (bit - self._duty)
            self._base = max(self._floor, moved)
            self.refresh()

    def refresh(self) -> None:
        """Apply the sensitivity."""
        self.on = self._base * self.sensitivity
        self.off = self.on * self._off_ratio

    def terms(self, bit: int) -> tuple[Term, ...]:
        """The share asked for (no factor), where the threshold stands, and the sensitivity."""
        terms = (
            Term("duty", self._duty, "share"),
            Term("reached", self._base, self._unit),
            Term("sensitivity", self.sensitivity, "×"),
        )
        return terms if bit else (*terms, Term("off-share", self._off_ratio, "×"))
