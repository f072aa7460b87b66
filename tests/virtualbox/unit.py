"""A unit: the bare Debian after the technician's playbook, caught while it runs, with all that went into it."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.virtualbox import build, cache, live, machine
from tests.virtualbox.box import Box
from tests.virtualbox.machine import Snapshot
from tests.virtualbox.recipe import Variant
from tests.virtualbox.technician import PROVISIONING, Technician

NAME: Final = "first"
ADDRESS: Final = "192.168.4.1"
BROADCAST: Final = "192.168.4.255"
# More than the recorder keeps free.
DATA_MB: Final = 1024
# The power goes in the middle of the first run, again and again; what comes out of it is the unit of all tests.
CUT_AT: Final = ("base : Install them without a network", "storage : Lay out units", "app : Install the version")
INTO_IT_S: Final = 8.0
_DROP_IN: Final = "/run/systemd/system/limen.service.d"
_LOG: Final = "site.log"


@dataclass(frozen=True, slots=True)
class Made:
    """A unit that was made, in the cache: never written to."""

    folder: Path

    @property
    def log(self) -> str:
        """What the first run of the playbook printed."""
        return (self.folder / _LOG).read_text()

    def box(self) -> Box:
        """A box that `restore` makes this unit."""
        return Box(build.image(Variant.BARE), Snapshot(self.folder), watchdog=False)

    def technician(self, folder: Path) -> Technician:
        """Whoever made it, with the same secrets, in a folder of the test's own."""
        shutil.copytree(self.folder / "clone", folder / "clone")
        return Technician(folder)


def make() -> Made:
    """The unit of this checkout, provisioned if that is not in the cache."""
    live.caught(Variant.BARE)
    with tempfile.TemporaryDirectory() as folder:
        # A technician's clone: without what git ignores here.
        clone = Technician(Path(folder)).clone
        key = cache.key([live.live_key(Variant.BARE), *(clone / part for part in PROVISIONING), Path(__file__)])
    return Made(cache.get("unit", key, _provision))


def bare(disk: Path) -> Box:
    """A bare box with an empty second disk, switched off; `disk` is its first."""
    machine.new_disk(disk, live.caught(Variant.BARE).disk)
    return Box(build.image(Variant.BARE), disk=disk, data_mb=DATA_MB, watchdog=False)


def be_patient(box: Box) -> None:
    """Until the next boot the daemon may stand still as long as a starved emulator does."""
    box.run(f"mkdir -p {_DROP_IN} && printf '[Service]\\nWatchdogSec=0\\n' > {_DROP_IN}/patient.conf")
    box.run("systemctl daemon-reload && systemctl restart limen")


def _provision(out: Path) -> None:
    began = time.monotonic()
    _say("the bare Debian boots")
    with bare(out / machine.DISK) as box:
        box.power_on()
        technician = Technician(out)
        technician.bring_wheels(build.image(Variant.BARE).wheels)
        _say("the packages that it lacks")
        technician.play(box, NAME, book="debs.yml")
        said = ""
        for task in CUT_AT:
            _say(f"the playbook, until the plug is pulled: {task}")
            with technician.half_way(box, NAME, until=lambda so_far, task=task: f"[{task}]" in so_far) as log:
                time.sleep(INTO_IT_S)
                box.cut_power()
            said += log.read_text(errors="replace")
            box.power_on()
        _say("the playbook to its end, and a reboot")
        before = box.boot_id()
        (out / _LOG).write_text(said + technician.play(box, NAME).text)
        if box.boot_id() == before:
            # The last power cut was the reboot that was due; a unit is proven as it boots when all is there.
            box.run("systemctl reboot", check=False)
        box.wait_back(before)
        box.run("systemctl is-system-running --wait", check=False)
        box.run("sync")
        box.save()
    _say(f"done, after {time.monotonic() - began:.0f} s")


def _say(what: str) -> None:
    print(f"limen: {time.strftime('%H:%M:%S')} making a unit: {what}", file=sys.stderr, flush=True)
