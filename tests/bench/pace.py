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
    """Counts how often the loop waits; by hand, its clock is turned on instead."""

    def __init__(self, *, by_hand: bool) -> None:
        super().__init__()
        self.by_hand = by_hand
        self.now = 1000.0
        self.waits = 0

    def select(self, timeout=None):
        if timeout is None or timeout > 0:
            self.waits += 1
        if self.by_hand:
            self.now += timeout or 0.0
            timeout = 0
        return super().select(timeout)


class Loop(asyncio.SelectorEventLoop):
    """asyncio's own loop; with `by_hand` it waits for nothing, and everything else is the same."""

    def __init__(self, *, by_hand: bool) -> None:
        self.selector = _Waits(by_hand=by_hand)
        super().__init__(self.selector)

    def time(self) -> float:
        """Seconds, since some time."""
        return self.selector.now if self.selector.by_hand else super().time()


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
