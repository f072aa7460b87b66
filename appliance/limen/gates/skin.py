"""Skin conductance: contact, whether the band is worn, and the gate `rise`.

The value is how far the mean of the last second stands above its lowest point of the last five. It needs no
high-pass and no model, and a drift that takes longer than five seconds does not move it. Conductance, never
resistance: an equal step in ohms would be 400 times harder to reach at 20 µS than at 1 µS.
"""

from __future__ import annotations

from typing import Final

from limen.gates.gate import LONG_AGO, Context, Gate, difference_margin
from limen.gates.level import standing
from limen.gates.records import Status, Term
from limen.gates.rings import LowRing, MeanRing
from limen.gates.settings import GateSettings
from limen.gates.statistics import WinsorisedMean
from limen.gates.threshold import AdaptiveThreshold, DutyThreshold, FixedThreshold, Threshold
from limen.streams import STREAMS, Stream

_RATE: Final = STREAMS[Stream.EDA].rate_hz
_STEP_US: Final = STREAMS[Stream.EDA].resolution

SMOOTH_SAMPLES: Final = 1 * _RATE
LOW_SAMPLES: Final = 5 * _RATE  # skin conductance responses take 0.5 to 5 s to rise
WINDOW: Final = 120 * _RATE
FLOOR_US: Final = 0.03
TIMES_MEAN: Final = 2.5
OFF_RATIO: Final = 0.3  # off once this share of the threshold has been lost from the peak
LONGEST: Final = 15 * _RATE
DUTY_FLOOR_US: Final = 4 * _STEP_US

# Published limits for wearable EDA: below 0.05 µS nothing touches skin, beyond 10 µS/s it is a contact step;
# five seconds after either are not to be read.
CONTACT_US: Final = 0.05
JUMP_US_PER_SAMPLE: Final = 10.0 / _RATE
SETTLE_SAMPLES: Final = 5 * _RATE
WORN_AFTER: Final = 5 * _RATE
OFF_WRIST_AFTER: Final = 2 * _RATE


class Rise(Gate):
    """Opens when conductance has risen, shuts when it has lost part of that rise again or after 15 s."""

    def __init__(self, context: Context, settings: GateSettings) -> None:
        statistics = WinsorisedMean(WINDOW, _STEP_US, start=0.0)
        threshold: Threshold
        if settings.duty is not None:
            threshold = DutyThreshold(
                settings.duty,
                statistics,
                "µS",
                rate_hz=_RATE,
                start=FLOOR_US,
                floor=DUTY_FLOOR_US,
                off_ratio=OFF_RATIO,
            )
        elif settings.threshold is not None:
            threshold = FixedThreshold(settings.threshold, OFF_RATIO, "µS")
        else:
            threshold = AdaptiveThreshold(
                statistics, "µS", floor=FLOOR_US, by_mean=TIMES_MEAN, by_deviation=0.0, off_ratio=OFF_RATIO
            )
        super().__init__("rise", context, settings, threshold)
        self._low = LowRing(LOW_SAMPLES)
        self._peak = 0.0
        self._may_fall = 0.0
        self._fall = 0.0
        self._made_of: tuple[Term, ...] = ()

    def take(self, index: int, smooth: float, *, decide: bool) -> None:
        """Take the mean of the last second; `decide` is false while settling or off the wrist."""
        if not decide:
            self._low.refill(smooth)  # the way into contact is no rise
            return
        low = self._low.push(smooth)
        rise = smooth - low
        self.value = rise
        threshold = self.threshold
        if self.bit:
            self._peak = max(self._peak, smooth)
            self._fall = fall = self._peak - smooth
            if index - self.changed >= self.hold:
                if fall >= self._may_fall:
                    self.flip(index, 0, fall, self._may_fall)
                    self._low.refill(smooth)
                elif index - self.changed >= LONGEST:
                    self.flip(index, 0, fall, self._may_fall, "longest-on")
                    self._low.refill(smooth)
        elif self.enabled and rise >= threshold.on and self.may_rise(index):
            self._peak = smooth
            self._may_fall, self._made_of = threshold.off, threshold.terms(0)
            self.flip(index, 1, rise, threshold.on)
            self._fall = 0.0
        threshold.learn(rise, self.bit if self.enabled else None)

    @property
    def compared_open(self) -> tuple[float, float]:
        """How far below its peak, and how far it may be: fixed when the gate opened."""
        return self._fall, self._may_fall

    def terms(self, bit: int) -> tuple[Term, ...]:
        """What the threshold was made of, for shutting as it stood when the gate opened."""
        return super().terms(1) if bit else self._made_of

    def margin(self, value: float, threshold: float) -> tuple[float, str]:
        """In µS on every sample."""
        return difference_margin(value, threshold), "µS"

    def words_on(self, value: float, threshold: float) -> str:
        """The rise."""
        return (
            f"skin conductance stands {value:.3f} µS above its lowest point of the last 5 s; "
            f"threshold {threshold:.3f} µS"
        )

    def words_off(self, value: float, threshold: float) -> str:
        """The fall, or that it lasted long enough."""
        if value >= threshold:
            return f"skin conductance fell {value:.3f} µS below its peak; threshold {threshold:.3f} µS"
        longest = f"open for {LONGEST // _RATE} s or more"
        return f"{longest} and only {value:.3f} µS below its peak; threshold {threshold:.3f} µS"


