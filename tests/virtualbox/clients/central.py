"""Real bleak over real bluetoothd, as a program that holds on to a band: central.py NAME|ADDRESS REMEDY

It scans, connects, subscribes to the four streams, event and battery, and starts; when the link is lost it does so
again, with the REMEDY applied to the lost client first: none, close (its disconnect()) or remove (BlueZ forgets the
device). Each thing that happens is one JSON line; `link` counts the connections.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from typing import Any

from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic

CHARACTERISTICS = ("3ea1", "3ea3", "3ea6", "3ea8", "3eb2", "3eb3")
COMMAND = "3e71"


def full(short: str) -> str:
    return f"0000{short}-0000-1000-8000-00805f9b34fb"


def say(event: str, **more: Any) -> None:
    print(json.dumps({"t": time.monotonic(), "event": event, **more}), flush=True)


async def hold(wanted: str, link: int, remedy: str) -> None:
    device = None
    while device is None:
        device = await BleakScanner.find_device_by_filter(
            lambda d, a: wanted in {d.address, d.name, a.local_name}, timeout=10
        )
    say("found", link=link, name=device.name, address=device.address)
    gone = asyncio.Event()
    client = BleakClient(device, disconnected_callback=lambda _: gone.set(), timeout=60)
    await client.connect()
    table = {s.uuid[4:8]: {c.uuid[4:8]: c.properties for c in s.characteristics} for s in client.services}
    say("connected", link=link, table=table)

    def heard(characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
        say("packet", link=link, what=characteristic.uuid[4:8], hex=data.hex())

    for short in CHARACTERISTICS:
        await client.start_notify(full(short), heard)
    # As in the field: nothing may come before the start.
    await asyncio.sleep(0.5)
    command = client.services.get_characteristic(full(COMMAND))
    assert command is not None
    say("start", link=link)
    await client.write_gatt_char(
        command, struct.pack("<BI", 1, int(time.time())), response="write" in command.properties
    )
    await gone.wait()
    say("lost", link=link)
    if remedy == "close":
        await client.disconnect()
    elif remedy == "remove":
        await client.unpair()


async def main(wanted: str, remedy: str) -> None:
    link = 0
    while True:
        try:
            await hold(wanted, link, remedy)
        except Exception as error:  # noqa: BLE001  whatever it was, the test is to see it
            say("failed", link=link, why=repr(error))
            await asyncio.sleep(1)
        link += 1


asyncio.run(main(sys.argv[1], sys.argv[2]))
