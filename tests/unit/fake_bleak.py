"""bleak at its edge: a band as its client shows it, and an air that a scanner listens to."""

import asyncio
from types import SimpleNamespace
from typing import ClassVar

from bleak.backends.device import BLEDevice
from bleak.exc import BleakDBusError, BleakError

from limen.inlets.band.profile import CHARACTERISTICS, Characteristic

PACKET = bytes(20)


class FakeBand:
    """What is wrong with it can be changed while it runs."""

    def __init__(self, address="00:07:80:00:00:01", name="Empatica E4"):
        path = f"/org/bluez/hci0/dev_{address.replace(':', '_')}"
        self.device = BLEDevice(address, name, {"path": path, "props": {}})
        self.properties = ["write", "write-without-response"]
        self.wants = 5  # bytes of the start that it obeys
        self.takes = (True, False)
        self.refuses = None  # raised on connecting
        self.here = True
        self.flows = True
        self.mute = set()  # streams that do not come, whatever flows
        self.writes = []
        self.client = None
        self.closed = 0

    def lose(self):
        self.client.gone()


class FakeClient:
    bands: ClassVar = {}

    def __init__(self, device, disconnected_callback, timeout):
        self.band = self.bands[device.address]
        self._gone = disconnected_callback
        self._callbacks = {}
        self._flow = None
        self.connected = False
        self.services = self

    def get_characteristic(self, uuid):
        return next(
            (
                SimpleNamespace(uuid=uuid, properties=self.band.properties)
                for spec in CHARACTERISTICS.values()
                if spec.uuid == uuid
            ),
            None,
        )

    async def connect(self):
        if self.band.refuses is not None:
            raise self.band.refuses
        self.band.client, self.connected = self, True

    async def start_notify(self, characteristic, callback):
        self._callbacks[characteristic.uuid] = callback

    async def write_gatt_char(self, characteristic, data, response):
        if not self.connected:
            raise BleakError("Not connected")
        self.band.writes.append((len(data), response))
        if response not in self.band.takes:
            raise BleakDBusError("org.bluez.Error.NotPermitted", ["Write not permitted"])
        if len(data) == self.band.wants and self._flow is None:
            self._flow = asyncio.create_task(self._play())

    async def disconnect(self):
        self.band.closed += 1
        self.gone()

    def gone(self):
        if self._flow is not None:
            self._flow.cancel()
        if self.connected:
            self.connected = False
            self._gone(self)

    async def _play(self):
        while True:
            await asyncio.sleep(0.02)
            for stream in (Characteristic.ACC, Characteristic.BVP):
                if self.band.flows and stream not in self.band.mute:
                    self._callbacks[CHARACTERISTICS[stream].uuid](None, bytearray(PACKET))


class FakeScanner:
    bands = FakeClient.bands
    trouble = None
    running = 0

    def __init__(self, detection_callback):
        self._seen = detection_callback
        self._task = None

    async def start(self):
        if FakeScanner.trouble is not None:
            raise FakeScanner.trouble
        FakeScanner.running += 1
        self._task = asyncio.create_task(self._advertise())

    async def stop(self):
        FakeScanner.running -= 1
        self._task.cancel()

    async def _advertise(self):
        while True:
            for band in list(self.bands.values()):
                if band.here and not (band.client and band.client.connected):
                    said = SimpleNamespace(
                        local_name=band.device.name,
                        rssi=-50,
                        service_uuids=[],
                        manufacturer_data={},
                        service_data={},
                        tx_power=None,
                    )
                    self._seen(band.device, said)
            await asyncio.sleep(0.01)
