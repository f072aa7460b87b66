"""What is in the air: every Bluetooth LE device that can be heard, and whether it is a band."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from limen.errors import BandError
from limen.inlets.band import adapter
from limen.inlets.band.failures import TROUBLE, in_words
from limen.inlets.band.profile import ADDRESS_PREFIX

BEGIN_S: Final = 10.0  # for BlueZ to begin or end a discovery


@dataclass(frozen=True, slots=True)
class Seen:
    """One device: `rssi` in dBm at its last advertisement, None where BlueZ is connected to it.

    `band` says that its name is a band's; `maker` that its address is of the band's radio module.
    """

    device: BLEDevice
    advertisement: AdvertisementData | None
    name: str | None
    rssi: int | None
    band: bool
    maker: bool


async def survey(seconds: float, prefix: str) -> list[Seen]:
    """Listen so long; bands first, then by signal. Raises BandError in one line where there is no Bluetooth."""
    try:
        held = await adapter.connected()
        scanner = BleakScanner()
        async with asyncio.timeout(BEGIN_S):
            await scanner.start()
        await asyncio.sleep(seconds)
        async with asyncio.timeout(BEGIN_S):
            await scanner.stop()
    except TROUBLE as error:
        raise BandError(in_words(error)) from error
    found = {device.address: _seen(device, None, prefix) for device in held}
    for device, advertisement in scanner.discovered_devices_and_advertisement_data.values():
        found[device.address] = _seen(device, advertisement, prefix)
    return sorted(found.values(), key=lambda each: (not each.band, -(each.rssi or 0), each.device.address))


def _seen(device: BLEDevice, advertisement: AdvertisementData | None, prefix: str) -> Seen:
    name = (advertisement.local_name if advertisement is not None else None) or device.name
    return Seen(
        device,
        advertisement,
        name,
        advertisement.rssi if advertisement is not None else None,
        name is not None and name.lower().startswith(prefix.lower()),
        device.address.upper().startswith(ADDRESS_PREFIX),
    )
