"""Fixed windows over the last samples of a stream."""

from __future__ import annotations

from math import fsum


class MeanRing:
    """Mean of the last `size` numbers, pushed one by one, and the one pushed `size` ago.

    A running sum drifts by rounding; it is summed anew, exactly, once per turn of the ring, which depends only
    on how many numbers came and so is the same however they were cut into packets.
    """

    __slots__ = ("_at", "_ring", "_sum", "full")

    def __init__(self, size: int) -> None:
        self._ring = [0.0] * size
        self._at = 0
        self._sum = 0.0
        self.full = False

    def push(self, value: float) -> float:
        """Take one number in; returns the mean of the window (of what has come, while it fills)."""
        ring, at = self._ring, self._at
        self._sum += value - ring[at]
        ring[at] = value
        at += 1
        if at == len(ring):
            at = 0
            self.full = True
            self._sum = fsum(ring)
        self._at = at
        return self._sum / (len(ring) if self.full else at)

    def clear(self) -> None:
        """Forget everything."""
        self._ring[:] = [0.0] * len(self._ring)
        self._at, self._sum, self.full = 0, 0.0, False


class LowRing:
    """The lowest of the last `size` numbers; `size` is small enough that `min` over it is the fast way."""

    __slots__ = ("_at", "_ring")

    def __init__(self, size: int) -> None:
        self._ring = [float("inf")] * size
        self._at = 0

    def push(self, value: float) -> float:
        """Take one number in; returns the lowest in the window."""
        self._ring[self._at] = value
        self._at = (self._at + 1) % len(self._ring)
        return min(self._ring)

    def refill(self, value: float) -> None:
        """Let every place in the window hold `value`: the low is armed anew from here."""
        self._ring[:] = [value] * len(self._ring)


class DelayRing:
    """Gives back what was pushed `size` pushes ago."""

    __slots__ = ("_at", "_ring", "full")

    def __init__(self, size: int) -> None:
        self._ring = [0.0] * size
        self._at = 0
        self.full = False

    def push(self, value: float) -> float:
        """Take one number in and give the one from `size` pushes ago (0.0 while `full` is false)."""
        at = self._at
        old, self._ring[at] = self._ring[at], value
        return_old = old if self.full else 0.0
        self._at = at + 1
        if self._at == len(self._ring):
            self._at = 0
            self.full = True
        return return_old

    def clear(self) -> None:
        """Forget everything."""
        self._at, self.full = 0, False
