"""Blood volume pulse: beats by two trailing averages, and the gates `pulse` and `constrict`.

A beat is where the power of the upstroke over the last ninth of a second passes that over the last two thirds
(Elgendi 2013, with trailing instead of centred windows, so that it works live). It is free of scale: BVP has no
unit and differs a hundredfold between people and decoders. On the accepted beats of 35 people's bands that it
was not tuned on it meets 97 % within 150 ms.

The loop over samples runs 64 times a second for hours on a small computer, so it is written out in one place
with local names; what happens on an edge is in methods.
"""

from __future__ import annotations

from math import fsum
from typing import Final

from limen.gates.filters import HIGH_0_5_HZ, LOW_8_HZ
from limen.gates.gate import LONG_AGO, Context, Gate
from limen.gates.level import standings
from limen.gates.records import Readings, Term
from limen.gates.settings import GateSettings
from limen.gates.statistics import RunningMedian, WinsorisedMean
from limen.gates.threshold import DutyThreshold, FixedThreshold, Threshold
from limen.streams import STREAMS, Stream

_RATE: Final = STREAMS[Stream.BVP].rate_hz

UPSTROKE_SAMPLES: Final = 7  # 0.11 s
BEAT_SAMPLES: Final = 43  # 0.67 s
OFFSET: Final = 0.02  # of the mean power of the last 10 s: keeps noise in a pause from counting
POWER_WINDOW: Final = 10 * _RATE
POWER_CLIP: Final = 10.0  # no sample counts for more than ten times the mean power
SETTLE_SAMPLES: Final = 3 * _RATE
MIN_UP_SAMPLES: Final = 7
REFRACTORY_SAMPLES: Final = 19  # 0.30 s: 200 beats a minute
NO_BEAT_SAMPLES: Final = 160  # 2.5 s
NEVER: Final = 1 << 62

CONSTRICT_ON_PERCENT: Final = 25.0
CONSTRICT_OFF_RATIO: Final = 10 / 25
CONSTRICT_BEATS: Final = 10
CONSTRICT_DUTY_FLOOR_PERCENT: Final = 5.0
BEATS_PER_S: Final = 1.2  # 72 a minute: how often `constrict` is stepped
HEIGHTS: Final = 30
LOCK_INTERVALS: Final = 3
LOCK_SPREAD: Final = 0.25
MEDIAN_INTERVALS: Final = 5


class Pulse(Gate):
    """On at each beat's upstroke; its trigger carries the interval to the beat before."""

    def __init__(self, context: Context, settings: GateSettings) -> None:
        super().__init__("pulse", context, settings, FixedThreshold(1.0, 1.0, "×"))
        self.young = True
        self._offset_share = 0.0
        self.limit = 1.0

    @property
    def learning(self) -> bool:
        """Whether the mean power is younger than its window."""
        return self.young

    @property
    def compared_open(self) -> tuple[float, float]:
        """The ratio, and the sensitivity with the offset on top."""
        return self.value, self.limit

    def see(self, upstroke: float, limit: float, offset: float) -> None:
        """Take the powers that are compared, as multiples of the two thirds' power."""
        sensitivity = self.threshold.sensitivity
        base = (limit - offset) / sensitivity  # the two thirds' power, brought to the upstroke's window
        if base > 0.0:
            self.value, self.limit = upstroke / base, limit / base
            self._offset_share = offset / sensitivity / base
        else:  # nothing at all for two thirds of a second
            self.value, self.limit, self._offset_share = 0.0, sensitivity, 0.0

    def turn(self, index: int, bit: int, carry: float) -> None:
        """Change the bit for what was last seen."""
        self.flip(index, bit, self.value, self.limit, carry=carry)

    def terms(self, bit: int) -> tuple[Term, ...]:
        """How much of the threshold is the offset, and the sensitivity."""
        return (
            Term("two-thirds-of-a-second", 1.0, "×"),
            Term("offset", self._offset_share, "×"),
            Term("sensitivity", self.threshold.sensitivity, "×"),
        )

    def margin(self, value: float, threshold: float) -> tuple[float, str]:
        """As a share of the threshold, because the signal has no unit."""
        return (abs(value - threshold) / threshold if threshold else 0.0), "×"

    def words_on(self, value: float, threshold: float) -> str:
        """The ratio."""
        return (
            f"the upstroke power of the last ninth of a second was {value:.2f} times that of the last two thirds; "
            f"threshold {threshold:.2f}"
        )

    def words_off(self, value: float, threshold: float) -> str:
        """The ratio."""
        return self.words_on(value, threshold)


