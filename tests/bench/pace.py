"""What this machine is worth just now: the pace of a plain loop, and a loop's clock that is turned by hand."""

from __future__ import annotations

import asyncio
import selectors
import time
from statistics import median

TURNS = 100_000
IDLE_S = 8.0


class Pace:
    """Nanoseconds of CPU per turn of `total += n`, taken now and then between what is measured.

    One core may run at half its speed or less while others work, so an absolute figure says little without this.
    """

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.take()

    def take(self) -> None:
        """Turn the loop once more."""
        total, began = 0, time.process_time()
        for n in range(TURNS):
            total += n
        self.taken.append((time.process_time() - began) / TURNS * 1e9)

    @property
    def last(self) -> float:
        """As it was last."""
        return self.taken[-1]

    def __str__(self) -> str:
        least, most = min(self.taken), max(self.taken)
        return f"a plain loop: {median(self.taken):.0f} ns a turn ({least:.0f} to {most:.0f})"


class _Waits(selectors.DefaultSelector):
    """Counts how often the loop waits."""

    waits = 0

    def select(self, timeout=None):
        if timeout is None or timeout > 0:
            self.waits += 1
        return super().select(timeout)


class _ByHand(selectors.DefaultSelector):
    """Waits for nothing: the loop's clock is turned on instead. It does no more, for it is measured, too."""

    now = 1000.0
    waits = 0  # not counted

    def select(self, timeout=None):
        self.now += timeout or 0.0
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    """asyncio's own loop; with `by_hand` it waits for nothing, and everything else is the same."""

    def __init__(self, *, by_hand: bool) -> None:
        self.selector: _Waits | _ByHand = _ByHand() if by_hand else _Waits()
        super().__init__(self.selector)
        if by_hand:
            self.time = self._by_hand

    def _by_hand(self) -> float:
        return self.selector.now


def bare_loop(wakes_per_s: float) -> float:
    """CPU milliseconds per second of a loop that does nothing but wake up so often."""
    loop = Loop(by_hand=False)

    def wake() -> None:
        loop.call_later(1 / wakes_per_s, wake)

    loop.call_soon(wake)
    loop.call_later(IDLE_S, loop.stop)
    began = time.process_time()
    loop.run_forever()
    used = time.process_time() - began
    loop.close()
    return 1000 * used / IDLE_S
