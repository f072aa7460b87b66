"""Sample index to monotonic time, from arrivals that are late by an unknown and varying amount.

A notification can be held up but never comes early, so the truth lies along the least delayed arrivals: the
line below all of them that lies closest to them, which is an edge of their lower convex hull (after Moon,
Skelly and Towsley, "Estimation and removal of clock skew from network delay measurements", 1999). A mean
would follow every burst. What is left is the least delay there ever is, and that cannot be told from the
outside.

Lateness is kept as the least of each 10 s, for the last 10 minutes: 60 points, for ever.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Final

BLOCK_S: Final = 10.0
BLOCKS: Final = 60  # 10 min: 45 ppm make 27 ms of it, three times the least delay's own noise
SLOPE_BLOCKS: Final = 6  # before a minute the noise outweighs the drift (45 ppm × 60 s = 2.7 ms)
MAX_DRIFT: Final = 100e-6  # crystals are good to 50 ppm, the box's own and the band's together
JUMP_S: Final = 0.1  # lateness that no drift explains: 100 ppm would need 17 min
JUMP_CONFIRM_S: Final = 5.0  # ... and that nothing contradicted for so long

Point = tuple[float, float]


class SampleClock:
    """The clock of one stream. Index `k` is the k-th sample since the session began; times are monotonic."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._slope = 0.0
        self._index0 = 0
        self._time0 = 0.0
        self._offset = 0.0
        self._blocks: deque[Point] = deque(maxlen=BLOCKS)
        self._block_end = BLOCK_S
        self._least: Point | None = None
        self._late_since: float | None = None
        self._late_least: Point | None = None
        self.running = False

    @property
    def drift_ppm(self) -> float:
        """How much longer than nominal a sample takes, in parts per million; 0 until known."""
        return self._slope * 1e6

    def time_of(self, index: float) -> float:
        """Tell when sample `index` was taken."""
        x = (index - self._index0) / self._rate_hz
        return self._time0 + x + self._offset + self._slope * x

    def index_at(self, now: float) -> float:
        """Give the (real-valued) index of what is being measured `now`; the inverse of `time_of`."""
        x = (now - self._time0 - self._offset) / (1.0 + self._slope)
        return self._index0 + x * self._rate_hz

    def hear(self, newest: int, arrival: float) -> None:
        """Take the arrival of a packet whose newest sample has this index."""
        if not self.running:
            self._anchor(newest, arrival)
            return
        x = (newest - self._index0) / self._rate_hz
        y = arrival - self._time0 - x
        excess = y - self._offset - self._slope * x
        if excess < -JUMP_S:
            # Everything heard before it was held up more than this, or the time before it was another.
            self._anchor(newest, arrival)
            return
        if excess < 0.0:
            self._offset += excess
        if self._jumped((x, y), excess):
            return
        if x >= self._block_end:
            self._close_block(x)
            self._offset = min(self._offset, y - self._slope * x)
        if self._least is None or y - self._slope * x < self._least[1] - self._slope * self._least[0]:
            self._least = (x, y)

    def restart(self) -> None:
        """Begin a new line at the next arrival, with the drift that is known: the same crystals go on."""
        self.running = False

    def _anchor(self, newest: int, arrival: float) -> None:
        self.running = True
        self._index0, self._time0, self._offset = newest, arrival, 0.0
        self._blocks.clear()
        self._block_end = BLOCK_S
        self._least = (0.0, 0.0)
        self._late_since = self._late_least = None

    def _jumped(self, point: Point, excess: float) -> bool:
        """Whether everything has been far too late for so long that the line is moved up to it."""
        if excess < JUMP_S:
            self._late_since = self._late_least = None
            return False
        if self._late_since is None or self._late_least is None:
            self._late_since, self._late_least = point[0] + point[1], point
        if point[1] < self._late_least[1]:
            self._late_least = point
        if point[0] + point[1] - self._late_since < JUMP_CONFIRM_S:
            return False
        x, y = self._late_least
        newest = self._index0 + round(x * self._rate_hz)
        self._anchor(newest, self._time0 + x + y)
        return True

    def _close_block(self, x: float) -> None:
        if self._least is not None:
            self._blocks.append(self._least)
            self._least = None
        while self._block_end <= x:
            self._block_end += BLOCK_S
        if len(self._blocks) >= SLOPE_BLOCKS:
            self._slope = min(max(_supporting_slope(list(self._blocks)), -MAX_DRIFT), MAX_DRIFT)
        self._offset = min(y - self._slope * x for x, y in self._blocks)


def _supporting_slope(points: list[Point]) -> float:
    """Take the slope of the lower hull's edge under the points' mean abscissa (points in order)."""
    hull: list[Point] = []
    for point in points:
        while len(hull) > 1 and _turn(hull[-2], hull[-1], point) <= 0:
            hull.pop()
        hull.append(point)
    middle = sum(x for x, _ in points) / len(points)
    for (x0, y0), (x1, y1) in pairwise(hull):
        if x1 >= middle:
            return (y1 - y0) / (x1 - x0)
    return 0.0


def _turn(o: Point, a: Point, b: Point) -> float:
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])
