"""Where a box keeps things."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from limen.box.config import Config
from limen.box.health.machine import Machine
from limen.box.venue import CONFIG_FILE, PROGRAM, SETTINGS, STATE

MARKS: Final = (PROGRAM, SETTINGS)  # a machine with either is a box, or is to be one
SERVICE_STATE: Final = Path("/", STATE)  # StateDirectory=limen, for who logs in beside the service


def is_box(machine: Machine) -> bool:
    """Whether this is a provisioned box, and not a laptop."""
    return any(machine.has(mark) for mark in MARKS)


def own_config(machine: Machine) -> Path | None:
    """The file of a box's own configuration, whether it is there or not; None for a laptop, which has none."""
    return machine.path(CONFIG_FILE) if is_box(machine) else None


def state_folder() -> Path:
    """The service's state directory; on a machine that has none, the user's."""
    if given := os.environ.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    if SERVICE_STATE.is_dir():
        return SERVICE_STATE
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "limen"


def sessions_folder(config: Config) -> Path:
    """Where recordings go."""
    return config.recorder.folder or state_folder() / "sessions"
