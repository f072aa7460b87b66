"""Which USB stick is there: one that is mounted for writing, or one that root may mount for a while."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from limen.errors import SessionError

OURS: Final = frozenset({"/", "/boot", "/boot/firmware", "/var", "/var/lib/limen"})
PUT_ONE_IN: Final = "put one in, or name a folder with --to"
# Nothing on a stranger's stick is run, and nothing on it is a device.
OPTIONS: Final = "nosuid,nodev,noexec,noatime"


@dataclass(frozen=True, slots=True)
class Mounts:
    """Where the kernel tells of mounts and of block devices."""

    table: Path = Path("/proc/mounts")
    blocks: Path = Path("/sys/class/block")


@contextmanager
def stick(mounts: Mounts | None = None) -> Iterator[Path]:
    """Where the one USB stick is mounted; root mounts one that is not, until the block ends.

    When the block has ended all is on a stick that was mounted here, and it may be pulled out. SessionError with no
    stick, or with several to choose from.
    """
    mounts = mounts or Mounts()
    found = removable(mounts)
    if len(found) > 1:
        raise SessionError(
            f"there are {len(found)} USB sticks ({', '.join(map(str, found))}); choose one with --to"
        )
    if found:
        yield found[0]
        return
    waiting = unmounted(mounts)
    if not waiting:
        raise SessionError(f"no USB stick is there that can be written; {PUT_ONE_IN}")
    if len(waiting) > 1:
        raise SessionError(f"none of {', '.join(waiting)} is mounted; mount one and name its folder with --to")
    if os.geteuid() != 0:
        raise SessionError(f"the USB stick {waiting[0]} is not mounted, and only root may; say it with sudo")
    with _mounted(waiting[0]) as where:
        yield where


@contextmanager
def _mounted(device: str) -> Iterator[Path]:
    where = Path(tempfile.mkdtemp(prefix="limen-stick-"))
    try:
        if reason := _refused("mount", "-o", OPTIONS, device, str(where)):
            raise SessionError(
                f"{device} cannot be mounted ({reason}); mount it yourself and name its folder with --to"
            )
        yield where
    finally:
        _leave(device, where)


def _leave(device: str, where: Path) -> None:
    """Unmount what is mounted at `where` and remove that folder, never what is in it."""
    # A mount that was interrupted may be there or not. The kernel knows: it keeps a folder that is mounted on.
    with suppress(OSError):
        where.rmdir()
        return
    if reason := _refused("umount", str(where)):
        raise SessionError(
            f"{device} is still mounted at {where} ({reason}); "
            f"leave it in, close what uses it, then: sudo umount {where}"
        )
    where.rmdir()


def _refused(*command: str) -> str:
    """Run a program; why it failed, or nothing."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    return " ".join(done.stderr.split()) or f"{command[0]} ended with {done.returncode}"


def unmounted(mounts: Mounts) -> list[str]:
    """Partitions, and disks without any, of disks that can be pulled and of which nothing is mounted."""
    rows = mounts.table.read_text("utf-8", "replace").splitlines()
    used = {disk for row in rows if (disk := _disk(mounts.blocks, row.split(" ")[0])) is not None}
    nodes = sorted(mounts.blocks.iterdir()) if mounts.blocks.is_dir() else []
    found: dict[Path, list[str]] = {}
    for node in nodes:
        disk = _disk(mounts.blocks, f"/dev/{node.name}")
        if disk is not None and disk not in used and _can_be_pulled(disk) and _can_be_written(disk):
            found.setdefault(disk, []).append(node.name)
    return [
        f"/dev/{name}" for disk, names in found.items() for name in names if len(names) == 1 or name != disk.name
    ]


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


def _can_be_written(disk: Path) -> bool:
    """Not a disc, and not a reader without a card."""
    try:
        return int((disk / "size").read_text()) > 0 and int((disk / "ro").read_text()) == 0
    except (OSError, ValueError):
        return False


def _unescaped(text: str) -> str:
    """Undo the table's octal escapes: a space in a name is there as a backslash and 040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
