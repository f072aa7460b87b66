"""Power cuts of the installed unit while it plays: what it recorded, what was set, and that it plays on."""

from __future__ import annotations

import random
import time
from typing import Final

from tests.virtualbox import cuts
from tests.virtualbox.box import Box
from tests.virtualbox.cuts import Cut
from tests.virtualbox.disk import Disk
from tests.virtualbox.installed import SESSIONS, Unit

CONFIG: Final = """recorder: {reserve: 50 MB}
calibration: {seconds: 10 s}
wearers: [{number: 1, source: simulated}]
"""
MAY_GO_S: Final = 1.0
"""What is younger than this may go with the power."""
_LEAST_S, _MOST_S = 2.0, 6.0
_SENSITIVITY: Final = (0.5, 2.0)


def prepare(box: Box) -> None:
    """An installed unit that plays, with thresholds of its own, without the room's hardware."""
    box.restore()
    box.run("systemctl disable --now venue-bands venue-hardware")
    unit = Unit(box)
    unit.lay_out()
    unit.configure(CONFIG)
    unit.start()
    unit.wait_for("linked")
    unit.ask("/limen/box/calibrate")
    unit.wait_for("calibrating")
    unit.wait_for("linked")
    unit.ask("/limen/box/start")
    unit.wait_for("playing")
    box.run("sync")


def cut(box: Box, chance: random.Random) -> Cut:
    """One cycle of a unit that plays, and plays again afterwards; see cuts.cut."""
    began, unit = time.monotonic(), Unit(box)
    unit.wait_for("playing")
    session = box.wait_for("a recording", lambda: box.run(f"ls -1dt {SESSIONS}/*/BVP.csv", check=False).split())[0]
    set_to = round(chance.uniform(*_SENSITIVITY), 3)
    unit.ask("/limen/1/gate/rise/sensitivity", "f", set_to)
    unit.ask("/limen/box/save")
    box.wait_for("settings on the card", lambda: _sensitivity(unit) == set_to)
    settings = unit.kept()
    seen = f"while :; do echo $(cut -d ' ' -f 1 /proc/uptime) $(wc -l < {session}); sleep 0.1; done"
    with box.shell.start(seen) as watcher:
        assert watcher.stdout is not None
        watcher.stdout.readline()
        time.sleep(chance.uniform(_LEAST_S, _MOST_S))
        box.cut_power()
        lines = [line.split() for line in watcher.stdout.read().decode().splitlines()]
    rows = [(float(at), int(count)) for at, count in (line for line in lines if len(line) == 2)]
    acknowledged = max((count for at, count in rows if at < rows[-1][0] - MAY_GO_S), default=0)

    def whole_rows(disk: Disk) -> int:
        return (disk.read(session) or b"").count(b"\n")

    on_disk = cuts.look(box, whole_rows)
    box.power_on()
    system = cuts.system(box)
    after = int(box.run(f"wc -l < {session}"))
    unit.wait_for("playing")
    same = all(unit.kept()[key] == settings[key] for key in ("gates", "calibrations", "bands", "marks"))
    return Cut(acknowledged, on_disk, after, system, time.monotonic() - began, settings=same)


def _sensitivity(unit: Unit) -> float | None:
    gates = unit.kept()["gates"].get("1", {})
    found = gates.get("rise", {}).get("sensitivity")
    return None if found is None else round(found, 3)
