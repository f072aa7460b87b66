"""The ladder's remedies, done: each bounded, none raising, those that touch everybody never twice at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from limen.inlets.band import adapter
from limen.inlets.band.failures import TROUBLE, in_words
from limen.inlets.band.ladder import Action

log = logging.getLogger(__name__)

SHARED_PAUSE_S: Final = 15.0  # two links that climb side by side need the adapter switched once

INSTEAD: Final[Mapping[Action, str]] = {
    Action.POWER_CYCLE: "unplug the adapter and plug it in again",
    Action.RESTART: "run `systemctl restart bluetooth`",
    Action.REBOOT: "restart the box",
}


class Remedies:
    """Applies actions. `reboot` is called before the box restarts, to note that it was."""

    def __init__(self, radio: asyncio.Lock, reboot: Callable[[], None] | None = None) -> None:
        self._radio = radio
        self._on_reboot = reboot
        self._last: dict[Action, float] = {}

    async def apply(self, action: Action, device: str | None) -> None:
        """Do it; `device` is the band's object path, None if it was never seen."""
        match action:
            case Action.RETRY:
                return
            case Action.DROP | Action.FORGET:
                if device is not None:
                    act = adapter.disconnect if action is Action.DROP else adapter.forget
                    await self._try(action, lambda: act(device))
            case Action.POWER_CYCLE:
                await self._shared(action, adapter.power_cycle)
            case Action.RESTART:
                await self._shared(action, adapter.restart_bluetoothd)
            case Action.REBOOT:
                if self._on_reboot is not None:
                    self._on_reboot()
                await self._shared(action, adapter.reboot)

    async def _shared(self, action: Action, act: Callable[[], Awaitable[None]]) -> None:
        async with self._radio:
            now = time.monotonic()
            if now - self._last.get(action, -SHARED_PAUSE_S) < SHARED_PAUSE_S:
                return
            self._last[action] = now
            await self._try(action, act)

    async def _try(self, action: Action, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except TROUBLE as error:
            instead = f"; {INSTEAD[action]}" if action in INSTEAD else ""
            level = logging.WARNING if action in INSTEAD else logging.DEBUG
            log.log(level, "could not %s: %s%s", action, in_words(error), instead)
