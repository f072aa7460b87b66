"""A live box: the image booted with all its virtual hardware up, caught once and restored within seconds."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.virtualbox import build, cache, machine, recipe, sources
from tests.virtualbox.box import Box
from tests.virtualbox.machine import Snapshot
from tests.virtualbox.recipe import Variant

VENUE: Final = "/opt/venue"
PROGRAMS: Final = (
    "qemu-system-x86_64",
    "qemu-img",
    "mmdebstrap",
    "mke2fs",
    "e2fsck",
    "debugfs",
    "ssh",
    "ssh-keygen",
    "setpriv",
)
SPACE_MB: Final = 6000
_SBIN: Final = ("/usr/sbin", "/sbin")


def box(variant: Variant = Variant.FULL, processor: Sequence[str] = recipe.HURRIED) -> Box:
    """A box that can be restored or powered on; image and snapshot are built if they are not in the cache."""
    return Box(build.image(variant), caught(variant, processor), processor=processor)


def caught(variant: Variant, processor: Sequence[str] = recipe.HURRIED) -> Snapshot:
    """The live snapshot of `variant`, built if it is not in the cache."""
    build.image(variant)
    key = live_key(variant, processor)
    return Snapshot(cache.get(f"live-{variant}", key, lambda out: _catch(out, variant, processor)))


def live_key(variant: Variant, processor: Sequence[str] = recipe.HURRIED) -> str:
    """The key of all that goes into the snapshot of `variant`."""
    parts = (build.image_key(variant), build.HERE / "guest", build.HERE / "band")
    return cache.key([*parts, *recipe.MACHINE, *processor, recipe.KERNEL_LINE, machine.version()])


def why_not(variant: Variant = Variant.FULL) -> str | None:
    """Why this machine cannot run a box, and what to do about it, in one line; None if it can."""
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), *_SBIN])
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return f"the virtual box needs a Linux on x86-64, this is {platform.system()} on {platform.machine()}"
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"the virtual box needs {', '.join(missing)}: run tools/system-packages box as root"
    if cache.find(f"image-{variant}", build.image_key(variant)) is not None:
        return None
    if os.geteuid() != 0:
        return "the virtual box is not built yet, which needs root: sudo --preserve-env=HOME make box, once"
    existing = next(folder for folder in (cache.root(), *cache.root().parents) if folder.exists())
    if (free := shutil.disk_usage(existing).free // 2**20) < SPACE_MB:
        return (
            f"the virtual box needs {SPACE_MB} MB in {cache.root()}, {free} are free: "
            "make room there, or set XDG_CACHE_HOME"
        )
    try:
        sources.debian_sources(recipe.SUITE)
    except sources.NoSourcesError as error:
        return f"the virtual box: {error}"
    return None


def _catch(out: Path, variant: Variant, processor: Sequence[str]) -> None:
    print(
        f"limen: {time.strftime('%H:%M:%S')} building the virtual box: live snapshot", file=sys.stderr, flush=True
    )
    with Box(build.image(variant), disk=out / machine.DISK, processor=processor) as fresh:
        fresh.power_on()
        fresh.put(build.HERE / "guest", VENUE)
        fresh.put(build.HERE / "band", f"{VENUE}/band")
        fresh.run(f"mv {VENUE}/*.service /etc/systemd/system/ && systemctl daemon-reload")
        fresh.run("systemctl enable --now venue-hardware venue-bands")
        fresh.run("systemctl is-system-running --wait", check=False)
        if variant is Variant.FULL:
            fresh.wait_for(
                "powered Bluetooth", lambda: "Powered: yes" in fresh.run("bluetoothctl show", check=False)
            )
        fresh.run("sync")
        fresh.save()
