"""Wearers without a band: simulated ones and recorded sessions, played over and over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from limen.box.config.wearers import Wearer
from limen.box.livepath import LivePath
from limen.box.pace import perform
from limen.box.states import Band
from limen.errors import LimenError
from limen.inlets.packets import packets
from limen.inlets.reader import read_session
from limen.inlets.simulated import SimulatedWearer

log = logging.getLogger(__name__)

# A session that cannot be read may be on a stick that is not in yet.
RETRY_S = 10.0


async def play_source(path: LivePath, wearer: Wearer, band: Callable[[int, Band], None]) -> None:
    """Stand in for a band until cancelled; `band` is told as for a real one."""
    number = wearer.number
    while True:
        try:
            if wearer.source == "simulated":
                band(number, Band.LINKED)
                seed = number if wearer.seed is None else wearer.seed
                await perform(path, number, SimulatedWearer(seed, number).chunks())
            elif wearer.session is not None:
                session = await asyncio.to_thread(read_session, wearer.session)
                band(number, Band.LINKED)
                await perform(path, number, packets(session, number), streams=session.data, rates=session.rates)
        except LimenError as error:
            log.warning("wearer %d: %s", number, error)
            band(number, Band.SOUGHT)
            await asyncio.sleep(RETRY_S)
