"""From a wearer's own count of samples to rows of the recording."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from limen.gates.records import Samples
from limen.streams import STREAMS, SampleClock, Stream

# All rates divide by this, so that a time in these steps is a whole row in every file.
STEPS_PER_S: Final = math.gcd(*(spec.rate_hz for spec in STREAMS.values()))


@dataclass(slots=True)
class Heard:
    """How far the samples of one wearer have come since its inlet began.

    `clock` says when a sample was taken, None where samples come at no pace; `rates` are the true rates in Hz.
    """

    clock: SampleClock | None = None
    rates: Mapping[Stream, float] = field(
        default_factory=lambda: {stream: float(spec.rate_hz) for stream, spec in STREAMS.items()}
    )
    ends: dict[Stream, int] = field(default_factory=dict)

    def hear(self, samples: Samples) -> None:
        """Note a record."""
        end = samples.first + len(samples.values)
        self.ends[samples.stream] = max(end, self.ends.get(samples.stream, 0))

    @property
    def end_step(self) -> int:
        """The first step that is not before the end of any stream."""
        return max(
            (-(-end // (STREAMS[stream].rate_hz // STEPS_PER_S)) for stream, end in self.ends.items()), default=0
        )

    def taken_at(self, step: int, now: float, stream: Stream | None = None) -> float:
        """The monotonic time of a step, in seconds: now, where there is no clock or nothing for it to go by.

        A clock knows the streams that were heard, and `stream`.
        """
        known = stream or next(iter(self.ends), None)
        if self.clock is None or known is None:
            return now
        return self.clock(known, step * STREAMS[known].rate_hz // STEPS_PER_S)

    def seconds_at(self, now: float) -> float:
        """The wearer's time at a monotonic time, both in seconds; without a clock, that of the newest sample."""
        step = self.end_step
        return step / STEPS_PER_S + (now - self.taken_at(step, now))
