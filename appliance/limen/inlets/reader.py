"""Read a recorded session as it is in the wild, and say plainly what cannot be read and where.

The oddities it takes were met in public exports: files re-saved by spreadsheets, renamed, cut in the middle
of a number, empty, missing, of unequal span, with a rate of 63.997 Hz.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import multimode
from types import MappingProxyType
from typing import Final

import numpy as np

from limen.errors import SessionError
from limen.export import (
    ACC_COUNTS_PER_G,
    FILES,
    GAPS_FILE,
    HR_DELAY_S,
    HR_FILE,
    HR_RATE_HZ,
    IBI_FILE,
    TAGS_FILE,
)
from limen.inlets import export_text as text
from limen.inlets import gaps, source
from limen.inlets.session import Array, Session, Timed
from limen.streams import STREAMS, Stream

HEADER_LINES: Final = 2
RATE_TOLERANCE: Final = 0.01  # 200 times the 47 ppm seen; more is not an E4's crystal
MOST_APART_S: Final = 3600.0  # starts further apart than this do not belong to one session
MICROSECONDS: Final = 6  # decimals; a unix time in a double has no more
TAGS_AROUND_S: Final = 7 * 86400.0  # a band records 60 h; a tag further off is half a number


@dataclass(frozen=True)
class _Column:
    """One file with a header: where it starts (None if it does not say), its rate, its rows."""

    start: float | None
    rate: float
    rows: Array


def read_session(path: Path, progress: Callable[[float], None] | None = None) -> Session:
    """Read a folder in the E4's export format, or a .zip of one.

    `progress` hears the share that is done, 0 to 1. What cannot be read counts as lost and is named in
    `problems`. Raises SessionError, in one line, when no stream can be read at all.
    """
    name, files = source.find(path)
    return _Reader(path, files, progress).session(name)


class _Reader:
    def __init__(
        self, path: Path, files: Mapping[str, source.Found], progress: Callable[[float], None] | None
    ) -> None:
        self._path = path
        self._files = files
        self._progress = progress
        self._bytes_all = max(1, sum(file.size for file in files.values()))
        self._bytes_done = 0
        self._problems: list[str] = []
        self._gaps: gaps.Gaps = {}

    def session(self, name: str) -> Session:
        self._gaps = self._read_gaps()
        columns = {
            stream: column for stream, file in FILES.items() if (column := self._stream(stream, file)) is not None
        }
        if not columns:
            raise SessionError(f"{self._path} has nothing that can be read: {'; '.join(self._problems)}")
        starts = self._starts(columns)
        start = min(starts.values())
        session = Session(
            name=name,
            start_unix=start,
            rates=MappingProxyType({stream: column.rate for stream, column in columns.items()}),
            data=MappingProxyType(
                {
                    stream: _aligned(column.rows, starts[stream] - start, STREAMS[stream].rate_hz)
                    for stream, column in columns.items()
                }
            ),
            tags=self._tags(start),
            ibi=self._ibi(start),
            hr=self._hr(start),
            problems=tuple(self._problems),
        )
        if self._progress:
            self._progress(1.0)
        return session

    def _note(self, where: str, what: str) -> None:
        self._problems.append(f"{where}: {what}")

    def _advance(self, done: int) -> None:
        self._bytes_done += done
        if self._progress:
            self._progress(min(1.0, self._bytes_done / self._bytes_all))

    def _lines(self, file: str) -> tuple[bytes, bytes] | None:
        """Give a file's whole lines and its unended last one; None where there is no such file."""
        found = self._files.get(file)
        if found is None:
            return None
        if found.size > source.LARGEST_FILE_BYTES:
            self._note(found.name, f"{found.size} bytes are more than any E4 session has; left out")
            return None
        try:
            return text.whole_lines(found.read())
        except source.READ_ERRORS as error:
            self._note(found.name, f"cannot be read ({error}); left out")
            return None

    def _stream(self, stream: Stream, file: str) -> _Column | None:
        spec = STREAMS[stream]
        scale = ACC_COUNTS_PER_G if stream is Stream.ACC else 1
        shape = text.Shape(spec.axes, spec.lowest * scale, spec.highest * scale)
        if stream is Stream.BVP:  # no unit, so no number is too large for it
            shape = text.Shape(spec.axes)
        if file not in self._files:
            self._note(file, f"is missing; there is no {stream.upper()}")
            return None
        column = self._column(file, shape, spec.rate_hz)
        if column is not None:
            gaps.lose(column.rows, self._gaps.get(stream, ()))
        if column is None or not np.isfinite(column.rows).any():
            self._note(self._files[file].name, f"has no samples; there is no {stream.upper()}")
            return None
        rows = column.rows / scale if spec.axes > 1 else column.rows[:, 0]
        return _Column(column.start, column.rate, rows)

    def _column(self, file: str, shape: text.Shape, nominal_hz: int) -> _Column | None:
        lines = self._lines(file)
        if lines is None:
            return None
        here = self._files[file].name
        body, unended = lines
        head, rate_line, body = _header(body)
        damage = text.Damage()
        pieces = list(text.table(body, shape, 1 + HEADER_LINES, damage, self._advance))
        if not pieces:
            return None
        start = text.start_time(head)
        if start is None:
            self._note(f"{here}, line 1", f"{text.shown(head)} is no start time; aligned with the others")
        rate = text.number(rate_line.split(",")[0])
        if rate is None or abs(rate / nominal_hz - 1) > RATE_TOLERANCE:
            said = text.shown(rate_line)
            self._note(f"{here}, line 2", f"{said} is not the rate of an E4; read as {nominal_hz} Hz")
            rate = float(nominal_hz)
        if damage.lines:
            what = f"not what belongs there (first: {damage.first}); counted as lost samples"
            self._note(f"{here}, {damage}", what)
        rows = np.concatenate(pieces)
        if unended:
            line = HEADER_LINES + len(rows) + 1
            self._note(f"{here}, line {line}", "has no line end and may be cut; left out")
        return _Column(start, rate, rows)

    def _starts(self, columns: dict[Stream, _Column]) -> dict[Stream, float]:
        """Give every stream a start: its own, unless that cannot belong to the same session."""
        known = [column.start for column in columns.values() if column.start is not None]
        agreed = multimode(known)[0] if known else 0.0
        starts: dict[Stream, float] = {}
        for stream, column in columns.items():
            starts[stream] = agreed if column.start is None else column.start
            if abs(starts[stream] - agreed) > MOST_APART_S:
                here = self._files[FILES[stream]].name
                self._note(f"{here}, line 1", "starts in another session; aligned with the others")
                starts[stream] = agreed
        return starts

    def _hr(self, start: float) -> Timed | None:
        column = self._column(HR_FILE, text.Shape(1), HR_RATE_HZ)
        if column is None:
            return None
        delay = HR_DELAY_S if column.start is None else column.start - start
        if abs(delay) > MOST_APART_S:
            self._note(f"{self._files[HR_FILE].name}, line 1", "starts in another session; taken as 10 s in")
            delay = HR_DELAY_S
        return _sealed(delay + np.arange(len(column.rows)) / HR_RATE_HZ), _sealed(column.rows[:, 0])

    def _ibi(self, start: float) -> Timed | None:
        lines = self._lines(IBI_FILE)
        if lines is None:
            return None
        here = self._files[IBI_FILE].name
        head, _, body = lines[0].partition(b"\n")
        zero = text.number(head.decode("utf-8", "replace").split(",")[0])
        shift = 0.0 if zero is None else zero - start
        if head and (zero is None or abs(shift) > MOST_APART_S):
            self._note(f"{here}, line 1", "no start of this session; times taken from the session's start")
            shift = 0.0
        damage = text.Damage()
        pieces = list(text.table(body, text.Shape(2), 2, damage, self._advance))
        rows = np.concatenate(pieces) if pieces else np.empty((0, 2))
        if damage.lines:
            self._note(f"{here}, {damage}", f"no time and interval (first: {damage.first}); left out")
            rows = rows[np.isfinite(rows[:, 0])]
        return _sealed(rows[:, 0] + shift), _sealed(rows[:, 1])

    def _read_gaps(self) -> gaps.Gaps:
        lines = self._lines(GAPS_FILE)
        if lines is None:
            return {}
        found, damage = gaps.parse(lines[0].decode("utf-8", "replace").splitlines())
        if damage.lines:
            where = f"{self._files[GAPS_FILE].name}, {damage}"
            self._note(where, f"names no stream, row and count (first: {damage.first}); left out")
        return found

    def _tags(self, start: float) -> tuple[float, ...]:
        lines = self._lines(TAGS_FILE)
        if lines is None:
            return ()
        tags = []
        # a cut last line is kept if it is still a time of this session: that costs a fraction of a second
        for at, line in enumerate(b"".join(lines).decode("utf-8", "replace").splitlines(), 1):
            unix = text.number(line)
            if unix is not None and abs(unix - start) <= TAGS_AROUND_S:
                tags.append(round(unix - start, MICROSECONDS))
            else:
                self._note(
                    f"{self._files[TAGS_FILE].name}, line {at}",
                    f"{text.shown(line)} is no time of this session; left out",
                )
        return tuple(tags)


def _header(body: bytes) -> tuple[str, str, bytes]:
    head, _, body = body.partition(b"\n")
    rate, _, body = body.partition(b"\n")
    return head.decode("utf-8", "replace"), rate.decode("utf-8", "replace"), body


def _aligned(rows: Array, late_s: float, rate_hz: int) -> Array:
    late = np.full((round(late_s * rate_hz), *rows.shape[1:]), math.nan)
    return _sealed(np.concatenate([late, rows]) if len(late) else rows)


def _sealed(values: Array) -> Array:
    values.setflags(write=False)
    return values
