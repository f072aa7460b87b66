"""`limen run`, put together: parts opened, signals heeded, everything closed in the end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Final

from limen.box.config import Config, load_config
from limen.box.config.gates import changed
from limen.box.daemon import Daemon, Parts
from limen.box.faults import Fault
from limen.box.livepath import LivePath
from limen.box.network import broadcast_of
from limen.box.pace import perform
from limen.box.places import sessions_folder, state_folder
from limen.box.power import power_off
from limen.box.service import BEATS_PER_TIMEOUT, Pulse, beats, notifier, watchdog_s
from limen.box.sessions import kept_sessions
from limen.box.sources import play_source
from limen.box.states import Event, Kind
from limen.box.store import Store
from limen.box.wiring import osc_settings, timing
from limen.errors import ConfigError, LimenError
from limen.gates import Edge
from limen.gates import Event as Signal
from limen.inlets.packets import packets
from limen.inlets.reader import read_session
from limen.outlets.recorder import Recorder, RecorderSettings
from limen.panel.panel import open_panel

log = logging.getLogger(__name__)

LOOK_S: Final = 0.25


class BitsSink:
    """Shows the panel the bits as they are played."""

    grid_s = float("inf")

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def play(self, events: Sequence[Signal], now: float) -> None:
        """Take what is played."""
        edges = [event for event in events if isinstance(event, Edge)]
        for edge in edges:
            self._daemon.bits.edge(edge.wearer, edge.gate, edge.bit)
        if edges:
            self._daemon.show()

    def next_due(self) -> None:
        """Nothing is due by itself."""

    def run_due(self, now: float) -> None:
        """Nothing is due by itself."""


class Running:
    """One life of the daemon: from a configuration until it is told to end or to begin again with another."""

    def __init__(self, config: Config, file: Path | None, *, refused: bool = False) -> None:
        self.config = config
        self.next_config: Config | None = None
        self._file = file
        self._refused = refused
        self._store = Store(state_folder())
        self._ended = asyncio.Event()
        self._halting = False
        self._packets = 0
        self.daemon = Daemon(config, self._store.load())

    async def live(self, held: int | None) -> None:
        """Open everything, play, close everything."""
        config, daemon, kept = self.config, self.daemon, self.daemon.kept
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            panel = open_panel(daemon.gestured, enable=config.panel.enable, held=held)
            stack.callback(lambda: panel.close(halting=self._halting))
            recorder = None
            if config.recorder.enable:
                settings = RecorderSettings(
                    sessions_folder(config), config.recorder.raw, float(config.recorder.reserve_mb)
                )

                def card_changed() -> None:
                    loop.call_soon_threadsafe(daemon.card)

                recorder = Recorder(settings, card_changed)
                stack.callback(recorder.close)
            stack.callback(daemon.close)
            path = await stack.enter_async_context(self._path())
            path.marks = kept.marks
            notify = notifier()
            daemon.open(Parts(path, recorder, panel, self._store, notify, self._rehearse, lambda: None, self._halt))
            tasks = [
                asyncio.create_task(play_source(path, w, daemon.band)) for w in config.wearers if w.source != "band"
            ]
            tasks.append(asyncio.create_task(self._look()))
            if (timeout := watchdog_s()) is not None:
                tasks.append(asyncio.create_task(self._beat(timeout / BEATS_PER_TIMEOUT)))
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self._ended.set)
            loop.add_signal_handler(signal.SIGHUP, self._reload)
            if self._refused:
                daemon.fault(Fault.CONFIG_REFUSED, present=True)
            daemon.ready()
            try:
                await self._ended.wait()
            finally:
                notify("STOPPING=1")
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        if self._halting:
            try:
                await power_off()
            except LimenError as error:
                log.error("%s", error)  # noqa: TRY400  (the message says it all)

    def _path(self) -> LivePath:
        config, kept = self.config, self.daemon.kept
        osc = osc_settings(config, broadcast=broadcast_of(), here=False)
        return LivePath(
            {w.number: changed(w.gates, kept.gates.get(w.number, {})) for w in config.wearers},
            osc,
            timing(config),
            calibration_s=config.calibration.seconds,
            control=config.osc.control,
            controls=self.daemon,
            sinks=(BitsSink(self.daemon),),
            listener=self.daemon,
        )

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.daemon.look()

    async def _beat(self, every_s: float) -> None:
        before = self._pulse()
        while True:
            await asyncio.sleep(every_s)
            now = self._pulse()
            if beats(before, now):
                self.daemon.notify("WATCHDOG=1")
            else:
                log.error("the data path stands still; leaving the rest to the watchdog")
            before = now

    def _pulse(self) -> Pulse:
        path = self.daemon.path
        return Pulse(path.osc.outlet.ticks, self._packets, path.records)

    def _reload(self) -> None:
        """Take the configuration anew; a wrong one is refused and the old one stays."""
        try:
            config = load_config(self._file)
        except ConfigError as error:
            log.warning("the new configuration is refused, the old one holds:\n%s", error)
            self.daemon.fault(Fault.CONFIG_IGNORED, present=True)
            return
        self.daemon.fault(Fault.CONFIG_IGNORED, present=False)
        if config != self.config or self._refused:
            self.next_config = config
            self._ended.set()

    def _halt(self) -> None:
        self._halting = True
        self._ended.set()

    def _rehearse(self) -> asyncio.Task[None] | None:
        return asyncio.create_task(self._replay_last())

    async def _replay_last(self) -> None:
        """Play the last recording of the first wearer through the live path."""
        with suppress(asyncio.CancelledError):
            try:
                kept = kept_sessions(sessions_folder(self.config))
                session = await asyncio.to_thread(read_session, kept[-1].path)
                number = self.config.wearers[0].number
                await perform(
                    self.daemon.path, number, packets(session, number), streams=session.data, rates=session.rates
                )
            except (LimenError, IndexError) as error:
                log.warning("there is nothing to rehearse with: %s", error)
            self.daemon.happen(Event(Kind.REPLAYED))


def run_box(file: Path | None, held: int | None) -> int:
    """Run until told to end. As a service a wrong configuration is a fault that is shown, else a ConfigError."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    refused = False
    try:
        config = load_config(file)
    except ConfigError as error:
        if "NOTIFY_SOCKET" not in os.environ:
            raise  # somebody typed this; they are told and can mend it
        log.error("the configuration is refused; mend it and reload (systemctl reload limen):\n%s", error)  # noqa: TRY400
        config, refused = Config(), True

    async def lives() -> None:
        following: Config | None = config
        lights = held
        while following is not None:
            life = Running(following, file, refused=refused and following is config)
            await life.live(lights)
            following, lights = life.next_config, None

    asyncio.run(lives())
    return 0
