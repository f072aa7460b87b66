"""Acceleration: how far the arm is from where gravity slowly settles, and five gates on it.

The value is the distance of the acceleration vector from its own one-second mean, smoothed over 0.15 s. Unlike
the vector's length it sees rotation, and the missing calibration of a band (median length 0.987 to 1.009 g)
does not move it. On-thresholds stay above three sensor steps (0.047 g), below which quantisation flips them.
"""

from __future__ import annotations

from math import acos, ceil, cos, degrees, inf, radians, sqrt
from typing import Final

from limen.gates.gate import Context, Gate
from limen.gates.movement import MovementHistory
from limen.gates.records import Term, Triple
from limen.gates.settings import GATES, GateSettings
from limen.gates.statistics import WinsorisedMean
from limen.gates.threshold import AdaptiveThreshold, DutyThreshold, FixedThreshold, Threshold
from limen.streams import STREAMS, Stream

_RATE: Final = STREAMS[Stream.ACC].rate_hz
_STEP_G: Final = STREAMS[Stream.ACC].resolution
# A vector's length moves by at most √3 of what each of its axes moves; a difference of two by twice that.
_LIPSCHITZ: Final = 2 * sqrt(3.0)

GRAVITY_WEIGHT: Final = 1 / (1.0 * _RATE)  # exponential mean of 1 s
SMOOTH_WEIGHT: Final = 1 / (0.15 * _RATE)  # of 0.15 s
POSE_WEIGHT: Final = 1 / (0.5 * _RATE)  # of 0.5 s
SETTLE_SAMPLES: Final = 2 * _RATE

MOVE_ON_G: Final = 0.10
MOVE_OFF_G: Final = 0.06
STILL_AFTER_S: Final = 2.0
ACCENT_FLOOR_G: Final = 0.06
ACCENT_OFF_FLOOR_G: Final = 0.03
ACCENT_WINDOW: Final = 30 * _RATE
TAP_ON_G: Final = 0.5
TILT_ON_DEG: Final = 30.0
TILT_OFF_RATIO: Final = 20 / 30
# What an angle may be off by where it is only estimated from a product of two vectors, in g²; a hundred times
# what rounding makes of the angle itself.
PRODUCT_SLACK: Final = 2e-6
WITHOUT_END: Final = 1 << 62
POSE_SAMPLES: Final = 10 * _RATE  # without a calibration the pose is that of the first ten seconds


def _threshold(name: str, settings: GateSettings, on: float, off_ratio: float, floor: float) -> Threshold:
    unit = GATES[name].unit
    if settings.duty is not None:
        statistics = WinsorisedMean(ACCENT_WINDOW, floor / 3, start=0.0)
        return DutyThreshold(
            settings.duty, statistics, unit, rate_hz=_RATE, start=on, floor=floor, off_ratio=off_ratio
        )
    return FixedThreshold(on if settings.threshold is None else settings.threshold, off_ratio, unit)


class _Distance(Gate):
    """A gate whose value is the distance between two acceleration vectors, in g."""

    def margin(self, value: float, threshold: float) -> tuple[float, str]:
        """In g on every axis of every sample."""
        return abs(value - threshold) / _LIPSCHITZ, "g"


class Move(_Distance):
    """Movement at or above 0.10 g, until at or below 0.06 g."""

    def __init__(self, context: Context, settings: GateSettings) -> None:
        threshold = _threshold("move", settings, MOVE_ON_G, MOVE_OFF_G / MOVE_ON_G, 3 * _STEP_G)
        super().__init__("move", context, settings, threshold)

    def words_on(self, value: float, threshold: float) -> str:
        """The distance from rest."""
        return f"acceleration is {value:.3f} g away from its mean of the last second; threshold {threshold:.3f} g"

    def words_off(self, value: float, threshold: float) -> str:
        """The distance from rest."""
        return f"acceleration is within {value:.3f} g of its mean of the last second; threshold {threshold:.3f} g"


