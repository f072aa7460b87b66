"""What several commands take on their line, and how they read a session."""

from __future__ import annotations

import argparse
import heapq
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, TextIO

from limen.gates import Edge
from limen.gates.lines import as_json
from limen.inlets.reader import read_session
from limen.inlets.session import Session

# Streams are judged when what they lean on was heard; an edge comes at most this much after one of later time.
REORDER_S: Final = 20.0
MOST_WEARER: Final = 99  # as in the configuration


def span(text: str) -> tuple[float, float]:
    """Read `60:180` as seconds from and to."""
    try:
        first, last = (float(part) for part in text.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not FROM:TO in seconds, such as 60:180") from None
    if not 0 <= first < last:
        raise argparse.ArgumentTypeError(
            f"{text!r} ends before it begins; write FROM:TO in seconds, such as 60:180"
        )
    return first, last


def positive(text: str) -> float:
    """Read a number above zero."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def wearer(text: str) -> int:
    """Read a wearer's number."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WEARER:
        raise argparse.ArgumentTypeError(f"{text!r} is no wearer; they count from 1 to {MOST_WEARER}")
    return int(text)


def reading_session(path: Path) -> Session:
    """Read a session, with a progress bar where somebody watches and it takes time; problems go to stderr."""
    if not sys.stderr.isatty():
        session = read_session(path)
    else:
        from rich.console import Console  # noqa: PLC0415  (only where a person looks on)
        from rich.progress import Progress  # noqa: PLC0415

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(f"reading {path.name}", total=1.0)
            session = read_session(path, lambda share: bar.update(task, completed=share))
    for problem in session.problems:
        print(f"{path}: {problem}", file=sys.stderr)
    return session


def in_order(edges: Iterable[Edge]) -> Iterator[Edge]:
    """Put edges into the order of their time, holding back no more than the engine's own lag."""
    waiting: list[tuple[float, str, int, Edge]] = []
    newest = 0.0
    for number, edge in enumerate(edges):
        newest = max(newest, edge.t)
        heapq.heappush(waiting, (edge.t, edge.gate, number, edge))
        while waiting[0][0] < newest - REORDER_S:
            yield heapq.heappop(waiting)[3]
    while waiting:
        yield heapq.heappop(waiting)[3]


def write_edges(edges: Iterable[Edge], out: TextIO) -> None:
    """Write edges as lines of JSON."""
    for edge in in_order(edges):
        out.write(json.dumps(as_json(edge), ensure_ascii=False))
        out.write("\n")
