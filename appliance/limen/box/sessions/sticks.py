"""Which USB stick is there: what is mounted for writing from a disk that can be pulled out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from limen.errors import SessionError

OURS: Final = frozenset({"/", "/boot", "/boot/firmware", "/var", "/var/lib/limen"})
PUT_ONE_IN: Final = "put one in and mount it, or name a folder with --to"


@dataclass(frozen=True, slots=True)
class Mounts:
    """Where the kernel tells of mounts and of block devices."""

    table: Path = Path("/proc/mounts")
    blocks: Path = Path("/sys/class/block")


def stick(mounts: Mounts | None = None) -> Path:
    """Where the one USB stick is mounted. SessionError with none, or with several to choose from."""
    found = removable(mounts or Mounts())
    if not found:
        raise SessionError(f"no USB stick is mounted for writing; {PUT_ONE_IN}")
    if len(found) > 1:
        raise SessionError(
            f"there are {len(found)} USB sticks ({', '.join(map(str, found))}); choose one with --to"
        )
    return found[0]


def removable(mounts: Mounts) -> list[Path]:
    """Mount points, for writing, of removable or USB disks that the system itself does not run from."""
    rows = [line.split() for line in mounts.table.read_text("utf-8", "replace").splitlines()]
    mounted = [(row[0], _unescaped(row[1]), row[3].split(",")) for row in rows if len(row) > 3]
    disks = {device: disk for device, _, _ in mounted if (disk := _disk(mounts.blocks, device)) is not None}
    system = {disks[device] for device, where, _ in mounted if where in OURS and device in disks}
    found: dict[str, Path] = {}
    for device, where, options in mounted:
        disk = disks.get(device)
        if disk is not None and disk not in system and "rw" in options and _can_be_pulled(disk):
            found.setdefault(device, Path(where))
    return list(found.values())


def _disk(blocks: Path, device: str) -> Path | None:
    """The whole disk of a partition, as the kernel's folder of it."""
    if not device.startswith("/dev/"):
        return None
    node = (blocks / Path(device).resolve().name).resolve()
    if not node.is_dir():
        return None
    return node.parent if (node / "partition").exists() else node


def _can_be_pulled(disk: Path) -> bool:
    try:
        flag = (disk / "removable").read_text().strip()
    except OSError:
        flag = "0"
    # An SSD on USB says that it is not removable; its wire says otherwise.
    return flag == "1" or any(re.fullmatch(r"usb\d+", part) for part in disk.parts)


def _unescaped(text: str) -> str:
    """Undo the table's octal escapes: a space in a name is there as a backslash and 040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
