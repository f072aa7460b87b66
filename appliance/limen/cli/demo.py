"""`limen demo`: a simulated wearer, live in the terminal and on OSC. Needs no band, no box and no network."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from limen.box.config import Config, load_config
from limen.box.livepath import LivePath
from limen.box.pace import perform
from limen.box.wiring import osc_settings, timing
from limen.cli.arguments import positive
from limen.cli.stage import perform_on_stage
from limen.cli.targets import target
from limen.cli.transcript import Transcript
from limen.gates import Samples
from limen.inlets.simulated import SimulatedWearer

WEARER = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--seed", type=int, default=1, help="which simulated person (1)")
    parser.add_argument("--seconds", type=positive, help="end after so long (goes on until Ctrl-C)")
    parser.add_argument(
        "--to",
        metavar="HOST:PORT",
        type=target,
        action="append",
        default=[],
        help="send there (127.0.0.1:9000; again for more)",
    )
    parser.add_argument("--plain", action="store_true", help="lines of text, also where a screen could be drawn")


def run(args: argparse.Namespace) -> int:
    """Play the simulated wearer until somebody ends it."""
    config = load_config(None)
    perform_on_stage(lambda end: _demo(config, args, end))
    return 0


def _until(packets: Iterator[tuple[float, Samples]], seconds: float | None) -> Iterator[tuple[float, Samples]]:
    for due, samples in packets:
        if seconds is not None and due > seconds:
            return
        yield due, samples


async def _demo(config: Config, args: argparse.Namespace, end: Callable[[], None]) -> None:
    osc = osc_settings(config, args.to)
    where = ", ".join(f"{t.host}:{t.port}" for t in osc.targets)
    title = f"limen demo   a simulated wearer, OSC to {where}"
    packets = _until(SimulatedWearer(args.seed, WEARER).chunks(), args.seconds)
    gates = {WEARER: config.gates}
    if args.plain or not sys.stdout.isatty():
        print(title)
        async with LivePath(gates, osc, timing(config), sinks=(Transcript(sys.stdout, end, falls=False),)) as path:
            await perform(path, WEARER, packets)
        return
    from limen.cli.meters import Meters  # noqa: PLC0415  (rich is not needed for plain lines)

    meters = Meters(title, WEARER)
    async with LivePath(gates, osc, timing(config), sinks=(meters,)) as path:
        meters.path = path
        with meters:
            await perform(path, WEARER, packets)
