"""bleak and nothing else, for comparison: bare.py ADDRESS

It connects, subscribes and starts, counts what comes, and says what that cost every two seconds.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from typing import Any

from bleak import BleakClient, BleakScanner

CHARACTERISTICS = ("3ea1", "3ea3", "3ea6", "3ea8", "3eb2", "3eb3")


def full(short: str) -> str:
    return f"0000{short}-0000-1000-8000-00805f9b34fb"


async def main(address: str) -> None:
    device = await BleakScanner.find_device_by_address(address, timeout=60)
    assert device is not None
    packets = 0

    def heard(_: Any, __: bytearray) -> None:
        nonlocal packets
        packets += 1

    async with BleakClient(device, timeout=60) as client:
        for short in CHARACTERISTICS:
            await client.start_notify(full(short), heard)
        await client.write_gatt_char(full("3e71"), struct.pack("<BI", 1, int(time.time())), response=True)
        while True:
            said = {"event": "figures", "cpu_s": time.process_time(), "packets": packets}
            print(json.dumps(said), flush=True)
            await asyncio.sleep(2)


asyncio.run(main(sys.argv[1]))
