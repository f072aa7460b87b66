"""Power cuts of the installed unit while it plays or boots: what it recorded, what was set, that it plays on."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

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
_FLICKERS: Final = (1, 2, 2, 3)
"""How many boots in a row are cut off before one is let come to its end."""
_BOOT_S: Final = 35.0  # from power to playing, under emulation
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
    """One cycle of a unit that plays, and plays again afterwards; see cuts.cut.

    Who pulled a plug by mistake may do so again: boots are cut off, too, at any moment of theirs.
    """
    began, unit = time.monotonic(), Unit(box)
    session, settings = _set(unit, chance)
    with _watched(box, session) as watched:
        time.sleep(chance.uniform(_LEAST_S, _MOST_S))
        box.cut_power()
    acknowledged = _safe(watched)
    on_disk = cuts.look(box, lambda disk: _rows(disk, session))
    again = chance.choice(_FLICKERS)
    for _ in range(again):
        box.flicker(chance.uniform(0.0, _BOOT_S))
        on_disk = min(on_disk, cuts.look(box, lambda disk: _rows(disk, session)))
    box.power_on()
    system = cuts.system(box)
    after = int(box.run(f"wc -l < {session}"))
    unit.wait_for("playing")
    took, same = time.monotonic() - began, _same(unit.kept(), settings)
    return Cut(acknowledged, on_disk, after, system, took, settings=same, pulled=1 + again)


def _set(unit: Unit, chance: random.Random) -> tuple[str, dict[str, Any]]:
    """Set and save a threshold of a unit that plays; what it records, and what it keeps then."""
    box = unit.box
    unit.wait_for("playing")
    session = box.wait_for("a recording", lambda: box.run(f"ls -1dt {SESSIONS}/*/BVP.csv", check=False).split())[0]
    set_to = round(chance.uniform(*_SENSITIVITY), 3)
    unit.ask("/limen/1/gate/rise/sensitivity", "f", set_to)
    unit.ask("/limen/box/save")
    box.wait_for("settings on the card", lambda: _sensitivity(unit) == set_to)
    return session, unit.kept()


@contextmanager
def _watched(box: Box, session: str) -> Iterator[list[str]]:
    """What the recording grows to, line by line as `uptime rows`; all of it once the block has ended."""
    seen = f"while :; do echo $(cut -d ' ' -f 1 /proc/uptime) $(wc -l < {session}); sleep 0.1; done"
    with box.shell.start(seen) as watcher:
        assert watcher.stdout is not None
        lines = [watcher.stdout.readline().decode()]
        yield lines
        watcher.kill()
        lines += watcher.stdout.read().decode().splitlines()


def _safe(watched: list[str]) -> int:
    """The rows that were there a while before the end, when what was younger might go."""
    rows = [(float(at), int(count)) for at, count in (line.split() for line in watched if line.count(" ") == 1)]
    return max((count for at, count in rows if at < rows[-1][0] - MAY_GO_S), default=0)


def _rows(disk: Disk, session: str) -> int:
    return (disk.read(session) or b"").count(b"\n")


def _same(kept: dict[str, Any], settings: dict[str, Any]) -> bool:
    return all(kept[key] == settings[key] for key in ("gates", "calibrations", "bands", "marks"))


def _sensitivity(unit: Unit) -> float | None:
    gates = unit.kept()["gates"].get("1", {})
    found = gates.get("rise", {}).get("sensitivity")
    return None if found is None else round(found, 3)
