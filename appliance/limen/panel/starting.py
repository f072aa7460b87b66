"""From first light to the panel: every lamp shown for a moment, then power blinks, as the state `booting` does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from limen.panel.firstlight import light
from limen.panel.rhythm import MEDIUM_S

LAMPS_S: Final = 1.0  # long enough to see that none of seven is broken


@contextmanager
def starting(held: int | None) -> Iterator[None]:
    """Blink while the rest is loaded; `held` is what `first_light` returned. Power is lit in the end."""
    if held is None:
        yield
        return
    over = threading.Event()

    def blink() -> None:
        lit, wait_s = False, LAMPS_S
        while not over.wait(wait_s):
            lit, wait_s = not lit, MEDIUM_S
            light(held, *["power"] * lit)

    thread = threading.Thread(target=blink, name="starting", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        light(held, "power")
