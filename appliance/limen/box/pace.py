"""Recorded and simulated samples at the pace of life."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Final

from limen.box.livepath import LivePath
from limen.gates import Samples
from limen.streams import STREAMS, Stream

log = logging.getLogger(__name__)

# A laptop that was asleep does not catch up in a burst: the session goes on from where it was.
GAVE_UP_S: Final = 1.0


async def perform(
    path: LivePath,
    wearer: int,
    packets: Iterable[tuple[float, Samples]],
    *,
    speed: float | None = 1.0,
    streams: Iterable[Stream] = tuple(Stream),
    rates: Mapping[Stream, float] | None = None,
) -> None:
    """Let the path hear packets when they are due, `speed` times as fast as they were recorded; None: at once.

    Ends, with all gates closed, when the packets end or the task is cancelled.
    """
    loop = asyncio.get_running_loop()
    start = loop.time()

    def taken_at(stream: Stream, index: int) -> float:
        return start + index / STREAMS[stream].rate_hz / (speed or 1.0)

    path.begin(wearer, taken_at if speed else None, streams=streams, rates=rates)
    try:
        for due, samples in packets:
            wait = start + due / speed - loop.time() if speed else 0.0
            if wait < -GAVE_UP_S:
                log.warning("this machine stood still for %.1f s; going on from there", -wait)
                start -= wait
            await asyncio.sleep(max(0.0, wait))
            path.hear(samples)
    finally:
        path.end(wearer)
