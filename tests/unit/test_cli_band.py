"""`limen scan` and `limen capture` as far as they go without a radio, and captures where a session is asked for."""

import json

import pytest
from bleak.backends.device import BLEDevice
from tests.band_air import Air

from limen.box.config.band import Band
from limen.box.config.wearers import Wearer
from limen.box.wiring import band_settings, link_settings
from limen.cli.commands import run
from limen.cli.scan import lines
from limen.inlets.band.capture import CaptureWriter, Head, Link
from limen.inlets.band.ladder import Action
from limen.inlets.band.profile import Start
from limen.inlets.band.survey import Seen

PINNED = "00:07:80:00:00:01"


def seen(address, name, rssi, *, band=True, maker=True):
    return Seen(BLEDevice(address, name, {}), None, name, rssi, band, maker)


def test_scan_says_what_is_a_band_and_whose():
    air = [
        seen(PINNED, "Empatica E4", -50),
        seen("00:07:80:00:00:02", "Empatica E4", -90),
        seen("AA:BB:CC:00:00:03", "toaster", None, band=False, maker=False),
    ]
    shown = list(lines(air, [Wearer(number=2), Wearer(number=1, address=PINNED)], everything=False))
    assert "-50 dBm near" in shown[1]
    assert shown[1].endswith("the band of wearer 1")
    assert "-90 dBm far" in shown[2]
    assert shown[2].endswith("a band; wearer 2 would take it")
    assert shown[3] == "and 1 other device (--all shows them)"
    assert any("connected" in line and "something else" in line for line in lines(air, [], everything=True))


def test_scan_with_nothing_there_says_what_to_do():
    (line,) = lines([], [], everything=False)
    assert "hold its button" in line


@pytest.fixture
def captured(tmp_path):
    path = tmp_path / "band.e4raw"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        writer = CaptureWriter(file)
        writer.write(Head("advertisement", {"name": "Empatica E4 43d011"}))
        for line in [Link(999.9, up=True), *Air().notifications(60), Link(1061.0, up=False)]:
            writer.write(line)
    return path


def test_a_capture_is_judged(captured, capsys):
    assert run(["capture", "--decode", str(captured)]) == 0
    told = capsys.readouterr().out
    assert "What follows the advertised name's prefix?\n    43d011" in told
    assert "questions settled" in told


def test_a_capture_goes_where_a_session_goes(captured, capsys):
    assert run(["gates", str(captured)]) == 0
    assert all("why" in json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert run(["play", "--fast", str(captured)]) == 0
    assert "1.0 min" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named(tmp_path, capsys):
    assert run(["capture", "--out", str(tmp_path / "no" / "such.e4raw")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_the_configurations_words_become_settings():
    assert link_settings(Band()).start is None
    link = link_settings(Band(start="02", write="without-response", recover="adapter"))
    assert (link.start, link.response, link.last_resort) == (Start.BARE, False, Action.POWER_CYCLE)
    assert band_settings(Band()).optical.polarity == -1
