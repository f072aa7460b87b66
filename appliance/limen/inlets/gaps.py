"""Which rows of a recording are held in place of lost samples: Limen's gaps.csv beside the E4's own files."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from limen.export import GAPS_HEADER
from limen.inlets.export_text import Damage
from limen.inlets.session import Array
from limen.streams import Stream

Gaps = Mapping[Stream, Sequence[tuple[int, int]]]
"""For each stream (first row, how many rows)."""


def parse(lines: Iterable[str]) -> tuple[Gaps, Damage]:
    """Read whole lines of gaps.csv, and say which of them are none."""
    gaps: dict[Stream, list[tuple[int, int]]] = defaultdict(list)
    damage = Damage()
    for number, line in enumerate(lines, 1):
        if number == 1 and line == GAPS_HEADER:
            continue
        try:
            name, first, lost = line.split(",")
            stream, span = Stream(name), (int(first), int(lost))
        except ValueError:
            damage.add(number, line)
            continue
        if min(span) < 0:
            damage.add(number, line)
        else:
            gaps[stream].append(span)
    return gaps, damage


def lose(rows: Array, spans: Iterable[tuple[int, int]]) -> None:
    """Put NaN in place of what is no measurement; a span may end after the rows do, which a cut file's does."""
    for first, lost in spans:
        rows[first : first + lost] = math.nan
