"""One scanner for all bands: it looks about in bursts, only while somebody is missing, and never while connecting.

The Pi's Wi-Fi and Bluetooth share a chip, and BlueZ listens without a pause while it discovers: so the share of
time given to bursts is what the Wi-Fi has to do without.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from limen.inlets.band import adapter
from limen.inlets.band.failures import TROUBLE, LinkFailedError, classify, in_words

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """A burst of so many seconds in every so many."""

    burst_s: float
    period_s: float


# Nobody plays: 5 s of 5.5, which is 91 %. A band that begins to blink is seen at its first advertisements.
WAITING: Final = Duty(5.0, 5.5)
# Somebody plays: 1.5 s of 6 is 25 %. Bands advertise at least once a second, so a burst suffices to see one, and
# the longest wait is 4.5 s: with 3 to 5 s for connecting and starting, a band that is back plays within 10 s.
PLAYING: Final = Duty(1.5, 6.0)
# ... and somebody has been missing for longer than a band stays reachable by itself (40 s) thrice over: 1.5 s of
# 15 is 10 %, and still two bursts in the 40 s after its button was pressed.
PATIENT: Final = Duty(1.5, 15.0)
PATIENT_AFTER_S: Final = 120.0
FAILED_S: Final = 1.0  # between tries while the radio does not work
START_S: Final = 10.0  # for BlueZ to begin or end a discovery

Sighted = Callable[[BLEDevice, AdvertisementData | None], bool]
"""Takes a sighting (without advertisement if BlueZ still holds a connection); whether it was somebody's."""


class Scanner:
    """Calls `sighted` for every advertisement while somebody is missing; `radio` is held while it listens.

    Whoever connects holds `radio` meanwhile. `worked` is called after each burst; `failed` is awaited instead where
    the radio does not work, and does something about it.
    """

    def __init__(
        self,
        sighted: Sighted,
        playing: Callable[[], bool],
        worked: Callable[[], None],
        failed: Callable[[LinkFailedError], Awaitable[None]],
        factory: Callable[..., BleakScanner] = BleakScanner,
    ) -> None:
        self.radio = asyncio.Lock()
        self.bursts = 0
        self._sighted = sighted
        self._playing = playing
        self._worked = worked
        self._failed = failed
        self._factory = factory
        self._missing = 0
        self._wanted = asyncio.Event()
        self._hurry = asyncio.Event()
        self._held = True
        self._since = 0.0

    def look_for(self) -> None:
        """One more is missing: look at once."""
        self._missing += 1
        self._held = True
        self._since = time.monotonic()
        self._wanted.set()
        self._hurry.set()

    def found(self) -> None:
        """One fewer is missing; nobody missing, no scanning."""
        self._missing -= 1
        if not self._missing:
            self._wanted.clear()

    def duty(self) -> Duty:
        """How much may be listened now."""
        if not self._playing():
            return WAITING
        return PATIENT if time.monotonic() - self._since > PATIENT_AFTER_S else PLAYING

    async def run(self) -> None:
        """Look about for ever."""
        while True:
            await self._wanted.wait()
            self._hurry.clear()
            try:
                seen = await self._burst()
            except TROUBLE as error:
                await self._failed(LinkFailedError(classify(error), in_words(error)))
                await asyncio.sleep(FAILED_S)
                self._held = True
                continue
            self._worked()
            if seen:
                # Where one was seen another may be, and the link that was called waits for the radio already.
                continue
            # Somebody who falls out while another one waits need not wait for the other's turn.
            duty = self.duty()
            try:
                async with asyncio.timeout(duty.period_s - duty.burst_s):
                    await self._hurry.wait()
            except TimeoutError:
                continue

    async def _burst(self) -> bool:
        """Listen once; whether somebody was seen who is missing."""
        duty = self.duty()
        hit = asyncio.Event()

        def seen(device: BLEDevice, advertisement: AdvertisementData | None) -> None:
            if self._sighted(device, advertisement):
                hit.set()

        async with self.radio:
            self.bursts += 1
            if self._held:
                # As after a crash of this program: bands that BlueZ holds on to do not advertise.
                for device in await adapter.connected():
                    seen(device, None)
                self._held = False
                # Whoever's it is wakes and queues for the radio, or else the next burst has it first, whole.
                await asyncio.sleep(0)
            if not hit.is_set():
                scanner = self._factory(detection_callback=seen)
                async with asyncio.timeout(START_S):
                    await scanner.start()
                try:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(duty.burst_s):
                            await hit.wait()
                finally:
                    async with asyncio.timeout(START_S):
                        await scanner.stop()
        return hit.is_set()