class Constrict(Gate):
    """Stepped once per beat: how much smaller this beat is than the median of the last thirty."""

    def __init__(self, context: Context, settings: GateSettings) -> None:
        on = CONSTRICT_ON_PERCENT if settings.threshold is None else settings.threshold
        threshold: Threshold = FixedThreshold(on, CONSTRICT_OFF_RATIO, "%")
        if settings.duty is not None:
            threshold = DutyThreshold(
                settings.duty,
                WinsorisedMean(HEIGHTS, 1.0, start=0.0),
                "%",
                rate_hz=BEATS_PER_S,
                start=on,
                floor=CONSTRICT_DUTY_FLOOR_PERCENT,
                off_ratio=CONSTRICT_OFF_RATIO,
            )
        super().__init__("constrict", context, settings, threshold)
        self.usual = RunningMedian(HEIGHTS)

    @property
    def learning(self) -> bool:
        """Whether fewer beats than the median wants have been seen."""
        return len(self.usual) < HEIGHTS

    def beat(self, index: int, height: float) -> None:
        """Take one beat's height, in any unit."""
        if len(self.usual) >= CONSTRICT_BEATS:
            usual = self.usual.median
            if usual > 0.0:
                self.step(index, 100.0 * (1.0 - height / usual))
        self.usual.push(height)

    def words_on(self, value: float, threshold: float) -> str:
        """The shrinking."""
        return f"this beat is {value:.0f} % smaller than {self._usual()}; threshold {threshold:.0f} %"

    def words_off(self, value: float, threshold: float) -> str:
        """The size."""
        if value < 0:
            return f"this beat is {-value:.0f} % larger than {self._usual()}"
        return self.words_on(value, threshold)

    def _usual(self) -> str:
        return f"the median of the {len(self.usual)} before it"


