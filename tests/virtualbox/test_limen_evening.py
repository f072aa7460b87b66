"""A whole evening with the installed unit, as a performer has it: on lights, at the laptop, on the card.

A virtual band plays a real session through BlueZ; the laptop is on the box's Wi-Fi.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.virtualbox import access_point
from tests.virtualbox.access_point import ADDRESS, PSK, SSID
from tests.virtualbox.bands import Band
from tests.virtualbox.box import Box
from tests.virtualbox.installed import UNIT, Unit
from tests.virtualbox.laptop import Listener

SESSION = Path("Stress-Predict-Dataset") / "S06"
CONFIG = """osc:
  targets: [{{host: {host}}}]
recorder: {{reserve: 50 MB}}
calibration: {{seconds: 20 s}}
"""
BEATS = "/limen/1/trig/pulse"
HOLD_S = 4.5  # 3 s are asked for


@pytest.fixture(scope="module")
def hall(unit: Unit) -> tuple[Unit, Listener]:
    """The unit, off, with a laptop on its Wi-Fi that listens."""
    laptop = unit.box.laptop
    access_point.open_network(unit.box)
    lease = laptop.join(SSID, PSK)
    unit.configure(CONFIG.format(host=lease.ip))
    return unit, laptop.listen(9000)


def heard(listener: Listener, address: str) -> int:
    return len(listener.messages(address))


def more(box: Box, listener: Listener, address: str) -> None:
    """It is heard again from now on."""
    before = heard(listener, address)
    box.wait_for(f"more of {address}", lambda: heard(listener, address) > before + 1)


def test_a_killed_bluetoothd_costs_a_moment(hall: tuple[Unit, Listener], band: Band, recordings: Path) -> None:
    unit, laptop = hall
    band.wear(recordings / SESSION, seconds=120)
    band.power_on()
    unit.start()
    unit.wait_for("linked")
    unit.box.laptop.send(ADDRESS, 9001, "/limen/box/start")
    unit.wait_for("playing")
    unit.box.run("systemctl kill --signal=KILL bluetooth")
    unit.box.wait_for("the loss", lambda: "playing-lost" in unit.box.journal(UNIT))
    unit.wait_for("playing")
    more(unit.box, laptop, BEATS)
    unit.ask("/limen/box/stop")
    band.power_off()
    unit.wait_for("searching")
    unit.gesture("start", HOLD_S, "forget")
    unit.box.wait_for("forgetting", lambda: not unit.kept()["bands"])
    unit.stop()


def test_an_evening(
    hall: tuple[Unit, Listener],
    make_band: Callable[..., Band],
    recordings: Path,
    tmp_path: Path,
) -> None:
    unit, laptop = hall
    box, band, before, beats = unit.box, make_band(), set(unit.recorded()), heard(laptop, BEATS)
    band.wear(recordings / SESSION, seconds=600)

    unit.start()  # as at power-on
    unit.wait_for("searching")
    unit.shows(power="lit", link="flashes or blinks", play="dark")  # looking; or asking for the band's button
    box.wait_for("a request for the button", lambda: "press its button" in box.journal(UNIT))

    band.power_on()
    unit.wait_for("linked")
    unit.shows(power="lit", link="lit", play="dark")
    box.wait_for("the link", lambda: laptop.messages("/limen/1/link")[-1].arguments == ("1",))
    assert heard(laptop, BEATS) == beats, "nothing is sent before START but status"

    unit.gesture("mark", HOLD_S, "calibrate")
    unit.wait_for("calibrating")
    unit.wait_for("linked")
    kept = unit.kept()
    assert kept["calibrations"]["1"]["pose"] is not None
    assert kept["bands"]["1"]["name"].startswith("Empatica E4")

    unit.gesture("start", 0.2, "start")
    unit.wait_for("playing")
    unit.shows(power="lit", link="lit", play="lit")
    more(box, laptop, BEATS)
    unit.shows(bvp="flashes or blinks")  # the pulse's bit itself
    box.wait_for("that to be kept", lambda: unit.kept()["playing"])

    unit.gesture("mark", 0.2, "mark")
    box.wait_for("the mark", lambda: any(m.arguments == ("1",) for m in laptop.messages("/limen/1/mark")))

    band.walk_away()
    unit.wait_for("playing-lost")
    unit.shows(play="gaps")
    assert laptop.messages("/limen/1/link")[-1].arguments == ("0",)
    band.come_back()
    unit.wait_for("playing")
    more(box, laptop, BEATS)

    unit.gesture("start", 0.2, "start")
    unit.wait_for("linked")
    last = {m.address: m.arguments for m in laptop.messages() if m.address.startswith("/limen/1/gate/")}
    assert set(last.values()) == {("0",)}, "every gate was closed"
    box.wait_for("that to be kept", lambda: not unit.kept()["playing"])

    unit.gesture("start", 0.2, "start")
    unit.wait_for("playing")
    more(box, laptop, BEATS)
    first, second = sorted(set(unit.recorded()) - before)
    box.wait_for("a second recording", lambda: box.run(f"ls /var/lib/limen/sessions/{second}/BVP.csv", check=False))
    sessions = [unit.session(name, tmp_path) for name in (first, second)]
    assert len(sessions[0].tags) == 1
    assert all(session.duration_s > 0 for session in sessions)

    states = [message.arguments[0] for message in laptop.messages("/limen/box/state")]
    told = [name for place, name in enumerate(states) if states[place - 1 : place] != [name]]
    begun = len(told) - told[::-1].index("searching") - 1
    assert told[begun:] == [
        *("searching", "linked", "calibrating", "linked", "playing", "playing-lost", "playing", "linked", "playing")
    ]
    journal = box.journal(UNIT)
    assert "Traceback" not in journal
    for words in ("wearer 1: looking for the band", "Gesture: calibrate.", "wearer 1: the link broke"):
        assert words in journal

    box.press("power", HOLD_S)
    box.wait_off()
