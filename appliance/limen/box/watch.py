"""What the daemon looks at all the time: the gates for the panel, its own health, and the life of the data path."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from limen.box.daemon import Daemon
from limen.box.health import HealthReader, History, LoopWatch, Standing, changes
from limen.box.health.loop import EVERY_S
from limen.box.livepath import LivePath
from limen.box.network import broadcast_of
from limen.box.service import Notify, Pulse, beats

log = logging.getLogger(__name__)

HEALTH_S: Final = 2.0
# A band is let go within 8 s, the card has 5 to write what it was given, and then everything is opened anew.
CLOSING_S: Final = 20.0


async def look(daemon: Daemon) -> None:
    """Show the panel how the gates stand, four times a second; say when the loop was held up."""
    watch = LoopWatch()
    while True:
        await asyncio.sleep(EVERY_S)
        watch.beat()
        daemon.look()


async def subnet(path: LivePath) -> None:
    """Keep the outlet told of the box's own subnet, which may come after the daemon."""
    while True:
        path.osc.outlet.destinations.broadcast = broadcast_of()
        await asyncio.sleep(HEALTH_S)


async def examine(daemon: Daemon, reader: HealthReader, history: History) -> None:
    """Read the box's health and tell the daemon which faults appeared and which cleared."""
    standing = Standing()
    while True:
        health = await asyncio.to_thread(reader.read)
        history.add(health)
        found = changes(standing, health)
        standing = found.standing
        for fault in found.appeared:
            daemon.fault(fault, present=True)
        for fault in found.cleared:
            daemon.fault(fault, present=False)
        await asyncio.sleep(HEALTH_S)


async def beat(daemon: Daemon, pulse: Callable[[], Pulse], every_s: float) -> None:
    """Tell systemd that the box is alive, as long as it is."""
    before = pulse()
    while True:
        await asyncio.sleep(every_s)
        now = pulse()
        if beats(before, now):
            daemon.notify("WATCHDOG=1")
        else:
            log.error("the data path stands still; leaving the rest to the watchdog")
        before = now


async def patience(notify: Notify, every_s: float) -> None:
    """Let systemd wait while one life of the daemon is closed and the next one opened: so long, and no longer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSING_S):
            while True:
                notify("WATCHDOG=1")
                await asyncio.sleep(every_s)