class Accent(Move):
    """A movement that stands out from the last half minute: two deviations above the mean."""

    def __init__(self, context: Context, settings: GateSettings) -> None:
        if settings.duty is None and settings.threshold is None:
            threshold: Threshold = AdaptiveThreshold(
                WinsorisedMean(ACCENT_WINDOW, _STEP_G / 3, start=0.0),
                "g",
                floor=ACCENT_FLOOR_G,
                by_mean=1.0,
                by_deviation=2.0,
                off_floor=ACCENT_OFF_FLOOR_G,
                off_by_deviation=1.0,
            )
        else:
            threshold = _threshold("accent", settings, ACCENT_FLOOR_G, 0.5, 3 * _STEP_G)
        Gate.__init__(self, "accent", context, settings, threshold)

    def learns_below(self) -> float:
        """Below this a value leaves the gate shut and its threshold still wants to learn from it."""
        return self.threshold.least_on if self.threshold.learns and not self.bit else -inf


class Tap(_Distance):
    """A jump of half a g from one sample to the next; the bit is held so that it can be heard."""

    refractory_s = 0.2

    def __init__(self, context: Context, settings: GateSettings) -> None:
        super().__init__("tap", context, settings, _threshold("tap", settings, TAP_ON_G, 0.999, 0.1))

    def words_on(self, value: float, threshold: float) -> str:
        """The jump."""
        return f"acceleration jumped by {value:.2f} g from one sample to the next; threshold {threshold:.2f} g"

    def words_off(self, value: float, threshold: float) -> str:
        """The hold is over."""
        return f"the latest jump between two samples is {value:.2f} g; threshold {threshold:.2f} g"


class Still(Gate):
    """Two seconds without movement; ends when movement begins."""

    def __init__(self, context: Context, settings: GateSettings) -> None:
        on = STILL_AFTER_S if settings.threshold is None else settings.threshold
        super().__init__("still", context, settings, FixedThreshold(on, 0.0, "s"))

    def wait(self) -> int:
        """How many samples without movement until `step` must be asked; an open gate waits for movement only."""
        return WITHOUT_END if self.bit or not self.enabled else ceil(self.threshold.on * _RATE)

    def margin(self, value: float, threshold: float) -> tuple[float, str]:
        """In seconds: time, not the input, is what is compared."""
        return abs(value - threshold), "s"

    def words_on(self, value: float, threshold: float) -> str:
        """How long."""
        return f"the arm has not moved for {value:.2f} s; threshold {threshold:.2f} s"

    def words_off(self, value: float, threshold: float) -> str:
        """Movement began."""
        return f"the arm moved ({MOVE_ON_G:.2f} g or more away from its mean of the last second)"