class PulseFront:
    """Runs over BVP samples."""

    def __init__(self, context: Context, settings: dict[str, GateSettings]) -> None:
        self.context = context
        self.pulse = Pulse(context, settings["pulse"])
        self.constrict = Constrict(context, settings["constrict"])
        self.gates: tuple[Gate, ...] = (self.pulse, self.constrict)
        self.level = WinsorisedMean(POWER_WINDOW, STREAMS[Stream.BVP].resolution)
        self.intervals = RunningMedian(MEDIAN_INTERVALS)
        self._power = 0.0
        self._counted = 0
        self._ring = [0.0] * BEAT_SAMPLES
        self.restart()

    def restart(self) -> None:
        """Empty the filters; three seconds from the next sample without a decision."""
        self._low = (0.0, 0.0)
        self._high = (0.0, 0.0)
        self._ring[:] = [0.0] * BEAT_SAMPLES
        self._at = 0
        self._sums = (0.0, 0.0)
        self._settled_at: int | None = None
        self._begin_beats()

    def _begin_beats(self) -> None:
        self._up = False
        self._up_at = LONG_AGO
        self._extremes = (0.0, 0.0)
        self.intervals.clear()

    def run(self, first: int, values: list[float], vetoed: bool) -> None:
        """Take contiguous samples; while `vetoed` the filters run and nothing is decided or learned."""
        if self._settled_at is None:
            self._settled_at = first + SETTLE_SAMPLES
        if vetoed:
            self._begin_beats()
        decide_from = NEVER if vetoed else self._settled_at
        la1, la2 = LOW_8_HZ.a1, LOW_8_HZ.a2
        ha1, ha2 = HIGH_0_5_HZ.a1, HIGH_0_5_HZ.a2
        l1, l2 = self._low
        h1, h2 = self._high
        ring, at = self._ring, self._at
        upstroke, beat = self._sums
        lowest, highest = self._extremes
        power, counted = self._power, self._counted
        clip = POWER_CLIP * power
        sensitivity = self.pulse.threshold.on
        by_beat = UPSTROKE_SAMPLES / BEAT_SAMPLES * sensitivity
        by_power = OFFSET * UPSTROKE_SAMPLES * sensitivity
        up = self._up
        watch = self.pulse.bit and not up
        lost_at = self._up_at + NO_BEAT_SAMPLES
        for index, x in enumerate(values, first):
            y = x + l1
            l1 = 2.0 * x - la1 * y + l2
            l2 = x - la2 * y
            z = y + h1
            h1 = h2 - 2.0 * y - ha1 * z
            h2 = y - ha2 * z
            q = z * z if z > 0.0 else 0.0
            upstroke += q - ring[at - UPSTROKE_SAMPLES]
            beat += q - ring[at]
            ring[at] = q
            at += 1
            if at == BEAT_SAMPLES:
                at = 0
                beat = fsum(ring)
                upstroke = fsum(ring[-UPSTROKE_SAMPLES:])
            if z > highest:
                highest = z
            elif z < lowest:
                lowest = z
            limit = by_beat * beat + by_power * power
            if (upstroke > limit) is not up or watch:
                if index >= decide_from:
                    self.pulse.see(upstroke, limit, by_power * power)
                    self.pulse.young = counted < POWER_WINDOW
                    if self._decide(index, upstroke > limit, highest - lowest):
                        up = self._up
                        if up:
                            lowest = highest = z
                            lost_at = index + NO_BEAT_SAMPLES
                    watch = self.pulse.bit and not up
            elif index >= lost_at:
                self.constrict.force_off(index, "no-beat")
                lost_at = NEVER
            if not vetoed:
                if counted < POWER_WINDOW:
                    counted += 1
                if q > clip and counted > SETTLE_SAMPLES:
                    q = clip
                power += (q - power) / counted
                clip = POWER_CLIP * power
        self._low, self._high = (l1, l2), (h1, h2)
        self._at, self._sums = at, (upstroke, beat)
        self._extremes = (lowest, highest)
        self._power, self._counted = power, counted
        if self.pulse.bit:  # it may be shut from outside before the next sample
            self.pulse.see(upstroke, by_beat * beat + by_power * power, by_power * power)
        if self.context.readings:
            self._read(first, values, vetoed)

    def _decide(self, index: int, above: bool, height: float) -> bool:
        """Move the beat latch and the pulse gate; true if the latch moved."""
        gate = self.pulse
        moved = False
        if above and not self._up and index - self._up_at >= REFRACTORY_SAMPLES:
            interval = self._beat(index, height)
            self._up, self._up_at, moved = True, index, True
            if gate.enabled and not gate.bit and gate.may_rise(index):
                gate.turn(index, 1, interval)
        elif not above and self._up and index - self._up_at >= MIN_UP_SAMPLES:
            self._up, moved = False, True
        if gate.bit and not above and index - gate.changed >= gate.hold:
            gate.turn(index, 0, 1.0)
        if index - self._up_at >= NO_BEAT_SAMPLES:
            self.constrict.force_off(index, "no-beat")
        return moved

    def _beat(self, index: int, height: float) -> float:
        """Note a beat; returns the interval in seconds to the one before, 0.0 where there is none."""
        rate = self.context.rates[Stream.BVP]
        samples = index - self._up_at
        if samples > NO_BEAT_SAMPLES:
            self.intervals.clear()
            return 0.0
        self.intervals.push(float(samples))
        self.constrict.beat(index, height)
        if self.context.readings and self.locked:
            bpm = 60.0 * rate / self.intervals.median
            self.context.out.append(Readings(self.context.wearer, "hr", Stream.BVP, index, (bpm,), (), rate))
        return samples / rate

    @property
    def balance(self) -> tuple[float, float]:
        """Value and threshold as they stand: upstroke power over the two thirds', and what it is compared with."""
        upstroke, beat = self._sums
        base = beat * UPSTROKE_SAMPLES / BEAT_SAMPLES
        if base <= 0.0:
            return 0.0, 1.0
        offset = OFFSET * UPSTROKE_SAMPLES * self._power / base
        return upstroke / base, (1.0 + offset) * self.pulse.threshold.sensitivity

    @property
    def locked(self) -> bool:
        """Whether the last three intervals lie within a quarter of the running median."""
        if len(self.intervals) < LOCK_INTERVALS:
            return False
        median = self.intervals.median
        return all(abs(i - median) <= LOCK_SPREAD * median for i in self.intervals.last(LOCK_INTERVALS))

    def _read(self, first: int, values: list[float], vetoed: bool) -> None:
        self.context.read(Stream.BVP, first, values, standings(values, self.level, learn=not vetoed))
