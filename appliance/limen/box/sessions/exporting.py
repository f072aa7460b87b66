"""A session as one .zip, laid out as the vendor's downloads were, and read back before it counts as there."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Final, NamedTuple

from limen.box.files import sync_folder
from limen.box.sessions.rights import remedy
from limen.errors import SessionError
from limen.inlets.source import READ_ERRORS
from limen.outlets.recorder import is_being_written

CHUNK_BYTES: Final = 1 << 20


class Exported(NamedTuple):
    """Where a session is on the stick, and whether it was there before, the same to the last byte."""

    path: Path
    was_there: bool


def export(session: Path, to: Path) -> Exported:
    """Write `session` as a .zip into the folder `to` and compare it with the session.

    Nothing is overwritten, and until it has been compared it is named as a part. SessionError where it cannot be.
    """
    target = to / f"{session.name}.zip"
    part = to / f".{session.name}.zip.part"
    if is_being_written(session):
        raise SessionError(f"{session.name} is being recorded; stop playing first")
    files = _files(session)
    try:
        if target.exists():
            if _holds(target, files):
                return Exported(target, was_there=True)
            raise SessionError(
                f"{target} is there already, and not the same; move it away, or name another folder with --to"
            )
        digests = _write(part, files)
        if _digests(part) != digests:
            raise SessionError(f"{to}: what was written is not what can be read from it; use another stick")
        part.rename(target)
        sync_folder(to)
    except READ_ERRORS as error:
        reason = getattr(error, "strerror", None) or str(error)
        todo = remedy(error, "name another with --to")
        raise SessionError(f"{to}: {session.name} cannot be exported ({reason}); {todo}") from error
    finally:
        _remove(part)
    return Exported(target, was_there=False)


def _files(session: Path) -> list[Path]:
    try:
        return sorted(path for path in session.iterdir() if path.is_file())
    except OSError as error:
        raise _unreadable(session, error) from error


def _unreadable(path: Path, error: OSError) -> SessionError:
    todo = remedy(error, "look at the card, and copy by hand what can be read")
    return SessionError(f"{path}: cannot be read ({error.strerror}); {todo}")


def _holds(target: Path, files: list[Path]) -> bool:
    try:
        there = _digests(target)
    except READ_ERRORS:
        return False
    return there.keys() == {path.name for path in files} and all(
        there[path.name] == _copy(_chunks(path), None) for path in files
    )


def _write(part: Path, files: list[Path]) -> dict[str, str]:
    digests: dict[str, str] = {}
    with part.open("wb") as out:
        with zipfile.ZipFile(out, "w") as archive:
            for path in files:
                # A box without a clock may have made files in 1970, which a .zip cannot say.
                info = zipfile.ZipInfo.from_file(path, path.name, strict_timestamps=False)
                info.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(info, "w") as member:
                    digests[path.name] = _copy(_chunks(path), member)
        out.flush()
        os.fsync(out.fileno())
        # What is compared shall come from the stick and not from memory.
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(out.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return digests


def _digests(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        found = {}
        for info in archive.infolist():
            with archive.open(info) as member:
                found[info.filename] = _copy(iter(partial(member.read, CHUNK_BYTES), b""), None)
        return found


def _chunks(path: Path) -> Iterator[bytes]:
    """What a session's file holds. Raises SessionError, so that the stick is not blamed for it."""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise _unreadable(path, error) from error


def _copy(chunks: Iterable[bytes], to: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        if to is not None:
            to.write(chunk)
    return digest.hexdigest()


def _remove(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return  # a stick that was pulled takes it along