class Worn:
    """Whether the electrodes touch skin, with enough history for other streams to look back."""

    HISTORY: Final = 64

    def __init__(self) -> None:
        # A band that is just switched on is taken to be worn until two seconds say otherwise.
        self._changes: list[tuple[int, int]] = [(LONG_AGO, 1)] * self.HISTORY
        self._at = 0
        self.state = 1
        self.known = False
        self._touching = 0
        self._open = 0

    def take(self, tick: int, conductance: float) -> bool:
        """Take one sample at `tick`; true when the state changed or is known for the first time."""
        if conductance >= CONTACT_US:
            self._touching, self._open = self._touching + 1, 0
        else:
            self._touching, self._open = 0, self._open + 1
        if self._touching >= WORN_AFTER and not (self.state and self.known):
            return self._change(tick, 1)
        if self._open >= OFF_WRIST_AFTER and (self.state or not self.known):
            return self._change(tick, 0)
        return False

    def _change(self, tick: int, state: int) -> bool:
        self.known = True
        if state != self.state:
            self.state = state
            self._at = (self._at + 1) % self.HISTORY
            self._changes[self._at] = (tick, state)
        return True

    def settled_before(self, tick: int) -> bool:
        """Whether the state has not changed since `tick`."""
        return self._changes[self._at][0] <= tick

    def at(self, tick: int) -> int:
        """The state at a tick of the past (as far back as the history goes)."""
        for back in range(self.HISTORY):
            changed, state = self._changes[(self._at - back) % self.HISTORY]
            if changed <= tick:
                return state
        return 1

    def next_change(self, tick: int, before: int) -> int:
        """The first tick after `tick` and before `before` at which the state changed, else `before`."""
        nearest = before
        for changed, _ in self._changes:
            if tick < changed < nearest:
                nearest = changed
        return nearest


class SkinFront:
    """Runs over EDA samples: contact, worn, the smoothed conductance, and the gate on it."""

    def __init__(self, context: Context, settings: dict[str, GateSettings], ticks_per_sample: int) -> None:
        self.context = context
        self.rise = Rise(context, settings["rise"])
        self.gates: tuple[Gate, ...] = (self.rise,)
        self.worn = Worn()
        self.level = WinsorisedMean(WINDOW, _STEP_US)
        self._smooth = MeanRing(SMOOTH_SAMPLES)
        self._ticks = ticks_per_sample
        self.restart()

    def restart(self) -> None:
        """Settle anew, five seconds from the next sample."""
        self._last: float | None = None
        self._settled_at = 0

    def run(self, first: int, values: list[float]) -> None:
        """Take contiguous samples in µS."""
        context = self.context
        levels: list[float] = []
        index = first
        for value in values:
            if self._last is None:
                self._settled_at = index + SETTLE_SAMPLES
                self._last = value
                self._smooth.clear()
            if self.worn.take(index * self._ticks, value):
                t = index / context.rates[Stream.EDA]
                context.out.append(Status(context.wearer, "worn", Stream.EDA, self.worn.state, index, t))
            broken = ""
            if abs(value - self._last) > JUMP_US_PER_SAMPLE:
                broken = "jump"
            if value < CONTACT_US:
                broken = "not-worn"
            if broken:
                self.rise.force_off(index, broken)
                self._settled_at = index + SETTLE_SAMPLES
            self._last = value
            smooth = self._smooth.push(value)
            decide = index >= self._settled_at and self.worn.state == 1
            self.rise.take(index, smooth, decide=decide)
            if context.readings:
                if decide:
                    self.level.update(smooth)
                levels.append(standing(smooth, self.level) if self.level.count else 0.5)
            index += 1
        if context.readings:
            context.read(Stream.EDA, first, values, levels)
