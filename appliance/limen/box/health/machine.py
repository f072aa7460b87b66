"""The files in which a kernel says how it is; with another root, a test's folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MB: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class FileSystem:
    """What holds a folder: space for ordinary users in MB, and whether it refuses to be written."""

    free_mb: float
    read_only: bool


def file_system(folder: Path) -> FileSystem:
    """Return what holds `folder`, or would hold it. Raises OSError."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    found = os.statvfs(folder)
    # Says so for a mount that is read-only, and for a file system that became so after an error.
    return FileSystem(found.f_bavail * found.f_frsize / MB, bool(found.f_flag & os.ST_RDONLY))


@dataclass(frozen=True, slots=True)
class Machine:
    """Reads small files below `root`, by their path without the leading slash; what cannot be read is None."""

    root: Path = Path("/")
    file_system: Callable[[Path], FileSystem] = file_system

    def path(self, name: str) -> Path:
        """Where this file or folder is."""
        return self.root / name

    def has(self, name: str) -> bool:
        """Whether there is such a file or folder, as far as may be seen."""
        return os.path.exists(self.root / name)  # noqa: PTH110  (Path.exists raises where it may not look)

    def text(self, name: str) -> str | None:
        """What a file says, without the space around it."""
        try:
            return (self.root / name).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:  # not offered here; or an attribute of a thing that is switched off
            return None

    def number(self, name: str, base: int = 10) -> int | None:
        """The whole number in a file."""
        try:
            return int(self.text(name) or "", base)
        except ValueError:
            return None

    def names(self, folder: str) -> tuple[str, ...]:
        """What is in a folder, in order."""
        try:
            return tuple(sorted(os.listdir(self.root / folder)))  # noqa: PTH208  (names are wanted, not paths)
        except OSError:
            return ()
