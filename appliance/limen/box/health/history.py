"""The last looks at a box, for the log of a daemon that ends in error."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from limen.box.health.readings import Health, described

KEPT: Final = 30


class History:
    """Keeps the last `size` readings; nothing is made of them until they are wanted."""

    def __init__(self, size: int = KEPT) -> None:
        self._readings: deque[Health] = deque(maxlen=size)

    def add(self, health: Health) -> None:
        """Take one more."""
        self._readings.append(health)

    def write(self, log: logging.Logger) -> None:
        """Write what there is, oldest first, one line a reading."""
        for number, health in enumerate(self._readings, 1):
            log.error("health %d of %d: %s", number, len(self._readings), described(health))

    @contextmanager
    def written_on_error(self, log: logging.Logger) -> Iterator[None]:
        """Write it where what is inside raises; the error goes on. Being cancelled or interrupted is no error."""
        try:
            yield
        except Exception:
            self.write(log)
            raise
