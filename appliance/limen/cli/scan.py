"""`limen scan`: what bands are there, how near, and whose."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from limen.box.config import load_config
from limen.box.config.wearers import Wearer
from limen.cli.arguments import positive
from limen.inlets.band.survey import Seen, survey

# Of a band at 0 dBm: about 1 m and 10 m of free air. Bodies and bags cost as much as distance.
NEAR_DBM: Final = -60
FAR_DBM: Final = -80


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--seconds", type=positive, default=10.0, help="how long to listen (10)")
    parser.add_argument("--all", action="store_true", help="whatever is in the air, not only bands")
    parser.add_argument("--config", metavar="FILE", type=Path, help="the wearers and the name from here")


def run(args: argparse.Namespace) -> int:
    """Listen, then print a table; 0 also when there is nothing."""
    config = load_config(args.config)
    found = asyncio.run(survey(args.seconds, config.band.name))
    for line in lines(found, config.wearers, everything=args.all):
        print(line)
    return 0


def lines(found: Sequence[Seen], wearers: Sequence[Wearer], *, everything: bool) -> Iterator[str]:
    """Lay the table out."""
    shown = [each for each in found if everything or each.band or each.maker]
    if shown:
        yield f"{'address':<19}{'name':<26}{'signal':<18}what it is"
    for each in shown:
        yield f"{each.device.address:<19}{each.name or '-':<26}{_signal(each):<18}{_what(each, wearers)}"
    others = len(found) - len(shown)
    if not any(each.band for each in found):
        yield "no band; hold its button for 2 s until it blinks, and scan within 40 s"
    if others:
        yield f"and {others} other device{'s' if others > 1 else ''} (--all shows them)"


def _signal(each: Seen) -> str:
    if each.rssi is None:
        return "connected"
    near = "near" if each.rssi > NEAR_DBM else "far" if each.rssi < FAR_DBM else "in the room"
    return f"{each.rssi} dBm {near}"


def _what(each: Seen, wearers: Sequence[Wearer]) -> str:
    if not each.band:
        return "has a band's radio, but not its name" if each.maker else "something else"
    bands = [wearer for wearer in wearers if wearer.source == "band"]
    for wearer in bands:
        if wearer.address is not None and wearer.address.upper() == each.device.address.upper():
            return f"the band of wearer {wearer.number}"
    takers = [
        str(wearer.number)
        for wearer in bands
        if wearer.address is None and (each.name or "").lower().startswith((wearer.name or "").lower())
    ]
    return f"a band; wearer {' or '.join(takers)} would take it" if takers else "a band, but no wearer's"
