"""The files in which a kernel says how it is; with another root, a test's folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MB: Final = 1_000_000
MOUNTS: Final = Path("/proc/self/mountinfo")
# Options with which ext4 says that it takes nothing more: after an error, and after being shut down.
GIVEN_UP: Final = frozenset({"emergency_ro", "shutdown"})


@dataclass(frozen=True, slots=True)
class FileSystem:
    """What holds a folder: space for ordinary users in MB, and whether it refuses to be written."""

    free_mb: float
    read_only: bool


def file_system(folder: Path, mounts: Path = MOUNTS) -> FileSystem:
    """Return what holds `folder`, or would hold it; `mounts` is the kernel's list of them. Raises OSError."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    found = os.statvfs(folder)
    # The flag is for a mount that is read-only; older kernels set it, too, for a file system that met an error.
    refuses = bool(found.f_flag & os.ST_RDONLY) or _given_up(folder.stat().st_dev, mounts)
    return FileSystem(found.f_bavail * found.f_frsize / MB, refuses)


def _given_up(device: int, mounts: Path) -> bool:
    """Whether the file system on a device is mounted for writing, and takes nothing after an error."""
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        listed = mounts.read_text(encoding="utf-8", errors="replace")
    except OSError:  # not offered here
        return False
    for line in listed.splitlines():
        mount, _, held = line.partition(" - ")
        if mount.split()[2] == number:
            return not GIVEN_UP.isdisjoint(held.split()[-1].split(","))
    return False


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
