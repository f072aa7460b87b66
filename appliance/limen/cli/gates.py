"""`limen gates SESSION`: every edge with its why, or a picture, or a summary."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from limen.box.config import load_config
from limen.box.wiring import band_settings
from limen.cli.arguments import reading_session, span, wearer, write_edges
from limen.errors import UsageError
from limen.gates import Edge, Engine, GateSettings
from limen.inlets.packets import longest, packets
from limen.inlets.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("session", metavar="SESSION", type=Path, help="an E4 export, folder or .zip; or a capture")
    parser.add_argument("--config", metavar="FILE", type=Path, help="take the gates' settings from here")
    parser.add_argument("--wearer", metavar="N", type=wearer, default=1, help="the number that edges carry (1)")
    parser.add_argument(
        "--picture", metavar="FILE", type=Path, help="draw signals, thresholds and bits (.png, .svg or .pdf)"
    )
    parser.add_argument(
        "--span", metavar="FROM:TO", type=span, help="the seconds to draw; left out: the two busiest minutes"
    )
    parser.add_argument(
        "--summary", action="store_true", help="per gate: how often, how long, how sure, and what the knob would do"
    )


def run(args: argparse.Namespace) -> int:
    """Print the edges, or draw, or sum up."""
    if args.span is not None and args.picture is None:
        raise UsageError("limen gates: --span says what a picture shows; add --picture FILE")
    config = load_config(args.config)
    settings = config.gates_of(args.wearer)
    session = reading_session(args.session, band_settings(config.band))
    if args.picture is not None:
        from limen.cli.picture import draw  # noqa: PLC0415  (matplotlib is slow to load and need not be there)

        print(draw(session, settings, args.picture, args.span))
    if args.summary:
        from limen.cli.summary import print_summary  # noqa: PLC0415  (only this needs rich)

        print_summary(session, settings)
    if args.picture is None and not args.summary:
        write_edges(edges_of(session, settings, args.wearer), sys.stdout)
    return 0


def edges_of(session: Session, settings: Mapping[str, GateSettings], wearer: int = 1) -> Iterator[Edge]:
    """Run a whole session through the engine; the edges of each gate come in order."""
    engine = Engine(wearer, settings, streams=session.data, rates=session.rates, readings=False)
    for _, samples in packets(session, wearer, longest):
        yield from (event for event in engine.feed(samples) if isinstance(event, Edge))
    yield from (event for event in engine.close() if isinstance(event, Edge))
