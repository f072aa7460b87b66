"""What each file of one wearer's recording gains from what happens. Pure: records in, text by file name out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Final

from limen.export import (
    ACC_COUNTS_PER_G,
    FILES,
    GAPS_FILE,
    GAPS_HEADER,
    HR_DELAY_S,
    HR_FILE,
    HR_RATE_HZ,
    IBI_FILE,
    TAGS_FILE,
    VALUE_FORMAT,
    exact,
    header,
)
from limen.gates.lines import as_json
from limen.gates.records import Edge, Triple
from limen.streams import STREAMS, Stream

EDGES_FILE: Final = "edges.jsonl"
RAW_FILE: Final = "raw.e4raw"
RAW_HEADER: Final = "limen-capture 1"  # the format of `limen capture`, so that one decoder reads both
BEFORE_THE_FIRST: Final = 0.0  # what a lost sample is held at when none came before it, as the vendor's BVP is


class RecordingText:
    """Collects the text of one wearer's files; `take` hands out what came since it was last called.

    `start_unix` is the label in whole seconds that every file carries, `rates` the true rates in Hz. Times and
    rows count from the recording's start; rows are contiguous, so a row that does not follow the one before it
    tells how many were lost between them. A lost sample is held, as the engine holds it, and named in gaps.csv.
    """

    def __init__(self, start_unix: int, rates: Mapping[Stream, float]) -> None:
        self._start = start_unix
        self._rates = rates
        self._pieces: dict[str, list[str]] = {}
        self._begun: set[str] = set()
        self._ends = dict.fromkeys(Stream, 0)
        self._held = {
            stream: _row(stream, BEFORE_THE_FIRST if spec.axes == 1 else (BEFORE_THE_FIRST,) * 3)
            for stream, spec in STREAMS.items()
        }
        self._bpm = 0.0
        self._next_hr_s: int | None = None

    def take(self) -> dict[str, str]:
        """The new text of each file that has any, gaps first: they must not be younger than what they tell of."""
        pieces, self._pieces = self._pieces, {}
        found = {name: "".join(lines) for name, lines in pieces.items()}
        return dict(sorted(found.items(), key=lambda item: item[0] != GAPS_FILE))

    def samples(self, stream: Stream, row: int, values: Sequence[float] | Sequence[Triple]) -> None:
        """Add samples from `row` on, in physical units; rows that are there already are not written again."""
        skip = max(0, self._ends[stream] - row)
        kept = values[skip:]
        rows: list[str] = []
        self._lose(stream, row + skip, rows)
        for value in kept:
            if _is_number(value):
                self._held[stream] = _row(stream, value)
                rows.append(self._held[stream])
                self._ends[stream] += 1
            else:
                self._lose(stream, self._ends[stream] + 1, rows)
        if rows:
            top = header(stream, self._start, self._rates[stream], STREAMS[stream].axes)
            self._add(FILES[stream], top, "".join(rows))

    def edge(self, edge: Edge) -> None:
        """Add an edge whose `t` counts from the recording's start; a beat is an interval, too."""
        self._add(EDGES_FILE, "", json.dumps(as_json(edge), ensure_ascii=False) + "\n")
        if edge.gate == "pulse" and edge.bit and edge.carry > 0:
            self._add(IBI_FILE, f"{self._start:.6f}, IBI\n", f"{edge.t:.6f},{edge.carry:.6f}\n")

    def heart_rate(self, t: float, bpm: float) -> None:
        """Add the heart rate at `t` seconds; the file has one a second, each held until the next beat's."""
        if self._next_hr_s is None:
            self._next_hr_s = max(math.ceil(HR_DELAY_S), math.ceil(t))
        top = f"{self._start + self._next_hr_s:.6f}\n{HR_RATE_HZ:.6f}\n"
        seconds = max(0, math.ceil(t) - self._next_hr_s) if self._bpm else 0
        if seconds:
            self._add(HR_FILE, top, f"{self._bpm:.2f}\n" * seconds)
            self._next_hr_s += seconds
        self._bpm = bpm

    def mark(self, t: float) -> None:
        """Add a mark at `t` seconds."""
        self._add(TAGS_FILE, "", f"{self._start + t:.2f}\n")

    def packet(self, at: float, characteristic: str, data: bytes) -> None:
        """Add what the band sent: monotonic seconds of its arrival, where from, the bytes."""
        self._add(RAW_FILE, f"{RAW_HEADER}\n", f"note {at!r} {characteristic} {data.hex()}\n")

    def link(self, at: float, up: bool) -> None:
        """Add that the link came or went, at monotonic seconds."""
        self._add(RAW_FILE, f"{RAW_HEADER}\n", f"link {at!r} {'up' if up else 'down'}\n")

    def _lose(self, stream: Stream, row: int, rows: list[str]) -> None:
        lost = row - self._ends[stream]
        if lost > 0:
            self._add(GAPS_FILE, f"{GAPS_HEADER}\n", f"{stream},{self._ends[stream]},{lost}\n")
            rows.append(self._held[stream] * lost)
            self._ends[stream] = row

    def _add(self, name: str, top: str, text: str) -> None:
        pieces = self._pieces.setdefault(name, [])
        if name not in self._begun:
            self._begun.add(name)
            pieces.append(top)
        pieces.append(text)


def _row(stream: Stream, value: float | Triple) -> str:
    """The line of a sample, as the vendor prints it where that is the same number, and in full where it is not.

    What lies outside of the sensor's range is written as the engine takes it, at the range's end.
    """
    spec = STREAMS[stream]
    axes = value if isinstance(value, tuple) else (value,)
    scale = ACC_COUNTS_PER_G if stream is Stream.ACC else 1  # a power of two: nothing is rounded
    inside = (max(spec.lowest, min(spec.highest, float(axis))) for axis in axes)
    return ",".join(exact(axis * scale, VALUE_FORMAT[stream]) for axis in inside) + "\n"


def _is_number(value: float | Triple) -> bool:
    return all(map(math.isfinite, value)) if isinstance(value, tuple) else math.isfinite(value)
