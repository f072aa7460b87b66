"""A box's disk seen from outside, after ext4 has replayed its journal: no mount, no root, on a copy."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

_CORRECTED: Final = 1


class DiskError(RuntimeError):
    """The file system is damaged beyond its journal, or does not hold what was asked for."""


class Disk:
    """A copy of the disk, brought up to date as the next boot would."""

    def __init__(self, overlay: Path, copy: Path) -> None:
        # A cut leaves the overlay's own reference counts behind; only leaks are forgiven, they lose nothing.
        _tool("qemu-img", "check", "-q", "-r", "leaks", str(overlay), good=(0, 3))
        _tool("qemu-img", "convert", "-O", "raw", str(overlay), str(copy))
        _tool("e2fsck", "-p", "-E", "journal_only", str(copy), good=(0, _CORRECTED))
        self._copy = copy

    def check(self) -> None:
        """Raises DiskError, with what e2fsck says, unless the file system is whole."""
        _tool("e2fsck", "-f", "-n", str(self._copy))

    def read(self, path: str) -> bytes | None:
        """A file's contents, or None if there is no such file."""
        if b"Type: regular" not in _tool("debugfs", "-R", f"stat {path}", str(self._copy)):
            return None
        return _tool("debugfs", "-R", f"cat {path}", str(self._copy))

    def close(self) -> None:
        """Throw the copy away."""
        self._copy.unlink(missing_ok=True)


def _tool(*command: str, good: tuple[int, ...] = (0,)) -> bytes:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode not in good:
        said = (done.stdout + done.stderr).decode(errors="replace").strip()
        raise DiskError(f"{command[0]} ended with {done.returncode}: {said}")
    return done.stdout
