"""`limen run`: the daemon of a box. Light comes first, everything heavy after it."""

from __future__ import annotations

import argparse
from pathlib import Path

from limen.panel.firstlight import first_light


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--config", metavar="FILE", type=Path, help="the configuration (all defaults if left out)")


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM, Ctrl-C or a hold of POWER."""
    held = first_light()
    from limen.panel.starting import starting  # noqa: PLC0415  (light comes first, all else behind it)

    with starting(held):
        from limen.box.lives import run_box  # noqa: PLC0415  (what a daemon is takes seconds to load on a Pi)

    return run_box(args.config, held)
