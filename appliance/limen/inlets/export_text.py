"""Numbers out of an export's text, as it is in the wild: re-saved, cut, damaged. Text in, numbers out.

A pristine piece goes through numpy's reader; only a piece with damage in it is read line by line.
"""

from __future__ import annotations

import codecs
import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from limen.inlets.session import Array

PIECE_BYTES: Final = 1 << 20  # so damage costs one piece of a day's file, and progress moves
RANGES_NAMED: Final = 4
SHOWN_CHARACTERS: Final = 24
LATEST_UNIX: Final = 2**32  # the band's clock is 32 bits


@dataclass
class Damage:
    """The lines of one file that could not be read, and what the first of them said."""

    lines: list[int] = field(default_factory=list)
    first: str = ""

    def add(self, line: int, text: str) -> None:
        """Remember one line; lines come in order."""
        if not self.lines:
            self.first = shown(text)
        self.lines.append(line)

    def __str__(self) -> str:
        ranges: list[list[int]] = []
        for line in self.lines:
            if ranges and line == ranges[-1][1] + 1:
                ranges[-1][1] = line
            else:
                ranges.append([line, line])
        names = [str(low) if low == high else f"{low}-{high}" for low, high in ranges[:RANGES_NAMED]]
        more = f" and {len(ranges) - RANGES_NAMED} more places" if len(ranges) > RANGES_NAMED else ""
        return f"{'lines' if len(self.lines) > 1 else 'line'} {', '.join(names)}{more}"


def shown(text: str) -> str:
    """Quote what a file says, short and safe to print in one line."""
    text = text.strip()
    return ascii(text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "...")


def whole_lines(raw: bytes) -> tuple[bytes, bytes]:
    """Cut a file into its whole lines, each ended by one LF, and what follows the last line end.

    Takes off byte order marks, CRs, the NULs that a power cut leaves, and blank lines at the end.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raw = raw.decode("utf-16", "replace").encode()
    raw = raw.removeprefix(codecs.BOM_UTF8).rstrip(b"\0")
    if b"\r" in raw:
        raw = re.sub(rb"\r*\n|\r", b"\n", raw)
    end = raw.rfind(b"\n") + 1
    lines, rest = raw[:end].rstrip(), raw[end:].strip()
    return (lines + b"\n" if lines else b""), rest


def number(text: str) -> float | None:
    """Give the finite number that a text is, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def start_time(head: str) -> float | None:
    """Give the start in unix seconds that a file's first line says, or None where no band's clock can say that."""
    unix = number(head.partition(",")[0])
    return unix if unix is not None and 0 <= unix < LATEST_UNIX else None


@dataclass(frozen=True)
class Shape:
    """What each line of a table must be: so many numbers, each from `lowest` to `highest`."""

    columns: int
    lowest: float = -math.inf
    highest: float = math.inf


def table(
    lines: bytes, shape: Shape, first_line: int, damage: Damage, progress: Callable[[int], None]
) -> Iterator[Array]:
    """Read whole lines into arrays (n, columns), one per piece of the file.

    A line of another shape becomes NaN and is added to `damage` under its number, counted from `first_line`.
    `progress` hears how many bytes are done.
    """
    start = 0
    while start < len(lines):
        end = lines.find(b"\n", min(start + PIECE_BYTES, len(lines) - 1)) + 1
        text = lines[start:end].decode("utf-8", "replace")
        values = _fast(text, shape)
        if values is None:
            values = _line_by_line(text, shape, first_line, damage)
        first_line += len(values)
        progress(end - start)
        start = end
        yield values


def _fast(text: str, shape: Shape) -> Array | None:
    if not text.strip():
        return None
    try:
        values = np.loadtxt(io.StringIO(text), delimiter=",", comments=None, ndmin=2)
    except ValueError:
        return None
    # numpy leaves out blank lines, and a sample left out would move all that follow it
    if values.shape != (text.count("\n"), shape.columns):
        return None
    return values if (np.isfinite(values) & _within(values, shape)).all() else None


def _within(values: Array, shape: Shape) -> npt.NDArray[np.bool_]:
    return (values >= shape.lowest) & (values <= shape.highest)


def _line_by_line(text: str, shape: Shape, first_line: int, damage: Damage) -> Array:
    rows: list[list[float]] = []
    lost = [math.nan] * shape.columns
    for offset, line in enumerate(text.split("\n")[:-1]):
        numbers = [number(cell) for cell in line.split(",")]
        row = [n for n in numbers if n is not None and shape.lowest <= n <= shape.highest]
        if len(row) != shape.columns or len(numbers) != shape.columns:
            damage.add(first_line + offset, line)
            row = lost
        rows.append(row)
    return np.array(rows, dtype=np.float64)
