"""Erasing for good, as far as a flash card lets anybody."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from limen.box.files import sync_folder
from limen.box.sessions.rights import remedy
from limen.errors import SessionError
from limen.outlets.recorder import is_being_written

WHAT_FOR_GOOD_MEANS: Final = (
    "Erased: no program can open it any more, and no power cut brings it back. A flash card may still hold the "
    "bytes in cells it has set aside, until it writes over them; --discard asks it to drop them, and only "
    "destroying the card is certain."
)


def erase(session: Path) -> None:
    """Remove a session's files and folder, and put that on the card.

    SessionError if it cannot be; a folder with other folders in it is more than a session, and stays whole.
    """
    if is_being_written(session):
        raise SessionError(f"{session.name} is being recorded; stop playing first")
    try:
        with os.scandir(session) as entries:
            is_folder = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
        if more := [name for name, is_one in is_folder.items() if is_one]:
            raise SessionError(f"{session} holds {more[0]}, which is no session's; move it away first")
        for name in is_folder:
            (session / name).unlink()
        session.rmdir()
        sync_folder(session.parent)
    except OSError as error:
        todo = remedy(error, "look at the card")
        raise SessionError(f"{session}: cannot be erased ({error.strerror}); {todo}") from error


def discard(folder: Path) -> None:
    """Ask the card to drop what is erased on the file system of `folder`. SessionError where it does not."""
    program = shutil.which("fstrim", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if program is None:
        raise SessionError("there is no fstrim here, so nothing was discarded; install util-linux")
    mount = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.is_mount())
    done = subprocess.run([program, str(mount)], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"fstrim ended with {done.returncode}"
        raise SessionError(f"{mount}: was not discarded ({reason}); it needs root and a card that can")
