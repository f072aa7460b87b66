"""Whether the program before this one failed: a file in memory that only an orderly end takes away.

It goes with the power, so that a plug that was pulled is no failure, and systemd keeps its folder while it starts
the daemon again (RuntimeDirectoryPreserve=restart).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

FILE: Final = "alive"
TELL_S: Final = 600.0
"""How long a failure is told: long enough to be seen between two pieces, and no longer than anybody cares."""


def runtime_folder() -> Path | None:
    """The service's runtime directory; None where nobody starts the program again."""
    given = os.environ.get("RUNTIME_DIRECTORY")
    return Path(given.split(":")[0]) if given else None


def begin(folder: Path | None) -> bool:
    """Say that the program runs; true if the one before it did not end in order, as far as `folder` can tell."""
    if folder is None:
        return False
    file = folder / FILE
    try:
        failed = file.exists()
        file.touch()
    except OSError:
        return False
    return failed


def end(folder: Path | None) -> None:
    """Say that it ends in order."""
    if folder is not None:
        (folder / FILE).unlink(missing_ok=True)
