"""One virtual E4: its services, its button, its states, and the packets it sends."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any, Final, TextIO

from bumble.controller import Controller
from bumble.core import AdvertisingData
from bumble.device import Connection, Device
from bumble.hci import Address, OwnAddressType
from bumble.host import Host

from . import packing
from .air import Air
from .faults import Faults
from .services import Services
from .table import BATTERY, EVENT, STREAMS

MTU: Final = 23
BATTERY_EVERY_S: Final = 10.0
POWER_PRESS_S: Final = 2.0
_REMOTE_POWER_OFF: Final = 0x15


class Wristband:
    """A band in the air. `state` is off, waiting (to be connected), linked, streaming or recording."""

    def __init__(self, air: Air, name: str, address: str, log: TextIO) -> None:
        self.faults = Faults()
        self.state = "off"
        self.name = name
        self.percent = 80
        self.speed = 1.0  # how many seconds of the tape pass in one
        self.tape: dict[str, bytes] = {}
        self._worn_since: float | None = None
        self._air = air
        self._address = address
        self._log = log
        self._controller = Controller(
            f"band {address}", link=air, public_address=Address(address, Address.PUBLIC_DEVICE_ADDRESS)
        )
        self._device: Device | None = None
        self._connection: Connection | None = None
        self._services = Services(self.faults.write, "", self._on_command)
        self._tasks: list[asyncio.Task[None]] = []
        self._lengths: list[int] = []
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._sent = 0

    async def power_on(self) -> None:
        """As from the button: a fresh device that advertises."""
        if self.state != "off":
            return
        host = Host()
        host.controller = self._controller
        address = Address(self._address, Address.PUBLIC_DEVICE_ADDRESS)
        self._device = Device(name=self.name, address=address, host=host)
        self._device.gatt_server.max_mtu = MTU
        serial = self._address.replace(":", "")[-6:].lower()
        self._services = Services(self.faults.write, serial, self._on_command)
        self._device.add_services(self._services.all())
        self._services.refuse_requests(self._device.gatt_server, lambda: self.faults.write == "command")
        self._device.on("connection", self._on_connection)
        await self._device.power_on()
        await self._advertise()

    async def power_off(self) -> None:
        """Off the air at once; a central that is connected is told."""
        self.state = "off"
        self._stop()
        device, self._device = self._device, None
        if device is None:
            return
        if self._connection is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._connection.disconnect(_REMOTE_POWER_OFF), 5)
        self._connection = None
        with contextlib.suppress(Exception):
            await asyncio.wait_for(device.power_off(), 5)

    async def press(self, seconds: float) -> None:
        """Short: an event, if anybody listens. From 2 s: power."""
        await asyncio.sleep(seconds)
        if seconds >= POWER_PRESS_S:
            await (self.power_on() if self.state == "off" else self.power_off())
            return
        for _ in range(self.faults.button_repeats):
            await self._notify(EVENT, packing.pack_event())

    async def walk_away(self) -> None:
        """Out of reach; returns when both ends have noticed."""
        await self._air.lose(self._controller)

    def come_back(self) -> None:
        """Within reach again."""
        self._air.away.discard(self._controller)

    def wear(self, tape: dict[str, bytes]) -> None:
        """What the wearer's body does from the next start of the streams on; it begins anew at its end."""
        self.tape = tape
        self._worn_since = None

    def fault(self, changes: dict[str, Any]) -> None:
        """Switch faults."""
        self.faults = self.faults.changed(changes)
        self._lengths = list(self.faults.lengths)
        (self._flowing.clear if self.faults.stalled else self._flowing.set)()

    async def _advertise(self) -> None:
        device = self._device
        if device is None:
            return
        data = AdvertisingData(
            [(AdvertisingData.FLAGS, b"\x06"), (AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode())]
        )
        await device.start_advertising(
            advertising_data=bytes(data), scan_response_data=bytes(data), own_address_type=OwnAddressType.PUBLIC
        )
        if self._device is not device:  # switched off meanwhile
            return
        self.state = "waiting"
        if self.faults.recording_after_s is not None:
            self._spawn(self._fall_into_recording(self.faults.recording_after_s))

    async def _fall_into_recording(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self.state == "waiting" and self._device is not None:
            self.state = "recording"
            await self._device.stop_advertising()

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        self.state = "linked"
        connection.on("disconnection", self._on_disconnection)

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        self._stop()
        if self.state == "off":
            return
        gone = self.power_off() if self.faults.off_on_link_loss else self._advertise()
        self._later = asyncio.get_running_loop().create_task(gone)

    def _on_command(self, _connection: Connection, value: bytes) -> None:
        wanted = {"time": len(value) == 5 and value[0] == 1, "two": value == b"\x02"}[self.faults.start]
        self._write("command", "taken" if wanted else "ignored", value)
        if wanted and self.state == "linked":
            self.state = "streaming"
            now = time.monotonic()
            if self._worn_since is None:
                self._worn_since = now
            worn_s = (now - self._worn_since) * self.speed
            for stream in STREAMS:
                self._spawn(self._play(stream, now, worn_s))
            self._spawn(self._report_battery())

    async def _play(self, stream: str, began: float, worn_s: float) -> None:
        """Packet n of a stream leaves when its last sample has been taken."""
        period = packing.packet_s(stream)
        every_s = period / self.speed
        packets = self.tape.get(stream, b"") or bytes(packing.PACKET_BYTES)
        total = len(packets) // packing.PACKET_BYTES
        start = int(worn_s / period)
        n = 0
        while True:
            await asyncio.sleep(max(0.0, began + (n + 1) * every_s - time.monotonic()))
            await self._flowing.wait()
            at = (start + n) % total * packing.PACKET_BYTES
            packet = packets[at : at + packing.PACKET_BYTES]
            # The first packet of a start carries no pulse: so it is in every export.
            if stream == "bvp" and n == 0:
                packet = bytes(packing.PACKET_BYTES)
            await self._send(stream, packing.stamp(stream, packet, n, self.faults.counter_order))
            n += 1

    async def _send(self, stream: str, packet: bytes) -> None:
        self._sent += 1
        if self.faults.lose_every and self._sent % self.faults.lose_every == 0:
            self._write(stream, "lost", packet)
            return
        if self._lengths:
            packet = packet[: self._lengths.pop(0)]
        await self._notify(STREAMS[stream], packet, stream)

    async def _report_battery(self) -> None:
        while True:
            await self._notify(BATTERY, packing.pack_battery(self.percent))
            await asyncio.sleep(BATTERY_EVERY_S)

    async def _notify(self, short: str, packet: bytes, label: str = "") -> None:
        if self._device is None or self._connection is None:
            return
        heard = self._subscribed(short)
        self._write(label or short, "sent" if heard else "unheard", packet)
        if heard:
            await self._device.notify_subscriber(self._connection, self._services.notifying[short], packet)

    def _subscribed(self, short: str) -> bool:
        if self._device is None or self._connection is None:
            return False
        subscriptions = self._device.gatt_server.subscribers.get(self._connection, {})
        return bool(subscriptions.get(self._services.notifying[short].handle, b"\0")[0] & 1)

    def _write(self, what: str, fate: str, packet: bytes) -> None:
        self._log.write(f"{time.monotonic():.6f}\t{what}\t{fate}\t{packet.hex()}\n")
        self._log.flush()

    def _spawn(self, work: Any) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
