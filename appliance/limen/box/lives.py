"""`limen run` from its first configuration to its end: one life of the daemon after the other."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path

from limen.box import accepted, alive
from limen.box.config import Config, load_config
from limen.box.faults import Fault
from limen.box.places import state_folder
from limen.box.running import Running
from limen.box.service import as_service
from limen.errors import ConfigError

log = logging.getLogger(__name__)


def run_box(file: Path | None, held: int | None) -> int:
    """Run until told to end. As a service a wrong configuration is a fault that is shown, else a ConfigError."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    trouble: Fault | None = None
    try:
        config = load_config(file)
    except ConfigError as error:
        if file is None or not as_service():
            raise  # somebody typed this; they are told and can mend it
        log.error("the configuration is refused; mend it and reload (systemctl reload limen):\n%s", error)  # noqa: TRY400
        before = accepted.last(file, state_folder())
        if before is not None:
            log.warning("the configuration that was accepted last holds")
        config, trouble = before or Config(), Fault.CONFIG_IGNORED if before else Fault.CONFIG_REFUSED

    folder = alive.runtime_folder()

    async def lives() -> None:
        failed_until = asyncio.get_running_loop().time() + alive.TELL_S if alive.begin(folder) else 0.0
        turn, over = asyncio.Event(), asyncio.Event()

        def end() -> None:
            over.set()
            turn.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            # Once for all lives: a signal between two of them must not be lost.
            asyncio.get_running_loop().add_signal_handler(number, end)
        lights = held
        life = Running(config, file, turn, trouble=trouble, failed_until=failed_until)

        def reload() -> None:
            life.reload()  # of whichever lives then

        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
        while not over.is_set():
            turn.clear()
            with life.history.written_on_error(log):
                lights = await life.live(lights)
            if life.next_config is None:
                break
            # What it knows goes on, even where the card did not take it.
            following = Running(
                life.next_config,
                file,
                turn,
                kept=life.daemon.kept,
                trouble=life.trouble if life.next_config is life.config else None,
                failed_until=failed_until,
            )
            following.reload_waits = life.reload_waits
            life = following

    asyncio.run(lives())
    alive.end(folder)
    return 0
