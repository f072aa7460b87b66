"""`limen doctor`: is this box fit to play? One line per check, and what to do."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Final

from limen.box.doctor import CHECKS, Finding, Verdict, examine, here

EXIT_NOT_FIT: Final = 1
_VERDICT_WIDTH: Final = max(len(verdict) for verdict in Verdict)
_NAME_WIDTH: Final = max(len(check.name) for check in CHECKS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--config", metavar="FILE", type=Path, help="the daemon's configuration (the box's own)")
    parser.add_argument("--json", action="store_true", help="one JSON object, for a machine")


def run(args: argparse.Namespace) -> int:
    """Print the findings; 0 if all is fine, 1 if something is not fit."""
    site = here(args.config)
    found: list[tuple[str, Finding]] = []
    for name, finding in examine(site):
        found.append((name, finding))
        if not args.json:
            print(_line(name, finding), flush=True)
    unfit = sum(finding.verdict is Verdict.NOT_OK for _, finding in found)
    if args.json:
        checks = [
            {"check": name, "verdict": f.verdict.value, "found": f.found, "remedy": f.remedy} for name, f in found
        ]
        print(json.dumps({"fit": not unfit, "box": site.is_box, "checks": checks}, ensure_ascii=False))
    else:
        what = "this box" if site.is_box else "this machine (not a box)"
        print(f"\n{what} is fit to play" if not unfit else f"\n{what} is not fit: {unfit} of {len(found)} checks")
    return EXIT_NOT_FIT if unfit else 0


def _line(name: str, finding: Finding) -> str:
    remedy = f" → {finding.remedy}" if finding.remedy else ""
    return f"{finding.verdict:<{_VERDICT_WIDTH}}  {name:<{_NAME_WIDTH}}  {finding.found}{remedy}"
