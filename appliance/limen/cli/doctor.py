"""`limen doctor`: is this box fit to play? One line per check, and what to do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from limen.box.doctor.finding import Finding, Verdict, not_ok

EXIT_NOT_FIT: Final = 1
_VERDICT_WIDTH: Final = max(len(verdict) for verdict in Verdict)
_NAME_WIDTH: Final = len("Bluetooth adapter")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--config", metavar="FILE", type=Path, help="the daemon's configuration (the box's own)")
    parser.add_argument("--json", action="store_true", help="one JSON object, for a machine")


def run(args: argparse.Namespace) -> int:
    """Print the findings as they are made; 0 if all is fine, 1 if something is not fit."""
    findings: list[tuple[str, Finding]] = []
    for name, finding in _examined(args.config):
        findings.append((name, finding))
        if not args.json:
            print(_line(name, finding), flush=True)
    unfit = sum(finding.verdict is Verdict.NOT_OK for _, finding in findings)
    if args.json:
        checks = [
            {"check": name, "verdict": f.verdict.value, "found": f.found, "remedy": f.remedy}
            for name, f in findings
        ]
        print(json.dumps({"fit": not unfit, "checks": checks}, ensure_ascii=False))
    else:
        print(f"\nnot fit: {unfit} of {len(findings)} checks" if unfit else "\nfit to play")
    return EXIT_NOT_FIT if unfit else 0


def _examined(config: Path | None) -> Iterator[tuple[str, Finding]]:
    try:
        from limen.box.doctor.checks import examine  # noqa: PLC0415  (a doctor can be ill: what is missing is told)
        from limen.box.doctor.site import here  # noqa: PLC0415
    except ModuleNotFoundError as error:
        yield (
            "packages",
            not_ok(f"{error.name} is missing", "install Limen again: make env, or for a box make unit"),
        )
        return
    yield from examine(here(config))


def _line(name: str, finding: Finding) -> str:
    remedy = f" → {finding.remedy}" if finding.remedy else ""
    return f"{finding.verdict:<{_VERDICT_WIDTH}}  {name:<{_NAME_WIDTH}}  {finding.found}{remedy}"
