"""`limen run`, put together: parts opened, signals heeded, everything closed in the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from limen.box import accepted
from limen.box.config import Config, load_config
from limen.box.config.gates import changed
from limen.box.daemon import Daemon, Parts
from limen.box.faults import Fault
from limen.box.health import HealthReader, History, Machine, access_point
from limen.box.kept import Kept
from limen.box.livepath import LivePath
from limen.box.places import sessions_folder, state_folder
from limen.box.power import power_off
from limen.box.service import BEATS_PER_TIMEOUT, Pulse, as_service, notifier, watchdog_s
from limen.box.states import Band, Event, Kind
from limen.box.stations import stations
from limen.box.store import Store
from limen.box.watch import beat, examine, look, patience, subnet
from limen.box.wiring import osc_settings, timing
from limen.errors import ConfigError, LimenError
from limen.gates import Edge, Played
from limen.inlets.band.capture import Head, Link
from limen.inlets.band.codec import Notification
from limen.inlets.band.profile import PACKET_BYTES, STREAM_OF
from limen.inlets.band.states import LinkState
from limen.inlets.band.states import State as LinkStates
from limen.outlets.recorder import Recorder, RecorderSettings
from limen.panel.lights import SWING_S, SWINGS, Answer
from limen.panel.panel import open_panel

if TYPE_CHECKING:
    from limen.box.bands import Bands

log = logging.getLogger(__name__)

ANSWERED_S: Final = SWING_S * 2 * SWINGS[Answer.HOLD_DONE]
BAND_OF: Final[Mapping[LinkStates, Band]] = MappingProxyType(
    {
        LinkStates.STREAMING: Band.LINKED,
        LinkStates.STALLED: Band.LINKED,
        LinkStates.ASLEEP: Band.ASLEEP,
    }
)


class BitsSink:
    """Shows the panel the bits as they are played."""

    grid_s = float("inf")

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def play(self, events: Sequence[Played], now: float) -> None:
        """Take what is played."""
        edges = [event for event in events if isinstance(event, Edge)]
        for edge in edges:
            self._daemon.bits.edge(edge.wearer, edge.gate, edge.bit)
        if edges:
            self._daemon.show()

    def run_due(self, now: float) -> None:
        """Nothing is due by itself."""


class Running:
    """One life of the daemon: from a configuration until it is told to end or to begin again with another."""

    def __init__(
        self,
        config: Config,
        file: Path | None,
        turn: asyncio.Event,
        *,
        kept: Kept | None = None,
        trouble: Fault | None = None,
        failed_until: float = 0.0,
    ) -> None:
        self.config = config
        self.next_config: Config | None = None
        self.trouble = trouble
        self.reload_waits = False
        self._listens = False
        self._file = file
        self._failed_until = failed_until
        self._store = Store(state_folder())
        self._turn = turn
        self._halting = False
        self._patience: asyncio.Task[None] | None = None
        self._forgetting: asyncio.TimerHandle | None = None
        self._packets = 0
        self._rehearsed: int | None = None
        self.history = History()
        self.daemon = Daemon(config, self._store.load() if kept is None else kept)

    async def live(self, held: int | None) -> int | None:
        """Open everything, play, close everything; returns what holds the power LED, as `first_light` does."""
        config, daemon, kept = self.config, self.daemon, self.daemon.kept
        loop = asyncio.get_running_loop()
        lights: list[int | None] = []
        async with AsyncExitStack() as stack:
            panel = open_panel(daemon.gestured, enable=config.panel.enable, held=held)
            stack.callback(lambda: lights.append(panel.close()))
            recorder = None
            if config.recorder.enable:
                settings = RecorderSettings(
                    sessions_folder(config), config.recorder.raw, float(config.recorder.reserve_mb)
                )

                def card_changed() -> None:
                    loop.call_soon_threadsafe(daemon.card)

                recorder = Recorder(settings, card_changed)
                stack.push_async_callback(asyncio.to_thread, recorder.close)
            stack.push_async_callback(daemon.close)
            stack.push_async_callback(self._switch_off)  # a card that hangs may keep us, and not the power on
            if config.rehearsal.enable:
                import limen.box.rehearsal  # noqa: F401, PLC0415  (START shall not wait for numpy)
            path = await stack.enter_async_context(self._path())
            path.count_marks(kept.marks)
            notify = notifier()
            bands = self._bands(path, recorder)
            daemon.open(
                Parts(
                    path,
                    recorder,
                    panel,
                    self._store,
                    notify,
                    self._rehearsable,
                    self._rehearse,
                    self._forget,
                    self._halt,
                )
            )
            tasks = self._sources(path)
            tasks.append(asyncio.create_task(look(daemon)))
            tasks.append(asyncio.create_task(subnet(path)))
            tasks.append(asyncio.create_task(examine(daemon, self._health_reader(), self.history)))
            if bands is not None:
                tasks.append(asyncio.create_task(bands.run()))
            timeout = watchdog_s()
            if timeout is not None:
                tasks.append(asyncio.create_task(beat(daemon, self._pulse, timeout / BEATS_PER_TIMEOUT)))
            if self.trouble is not None:
                daemon.fault(self.trouble, present=True)
            elif self._file is not None and as_service():
                tasks.append(asyncio.create_task(asyncio.to_thread(accepted.keep, self._file, state_folder())))
            if self._failed_until > loop.time():
                daemon.fault(Fault.CRASHED, present=True)
                told = loop.call_at(self._failed_until, lambda: daemon.fault(Fault.CRASHED, present=False))
                stack.callback(told.cancel)
            daemon.ready()
            self._listens = True
            if self.reload_waits:
                self.reload()
            try:
                await self._turned(tasks)
            finally:
                self._listens = False
                if self._forgetting is not None:
                    self._forgetting.cancel()  # a reload was quicker, and the next life's turn is not ours
                if self.next_config is None:
                    notify("STOPPING=1")  # anything else is no end: systemd would kill who lives on after it
                elif timeout is not None:
                    self._patience = asyncio.create_task(patience(notify, timeout / BEATS_PER_TIMEOUT))
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                daemon.end()
        return lights[0]

    async def _turned(self, tasks: Iterable[asyncio.Task[None]]) -> None:
        """Wait for the turn. A task that broke ends the process with its error: begun anew, the show goes on."""
        turn = asyncio.create_task(self._turn.wait())
        waiting: set[asyncio.Task[Any]] = {turn, *tasks}
        try:
            while not turn.done():
                ended, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    task.result()
        finally:
            turn.cancel()

    async def _switch_off(self) -> None:
        if self._halting:
            try:
                await power_off()
            except LimenError as error:
                log.error("%s", error)  # noqa: TRY400  (the message says it all)

    def _path(self) -> LivePath:
        config, kept = self.config, self.daemon.kept
        osc = osc_settings(config, here=False)
        return LivePath(
            {w.number: changed(w.gates, kept.gates.get(w.number, {})) for w in config.wearers},
            osc,
            timing(config),
            calibration_s=config.calibration.seconds,
            control=config.osc.control,
            controls=self.daemon,
            stations=stations,
            sinks=(BitsSink(self.daemon),),
            listener=self.daemon,
        )

    def _sources(self, path: LivePath) -> list[asyncio.Task[None]]:
        """Everyone without a wristband."""
        wearers = [wearer for wearer in self.config.wearers if wearer.source != "band"]
        if not wearers:
            return []
        from limen.box.sources import play_source  # noqa: PLC0415  (numpy, which bands do without)

        return [asyncio.create_task(play_source(path, wearer, self.daemon.band)) for wearer in wearers]

    def _bands(self, path: LivePath, recorder: Recorder | None) -> Bands | None:
        """Everyone with a wristband; None where there is nobody."""
        if not any(wearer.source == "band" for wearer in self.config.wearers):
            return None
        from limen.box.bands import Bands  # noqa: PLC0415  (bleak, which nobody else needs)

        daemon = self.daemon

        def raw(wearer: int, line: Notification | Link | Head) -> None:
            if isinstance(line, Notification):
                # Anything else makes no samples, and the beat need not wait for any.
                self._packets += line.characteristic in STREAM_OF and len(line.data) == PACKET_BYTES
            if recorder is None:
                return
            if isinstance(line, Notification):
                recorder.packet(wearer, line.at, line.characteristic, line.data)
            elif isinstance(line, Link):
                recorder.link(wearer, line.at, up=line.up)

        def link_changed(link: LinkState) -> None:
            daemon.band(link.wearer, BAND_OF.get(link.state, Band.SOUGHT))
            daemon.fault(
                Fault.BLUETOOTH_SILENT,
                present=any(each.state is LinkStates.NO_RADIO for each in bands.states.values()),
            )
            if link.address is not None and link.state is LinkStates.STREAMING and self.next_config is None:
                daemon.remember(link.wearer, link.address, link.name)

        for wearer, band in sorted(daemon.kept.bands.items()):
            log.info("wearer %d: last had %s", wearer, f"{band.name} at {band.address}".removeprefix(" at "))
        bands = Bands(
            path,
            self.config.band,
            self.config.wearers,
            raw=raw,
            changed=link_changed,
            assigned={band.address: wearer for wearer, band in daemon.kept.bands.items()},
            reboots=lambda: daemon.kept.reboots,
            on_reboot=daemon.restarting,
            press=lambda: daemon.happen(Event(Kind.MARK)),
            rehearsed=lambda wearer: wearer == self._rehearsed,
        )
        return bands

    def _health_reader(self) -> HealthReader:
        recorder = self.config.recorder
        machine = Machine()
        return HealthReader(
            machine,
            sessions_folder(self.config) if self.config.recorder.folder else state_folder(),
            reserve_mb=float(recorder.reserve_mb) if recorder.enable else None,
            bluetooth=any(wearer.source == "band" for wearer in self.config.wearers),
            wifi=access_point(machine),
        )

    def _forget(self) -> None:
        """Begin again with no band known: whoever is found next is whose wearer is missing. Knobs stay turned."""
        self.daemon.save()
        self.next_config = self.config
        # The panel's word for a hold is seen to its end; the next life has a panel of its own.
        if self._forgetting is None:
            self._forgetting = asyncio.get_running_loop().call_later(ANSWERED_S, self._turn.set)

    def _pulse(self) -> Pulse:
        path = self.daemon.path
        return Pulse(path.osc.outlet.ticks, self._packets, path.records)

    def reload(self) -> None:
        """Take the configuration anew; a wrong one is refused and the old one stays.

        While this life is opened or closed, the wish waits for who can hear it: itself or the next.
        """
        self.reload_waits = not self._listens
        if self.reload_waits:
            return
        try:
            config = load_config(self._file)
        except ConfigError as error:
            log.warning("the new configuration is refused, the old one holds:\n%s", error)
            if self.trouble is None:
                self.trouble = Fault.CONFIG_IGNORED
                self.daemon.fault(self.trouble, present=True)
            return
        if config == self.config and self.trouble is not Fault.CONFIG_REFUSED:
            self.trouble = None
            self.daemon.fault(Fault.CONFIG_IGNORED, present=False)
            return
        self.next_config = config
        self._listens = False  # what comes from here on is the next one's
        self._turn.set()

    def _halt(self) -> None:
        self._halting = True
        self._turn.set()

    def _rehearsable(self) -> bool:
        if not self.config.rehearsal.enable:
            return False
        from limen.box.rehearsal import recording  # noqa: PLC0415  (loaded at the start where it is wanted)

        return recording(self.config) is not None

    def _rehearse(self) -> asyncio.Task[None] | None:
        return asyncio.create_task(self._replay_last())

    async def _replay_last(self) -> None:
        """Play the last recording of the first wearer through the live path."""
        from limen.box.rehearsal import last_session, rehearse  # noqa: PLC0415

        with suppress(asyncio.CancelledError):
            number = self.config.wearers[0].number
            try:
                session = await asyncio.to_thread(last_session, self.config)
                self._rehearsed = number
                await rehearse(self.daemon.path, number, session)
            except LimenError as error:
                log.warning("there is nothing to rehearse with: %s", error)
            finally:
                self._rehearsed = None
                self.daemon.bits.gone(number)
            self.daemon.happen(Event(Kind.REPLAYED))
