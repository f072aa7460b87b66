"""Power cuts: the emulator killed at a random moment, the disk looked at from outside, the box booted again."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.virtualbox import programs
from tests.virtualbox.box import Box
from tests.virtualbox.disk import Disk

STATE: Final = "/var/lib/venue-writer/state.json"
_LEAST_S, _MOST_S = 0.5, 4.0


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut: the last number that was called safe, the one on the disk, the one after booting again.

    `settings` says whether all settings that were called safe were there again, `pulled` how often the plug was
    pulled before a boot was let come to its end.
    """

    acknowledged: int
    on_disk: int
    after_boot: int
    system: str
    seconds: float
    settings: bool = True
    pulled: int = 1

    @property
    def kept(self) -> bool:
        """Nothing that was called safe is gone, what is there is whole, and the box came up in order."""
        safe = self.acknowledged <= self.on_disk == self.after_boot
        return safe and self.settings and self.system == "running"


def prepare(box: Box) -> None:
    """A fresh box that is on, with the writer in it and without the room's hardware, which only delays a boot."""
    box.restore()
    programs.lay_out(box)
    box.run("systemctl disable --now venue-bands venue-hardware && sync")


def cut(box: Box, chance: random.Random) -> Cut:
    """One cycle of a box that is on, and is on again afterwards: write, pull the plug, look at the disk, boot.

    Cycles follow each other on the same disk, so that damage adds up. Raises DiskError for a broken disk.
    """
    began = time.monotonic()
    with box.shell.start(f"python3 {programs.FOLDER}/writer.py") as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(chance.uniform(_LEAST_S, _MOST_S))
        box.cut_power()
        acknowledged = int(writer.stdout.read().split()[-1])
    on_disk = look(box, lambda disk: json.loads(disk.read(STATE) or b'{"n": -1}')["n"])
    box.power_on()
    after = json.loads(box.get(STATE))["n"]
    return Cut(acknowledged, on_disk, after, system(box), time.monotonic() - began)


def look(box: Box, at: Callable[[Disk], int]) -> int:
    """What is found on the disk of a box that is off, once that is whole. Raises DiskError."""
    disk = box.disk()
    try:
        disk.check()
        return at(disk)
    finally:
        disk.close()


def system(box: Box) -> str:
    """How systemd came up."""
    return box.run("systemctl is-system-running --wait", check=False).strip()
