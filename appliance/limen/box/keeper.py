"""What must survive a power cut, on its way to the card: in a thread of its own, tried again until it is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from limen.box.kept import Kept
from limen.box.store import Store
from limen.errors import LimenError
from limen.outlets.recorder import Cause, cause_of

log = logging.getLogger(__name__)

# What a card did not take is tried again so often, and once more in the end.
AGAIN_S: Final = 30.0


class Keeper:
    """Keeps the newest `kept`; a card that is slow gets that, and no queue. Lives in one loop.

    `told` hears in that loop when the card does not take it, and why; and None when it does again.
    """

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self._store: Store | None = None
        self._told: Callable[[Cause | None], None] = lambda _: None
        self._saver = ThreadPoolExecutor(1, "store")
        self._waits = False
        self._trouble: Cause | None = None
        self._again: asyncio.TimerHandle | None = None
        self._closing = False

    def open(self, store: Store, told: Callable[[Cause | None], None]) -> None:
        """From here on what is kept goes to `store`."""
        self._loop = asyncio.get_running_loop()
        self._store, self._told = store, told

    def keep(self, kept: Kept) -> None:
        """Keep this from now on. Never waits."""
        self.kept = kept
        self._put()

    def _put(self) -> None:
        if self._store is not None and not self._waits:
            self._waits = True
            self._saver.submit(self._save, self._store)

    def _save(self, store: Store) -> None:
        self._waits = False  # before the look: what is kept from here on is saved once more
        trouble = None
        try:
            store.save(self.kept)
        except LimenError as error:
            log.log(logging.WARNING if self._trouble is None else logging.DEBUG, "%s", error)
            trouble = cause_of(error.__cause__)
        self._loop.call_soon_threadsafe(self._saved, trouble)

    def _saved(self, trouble: Cause | None) -> None:
        before, self._trouble = self._trouble, trouble
        if self._again is not None:
            self._again.cancel()
        if trouble is not None and not self._closing:
            self._again = self._loop.call_later(AGAIN_S, self._put)
        if before is not trouble:
            self._told(trouble)

    async def close(self) -> None:
        """Wait until it is on the card, as long as that takes; what failed before is tried once more."""
        self._closing = True
        if self._again is not None:
            self._again.cancel()
        if self._trouble is not None:
            self._put()
        await asyncio.to_thread(self._saver.shutdown)
