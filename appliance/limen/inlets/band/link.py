"""One wearer's link: found, connected, started, watched, and won back by the ladder, for ever."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from bleak import BleakClient
from bleak.backends.device import BLEDevice

from limen.gates.records import Samples
from limen.inlets.band import capture
from limen.inlets.band.assemble import Assembler, BandEvent, Battery, Press
from limen.inlets.band.codec import Notification
from limen.inlets.band.connection import CONNECT_PLAYING_S, CONNECT_S, Connection, Started
from limen.inlets.band.failures import LinkFailedError
from limen.inlets.band.ladder import Action, Failure, Situation, next_step
from limen.inlets.band.profile import Characteristic
from limen.inlets.band.remedies import Remedies
from limen.inlets.band.scanner import Scanner
from limen.inlets.band.settings import LinkSettings
from limen.inlets.band.states import LinkState, State

log = logging.getLogger(__name__)

TICK_S: Final = 0.25
# BVP and ACC come every 0.17 and 0.19 s, so 2.5 s of silence are 14 packets in a row; with a tick on top it is
# noticed within 3 s. Ticks are counted and not seconds: a box that stood still has heard nothing either.
STALLED_TICKS: Final = 10
AGAIN_TICKS: Final = 20  # 5 s: the start is written once more, for a disconnected band may switch itself off
GIVE_UP_TICKS: Final = 40  # 10 s: the link is given up
# Packets for so long are a success, and the ladder begins at its foot: longer than silence takes to be noticed, and
# short enough that a wearer at the edge of the radio's reach brings no remedy on that would disturb the evening.
STEADY_S: Final = 3.0
# Those packets; of one that a band never gives it is said once, and the others play on.
_FAST: Final = frozenset({Characteristic.BVP, Characteristic.ACC})
# Somebody has been asked for something already, and not seeing the band is no news.
_TOLD: Final = frozenset({State.ASLEEP, State.NO_RADIO})


@dataclass(frozen=True, slots=True)
class Ears:
    """Who is told what: samples, events (states, presses, battery), and every line that a capture keeps."""

    samples: Callable[[Samples], object]
    event: Callable[[LinkState | Press | Battery], object]
    raw: Callable[[int, Notification | capture.Link | capture.Head], object]


class Link:
    """A wearer's. `run` it; hand it `offered` devices, and `tick` it every TICK_S."""

    def __init__(
        self,
        wearer: int,
        assembler: Assembler,
        settings: LinkSettings,
        ears: Ears,
        scanner: Scanner,
        remedies: Remedies,
        situation: Callable[[Link], Situation],
        clock: Callable[[], float] = time.monotonic,
        client: type[BleakClient] = BleakClient,
    ) -> None:
        self.wearer = wearer
        self.assembler = assembler
        self.state = State.SEARCHING
        self.address: str | None = None
        self._settings = settings
        self._ears = ears
        self._scanner = scanner
        self._remedies = remedies
        self._situation = situation
        self._clock = clock
        self._client = client
        self._connection: Connection | None = None
        self._offer: asyncio.Future[BLEDevice] | None = None
        self._device: BLEDevice | None = None
        self._before: Started | None = None
        self._failures = 0
        self._silent = 0
        self._quiet: dict[Characteristic, int] = {}
        self._heard: dict[Characteristic, int] = {}
        self._heard_at = 0.0
        self._lost = False
        self._looking_since = 0.0
        self._again: asyncio.Task[None] | None = None

    @property
    def missing(self) -> bool:
        """Whether it waits for its band to be seen."""
        return self._offer is not None and not self._offer.done()

    @property
    def _unseen_s(self) -> float:
        return time.monotonic() - self._looking_since

    @property
    def streaming(self) -> bool:
        """Whether samples come, or came until a moment ago."""
        return self.state in {State.STREAMING, State.STALLED}

    def offered(self, device: BLEDevice) -> bool:
        """Its band was seen; whether that was waited for."""
        if self._offer is None or self._offer.done():
            return False
        self._offer.set_result(device)
        return True

    def tell(self, state: State, why: str) -> None:
        """Go into a state, and say so if it is another or for another reason."""
        self.state = state
        name = (self._device.name if self._device else None) or ""
        self._ears.event(LinkState(self.wearer, self._clock(), state, self.address, why, name))

    def tick(self) -> None:
        """Look at what does not come."""
        connection = self._connection
        if connection is not None:
            self._drain(connection)
        for samples in self.assembler.tick(self._clock()):
            self._ears.samples(samples)
        if connection is not None and self.streaming:
            self._watch(connection)
        elif self.missing and self.state not in _TOLD and self._unseen_s > self._settings.asleep_s:
            self.tell(State.ASLEEP, f"not seen for {self._settings.asleep_s:g} s")
            log.warning("wearer %d: the band is not seen; press its button", self.wearer)

    def look_again(self, why: str) -> None:
        """The radio works again: what was not seen meanwhile does not count."""
        self._looking_since = time.monotonic()
        self.tell(State.SEARCHING, why)

    async def run(self) -> None:
        """Hold on to the band for ever; ends only by being cancelled."""
        self.tell(State.SEARCHING, "not seen yet")
        while True:
            try:
                await self._once()
            except LinkFailedError as error:
                failed = error
            except Exception as error:  # one band's trouble is not the other's, whatever it is
                log.exception("wearer %d: the link broke on something unforeseen", self.wearer)
                failed = LinkFailedError(Failure.DROPPED, repr(error))
            await self._recover(failed)

    async def _once(self) -> None:
        device = self._device = await self._find()
        self.address = device.address
        connection = Connection(device, self._settings, self._clock, self._client)
        pump = asyncio.create_task(self._pump(connection))
        up = False
        try:
            async with self._scanner.radio:
                self.tell(State.CONNECTING, f"{device.name} at {device.address}")
                playing = self._situation(self).others_streaming
                await connection.connect(CONNECT_PLAYING_S if playing else CONNECT_S)
            up = True
            self._mark(up=True)
            self._connection = connection
            self.tell(State.STARTING, "connected")
            await connection.subscribe()
            self._before = await connection.start(self._before) or self._before
            await self._stream(connection, pump)
        finally:
            self._connection = None
            await _end(pump)
            if self._again is not None:
                await _end(self._again)
            self._drain(connection)
            if up:
                self._mark(up=False)
            await connection.close()

    async def _find(self) -> BLEDevice:
        self._offer = asyncio.get_running_loop().create_future()
        self._looking_since = time.monotonic()
        self._scanner.look_for()
        try:
            return await self._offer
        finally:
            self._offer = None
            self._scanner.found()

    async def _stream(self, connection: Connection, pump: asyncio.Task[None]) -> None:
        began = self._heard_at = time.monotonic()
        self._silent, self._lost = 0, False
        self._heard, self._quiet = dict(connection.heard), dict.fromkeys(_FAST & connection.heard.keys(), 0)
        log.info("wearer %d: samples come from %s", self.wearer, self.address)
        self.tell(State.STREAMING, "samples come")
        await asyncio.wait((connection.ended, pump), return_when=asyncio.FIRST_COMPLETED)
        if self._heard_at - began >= STEADY_S:
            self._failures = 0
        self._lost = True
        if pump.done():
            await pump
        raise connection.ended.result()

    async def _recover(self, failed: LinkFailedError) -> None:
        self._failures += 1
        situation = replace(self._situation(self), last_resort=self._settings.last_resort)
        step = next_step(self._failures, failed.failure, time.monotonic(), situation)
        level = logging.WARNING if step.news else logging.DEBUG
        log.log(level, "wearer %d: %s (%s); %s", self.wearer, failed, failed.failure, step.action)
        if step.action is not Action.RETRY:
            self.tell(State.RECOVERING, f"{step.action}: {failed}")
        elif self._lost:
            self.tell(State.LOST, str(failed))
        else:
            self.tell(State.SEARCHING, str(failed))
        await self._remedies.apply(step.action, self._device.details["path"] if self._device else None)
        await asyncio.sleep(step.wait_s)

    def _watch(self, connection: Connection) -> None:
        """Notice silence whatever BlueZ claims about the link: the band's, or that of one of its fast streams."""
        came = {name for name, count in connection.heard.items() if count != self._heard.get(name, 0)}
        self._heard = dict(connection.heard)
        self._silent = 0 if came else self._silent + 1
        if came:
            self._heard_at = time.monotonic()
        for name in self._quiet:
            self._quiet[name] = 0 if name in came else self._quiet[name] + 1
        longest = max((self._silent, *self._quiet.values()))
        if longest < STALLED_TICKS and self.state is State.STALLED:
            self.tell(State.STREAMING, "samples come again")
        elif longest == STALLED_TICKS:
            what = "packet" if self._silent == longest else max(self._quiet, key=self._quiet.__getitem__).value
            log.warning("wearer %d: connected, but no %s for %g s", self.wearer, what, STALLED_TICKS * TICK_S)
            self.tell(State.STALLED, f"no {what} comes")
        elif longest == AGAIN_TICKS:
            self._again = asyncio.create_task(self._start_again(connection))
        if self._silent == GIVE_UP_TICKS:
            connection.fail(Failure.SILENT, "connected, but no packet comes")

    async def _start_again(self, connection: Connection) -> None:
        try:
            await connection.start_again()
        except LinkFailedError as error:
            connection.fail(error.failure, str(error))
        else:
            # Counters may begin anew, so what comes next is placed by time.
            self._mark(up=True)

    async def _pump(self, connection: Connection) -> None:
        while True:
            self._hear(await connection.queue.get())

    def _drain(self, connection: Connection) -> None:
        """Take what is queued: all of it arrived before now."""
        while not connection.queue.empty():
            self._hear(connection.queue.get_nowait())

    def _hear(self, notification: Notification) -> None:
        self._ears.raw(self.wearer, notification)
        self._give(self.assembler.receive(notification))

    def _mark(self, *, up: bool) -> None:
        at = self._clock()
        self._ears.raw(self.wearer, capture.Link(at, up=up))
        self._give(self.assembler.reconnected(at) if up else self.assembler.tick(at))

    def _give(self, events: Iterable[BandEvent]) -> None:
        for event in events:
            if isinstance(event, Samples):
                self._ears.samples(event)
            else:
                self._ears.event(event)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
