"""The waiting samples of one continuous value.

A hundred samples a second and wearer wait here and few of them leave, so they stay in the record that they came in
until they do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from math import inf
from typing import Final

from limen.gates.records import Reading, Readings
from limen.streams import SampleClock, Stream

WAITING: Final = 256  # samples per value; the longest D holds about thirty


class _Run:
    """One record, when each of its samples is due, and how many have left."""

    __slots__ = ("dues", "gone", "readings")

    def __init__(self, readings: Readings, dues: list[float]) -> None:
        self.readings = readings
        self.dues = dues
        self.gone = 0

    def reading(self, k: int) -> Reading:
        of = self.readings
        index, value, levels = of.first + k, of.values[k], of.levels
        values = value if isinstance(value, tuple) else (value,)
        level = levels[k] if levels else None
        return Reading(of.wearer, of.name, of.stream, index, index / of.rate_hz, values, level)


class Lane:
    """Samples leave in their order, none later than `delay_s` after it was pushed.

    `next_due` is when the first of them is due, in monotonic seconds, inf while none waits.
    """

    __slots__ = ("_runs", "delay_s", "next_due", "stream")

    def __init__(self, stream: Stream, delay_s: float) -> None:
        self.stream = stream
        self.delay_s = delay_s
        self.next_due = inf
        self._runs: deque[_Run] = deque()

    def push(self, readings: Readings, clock: SampleClock | None, now: float) -> tuple[int, int]:
        """Take a record; returns how many of its samples came late, and how many old ones found no room."""
        runs = self._runs
        dues = self._dues(readings, clock, now)
        late = bisect_right(dues, now) if dues[0] < now else 0
        latest = now + self.delay_s
        least = runs[-1].dues[-1] if runs else -inf
        if dues[0] < least or dues[-1] > latest:
            dues = [max(min(due, latest), least) for due in dues]
        runs.append(_Run(readings, dues))
        if len(runs) == 1:
            self.next_due = dues[0]
            return late, 0
        return late, self._make_room()

    def pop_newest(self, now: float) -> Reading | None:
        """The newest sample that is due; those before it never leave."""
        runs = self._runs
        newest = None
        self.next_due = inf
        while runs:
            run = runs[0]
            dues, gone = run.dues, run.gone
            due = bisect_right(dues, now, gone)
            if due > gone:
                run.gone = due
                newest = run
            if due < len(dues):
                self.next_due = dues[due]
                break
            runs.popleft()
        return newest.reading(newest.gone - 1) if newest else None

    def pop_due(self, now: float, since: float) -> tuple[list[Reading], int]:
        """The newest sample that is due and, before it, those due at `since` or later; and how many were not."""
        runs = self._runs
        due: list[tuple[_Run, int]] = []
        while self.next_due <= now:
            run = runs[0]
            due.append((run, run.gone))
            self._drop_first()
        kept = [run.reading(k) for run, k in due[:-1] if run.dues[k] >= since]
        kept += [run.reading(k) for run, k in due[-1:]]
        return kept, len(due) - len(kept)

    def _dues(self, readings: Readings, clock: SampleClock | None, now: float) -> list[float]:
        count = len(readings.values)
        if clock is None:
            return [now] * count
        first = clock(readings.stream, readings.first) + self.delay_s
        if count == 1:
            return [first]
        step = (clock(readings.stream, readings.first + count - 1) + self.delay_s - first) / (count - 1)
        return [first + k * step for k in range(count)]

    def _make_room(self) -> int:
        over = sum(len(run.dues) - run.gone for run in self._runs) - WAITING
        for _ in range(over):
            self._drop_first()
        return max(0, over)

    def _drop_first(self) -> None:
        run = self._runs[0]
        run.gone += 1
        if run.gone == len(run.dues):
            self._runs.popleft()
        self.next_due = self._runs[0].dues[self._runs[0].gone] if self._runs else inf
