"""A glance at each kept session: enough for a list, quick enough for a card full of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from limen.errors import SessionError
from limen.export import FILES, GAPS_FILE, TAGS_FILE
from limen.inlets import gaps
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
        found = [glance(path) for path in folder.iterdir() if is_session(path)] if folder.is_dir() else []
    except OSError as error:
        raise SessionError(f"{folder}: cannot be read ({error.strerror}); name another with --folder") from error
    return sorted(found, key=lambda session: (_play(session.path), session.start_unix or 0.0, session.name))


def newest(folder: Path, wearer: int) -> Path | None:
    """The newest recording of a wearer, by the names alone; else of nobody in particular; None if there is none."""
    try:
        named = [(name, path) for path in folder.iterdir() if (name := parse(path.name)) and is_session(path)]
    except OSError:
        return None
    if mine := [(name.play, name.start, path) for name, path in named if name.wearer == wearer]:
        return max(mine)[2]
    return next((session.path for session in reversed(kept_sessions(folder)) if session.wearer is None), None)


def _play(path: Path) -> int:
    name = parse(path.name)
    return name.play if name else 0


def any_session(folder: Path) -> bool:
    """Whether anything is kept in `folder`, without a look into it."""
    try:
        return any(is_session(path) for path in folder.iterdir())
    except OSError:
        return False


def is_session(path: Path) -> bool:
    """Whether this is a folder, not a link to one, that holds a stream or was made by the recorder."""
    if path.is_symlink() or not path.is_dir():
        return False
    return parse(path.name) is not None or any((path / file).is_file() for file in FILES.values())


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
    """Look at the sizes and line counts of one session's files. Raises OSError."""
    named = parse(path.name)
    ends: dict[Stream, float] = {}
    problems: list[str] = []
    starts: list[float] = []
    for stream, file in FILES.items():
        lines, whole, first = _lines(path / file)
        if lines <= HEADER_LINES:
            problems.append(f"no {stream.upper()}")
            continue
        ends[stream] = (lines - HEADER_LINES) / STREAMS[stream].rate_hz
        if not whole:
            problems.append(f"{file} was cut")
        starts += _unix(first)
    problems += [
        f"{stream.upper()} ends {max(ends.values()) - end:.0f} s early"
        for stream, end in ends.items()
        if max(ends.values()) - end > APART_S
    ]
    starts += [float(named.start)] if named else []
    return KeptSession(
        path=path,
        start_unix=min(starts, default=None),
        duration_s=max(ends.values(), default=0.0),
        wearer=named.wearer if named else None,
        marks=_lines(path / TAGS_FILE)[0],
        size_bytes=sum(file.stat().st_size for file in path.iterdir() if file.is_file()),
        lost_s=_lost_s(path / GAPS_FILE),
        recording=is_being_written(path),
        problems=tuple(problems),
    )


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


def _unix(first: bytes) -> list[float]:
    try:
        return [float(first.split(b",")[0])]
    except ValueError:
        return []


def _lost_s(path: Path) -> float:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return 0.0
    found, _ = gaps.parse(lines)
    return max((sum(n for _, n in spans) / STREAMS[s].rate_hz for s, spans in found.items()), default=0.0)
