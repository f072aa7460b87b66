"""The remedies that bleak has no word for, over D-Bus: BlueZ's adapter and devices, and systemd.

Each call opens a connection to the bus and closes it again: whatever is stuck, nothing of it is kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from bleak.backends.device import BLEDevice
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusError

log = logging.getLogger(__name__)

BLUEZ: Final = "org.bluez"
ADAPTER: Final = "org.bluez.Adapter1"
DEVICE: Final = "org.bluez.Device1"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_OBJECTS: Final = "org.freedesktop.DBus.ObjectManager"
_SYSTEMD: Final = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager")
_LOGIND: Final = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")

CALL_S: Final = 10.0  # a hung bluetoothd answers nothing at all
OFF_S: Final = 1.0  # between off and on: a controller's reset takes some 100 ms
SERVICE: Final = "bluetooth.service"

Props = dict[str, Any]


async def power_cycle() -> None:
    """Switch every adapter off and on. Raises DBusError, TimeoutError or OSError."""
    async with _bus() as bus:
        adapters = [path for path, interfaces in (await _objects(bus)).items() if ADAPTER in interfaces]
        for path in adapters:
            await _power(bus, path, on=False)
        await asyncio.sleep(OFF_S)
        for path in adapters:
            await _power(bus, path, on=True)


async def disconnect(device: str) -> None:
    """Let BlueZ drop the connection to the device at this object path. Raises as above."""
    async with _bus() as bus:
        await _call(bus, (BLUEZ, device, DEVICE), "Disconnect")


async def forget(device: str) -> None:
    """Let BlueZ forget the device at this object path, services and all. Raises as above."""
    async with _bus() as bus:
        await _call(bus, (BLUEZ, device.rpartition("/")[0], ADAPTER), "RemoveDevice", "o", [device])


async def connected() -> list[BLEDevice]:
    """List the devices that BlueZ is connected to, as after a crash; they do not advertise. Raises as above."""
    async with _bus() as bus:
        objects = await _objects(bus)
    found = []
    for path, interfaces in objects.items():
        props = interfaces.get(DEVICE, {})
        if props.get("Connected"):
            found.append(BLEDevice(props["Address"], props.get("Name"), {"path": path, "props": props}))
    return found


async def restart_bluetoothd() -> None:
    """Let systemd restart bluetoothd. Raises as above; a DBusError where this process may not."""
    async with _bus() as bus:
        await _call(bus, _SYSTEMD, "RestartUnit", "ss", [SERVICE, "replace"])


async def reboot() -> None:
    """Restart the box in order. Raises as above."""
    async with _bus() as bus:
        await _call(bus, _LOGIND, "Reboot", "b", [False])


@asynccontextmanager
async def _bus() -> AsyncIterator[MessageBus]:
    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        async with asyncio.timeout(CALL_S):
            await bus.connect()
        yield bus
    finally:
        bus.disconnect()


async def _call(
    bus: MessageBus, target: tuple[str, str, str], member: str, signature: str = "", body: list[Any] | None = None
) -> list[Any]:
    destination, path, interface = target
    async with asyncio.timeout(CALL_S):
        reply = await bus.call(
            Message(
                destination=destination,
                path=path,
                interface=interface,
                member=member,
                signature=signature,
                body=body or [],
            )
        )
    if reply is None or reply.message_type is MessageType.ERROR:
        name = reply.error_name if reply is not None else None
        text = str(reply.body[0]) if reply is not None and reply.body else member
        raise DBusError(name or "org.freedesktop.DBus.Error.NoReply", text)
    return list(reply.body)


async def _objects(bus: MessageBus) -> dict[str, dict[str, Props]]:
    (objects,) = await _call(bus, (BLUEZ, "/", _OBJECTS), "GetManagedObjects")
    return {
        path: {name: {key: value.value for key, value in props.items()} for name, props in interfaces.items()}
        for path, interfaces in objects.items()
    }


async def _power(bus: MessageBus, path: str, *, on: bool) -> None:
    await _call(bus, (BLUEZ, path, _PROPERTIES), "Set", "ssv", [ADAPTER, "Powered", Variant("b", on)])
