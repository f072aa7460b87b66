"""However a performance ends, it ends like a performance: with every gate closed at the receivers."""

from __future__ import annotations

import asyncio
import atexit
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Final

# A terminal that is closed, a kill, a machine that shuts down; Ctrl-C is asyncio's own business.
ENDINGS: Final = (signal.SIGHUP, signal.SIGTERM)

Performance = Callable[[Callable[[], None]], Coroutine[None, None, None]]
"""Takes what ends it from within."""


def perform_on_stage(performance: Performance) -> None:
    """Run it until it is over, or until Ctrl-C, a signal or itself ends it; all the same to who listens.

    Takes ENDINGS for as long as the process lives: one more must not kill what has ended well.
    """
    # As it goes, the interpreter gives handled signals back to the system, and there they would kill again; it
    # leaves ignored ones alone. Blocking them would not do: the threads of a numerical library would take them.
    for sign in ENDINGS:
        atexit.register(signal.signal, sign, signal.SIG_IGN)
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_endable(performance))


async def _endable(performance: Performance) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def end() -> None:
        if not task.cancelling():
            task.cancel()

    def heed(*_: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: it has ended already
            loop.call_soon_threadsafe(end)

    for sign in ENDINGS:
        # Under nohup, a terminal that is closed is meant to change nothing. The loop's own way of adding a handler
        # gives the signal back to the system while there is still something to lose.
        if signal.getsignal(sign) is not signal.SIG_IGN:
            signal.signal(sign, heed)
    await performance(end)
