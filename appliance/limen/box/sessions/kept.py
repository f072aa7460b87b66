"""A glance at each kept session: enough for a list, quick enough for a card full of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from limen.box.sessions.rights import remedy
from limen.errors import SessionError
from limen.export import FILES, GAPS_FILE, TAGS_FILE
from limen.inlets import gaps
from limen.inlets.export_text import start_time
from limen.outlets.recorder import is_being_written
from limen.outlets.recorder.names import parse
from limen.streams import STREAMS, Stream

HEADER_LINES: Final = 2
CHUNK_BYTES: Final = 1 << 20
APART_S: Final = 4.0  # streams end on packets of their own, up to this far apart in complete exports
LAST: Final = "last"


@dataclass(frozen=True, slots=True)
class KeptSession:
    """One wearer of one play. `start_unix` and `wearer` are None where a session was made by other tools.

    `lost_s` is how many seconds of the stream that lost most are held; `problems` are short, for one line.
    """

    path: Path
    start_unix: float | None
    duration_s: float
    wearer: int | None
    marks: int
    size_bytes: int
    lost_s: float
    recording: bool
    problems: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return self.path.name


def kept_sessions(folder: Path) -> list[KeptSession]:
    """Every session in `folder`, oldest first; none where there is no folder. SessionError if it is unreadable."""
    try:
        found = [glance(path) for path in session_folders(folder)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SessionError(
            f"{folder}: cannot be read ({error.strerror}); {remedy(error, 'name another with --folder')}"
        ) from error
    return sorted(found, key=lambda session: (_play(session.path), session.start_unix or 0.0, session.name))


def _play(path: Path) -> int:
    name = parse(path.name)
    return name.play if name else 0


def session_folders(folder: Path) -> list[Path]:
    """Folders, no links to one, that hold a stream or were made by the recorder. Raises OSError."""
    with os.scandir(folder) as entries:
        found = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    return [path for path in found if parse(path.name) or _holds_a_stream(path)]


def _holds_a_stream(path: Path) -> bool:
    return any(os.path.isfile(path / file) for file in FILES.values())  # noqa: PTH113  (Path.is_file raises)


def choose(sessions: Sequence[KeptSession], name: str, folder: Path) -> list[KeptSession]:
    """The session of that name, all wearers of a play by its name without the number, or the last play."""
    if name == LAST and sessions:
        name = sessions[-1].name
        if found := parse(name):
            return [session for session in sessions if f"_{found.suffix}-" in session.name]
    chosen = [session for session in sessions if session.name == name or session.name.rpartition("-")[0] == name]
    if not chosen:
        raise SessionError(f"{folder} keeps no session {name!r}; limen sessions lists them")
    return chosen


def glance(path: Path) -> KeptSession:
    """Look at the sizes and line counts of one session's files; one that cannot be read is a problem of it."""
    named = parse(path.name)
    ends: dict[Stream, float] = {}
    problems: list[str] = []
    firsts: list[bytes] = []
    marks, size_bytes, lost_s = 0, 0, 0.0
    for stream, file in FILES.items():
        with _noted(problems, file):
            lines, whole, first = _lines(path / file)
            if lines <= HEADER_LINES:
                problems.append(f"no {stream.upper()}")
                continue
            ends[stream] = (lines - HEADER_LINES) / STREAMS[stream].rate_hz
            if not whole:
                problems.append(f"{file} was cut")
            firsts.append(first)
    problems += [
        f"{stream.upper()} ends {max(ends.values()) - end:.0f} s early"
        for stream, end in ends.items()
        if max(ends.values()) - end > APART_S
    ]
    with _noted(problems, TAGS_FILE):
        marks = _lines(path / TAGS_FILE)[0]
    with _noted(problems, GAPS_FILE):
        lost_s = _lost_s(path / GAPS_FILE)
    with _noted(problems, "its size"):
        size_bytes = sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    return KeptSession(
        path=path,
        start_unix=earliest(path, firsts),
        duration_s=max(ends.values(), default=0.0),
        wearer=named.wearer if named else None,
        marks=marks,
        size_bytes=size_bytes,
        lost_s=lost_s,
        recording=is_being_written(path),
        problems=tuple(problems),
    )


@contextmanager
def _noted(problems: list[str], what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problems.append(f"{what} cannot be read ({error.strerror})")


def earliest(path: Path, firsts: Iterable[bytes]) -> float | None:
    """When a session began, by its name and by its files' first lines, as far as a band's clock can say that."""
    named = parse(path.name)
    says = [str(named.start)] if named else []
    says += [first.decode("utf-8", "replace") for first in firsts]
    return min((start for line in says if (start := start_time(line)) is not None), default=None)


def _lines(path: Path) -> tuple[int, bool, bytes]:
    """How many whole lines a file has, whether it ends with one, and the first; a missing file has none."""
    count, last, first = 0, b"\n", b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                first = first or chunk.partition(b"\n")[0]
                count += chunk.count(b"\n")
                last = chunk[-1:]
    except FileNotFoundError:
        pass
    return count, last == b"\n", first


def _lost_s(path: Path) -> float:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return 0.0
    found, _ = gaps.parse(lines)
    return max((sum(n for _, n in spans) / STREAMS[s].rate_hz for s, spans in found.items()), default=0.0)
