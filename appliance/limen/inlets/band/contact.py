"""First contact: connect to one band and write down everything that it is and says, interpreting nothing."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from limen.errors import BandError
from limen.inlets.band import capture
from limen.inlets.band.capture import CaptureWriter, Head, Line, Mark, Unread
from limen.inlets.band.codec import Notification
from limen.inlets.band.connection import Connection, table
from limen.inlets.band.failures import TROUBLE, LinkFailedError
from limen.inlets.band.inlet import said
from limen.inlets.band.profile import ATT_MTU, CHARACTERISTICS, DEVICE_INFORMATION, Characteristic, full_uuid
from limen.inlets.band.scanner import Scanner
from limen.inlets.band.settings import LinkSettings

log = logging.getLogger(__name__)

READ_S: Final = 5.0
SYNC_S: Final = 2.0  # how much a power cut may cost
AGAIN_S: Final = 1.0


class Contact:
    """Writes one band's capture, link after link, until cancelled. `tell` gets a line for a person now and then."""

    def __init__(
        self, writer: CaptureWriter, settings: LinkSettings, address: str | None, tell: Callable[[str], None]
    ) -> None:
        self.notifications = 0
        self._writer = writer
        self._settings = settings
        self._address = address
        self._tell = tell
        self._found: asyncio.Future[tuple[BLEDevice, AdvertisementData | None]] | None = None
        self._scanner = Scanner(self._sighted, lambda: False, lambda: None, self._radio_failed)

    def mark(self, text: str) -> None:
        """Note that the person did something, now."""
        self._write(Mark(time.monotonic(), text))

    async def run(self) -> None:
        """Hold on to the band; a link that breaks is made anew. Raises BandError where there is no Bluetooth."""
        scanning = asyncio.create_task(self._scanner.run())
        syncing = asyncio.create_task(self._sync())
        holding = asyncio.create_task(self._hold())
        try:
            done, _ = await asyncio.wait((scanning, syncing, holding), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task
        finally:
            for task in (holding, scanning, syncing):
                task.cancel()
            await asyncio.wait((holding, scanning, syncing))
            self._writer.sync()

    async def _hold(self) -> None:
        while True:
            self._tell("looking for a band; hold its button for 2 s until it blinks")
            device, advertisement = await self._find()
            if advertisement is not None:
                self._write(Head(capture.ADVERTISEMENT, said(device, advertisement)))
            try:
                await self._link(device)
            except LinkFailedError as error:
                self._tell(f"{device.address}: {error}")
                await asyncio.sleep(AGAIN_S)

    async def _link(self, device: BLEDevice) -> None:
        connection = Connection(device, self._settings)
        pump: asyncio.Task[None] | None = None
        try:
            async with self._scanner.radio:
                await connection.connect()
            self._address = device.address
            self._write(capture.Link(time.monotonic(), up=True))
            pump = asyncio.create_task(self._pump(connection))
            await self._describe(connection)
            await connection.subscribe()
            started = await connection.start()
            if started is not None:
                told = {"command": started.command, "hex": started.data.hex(), "response": started.response}
                self._write(Head(capture.START, {**told, "worked": True}))
            self._tell(f"{device.name} at {device.address} streams")
            await asyncio.wait((connection.ended,))
            raise connection.ended.result()
        finally:
            if pump is not None:
                pump.cancel()
                await asyncio.wait((pump,))
                while not connection.queue.empty():
                    self._note(connection.queue.get_nowait())
                self._write(capture.Link(time.monotonic(), up=False))
            await connection.close()

    async def _describe(self, connection: Connection) -> None:
        """Write down the attribute table, the device information and the MTU."""
        services = connection.services
        self._write(Head(capture.GATT, list(table(services))))
        device: dict[str, str] = {}
        for number, name in DEVICE_INFORMATION.items():
            characteristic = services.get_characteristic(full_uuid(number))
            if characteristic is None:
                continue
            try:
                async with asyncio.timeout(READ_S):
                    value = await connection.client.read_gatt_char(characteristic)
            except TROUBLE as error:
                self._tell(f"its {name} could not be read: {error}")
            else:
                device[name] = value.decode("utf-8", "backslashreplace")
        self._write(Head(capture.DEVICE, device))
        command = services.get_characteristic(CHARACTERISTICS[Characteristic.COMMAND].uuid)
        if command is not None:
            # What one write takes is the MTU less the header of 3 bytes, and at least that of the smallest MTU.
            self._write(Head(capture.MTU, max(command.max_write_without_response_size + 3, ATT_MTU)))

    async def _find(self) -> tuple[BLEDevice, AdvertisementData | None]:
        self._found = asyncio.get_running_loop().create_future()
        self._scanner.look_for()
        try:
            return await self._found
        finally:
            self._found = None
            self._scanner.found()

    def _sighted(self, device: BLEDevice, advertisement: AdvertisementData | None) -> bool:
        if self._found is None or self._found.done():
            return False
        name = (advertisement.local_name if advertisement is not None else None) or device.name or ""
        if self._address is not None:
            ours = device.address.upper() == self._address.upper()
        else:
            ours = name.lower().startswith(self._settings.prefix.lower())
        if ours:
            self._found.set_result((device, advertisement))
        return ours

    async def _radio_failed(self, failed: LinkFailedError) -> None:
        raise BandError(str(failed))

    async def _pump(self, connection: Connection) -> None:
        while True:
            self._note(await connection.queue.get())

    def _note(self, notification: Notification) -> None:
        self.notifications += 1
        self._write(notification)

    def _write(self, line: Line) -> None:
        assert not isinstance(line, Unread)
        self._writer.write(line)

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(SYNC_S)
            await asyncio.to_thread(self._writer.sync)
