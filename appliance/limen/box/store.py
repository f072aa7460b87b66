"""Keeps what must survive a power cut: one file, replaced whole, and the one before it."""

from __future__ import annotations

import json
import logging
import threading
import zlib
from pathlib import Path
from typing import Any, Final

from limen.box.files import write_whole
from limen.box.kept import VERSION, Kept, as_json, from_json
from limen.errors import LimenError

log = logging.getLogger(__name__)

FILE: Final = "kept.json"
BEFORE: Final = "kept.before.json"
LARGEST_BYTES: Final = 1 << 20  # sixteen wearers with everything changed are 40 kB
_UNREADABLE: Final = (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)


class Store:
    """What is kept, in `folder`, which is made when first needed. May be used from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def load(self) -> Kept:
        """What was kept last, or before that if the newest cannot be read, or nothing; never raises."""
        with self._lock:
            for name in (FILE, BEFORE):
                path = self._folder / name
                try:
                    return _read(path)
                except FileNotFoundError:
                    continue
                except _UNREADABLE as error:
                    log.warning("%s: cannot be used (%s); going on with what was kept before it", path, error)
        return Kept()

    def save(self, kept: Kept) -> None:
        """Keep this. When it returns, a power cut does no harm to it; that takes as long as the card takes.

        Raises LimenError, with what was kept before still there, where it cannot be written.
        """
        said = as_json(kept)
        data = {"version": VERSION, "crc32": _crc32(said), "kept": said}
        with self._lock:
            try:
                text = json.dumps(data, indent=1, allow_nan=False) + "\n"
                self._folder.mkdir(parents=True, exist_ok=True)
                self._keep_before()
                write_whole(self._folder / FILE, text.encode())
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or str(error)
                raise LimenError(
                    f"{self._folder}: settings cannot be kept ({reason}); they hold until the box is switched off"
                ) from error

    def _keep_before(self) -> None:
        """Let the newest be the one before, too, if it is worth it; it stays in its place until it is replaced."""
        path, beside = self._folder / FILE, self._folder / f".{BEFORE}.new"
        try:
            _read(path)
            beside.unlink(missing_ok=True)
            beside.hardlink_to(path)
            beside.replace(self._folder / BEFORE)
        except _UNREADABLE:
            return  # nothing worth keeping, or nowhere to keep it: what comes now may still find its place


def _read(path: Path) -> Kept:
    with path.open("rb") as file:
        data = json.loads(file.read(LARGEST_BYTES))
    if data["version"] != VERSION:
        raise ValueError(f"it is of version {data['version']!r}, this is {VERSION}")
    if data["crc32"] != _crc32(data["kept"]):
        raise ValueError("it was damaged")
    return from_json(data["kept"])


def _crc32(said: Any) -> int:
    return zlib.crc32(json.dumps(said, sort_keys=True).encode())