class Tilt(Gate):
    """The angle between the arm's pose now and the pose it was calibrated in."""

    def __init__(self, context: Context, settings: GateSettings) -> None:
        super().__init__("tilt", context, settings, _threshold("tilt", settings, TILT_ON_DEG, TILT_OFF_RATIO, 15.0))
        self.pose: Triple | None = None
        self._sum = [0.0, 0.0, 0.0]
        self._count = 0
        self._wanted = POSE_SAMPLES

    @property
    def learning(self) -> bool:
        """Whether the pose is still a provisional one."""
        return self.threshold.learning or self._count < self._wanted

    def observe(self, gravity: Triple) -> None:
        """Let gravity go into the mean pose until enough has been seen."""
        if self._count < self._wanted:
            total = self._sum
            total[0] += gravity[0]
            total[1] += gravity[1]
            total[2] += gravity[2]
            self._count += 1
            n = self._count
            self.pose = (total[0] / n, total[1] / n, total[2] / n)

    def take_pose(self, samples: int) -> None:
        """Take the pose anew, as the mean of the next `samples`."""
        self._sum = [0.0, 0.0, 0.0]
        self._count = 0
        self._wanted = samples

    def standing(self) -> tuple[Triple | None, tuple[float, ...], int, int]:
        """How far the pose is taken, for `stand`."""
        return self.pose, tuple(self._sum), self._count, self._wanted

    def stand(self, standing: tuple[Triple | None, tuple[float, ...], int, int]) -> None:
        """Be as far as that again, with the pose of then."""
        self.pose, total, self._count, self._wanted = standing
        self._sum = list(total)

    def set_pose(self, pose: Triple) -> None:
        """Use a pose that was kept."""
        self.pose = pose
        self._count = self._wanted

    def angle(self, gravity: Triple) -> float:
        """Degrees between `gravity` and the pose, 0 while there is none."""
        if self.pose is None:
            return 0.0
        ax, ay, az = gravity
        bx, by, bz = self.pose
        length = sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz))
        if length < 1e-6:
            return 0.0
        cosine = (ax * bx + ay * by + az * bz) / length
        cosine = 1.0 if cosine > 1.0 else -1.0 if cosine < -1.0 else cosine
        # Rounded so that the last digit of a platform's acos can never decide a bit.
        return round(degrees(acos(cosine)), 6)

    def quiet_along(self) -> tuple[Triple, float]:
        """A vector and a limit: gravity g is surely in `quiet` if g · vector < limit × |g| - `PRODUCT_SLACK`.

        An angle costs as much as all other gates of a sample; this does without it where it is not near anything.
        """
        if self.pose is None or self._count < self._wanted:
            return (0.0, 0.0, 0.0), -inf
        x, y, z = self.pose
        low, high = self.quiet()
        length = sqrt(x * x + y * y + z * z)
        if high == inf:  # quiet is what is further from the pose than `low`, which may be anywhere
            return self.pose, inf if low == -inf else cos(radians(low)) * length if low <= 180.0 else -inf
        if low == -inf:
            return (-x, -y, -z), -cos(radians(high)) * length if high <= 180.0 else inf
        return self.pose, -inf

    def terms(self, bit: int) -> tuple[Term, ...]:
        """The threshold's terms and the pose."""
        x, y, z = self.pose or (0.0, 0.0, 0.0)
        return (*super().terms(bit), Term("pose-x", x, "g"), Term("pose-y", y, "g"), Term("pose-z", z, "g"))

    def margin(self, value: float, threshold: float) -> tuple[float, str]:
        """In g on every axis, for a gravity of about 1 g."""
        return radians(abs(value - threshold)) / sqrt(3.0), "g"

    def words_on(self, value: float, threshold: float) -> str:
        """The angle."""
        return f"the arm is {value:.1f}° away from its pose; threshold {threshold:.1f}°"

    def words_off(self, value: float, threshold: float) -> str:
        """The angle."""
        return f"the arm is back within {value:.1f}° of its pose; threshold {threshold:.1f}°"


