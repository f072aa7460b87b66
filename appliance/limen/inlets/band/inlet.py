"""The bands of a box: one scanner for all, one link for each wearer, each with its own trouble."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from limen.inlets.band import capture
from limen.inlets.band.assemble import Assembler
from limen.inlets.band.failures import LinkFailedError
from limen.inlets.band.ladder import MAX_REBOOTS, Action, Situation, next_step
from limen.inlets.band.link import TICK_S, Ears, Link
from limen.inlets.band.remedies import Remedies
from limen.inlets.band.roster import Roster, Wanted
from limen.inlets.band.scanner import Scanner
from limen.inlets.band.settings import BandSettings, LinkSettings
from limen.inlets.band.states import State

log = logging.getLogger(__name__)

AGAIN_S: Final = 2.0
# A scan that fails now and then, as while BlueZ is restarted, is no reason to stop a show.
NO_RADIO_S: Final = 8.0
NOWHERE: Final = Ears(lambda _: None, lambda _: None, lambda *_: None)


class BandInlet:
    """Bands to samples. `run` it as a task; it goes on for ever, whatever fails, until it is cancelled.

    `assigned` is wearer by address as `assigned` was before a restart; `reboots` tells how often the
    box was restarted for a band's sake, and `on_reboot` is called before another one. `clock` (monotonic s)
    stamps arrivals.
    """

    def __init__(
        self,
        settings: BandSettings,
        wanted: Sequence[Wanted],
        ears: Ears = NOWHERE,
        link: LinkSettings | None = None,
        *,
        assigned: Mapping[str, int] | None = None,
        reboots: Callable[[], int] = lambda: 0,
        on_reboot: Callable[[], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        client: type[BleakClient] = BleakClient,
        scanner: Callable[..., BleakScanner] = BleakScanner,
    ) -> None:
        self._link_settings = link = link or LinkSettings()
        self._ears = ears
        self._clock = clock
        self._reboots = reboots
        self._roster = Roster(wanted, link.prefix, assigned)
        self.scanner = Scanner(self._sighted, self._anybody_streams, self._radio_works, self._radio_failed, scanner)
        self._remedies = Remedies(self.scanner.radio, on_reboot)
        self._radio_failures = 0
        self._failing_since = 0.0
        self.links = {
            each.wearer: Link(
                each.wearer,
                Assembler(each.wearer, settings),
                link,
                ears,
                self.scanner,
                self._remedies,
                self._situation,
                clock,
                client,
            )
            for each in wanted
        }

    @property
    def assigned(self) -> dict[str, int]:
        """Wearer by address, to be kept and handed in again."""
        return self._roster.assigned

    async def run(self) -> None:
        """Hold on to all bands; disconnects them when it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for link in self.links.values():
                group.create_task(_for_ever(link.run, f"wearer {link.wearer}: the link"))
            group.create_task(_for_ever(self.scanner.run, "Bluetooth: the scanner"))
            group.create_task(self._tick())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            for link in self.links.values():
                try:
                    link.tick()
                except Exception:  # whoever hears this one's samples failed; the others' go on
                    log.exception("wearer %d: could not take samples", link.wearer)

    def _sighted(self, device: BLEDevice, advertisement: AdvertisementData | None) -> bool:
        missing = [link.wearer for link in self.links.values() if link.missing]
        name = advertisement.local_name if advertisement is not None else device.name
        wearer = self._roster.wearer_of(device.address, name or device.name, missing, time.monotonic())
        if wearer is None or wearer not in missing:
            return False
        if advertisement is not None:
            self._ears.raw(wearer, capture.Head(capture.ADVERTISEMENT, said(device, advertisement)))
        if len(missing) == 1:
            self._roster.forget_strangers()
        return self.links[wearer].offered(device)

    def _situation(self, link: Link) -> Situation:
        others = any(other.streaming for other in self.links.values() if other is not link)
        return Situation(others, self._reboots())

    def _anybody_streams(self) -> bool:
        return any(link.streaming for link in self.links.values())

    def _radio_works(self) -> None:
        self._radio_failures = 0
        for link in self.links.values():
            if link.missing and link.state is State.NO_RADIO:
                link.look_again("Bluetooth works again")

    async def _radio_failed(self, failed: LinkFailedError) -> None:
        """Scanning fails: the same ladder, climbed once for all links that wait."""
        now = time.monotonic()
        if not self._radio_failures:
            self._failing_since = now
        self._radio_failures += 1
        situation = Situation(self._anybody_streams(), MAX_REBOOTS, self._link_settings.last_resort)
        step = next_step(self._radio_failures, failed.failure, now, situation)
        level = logging.WARNING if step.news else logging.DEBUG
        log.log(level, "Bluetooth: %s (%s); %s", failed, failed.failure, step.action)
        if now - self._failing_since >= NO_RADIO_S:
            for link in self.links.values():
                if link.missing and link.state is not State.NO_RADIO:
                    link.tell(State.NO_RADIO, str(failed))
        await self._remedies.apply(step.action if step.action is not Action.REBOOT else Action.RETRY, None)
        await asyncio.sleep(step.wait_s)


async def _for_ever(run: Callable[[], Awaitable[None]], what: str) -> None:
    """Begin again whatever broke on something that nobody thought of: bands left alone would look like a show."""
    while True:
        try:
            await run()
        except Exception:
            log.exception("%s broke on something unforeseen, and begins again", what)
        await asyncio.sleep(AGAIN_S)


def said(device: BLEDevice, advertisement: AdvertisementData) -> dict[str, object]:
    """Give an advertisement as captures keep it; bytes as hex."""
    return {
        "name": advertisement.local_name or device.name,
        "address": device.address,
        "rssi": advertisement.rssi,
        "services": list(advertisement.service_uuids),
        "manufacturer": {f"{company:04x}": data.hex() for company, data in advertisement.manufacturer_data.items()},
        "service_data": {uuid: data.hex() for uuid, data in advertisement.service_data.items()},
        "tx_power": advertisement.tx_power,
    }
