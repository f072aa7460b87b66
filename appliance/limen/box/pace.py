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

    coming = iter(packets)
    ended = loop.create_future()
    timer: asyncio.TimerHandle | None = None

    def wait() -> None:
        nonlocal start, timer
        packet = next(coming, None)
        if packet is None:
            ended.set_result(None)
            return
        due, samples = packet
        wait_s = start + due / speed - loop.time() if speed else 0.0
        if wait_s < -GAVE_UP_S:
            log.warning("this machine stood still for %.1f s; going on from there", -wait_s)
            start -= wait_s
        timer = loop.call_later(max(0.0, wait_s), hear, samples)

    def hear(samples: Samples) -> None:
        # A callback and not a task that sleeps, which would wake the loop twice for each packet.
        try:
            path.hear(samples)
            wait()
        except Exception as error:  # noqa: BLE001  (whoever awaits is told)
            ended.set_exception(error)

    path.begin(wearer, taken_at if speed else None, streams=streams, rates=rates)
    try:
        wait()
        await ended
    finally:
        if timer is not None:
            timer.cancel()
        path.end(wearer)
