"""`limen check FILE`: is this configuration right? If not: which key, why, what to write."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from limen.box.config import default_config_yaml, read_config, summary
from limen.errors import UsageError

NAME: Final = "check"
HELP: Final = "is this configuration right? if not: which key, why, what to write"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare FILE, or --example in its place."""
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="a configuration in YAML")
    parser.add_argument("--example", action="store_true", help="print a configuration with every key explained")


def run(args: argparse.Namespace) -> int:
    """Print what FILE will do and return 0, or its problems on standard error, one a line, and return 2."""
    if args.example:
        print(default_config_yaml(), end="")
        return 0
    if args.file is None:
        raise UsageError("limen check: no FILE was given; name a configuration, or ask for --example")
    config, problems = read_config(args.file)
    if config is None:
        print(*problems, sep="\n", file=sys.stderr)
        return 2
    print(f"{args.file}: right", *summary(config), sep="\n")
    return 0
