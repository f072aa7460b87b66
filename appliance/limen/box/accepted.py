"""The configuration that the box last ran with, kept beside its settings.

A file that was edited wrongly must not silence a box that played with the one before, also when the program or the
power begins anew.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from limen.box.config import Config, load_config
from limen.box.files import write_whole
from limen.errors import ConfigError

log = logging.getLogger(__name__)

FILE: Final = "kept.yaml"


def keep(file: Path, folder: Path) -> None:
    """Keep `file`, which was accepted, in `folder`; a card that does not take it costs a line in the log."""
    try:
        text, kept = file.read_bytes(), folder / FILE
        if not kept.is_file() or kept.read_bytes() != text:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(kept, text)
    except OSError as error:
        log.warning("%s: the configuration cannot be kept (%s); should it be broken, none holds", folder, error)


def last(file: Path, folder: Path) -> Config | None:
    """What was kept of `file` in `folder`; None if there is none, or it is not right for this version."""
    try:
        return load_config(folder / FILE, base=file.parent)
    except ConfigError:
        return None
