"""Which samples of ACC were under movement: written by the gates on ACC, asked by all others."""

from __future__ import annotations

from typing import Final

from limen.streams import STREAMS, Stream

_RATE: Final = STREAMS[Stream.ACC].rate_hz


class MovementHistory:
    """Which of the last samples of ACC were under movement, so that slower streams can look back."""

    SECONDS: Final = 64

    def __init__(self) -> None:
        self._ring = bytearray(self.SECONDS * _RATE)
        self._end = 0

    def room(self, first: int, count: int) -> bytearray:
        """The ring to note `count` samples in, each at the place index % length, before anybody asks for it.

        Those that were left out since the last one never came and did not move.
        """
        ring = self._ring
        size = len(ring)
        for missed in range(max(self._end, first - size + 1), first):
            ring[missed % size] = 0
        self._end = first + count
        return ring

    def any(self, first: int, last: int) -> bool:
        """Whether any sample from `first` to `last`, both counted, was under movement."""
        ring = self._ring
        size = len(ring)
        first, last = max(0, first), min(last, self._end - 1)
        if last < first:
            return False
        a, b = first % size, last % size
        return 1 in ring[a : b + 1] if a <= b else 1 in ring[a:] or 1 in ring[: b + 1]
