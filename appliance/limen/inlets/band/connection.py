"""One connection to one band, from connecting to its end; what comes is queued and nothing else.

bleak-retry-connector is not used: its retries would run beside the ladder's, it knows no start command, and the
escalation that this radio needs begins where it ends.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTServiceCollection

from limen.inlets.band.codec import Notification
from limen.inlets.band.failures import TROUBLE, LinkFailedError, classify, in_words
from limen.inlets.band.ladder import Failure
from limen.inlets.band.profile import (
    CHARACTERISTICS,
    NOTIFYING,
    SILENT_START_S,
    STREAM_OF,
    SUBSCRIBED_TO_START_S,
    Characteristic,
    Start,
    start_bytes,
)
from limen.inlets.band.settings import LinkSettings

log = logging.getLogger(__name__)

CONNECT_S: Final = 20.0  # connecting takes 1 to 3 s; discovery over a poor link several more
# While another band plays: a pending connect takes the chip from the Wi-Fi for as long as it is pending.
CONNECT_PLAYING_S: Final = 8.0
CALL_S: Final = 5.0  # one exchange with the band; a link that is gone is noticed after at most 6 s
CLOSE_S: Final = 6.0  # BlueZ itself takes 2 s to disconnect
QUEUE: Final = 4096  # notifications, 5 min of them: more is lost, as everything would be if nobody took them

_BY_RESPONSE: Final = {True: "write", False: "write-without-response"}


@dataclass(frozen=True, slots=True)
class Started:
    """How the band was started: the command, its bytes, and whether it was a write with response."""

    command: Start
    data: bytes
    response: bool


class Connection:
    """Use it once: `connect`, `subscribe`, `start`, wait for `ended`, and `close` it in any case.

    Nothing of BlueZ's is left behind only if it was closed: a client that lost its link and was not closed keeps
    its subscriptions, and BlueZ then delivers every packet of the next link twice.
    """

    def __init__(
        self,
        device: BLEDevice,
        settings: LinkSettings,
        clock: Callable[[], float] = time.monotonic,
        client: type[BleakClient] = BleakClient,
    ) -> None:
        self.device = device
        self.queue: asyncio.Queue[Notification] = asyncio.Queue(QUEUE)
        self.ended: asyncio.Future[LinkFailedError] = asyncio.get_running_loop().create_future()
        self.heard: Counter[Characteristic] = Counter()
        """How many packets each stream that was subscribed to has given."""
        self.overrun = 0
        self._settings = settings
        self._clock = clock
        self._sensed = asyncio.Event()
        self._client = client(device, disconnected_callback=self._on_disconnected, timeout=CONNECT_S)
        self._started: Started | None = None

    @property
    def services(self) -> BleakGATTServiceCollection:
        """The attribute table; once connected."""
        return self._client.services

    @property
    def client(self) -> BleakClient:
        """The client, to read what else the band has."""
        return self._client

    async def connect(self, bound_s: float = CONNECT_S) -> None:
        """Connect and discover. Raises LinkFailedError."""
        with _told():
            async with asyncio.timeout(bound_s):
                await self._client.connect()

    async def subscribe(self) -> None:
        """Have every characteristic notify that the band has. Raises LinkFailedError."""
        with _told():
            found: dict[Characteristic, BleakGATTCharacteristic | None] = {
                name: self._client.services.get_characteristic(_uuid(name)) for name in NOTIFYING
            }
            missing = [name for name, characteristic in found.items() if characteristic is None]
            if not any(found[name] for name in STREAM_OF) or self._command() is None:
                raise LinkFailedError(Failure.STALE, "its services have no streams or no command")
            if missing:
                log.warning("%s: the band has no %s", self.device.address, ", ".join(missing))
            for name, characteristic in found.items():
                if characteristic is not None:
                    if name in STREAM_OF:
                        self.heard[name] = 0
                    async with asyncio.timeout(CALL_S):
                        await self._client.start_notify(characteristic, self._hears(name))

    async def start(self, before: Started | None = None) -> Started | None:
        """Make samples flow, by what worked `before` first; None if they flowed already. Raises LinkFailedError."""
        if await self._flows(SUBSCRIBED_TO_START_S):
            return None
        refused = ""
        for command in self._commands(before):
            for response in self._modes(before):
                started = Started(command, start_bytes(command, int(time.time())), response)
                if error := await self._write(started):
                    refused = in_words(error)
                    log.info("%s: start %s refused (%s)", self.device.address, _words(started), refused)
                    continue
                if await self._flows(SILENT_START_S):
                    log.info("%s: started by %s", self.device.address, _words(started))
                    self._started = started
                    return started
                log.info("%s: silent %g s after start %s", self.device.address, SILENT_START_S, _words(started))
                break
        raise LinkFailedError(Failure.SILENT, f"no samples after any start{f' ({refused})' if refused else ''}")

    async def start_again(self) -> None:
        """Write the start once more to a band that fell silent. Raises LinkFailedError."""
        command = self._started.command if self._started else self._commands(None)[0]
        response = self._started.response if self._started else self._modes(None)[0]
        if error := await self._write(Started(command, start_bytes(command, int(time.time())), response)):
            raise LinkFailedError(classify(error), in_words(error))

    def fail(self, failure: Failure, why: str) -> None:
        """End it from outside."""
        if not self.ended.done():
            self.ended.set_result(LinkFailedError(failure, why))

    async def close(self) -> None:
        """Disconnect and let go of BlueZ, link or no link."""
        with suppress(*TROUBLE):
            async with asyncio.timeout(CLOSE_S):
                await self._client.disconnect()

    async def _write(self, started: Started) -> BaseException | None:
        characteristic = self._command()
        try:
            if characteristic is None:
                raise LinkFailedError(Failure.STALE, "the command characteristic is gone")
            async with asyncio.timeout(CALL_S):
                await self._client.write_gatt_char(characteristic, started.data, response=started.response)
        except TROUBLE as error:
            if self.ended.done():
                raise self.ended.result() from error
            return error
        return None

    async def _flows(self, within_s: float) -> bool:
        """Whether a sensor speaks within that time; raises what ended the link."""
        sensed = asyncio.ensure_future(self._sensed.wait())
        try:
            await asyncio.wait((sensed, self.ended), timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sensed.cancel()
        if self.ended.done():
            raise self.ended.result()
        return self._sensed.is_set()

    def _commands(self, before: Started | None) -> tuple[Start, ...]:
        if self._settings.start is not None:
            return (self._settings.start,)
        return tuple(sorted(Start, key=lambda each: before is not None and each is not before.command))

    def _modes(self, before: Started | None) -> tuple[bool, ...]:
        if self._settings.response is not None:
            return (self._settings.response,)
        if before is not None:
            return (before.response, not before.response)
        characteristic = self._command()
        properties = characteristic.properties if characteristic is not None else []
        # What it does not claim is tried as well, last: some stacks have shown no properties at all.
        return tuple(sorted((True, False), key=lambda response: _BY_RESPONSE[response] not in properties))

    def _command(self) -> BleakGATTCharacteristic | None:
        return self._client.services.get_characteristic(_uuid(Characteristic.COMMAND))

    def _hears(self, name: Characteristic) -> Callable[[BleakGATTCharacteristic, bytearray], None]:
        sensor = name in STREAM_OF

        def hear(_: BleakGATTCharacteristic, data: bytearray) -> None:
            if self.queue.full():
                self.overrun += 1
                return
            self.queue.put_nowait(Notification(self._clock(), name, bytes(data)))
            if sensor:
                self.heard[name] += 1
                self._sensed.set()

        return hear

    def _on_disconnected(self, _: BleakClient) -> None:
        self.fail(Failure.DROPPED, "the link broke")


@contextmanager
def _told() -> Iterator[None]:
    """Turn what bleak raises into LinkFailedError."""
    try:
        yield
    except LinkFailedError:
        raise
    except TROUBLE as error:
        raise LinkFailedError(classify(error), in_words(error)) from error


def table(services: BleakGATTServiceCollection) -> Iterator[Mapping[str, object]]:
    """Give the attribute table, a row for each characteristic, as captures keep it."""
    for service in services:
        for characteristic in service.characteristics:
            yield {
                "service": service.uuid,
                "characteristic": characteristic.uuid,
                "handle": characteristic.handle,
                "properties": list(characteristic.properties),
                "descriptors": [{"uuid": each.uuid, "handle": each.handle} for each in characteristic.descriptors],
            }


def _uuid(name: Characteristic) -> str:
    return CHARACTERISTICS[name].uuid


def _words(started: Started) -> str:
    return f"{started.data.hex()} ({started.command}), {'with' if started.response else 'without'} response"
