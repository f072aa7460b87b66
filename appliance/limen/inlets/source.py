"""Where an export's files are: a folder or a .zip, with the names that people's tools have given them."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

from limen.errors import SessionError
from limen.export import FILES, GAPS_FILE, HR_FILE, IBI_FILE, TAGS_FILE

LARGEST_FILE_BYTES: Final = 1 << 30  # ten times the BVP of the longest recording a band holds (60 h)
OURS: Final = (*FILES.values(), IBI_FILE, HR_FILE, TAGS_FILE, GAPS_FILE)
# RuntimeError is an encrypted member, and, as its subclass, a compression that zipfile does not know.
READ_ERRORS: Final = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Found:
    """One file of the export: the name it has here, its size in bytes, and how to get its bytes.

    `read` raises one of READ_ERRORS.
    """

    name: str
    size: int
    read: Callable[[], bytes]


def find(path: Path) -> tuple[str, Mapping[str, Found]]:
    """Give the session's name and its files under their proper names, as many as there are.

    Raises SessionError where there is no session, saying where one might be.
    """
    try:
        if path.is_dir():
            return path.resolve().name, _in_folder(path)
        if path.is_file():
            return path.stem, _in_zip(path)
    except OSError as error:
        raise SessionError(f"{path} cannot be opened: {error.strerror or error}") from error
    raise SessionError(f"{path} does not exist; give the folder or the .zip of an E4 session")


def _in_folder(path: Path) -> Mapping[str, Found]:
    entries = sorted(path.iterdir())
    found = _proper_names(
        Found(entry.name, entry.stat().st_size, entry.read_bytes) for entry in entries if entry.is_file()
    )
    if not found.keys() & FILES.values():
        below = [entry.name for entry in entries if entry.is_dir() and _has_stream(entry)]
        raise SessionError(_nothing(path, below))
    return found


def _has_stream(folder: Path) -> bool:
    return any(_proper_name(entry.name) in FILES.values() for entry in folder.iterdir())


def _in_zip(path: Path) -> Mapping[str, Found]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except READ_ERRORS as error:
        raise SessionError(
            f"{path} is not a .zip that can be opened ({error}); give the folder or the .zip of an E4 session"
        ) from error
    folders: dict[str, list[Found]] = {}
    for info in members:
        inside = PurePosixPath(info.filename)
        if not info.is_dir() and "__MACOSX" not in inside.parts:
            file = Found(inside.name, info.file_size, partial(_unzipped, path, info))
            folders.setdefault(str(inside.parent), []).append(file)
    sessions = {name: _proper_names(files) for name, files in sorted(folders.items())}
    sessions = {name: found for name, found in sessions.items() if found.keys() & FILES.values()}
    if len(sessions) != 1:
        raise SessionError(_nothing(path, list(sessions)))
    return next(iter(sessions.values()))


def _unzipped(path: Path, info: zipfile.ZipInfo) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(info)


def _nothing(path: Path, below: list[str]) -> str:
    if below:
        return f"{path} is not a session, but holds {', '.join(below[:5])}; give one of them"
    return f"{path} holds none of {', '.join(FILES.values())}; give the folder or the .zip of an E4 session"


def _proper_name(name: str) -> str | None:
    """Undo a renaming: tags_S01.csv, acc.csv and "BVP (1).csv" occur."""
    for ours in OURS:
        stem = re.escape(ours.removesuffix(".csv"))
        if re.fullmatch(rf"{stem}([ _.(-].*)?\.csv", name, re.IGNORECASE):
            return ours
    return None


def _proper_names(files: Iterable[Found]) -> Mapping[str, Found]:
    found: dict[str, Found] = {}
    for file in files:
        ours = _proper_name(file.name)
        if ours and (ours not in found or file.name == ours):
            found[ours] = file
    return found
