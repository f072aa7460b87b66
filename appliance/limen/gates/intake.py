"""One stream's way into the engine: lost samples are held, long gaps are declared, bad numbers are lost ones.

What waits to be judged is a short queue of contiguous runs, with marks between them where the stream went stale
or came back. Everything is counted in samples; nothing here knows what time it is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import chain
from math import isfinite
from typing import Any, Final

from limen.gates.records import Samples, Triple
from limen.streams import STREAMS, Stream

# One beat of the finest stream; all rates divide it, so times of different streams compare as whole numbers.
TICKS_PER_SECOND: Final = 64

Value = float | Triple


@dataclass(slots=True)
class Run:
    """Contiguous samples from `first`; `stale` marks that before them nothing came for too long."""

    first: int
    values: list[Any]
    stale: bool = False
    fresh: bool = False


@dataclass(slots=True)
class Intake:
    """The samples of one stream that have come and are not judged yet.

    `end` is one past the last sample that came or is known lost, `overlaps` counts samples that came twice and
    `refused` those that were no finite numbers. From one sample to the next there are `ticks_per_sample`.
    """

    stream: Stream
    ticks_per_sample: int = field(init=False)
    end: int = 0
    overlaps: int = 0
    refused: int = 0
    queue: deque[Run] = field(default_factory=deque)
    _begun: bool = False
    _stale: bool = False
    _held: int = 0
    _last: Value = 0.0

    def __post_init__(self) -> None:
        self.ticks_per_sample = TICKS_PER_SECOND // STREAMS[self.stream].rate_hz

    @property
    def is_fresh(self) -> bool:
        """Whether samples have come and did not stop."""
        return self._begun and not self._stale

    @property
    def hold_limit(self) -> int:
        """How many lost samples are held before the stream is stale."""
        spec = STREAMS[self.stream]
        return int(spec.stale_after_s * spec.rate_hz)

    @property
    def heard(self) -> int:
        """The tick up to which this stream has been judged or is known to be silent."""
        return (self.queue[0].first if self.queue else self.end) * self.ticks_per_sample

    def accept(self, samples: Samples) -> None:
        """Queue a record."""
        first, values = samples.first, samples.values
        if not values:
            self._lose_until(first)
            return
        if first < self.end:
            late = min(self.end - first, len(values))
            self.overlaps += late
            first, values = first + late, values[late:]
            if not values:
                return
        spec = STREAMS[self.stream]
        taken: list[Any] = list(values)
        flat: list[float] = taken if spec.axes == 1 else list(chain.from_iterable(taken))
        if not isfinite(sum(flat)):
            self._accept_finite(first, taken)
            return
        if min(flat) < spec.lowest or max(flat) > spec.highest:
            taken = [_clamp(value, spec.lowest, spec.highest) for value in taken]
        self._take(first, taken)

    def _accept_finite(self, first: int, values: list[Value]) -> None:
        """Let numbers that are none count as lost samples."""
        spec = STREAMS[self.stream]
        for index, value in enumerate(values, first):
            if all(map(isfinite, value if isinstance(value, tuple) else (value,))):
                self._take(index, [_clamp(value, spec.lowest, spec.highest)])
            else:
                self.refused += 1
        self._lose_until(first + len(values))

    def _take(self, first: int, values: list[Value]) -> None:
        self._lose_until(first)
        if not self._begun or self._stale:
            self.queue.append(Run(first, values, fresh=True))
            self._begun, self._stale = True, False
        elif self.queue and not self.queue[-1].stale:
            self.queue[-1].values += values
        else:
            self.queue.append(Run(first, values))
        self._held = 0
        self._last = values[-1]
        self.end = first + len(values)

    def _lose_until(self, index: int) -> None:
        """Hold the last value up to `index`, or as far as holding goes."""
        gap = index - self.end
        if gap <= 0:
            return
        if self._begun and not self._stale:
            hold = min(gap, self.hold_limit - self._held)
            if hold:
                held = [self._last] * hold
                if self.queue:
                    self.queue[-1].values += held
                else:
                    self.queue.append(Run(self.end, held))
                self._held += hold
            if gap > hold:
                self.queue.append(Run(self.end + hold, [], stale=True))
                self._stale = True
        self.end = index


def _clamp(value: Value, lowest: float, highest: float) -> Value:
    if isinstance(value, tuple):
        x, y, z = (max(lowest, min(highest, axis)) for axis in value)
        return x, y, z
    return max(lowest, min(highest, value))
