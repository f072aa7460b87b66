"""The card: folders that text is appended to, and the one call that puts it beyond the reach of power cuts.

Everything here blocks for as long as the card likes, and raises OSError.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
from io import FileIO
from pathlib import Path
from typing import Final

INFO_FILE: Final = "info.txt"
MB: Final = 1_000_000
PIECE_BYTES: Final = 1 << 16  # a card with little room refuses all of a large piece, and takes small ones

_syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def free_mb(folder: Path) -> float:
    """Free space for ordinary users where `folder` is or would be, in MB."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize / MB


class Folder:
    """A recording's folder, new; held by a lock until it is closed, so that nobody erases what is being written."""

    def __init__(self, path: Path, info: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir()
        self.path = path
        self._files: dict[str, FileIO] = {}
        self.append(INFO_FILE, info)
        fcntl.flock(self._files[INFO_FILE], fcntl.LOCK_EX | fcntl.LOCK_NB)

    def touch(self, name: str) -> None:
        """Let there be a file, if an empty one."""
        if name not in self._files:
            self._files[name] = (self.path / name).open("xb", buffering=0)

    def append(self, name: str, text: str) -> None:
        """Append to a file, all of it."""
        self.touch(name)
        data = memoryview(text.encode())
        while data:
            data = data[self._files[name].write(data[:PIECE_BYTES]) :]

    def sync(self, name: str) -> None:
        """Put one file on the card."""
        os.fsync(self._files[name].fileno())

    def sync_all(self) -> None:
        """Put everything on the card.

        One commit of the whole file system's journal: a sync of each file is a commit of its own, and a dozen
        files of several people would keep the card busy for longer than the second that may be lost.
        """
        if _syncfs is None:
            for name in self._files:
                self.sync(name)
        elif _syncfs(self._files[INFO_FILE].fileno()):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(self.path))

    def close(self) -> None:
        """Close all files, whatever the card says to it."""
        for file in self._files.values():
            try:
                file.close()
            except OSError:
                continue


def is_being_written(folder: Path) -> bool:
    """Whether a recorder holds this folder now."""
    try:
        with (folder / INFO_FILE).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
