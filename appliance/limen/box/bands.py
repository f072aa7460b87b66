"""Bands into the live path: samples are heard, presses are marks, and the link and the battery are told."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from limen.box.config.band import Band
from limen.box.config.wearers import Wearer
from limen.box.livepath import LivePath
from limen.box.wiring import band_settings, link_settings
from limen.gates import Samples
from limen.inlets.band import capture
from limen.inlets.band.assemble import Battery, Press
from limen.inlets.band.codec import Notification
from limen.inlets.band.inlet import BandInlet
from limen.inlets.band.link import Ears
from limen.inlets.band.roster import Wanted
from limen.inlets.band.states import SAYS, LinkState, State

log = logging.getLogger(__name__)

Raw = Callable[[int, Notification | capture.Link | capture.Head], object]

_LINKED: Final = frozenset({State.STREAMING, State.STALLED})


class Bands:
    """All wearers with a band, in one live path. `run` it while the path is open.

    `states` is each wearer's latest link state; `changed` is called with every one, `raw` with every line that a
    capture keeps, `press` when a wearer presses the band's button (a mark, if left out). What comes of a wearer who
    is `rehearsed` is not played: the path has another's samples under that number. The rest is as for BandInlet.
    """

    def __init__(
        self,
        path: LivePath,
        band: Band,
        wearers: Sequence[Wearer],
        *,
        raw: Raw = lambda *_: None,
        changed: Callable[[LinkState], object] = lambda _: None,
        assigned: Mapping[str, int] | None = None,
        reboots: Callable[[], int] = lambda: 0,
        on_reboot: Callable[[], None] | None = None,
        press: Callable[[], object] | None = None,
        rehearsed: Callable[[int], bool] = lambda _: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.states: dict[int, LinkState] = {}
        self._path = path
        self._changed = changed
        self._press = press or path.mark
        self._rehearsed = rehearsed
        self.inlet = BandInlet(
            band_settings(band),
            [Wanted(each.number, each.address, each.name) for each in wearers if each.source == "band"],
            Ears(self.hear, self._event, raw),
            link_settings(band),
            assigned=assigned,
            reboots=reboots,
            on_reboot=on_reboot,
            clock=clock,
        )

    async def run(self) -> None:
        """Play what the bands say, until cancelled; every gate closes then."""
        try:
            await self.inlet.run()
        finally:
            for wearer in self.inlet.links:
                if wearer in self._path.engines and not self._rehearsed(wearer):
                    self._path.end(wearer)

    def hear(self, samples: Samples) -> None:
        """Take what a band's samples became; its wearer begins in the path with the first."""
        wearer = samples.wearer
        if self._rehearsed(wearer):
            return  # its place in the path is taken, and free again afterwards
        if wearer not in self._path.engines:
            self._path.begin(wearer, self.inlet.links[wearer].assembler.time_of)
        self._path.hear(samples)

    def _event(self, event: LinkState | Press | Battery) -> None:
        outlet = self._path.osc.outlet
        match event:
            case LinkState(wearer=wearer, state=state):
                self.states[wearer] = event
                if not self._rehearsed(wearer):  # whose link is the rehearsal's, until that ends
                    outlet.link(wearer, state in _LINKED)
                log.info("wearer %d: %s (%s)", wearer, SAYS[state], event.why)
                self._changed(event)
            case Battery(wearer=wearer, charge=charge):
                outlet.battery(wearer, charge)
            case Press():
                self._press()
