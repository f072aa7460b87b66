"""Tells when the event loop was held up: what is late then is everything, lights and edges too."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

EVERY_S: Final = 0.25
# A light must answer a finger within 0.1 s, and an edge may be late by the allowance of 0.2 s.
MOST_S: Final = 0.1


class LoopWatch:
    """Give it a beat every `every_s` seconds from the loop; it counts those that came `most_s` too late."""

    def __init__(
        self, every_s: float = EVERY_S, most_s: float = MOST_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.held_up = 0
        self.worst_s = 0.0
        self._every_s = every_s
        self._most_s = most_s
        self._clock = clock
        self._due: float | None = None

    def beat(self) -> float:
        """Return by how many seconds this beat is late."""
        now = self._clock()
        late = 0.0 if self._due is None else max(0.0, now - self._due)
        self._due = now + self._every_s
        if late > self._most_s:
            self.held_up += 1
            level = logging.WARNING if late > self.worst_s else logging.DEBUG
            log.log(level, "the event loop was held up for %.2f s (%d times so far)", late, self.held_up)
        self.worst_s = max(self.worst_s, late)
        return late

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            self.beat()
            await asyncio.sleep(self._every_s)
