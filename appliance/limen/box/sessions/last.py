"""Which recording a rehearsal plays: found by names and by how files begin, however long they are."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from limen.box.sessions.kept import HEADER_LINES, earliest, session_folders
from limen.export import FILES
from limen.outlets.recorder.names import parse

HEAD_BYTES: Final = 4096  # the header and the first samples


def newest(folder: Path, wearer: int) -> Path | None:
    """The newest recording with a sample in it of a wearer, else of nobody in particular; None if there is none."""
    try:
        paths = session_folders(folder)
    except OSError:
        return None
    named = {path: name for path in paths if (name := parse(path.name))}
    mine = sorted(
        (path for path, name in named.items() if name.wearer == wearer),
        key=lambda path: (named[path].play, named[path].start, path.name),
    )
    nobodys = sorted(
        (path for path in paths if path not in named),
        key=lambda path: (earliest(path, (head.partition(b"\n")[0] for head in _heads(path))) or 0.0, path.name),
    )
    return next(filter(_has_samples, reversed([*nobodys, *mine])), None)


def _has_samples(path: Path) -> bool:
    """A play that was begun without a band leaves a recording of nothing."""
    return any(head.count(b"\n") > HEADER_LINES for head in _heads(path))


def _heads(path: Path) -> list[bytes]:
    """How those of its streams begin that can be read."""
    heads = []
    for file in FILES.values():
        with suppress(OSError), (path / file).open("rb") as stream:
            heads.append(stream.read(HEAD_BYTES))
    return heads
