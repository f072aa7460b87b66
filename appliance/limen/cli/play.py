"""`limen play SESSION`: a recorded session through exactly the path a live band takes."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Final

from limen.box.config import Config, load_config
from limen.box.livepath import LivePath
from limen.box.pace import perform
from limen.box.wiring import band_settings, osc_settings, timing
from limen.cli.arguments import positive, reading_session, wearer
from limen.cli.stage import perform_on_stage
from limen.cli.targets import target
from limen.cli.transcript import Transcript
from limen.inlets.packets import packets
from limen.inlets.session import Session
from limen.outlets.driver import Sink
from limen.outlets.player import Timing

# A session does not begin before its receivers' names are known, unless that takes longer.
LOOK_UP_S: Final = 3.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("session", metavar="SESSION", type=Path, help="an E4 export, folder or .zip; or a capture")
    parser.add_argument("--config", metavar="FILE", type=Path, help="gates, timing and targets from here")
    parser.add_argument("--speed", type=positive, default=1.0, help="how many times as fast as it was recorded (1)")
    parser.add_argument("--loop", action="store_true", help="from the start again when it ends, until Ctrl-C")
    parser.add_argument("--fast", action="store_true", help="without waiting at all")
    parser.add_argument(
        "--to",
        metavar="HOST:PORT",
        type=target,
        action="append",
        default=[],
        help="send there (again for more; left out: the configuration's targets, or this machine if it has none)",
    )
    parser.add_argument("--wearer", metavar="N", type=wearer, default=1, help="the <n> of the OSC addresses (1)")
    parser.add_argument("--verbose", action="store_true", help="print each edge with its why as it is played")


def run(args: argparse.Namespace) -> int:
    """Play until the session ends or somebody ends it."""
    config = load_config(args.config)
    session = reading_session(args.session, band_settings(config.band))
    perform_on_stage(lambda end: _play(session, config, args, end))
    return 0


def _timing(config: Config, args: argparse.Namespace) -> Timing:
    """When edges leave: a packet takes longer to come the slower it is played, and what is steady waits for it."""
    when = timing(config)
    if args.fast or args.speed >= 1:
        return when
    return replace(when, delay_s={stream: delay / args.speed for stream, delay in when.delay_s.items()})


async def _play(session: Session, config: Config, args: argparse.Namespace, end: Callable[[], None]) -> None:
    sinks: Sequence[Sink] = (Transcript(sys.stdout, end),) if args.verbose else ()
    when = _timing(config, args)
    path = LivePath(
        {args.wearer: config.gates_of(args.wearer)},
        osc_settings(config, args.to),
        when,
        control=config.osc.control,
        calibration_s=config.calibration.seconds,
        sinks=sinks,
    )
    async with path:
        where = ", ".join(f"{t.host}:{t.port}" for t in osc_settings(config, args.to).targets)
        print(
            f"playing {session.name}, {session.duration_s / 60:.1f} min, to {where}; Ctrl-C ends it",
            file=sys.stderr,
        )
        await path.osc.resolved(LOOK_UP_S)
        for turn in count(1):
            await perform(
                path,
                args.wearer,
                packets(session, args.wearer),
                speed=None if args.fast else args.speed,
                streams=session.data,
                rates=session.rates,
            )
            if not args.loop:
                # What is played steadily leaves a little after its last sample came.
                await asyncio.sleep(0.0 if args.fast else max(when.delay_s.values()))
                return
            print(f"from the start again, {turn + 1}. time", file=sys.stderr)
