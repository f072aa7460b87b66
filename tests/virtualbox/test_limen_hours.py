"""Three wearers in the installed unit, at life's pace and in its sandbox: nothing that the process holds grows.

LIMEN_SOAK is how many minutes to play once it has settled (`make soak`). tests/soak plays many more hours in less
time, of the same daemon outside of its unit.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

import pytest

from tests.virtualbox.installed import SESSIONS, Unit

pytestmark = pytest.mark.trial  # it takes as long as it says

MINUTES: Final = float(os.environ.get("LIMEN_SOAK", "10"))
SETTLED_S: Final = 900.0  # by then every ring has been full once
EVERY_S: Final = 30.0
CONFIG: Final = """osc: {targets: [{host: 127.0.0.1}]}
recorder: {reserve: 50 MB}
wearers:
  - {number: 1, source: simulated}
  - {number: 2, source: simulated}
  - {number: 3, source: simulated}
"""
LARGEST_KB: Final = 64 * 1024  # for one wearer; three may hold no more
# Seen of an allocator: 1.3 MB in the 21 minutes after it had settled, 0.2 MB in the 84 after those. Over an hour of
# three wearers thirty bytes a packet would show.
GROWTH_KB: Final = 4096


def held(unit: Unit) -> tuple[int, int, int]:
    """What the daemon's process holds: KB resident, open descriptors, threads."""
    proc = f"/proc/{unit.show('MainPID')}"
    count = f"grep VmRSS {proc}/status | tr -dc 0-9; echo; ls {proc}/fd | wc -l; ls {proc}/task | wc -l"
    said = unit.box.run(count)
    rss, fds, threads = map(int, said.split())
    return rss, fds, threads


def test_nothing_grows(unit: Unit, record_property: Callable[[str, object], None]) -> None:
    unit.configure(CONFIG)
    unit.start()
    unit.wait_for("linked")
    unit.ask("/limen/box/start")
    unit.wait_for("playing")
    time.sleep(SETTLED_S)
    samples = [held(unit)]
    ends = time.monotonic() + MINUTES * 60
    while time.monotonic() < ends:
        time.sleep(EVERY_S)
        samples.append(held(unit))
    rows = int(unit.box.run(f"cat {SESSIONS}/*/BVP.csv | wc -l"))
    for name, values in zip(("rss_kb", "fds", "threads"), zip(*samples, strict=True), strict=True):
        print(f"{name}: {' '.join(map(str, values[:: max(1, len(values) // 10)]))}; {values[-1]} at last")
        record_property(name, (values[0], values[-1]))
    print(f"{rows} samples of pulse recorded")
    assert unit.state() == "playing"
    assert unit.show("NRestarts") == "0"
    first, last = samples[0], samples[-1]
    assert max(rss for rss, _, _ in samples) < LARGEST_KB
    assert last[0] - first[0] < GROWTH_KB
    half = samples[: len(samples) // 2 + 1]
    for place, name in ((1, "descriptors"), (2, "threads")):
        assert last[place] <= max(each[place] for each in half), name
