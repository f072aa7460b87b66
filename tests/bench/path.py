"""What the whole path costs: packets in, datagrams out, all gates, one destination.

Run it alone with `python -m tests.bench.path`; it takes a minute because it plays in real time, too. In real time
most is paid for waking up, to an idle processor and cold caches: what a bare loop pays that wakes as often stands
beside it. By hand the same code runs on the same loop, whose clock is turned on instead of waited for. A machine's
other tenants can halve its speed for minutes, so each round is also told at the pace that it has without them, by a
plain loop timed right before and after it; the goal is for that.
"""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise, takewhile
from statistics import median

from limen.box.livepath import LivePath
from limen.box.pace import perform
from limen.gates import GATES, Engine, Samples
from limen.inlets.simulated import SimulatedWearer
from limen.outlets.osc import OscSettings, Rate, Target
from tests.bench import Result, report
from tests.bench.pace import Loop, Pace, bare_loop

LEARNT = 60.0  # poses, levels and thresholds are: as it is for the rest of an evening
WARM_UP = 4.0  # in real time, where a minute is one
SECONDS = 20.0
ROUNDS = 12  # each a tenth of a second of work: enough to find a moment that the machine has for us
GOAL_MS = 2.0
UNDISTURBED_NS = 45.0  # the fastest pace of this class of machine, seen again and again (Debian's Python: 41)


@dataclass(frozen=True, slots=True)
class Cost:
    """Per second of stream: CPU milliseconds, system calls included; datagrams; how often the loop waited."""

    cpu_ms: float
    datagrams: float
    wakes: float


def _packets(warm_up: float) -> list[tuple[float, Samples]]:
    return list(takewhile(lambda packet: packet[0] <= warm_up + SECONDS, SimulatedWearer(1).chunks()))


async def _play(loop: Loop, rate: Rate, warm_up: float) -> Cost:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as receiver:
        receiver.bind(("127.0.0.1", 0))
        settings = OscSettings(targets=(Target("127.0.0.1", receiver.getsockname()[1], rate),))
        gates = {1: {name: spec.defaults for name, spec in GATES.items()}}
        packets = _packets(warm_up)
        async with LivePath(gates, settings, control=False) as path:
            playing = asyncio.create_task(perform(path, 1, packets))
            await asyncio.sleep(warm_up)
            route = path.osc.outlet.destinations.everyone[0]
            cpu, sent, waits = time.process_time(), route.sent, loop.selector.waits
            await playing
            used = time.process_time() - cpu
            return Cost(
                1000 * used / SECONDS, (route.sent - sent) / SECONDS, (loop.selector.waits - waits) / SECONDS
            )


def play(rate: Rate, *, by_hand: bool) -> Cost:
    """Play a simulated wearer to one destination on this machine."""
    loop = Loop(by_hand=by_hand)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(_play(loop, rate, LEARNT if by_hand else WARM_UP))


def _engine() -> float:
    packets = [samples for _, samples in _packets(LEARNT)]
    engine = Engine()
    before = time.process_time()
    for samples in packets:
        engine.feed(samples)
    return 1000 * (time.process_time() - before) / (LEARNT + SECONDS)


def run() -> list[Result]:
    """Measure the engine alone, then the whole path for one destination of either rate, both ways."""
    pace = Pace()
    results = [Result("gates and readings alone", min(_engine() for _ in range(ROUNDS)), "ms/s", note=str(pace))]
    for rate, goal in ((Rate.SMOOTH, GOAL_MS), (Rate.FULL, None)):
        pace, rounds = Pace(), []
        for _ in range(ROUNDS):
            rounds.append(play(rate, by_hand=True).cpu_ms)
            pace.take()
        at_pace = [
            cost * UNDISTURBED_NS / ((before + after) / 2)
            for cost, (before, after) in zip(rounds, pairwise(pace.taken), strict=True)
        ]
        name = f"packet to datagrams, one {rate} destination"
        results.append(Result(f"{name}, by hand", min(rounds), "ms/s", note=f"best of {ROUNDS}; {pace}"))
        undisturbed = f"  the same where a plain loop takes {UNDISTURBED_NS:.0f} ns a turn"
        results.append(Result(undisturbed, median(at_pace), "ms/s", goal, note=f"median of {ROUNDS}"))
        pace, cost = Pace(), play(rate, by_hand=False)
        pace.take()
        note = f"{cost.datagrams:.0f} datagrams and {cost.wakes:.0f} wake-ups a second; {pace}"
        results.append(Result(f"{name}, in real time", cost.cpu_ms, "ms/s", note=note))
        results.append(Result("  a bare asyncio loop that wakes as often", bare_loop(cost.wakes), "ms/s"))
    return results


if __name__ == "__main__":
    report("the whole path, CPU per second of stream", run())
