"""Running statistics that one artefact cannot spoil, in a fixed amount of memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# A sample's surprise is clipped here before it may move the mean or the deviation. With it an artefact of twenty
# times the usual size leaves the threshold where it was; a plain exponential mean stays deaf for minutes.
CLIP_DEVIATIONS: Final = 3.0
# Beyond any sensor; keeps numbers near the end of what a float holds from making an infinity.
LARGEST_CLIP: Final = 1e300


class WinsorisedMean:
    """Exponentially weighted mean and mean absolute deviation of a stream of numbers, winsorised.

    `window` is the time constant in samples; until that many have been seen each counts equally. `least` is the
    smallest deviation that is believed, in the unit of the values (the sensor's step): it keeps a constant
    signal from shrinking the scale to nothing. The first value starts the mean unless `start` is given. It is
    learned at `learned_at` values: the window's, or a baseline's.
    """

    __slots__ = ("_clip", "_count", "_window", "deviation", "learned_at", "least", "mean")

    def __init__(self, window: int, least: float, start: float | None = None) -> None:
        self._window = self.learned_at = window
        self.least = least
        self.deviation = least
        self._clip = CLIP_DEVIATIONS * least
        self.mean = 0.0 if start is None else start
        self._count = -1 if start is None else 0

    @property
    def count(self) -> int:
        """How many values have been counted, at most the window."""
        return max(0, self._count)

    @property
    def learning(self) -> bool:
        """Whether fewer values have been seen than the window, or the baseline, has."""
        return self._count < self.learned_at

    def update(self, value: float) -> None:
        """Let one finite value move the statistics."""
        # As `trail`, without its list: a threshold learns from most samples by itself.
        count, clip = self._count, self._clip
        if count < self._window:
            if count < 0:
                self.mean = value
                count = 0
            count += 1
            self._count = count
        surprise = value - self.mean
        surprise = surprise if surprise < clip else clip
        surprise = surprise if surprise > -clip else -clip
        self.mean += surprise / count
        deviation = self.deviation
        deviation += ((surprise if surprise > 0.0 else -surprise) - deviation) / count
        self.deviation = deviation = deviation if deviation > self.least else self.least
        clip = CLIP_DEVIATIONS * deviation
        self._clip = clip if clip < LARGEST_CLIP else LARGEST_CLIP

    def trail(self, values: Iterable[float]) -> list[tuple[float, float]]:
        """Let finite values move the statistics; returns mean and deviation after each of them."""
        count, mean, deviation, clip = self._count, self.mean, self.deviation, self._clip
        window, least = self._window, self.least
        trail = []
        for value in values:
            if count < window:
                if count < 0:
                    mean = value
                    count = 0
                count += 1
            surprise = value - mean
            if surprise < 0.0:
                surprise = surprise if surprise > -clip else -clip
                mean += surprise / count
                deviation -= (surprise + deviation) / count
            else:
                surprise = surprise if surprise < clip else clip
                mean += surprise / count
                deviation += (surprise - deviation) / count
            deviation = deviation if deviation > least else least
            clip = CLIP_DEVIATIONS * deviation
            clip = clip if clip < LARGEST_CLIP else LARGEST_CLIP
            trail.append((mean, deviation))
        self._count, self.mean, self.deviation, self._clip = count, mean, deviation, clip
        return trail

    def restart(self, baseline: int) -> None:
        """Keep mean and deviation, let what follows count as in the beginning, and be learned after `baseline`."""
        self._count = min(self._count, 1)
        self.learned_at = min(self._window, baseline)

    def snapshot(self) -> tuple[float, float, int]:
        """Mean, deviation and count, for `restore`."""
        return self.mean, self.deviation, self._count

    def restore(self, snapshot: tuple[float, float, int], learned_at: int | None = None) -> None:
        """Go on from a snapshot; what was kept is not learned again, unless `learned_at` says otherwise."""
        mean, deviation, count = snapshot
        self.mean, self.deviation = mean, max(deviation, self.least)
        self._count = min(count, self._window)
        self.learned_at = max(1, self._count) if learned_at is None else learned_at
        self._clip = CLIP_DEVIATIONS * self.deviation


class RunningMedian:
    """The median of the last `size` numbers; `size` is small, so sorting them is the fast way."""

    __slots__ = ("_at", "_full", "_ring")

    def __init__(self, size: int) -> None:
        self._ring = [0.0] * size
        self._at = 0
        self._full = 0

    def __len__(self) -> int:
        return self._full

    def push(self, value: float) -> None:
        """Take one number in and the oldest out."""
        self._ring[self._at] = value
        self._at = (self._at + 1) % len(self._ring)
        self._full = min(self._full + 1, len(self._ring))

    @property
    def median(self) -> float:
        """The median, 0.0 while there is nothing; the lower one of two middles."""
        if not self._full:
            return 0.0
        return sorted(self._ring[: self._full])[(self._full - 1) // 2]

    def last(self, n: int) -> list[float]:
        """The last `n` numbers (or as many as there are), newest first."""
        return [self._ring[(self._at - 1 - i) % len(self._ring)] for i in range(min(n, self._full))]

    def clear(self) -> None:
        """Forget everything."""
        self._full = self._at = 0
