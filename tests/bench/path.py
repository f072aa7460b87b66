"""What the whole path costs: packets in, datagrams out, in real time, all gates, one destination.

Run it alone with `python -m tests.bench.path`; it takes half a minute because it plays in real time.
"""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import closing
from itertools import takewhile

from limen.box.livepath import LivePath
from limen.box.pace import perform
from limen.gates import GATES, Engine
from limen.inlets.simulated import SimulatedWearer
from limen.outlets.osc import OscSettings, Rate, Target
from tests.bench import Result, report

WARM_UP = 4.0
SECONDS = 20.0
GOAL_MS = 2.0


def _packets():
    return takewhile(lambda packet: packet[0] <= WARM_UP + SECONDS, SimulatedWearer(1).chunks())


async def _play(rate: Rate) -> tuple[float, int]:
    """CPU milliseconds per second of stream, system calls included, and how many datagrams left in all."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as receiver:
        receiver.bind(("127.0.0.1", 0))
        settings = OscSettings(targets=(Target("127.0.0.1", receiver.getsockname()[1], rate),))
        gates = {1: {name: spec.defaults for name, spec in GATES.items()}}
        packets = list(_packets())
        async with LivePath(gates, settings, control=False) as path:
            playing = asyncio.create_task(perform(path, 1, packets))
            await asyncio.sleep(WARM_UP)
            route = path.osc.outlet.destinations.everyone[0]
            cpu, sent = time.process_time(), route.sent
            await playing
            return 1000 * (time.process_time() - cpu) / SECONDS, route.sent - sent


def _engine() -> float:
    packets = [samples for _, samples in _packets()]
    engine = Engine()
    before = time.process_time()
    for samples in packets:
        engine.feed(samples)
    return 1000 * (time.process_time() - before) / SECONDS


def run() -> list[Result]:
    """Measure the engine alone, then the whole path for one destination of either rate."""
    results = [Result("gates and readings alone", _engine(), "ms/s")]
    for rate, goal in ((Rate.SMOOTH, GOAL_MS), (Rate.FULL, None)):
        cost, sent = asyncio.run(_play(rate))
        note = f"{sent / SECONDS:.0f} datagrams/s"
        results.append(Result(f"packet to datagrams, one {rate} destination", cost, "ms/s", goal, note=note))
    return results


if __name__ == "__main__":
    report("the whole path, CPU per second of stream", run())