class MotionFront:
    """Runs over ACC samples: computes gravity and movement once and steps the gates on them."""

    def __init__(self, context: Context, settings: dict[str, GateSettings], history: MovementHistory) -> None:
        self.context = context
        self.move = Move(context, settings["move"])
        self.still = Still(context, settings["still"])
        self.accent = Accent(context, settings["accent"])
        self.tap = Tap(context, settings["tap"])
        self.tilt = Tilt(context, settings["tilt"])
        self.gates: tuple[Gate, ...] = (self.move, self.still, self.accent, self.tap, self.tilt)
        self.history = history
        self.level = WinsorisedMean(60 * _RATE, _STEP_G / 3, start=0.0)
        self.restart()

    def restart(self) -> None:
        """Settle anew: the next sample starts gravity and pose."""
        self._begun = False
        self._gravity: Triple = (0.0, 0.0, 1.0)
        self._slow: Triple = (0.0, 0.0, 1.0)
        self._last: Triple = (0.0, 0.0, 0.0)
        self._movement = 0.0
        self._moving = False
        self._moved_at = 0
        self._settled_at = 0

    def run(self, first: int, values: list[Triple], vetoed: bool) -> None:
        """Take contiguous samples; while `vetoed` the gates are neither asked nor taught."""
        if not self._begun:
            self._begun = True
            self._gravity = self._slow = self._last = values[0]
            self._settled_at = first + SETTLE_SAMPLES
            self._moved_at = first
        gx, gy, gz = self._gravity
        sx, sy, sz = self._slow
        lx, ly, lz = self._last
        movement, moving, moved_at = self._movement, self._moving, self._moved_at
        settled_at = self._settled_at
        ring = self.history.room(first, len(values))
        size = len(ring)
        move, still, accent, tap, tilt = self.move, self.still, self.accent, self.tap, self.tilt
        move_low, move_high = move.quiet()
        still_wait = still.wait()
        accent_low, accent_high = accent.quiet()
        accent_calm, accent_learn, accent_bit = (
            accent.learns_below(),
            accent.threshold.learn,
            0 if accent.enabled else None,
        )
        tap_low, tap_high = tap.quiet()
        (px, py, pz), tilt_limit = tilt.quiet_along()
        movements: list[float] | None = [] if self.context.readings else None
        for index, (x, y, z) in enumerate(values, first):
            dx, dy, dz = x - gx, y - gy, z - gz
            movement += (sqrt(dx * dx + dy * dy + dz * dz) - movement) * SMOOTH_WEIGHT
            gx += dx * GRAVITY_WEIGHT
            gy += dy * GRAVITY_WEIGHT
            gz += dz * GRAVITY_WEIGHT
            sx += (x - sx) * POSE_WEIGHT
            sy += (y - sy) * POSE_WEIGHT
            sz += (z - sz) * POSE_WEIGHT
            if movements is not None:
                movements.append(movement)
            if index >= settled_at:
                moving = movement > MOVE_OFF_G if moving else movement >= MOVE_ON_G
                ring[index % size] = moving
                if moving:
                    moved_at = index
                if not vetoed:
                    if not move_low < movement < move_high:
                        move_low, move_high = move.step(index, movement)
                    if index - moved_at >= still_wait or (moving and still.bit):
                        still.step(index, (index - moved_at) / _RATE)
                        still_wait = still.wait()
                    if movement < accent_calm:
                        accent_learn(movement, accent_bit)
                    elif not accent_low < movement < accent_high:
                        accent_low, accent_high = accent.step(index, movement)
                        accent_calm = accent.learns_below()
                    jx, jy, jz = x - lx, y - ly, z - lz
                    jump = sqrt(jx * jx + jy * jy + jz * jz)
                    if not tap_low < jump < tap_high:
                        tap_low, tap_high = tap.step(index, jump)
                    length = sqrt(sx * sx + sy * sy + sz * sz)
                    if not sx * px + sy * py + sz * pz < tilt_limit * length - PRODUCT_SLACK:
                        tilt.observe((sx, sy, sz))
                        tilt.step(index, tilt.angle((sx, sy, sz)))
                        (px, py, pz), tilt_limit = tilt.quiet_along()
            else:
                ring[index % size] = 0
            lx, ly, lz = x, y, z
        self._gravity, self._slow, self._last = (gx, gy, gz), (sx, sy, sz), (lx, ly, lz)
        self._movement, self._moving, self._moved_at = movement, moving, moved_at
        if index >= settled_at and not vetoed:
            move.value = accent.value = movement
            still.value = (index - moved_at) / _RATE
            tap.value = jump
            tilt.value = tilt.angle(self._slow)
        if movements is not None:
            self._read(first, values, movements, vetoed)

    def _read(self, first: int, values: list[Triple], movements: list[float], vetoed: bool) -> None:
        level, count = self.level, len(movements)
        settling = count if vetoed else min(max(self._settled_at - first, 0), count)
        trail = [(level.mean, level.deviation)] * settling + level.trail(movements[settling:])
        levels: list[float] = []
        for movement, (mean, deviation) in zip(movements, trail, strict=True):
            spread = mean + 5.0 * deviation
            levels.append(movement / spread if movement < spread else 1.0)
        self.context.read(Stream.ACC, first, values, levels)
