"""A session as one .zip, laid out as the vendor's downloads were, and read back before it counts as there."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path
from typing import IO, Final

from limen.box.files import sync_folder
from limen.errors import SessionError
from limen.outlets.recorder import is_being_written

CHUNK_BYTES: Final = 1 << 20


def export(session: Path, to: Path) -> Path:
    """Write `session` as a .zip into the folder `to`, compare it with the session, and return its path.

    Nothing is overwritten, and until it has been compared it is named as a part. SessionError where it cannot be.
    """
    target = to / f"{session.name}.zip"
    part = to / f".{session.name}.zip.part"
    if is_being_written(session):
        raise SessionError(f"{session.name} is being recorded; stop playing first")
    if target.exists():
        raise SessionError(f"{target} is there already; move it away, or name another folder with --to")
    try:
        digests = _write(part, sorted(path for path in session.iterdir() if path.is_file()))
        if _digests(part) != digests:
            raise SessionError(f"{to}: what was written is not what can be read from it; use another stick")
        part.rename(target)
        sync_folder(to)
    except (OSError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SessionError(f"{to}: {session.name} cannot be exported ({reason}); name another with --to") from error
    finally:
        _remove(part)
    return target


def _write(part: Path, files: list[Path]) -> dict[str, str]:
    digests: dict[str, str] = {}
    with part.open("wb") as out:
        with zipfile.ZipFile(out, "w") as archive:
            for path in files:
                # A box without a clock may have made files in 1970, which a .zip cannot say.
                info = zipfile.ZipInfo.from_file(path, path.name, strict_timestamps=False)
                info.compress_type = zipfile.ZIP_DEFLATED
                with path.open("rb") as source, archive.open(info, "w") as member:
                    digests[path.name] = _copy(source, member)
        out.flush()
        os.fsync(out.fileno())
        # What is compared shall come from the stick and not from memory.
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(out.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return digests


def _digests(part: Path) -> dict[str, str]:
    with zipfile.ZipFile(part) as archive:
        found = {}
        for info in archive.infolist():
            with archive.open(info) as member:
                found[info.filename] = _copy(member, None)
        return found


def _copy(source: IO[bytes], to: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK_BYTES):
        digest.update(chunk)
        if to is not None:
            to.write(chunk)
    return digest.hexdigest()


def _remove(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return  # a stick that was pulled takes it along
