"""The installed unit in trouble: full, out of time, wrongly configured. What it does in time is in test_limen_pace.

One simulated wearer plays throughout; bands and radios have their own tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from limen.gates import Edge, Engine
from limen.gates.lines import as_json
from limen.inlets.simulated import SimulatedWearer
from limen.outlets.recorder.text import EDGES_FILE
from tests.virtualbox.box import Box
from tests.virtualbox.installed import SESSIONS, UNIT, Unit
from tests.virtualbox.laptop import Listener

pytestmark = pytest.mark.trial  # minutes that CI has not

PORT = 9000
CONFIG = f"""osc:
  targets: [{{host: 127.0.0.1, port: {PORT}}}]
recorder: {{reserve: 50 MB}}
wearers: [{{number: 1, source: simulated, seed: 5}}]
"""
BEST_SCORE = 1.4
LARGEST_KB = 64 * 1024  # for one wearer


@pytest.fixture(scope="module")
def told(unit: Unit) -> Listener:
    """What a receiver of the unit's OSC hears."""
    return unit.box.listen(PORT)


@pytest.fixture
def playing(unit: Unit, told: Listener) -> Iterator[Unit]:
    """The unit, playing."""
    if unit.state() != "playing":
        unit.configure(CONFIG)
        unit.start()
        unit.wait_for("linked")
        unit.ask("/limen/box/start")
        unit.wait_for("playing")
    return unit


def pulses(told: Listener) -> int:
    return len(told.messages("/limen/1/trig/pulse"))


def goes_on(box: Box, told: Listener) -> None:
    """Beats are heard that were not heard before."""
    before = pulses(told)
    box.wait_for("beats", lambda: pulses(told) > before + 1)


def test_it_is_sandboxed_as_promised_and_says_how_it_stands(playing: Unit) -> None:
    box = playing.box
    said = box.run(f"systemd-analyze security --no-pager {UNIT} 2>&1 | tail -1")
    found = re.search(r"exposure level for limen.service: ([\d.]+)", said)
    assert found, said
    assert float(found[1]) <= BEST_SCORE
    assert 'Status: "playing, 1 of 1 bands' in box.run(f"systemctl status --no-pager {UNIT}")
    assert box.run(f"ps -o user= -p {playing.show('MainPID')}").strip() == "limen"
    assert "no buttons and LEDs" not in box.journal(UNIT)
    found = re.search(r"VmRSS:\s+(\d+) kB", box.run(f"cat /proc/{playing.show('MainPID')}/status"))
    assert found
    print(f"RSS {int(found[1])} kB with one simulated wearer")
    assert int(found[1]) < LARGEST_KB


def test_its_doctor_tries_what_the_daemon_may_write_and_is_done_in_seconds(playing: Unit, told: Listener) -> None:
    def finds(words: str) -> None:
        """On a starved host it may give up asking."""

        def found() -> bool:
            said = json.loads(playing.box.run("/opt/venv/bin/limen doctor --json", check=False))
            (recordings,) = (check for check in said["checks"] if check["check"] == "recordings")
            print(recordings)
            return words in recordings["found"]

        playing.box.wait_for(words, found)

    finds("writable for the user limen")
    # Its user may write there, and its unit does not let it.
    playing.box.run("install -d -o limen -g limen /srv/sessions")
    playing.configure(CONFIG.replace("reserve: 50 MB", "reserve: 50 MB, folder: /srv/sessions"))
    finds("Read-only file system")
    playing.configure(CONFIG)


def test_a_wrong_configuration_is_refused_and_the_old_one_stays(playing: Unit, told: Listener) -> None:
    playing.configure(CONFIG.replace("reserve: 50 MB", "reserve: plenty"))
    playing.box.run(f"systemctl reload {UNIT}")
    playing.box.wait_for("refusal", lambda: "a new configuration is wrong" in playing.show("StatusText"))
    assert playing.state() == "playing"
    assert "recorder.reserve" in playing.box.journal(UNIT)
    playing.shows(power="blinks")
    goes_on(playing.box, told)
    playing.configure(CONFIG)
    playing.box.run(f"systemctl reload {UNIT}")
    playing.box.wait_for("acceptance", lambda: "configuration" not in playing.show("StatusText"))
    playing.shows(power="lit")
    running = playing.show("MainPID")
    playing.configure(CONFIG + "calibration: {seconds: 20 s}\n")
    playing.box.run(f"systemctl reload {UNIT}")
    playing.box.wait_for("a new life", lambda: playing.heard("(ready)") > 1)
    playing.wait_for("playing")
    assert (playing.show("SubState"), playing.show("MainPID")) == ("running", running)


def test_a_clock_that_steps_by_hours_changes_no_bit(playing: Unit, tmp_path: Path) -> None:
    box, before = playing.box, set(playing.recorded())
    # It was playing, so it plays from its first sample on, and what it records begins there.
    box.run(f"systemctl restart {UNIT}")
    playing.wait_for("playing")
    for step in ("+4 hours", "-8 hours", "+4 hours"):
        box.run("sleep 8")
        box.run(f"date -s '{step}'")
    box.run("sleep 8")
    playing.ask("/limen/box/stop")
    playing.wait_for("linked")
    (name,) = set(playing.recorded()) - before
    playing.box.wait_for("an end", lambda: playing.session(name, tmp_path / "early").duration_s > 24)
    session = playing.session(name, tmp_path)
    assert session.duration_s < 600
    written = (tmp_path / name / EDGES_FILE).read_text(encoding="utf-8").splitlines()
    engine, expected = Engine(1), []
    for _, samples in SimulatedWearer(5, 1).chunks():
        expected += [as_json(event) for event in engine.feed(samples) if isinstance(event, Edge)]
        if len(expected) >= len(written):
            break
    assert len(written) > 20
    assert [json.loads(line) for line in written] == json.loads(json.dumps(expected[: len(written)]))


def test_a_full_card_ends_the_recording_and_never_the_show(unit: Unit, told: Listener, tmp_path: Path) -> None:
    box = unit.box
    unit.stop()
    # A card of its own: a full root would trouble more than Limen.
    box.run("mount -t tmpfs -o size=120m,mode=0750,uid=limen,gid=limen tmpfs /var/lib/limen")
    try:
        unit.configure(CONFIG)
        unit.start()
        unit.wait_for("linked")
        unit.ask("/limen/box/start")
        unit.wait_for("playing")
        box.wait_for("a recording", lambda: box.run(f"ls {SESSIONS}/*/BVP.csv", check=False))
        box.run("fallocate -l 90M /var/lib/limen/other")
        box.wait_for("the fault", lambda: "the card is full" in unit.show("StatusText"))
        told.wait_for("/limen/box/faults", "card-full")
        assert unit.state() == "playing"
        unit.shows(power="blinks")
        goes_on(box, told)
        (name,) = unit.recorded()
        assert unit.session(name, tmp_path).duration_s > 0
    finally:
        unit.stop()
        box.run("umount /var/lib/limen")
