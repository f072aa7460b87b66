"""`limen scan` and `limen capture` over real BlueZ, as at a band's first contact."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.virtualbox.bands import Band
from tests.virtualbox.box import Box

pytestmark = pytest.mark.trial

SESSION = Path("Stress-Predict-Dataset") / "S06"
LIMEN = "/opt/venv/bin/limen"
CAPTURE = "/run/venue/contact.e4raw"


def test_what_scan_and_capture_tell_of_a_band(limen: Box, band: Band, recordings: Path) -> None:
    nobody = limen.run(f"{LIMEN} scan --seconds 2")
    assert "no band; hold its button" in nobody
    band.wear(recordings / SESSION, seconds=120)
    band.power_on()
    there = limen.run(f"{LIMEN} scan --seconds 5")
    (line,) = [each for each in there.splitlines() if band.address in each]
    assert "Empatica E4 a1b2c3" in line
    assert "dBm" in line
    assert "wearer 1 would take it" in line

    limen.run(f"{LIMEN} capture --seconds 40 --out {CAPTURE}", timeout=400)
    written = limen.get(CAPTURE).decode()
    for stream in ("bvp", "acc", "eda", "temp"):
        sent = [packet.hex() for packet in band.sent(stream)]
        assert sent
        assert all(packet in written for packet in sent[:3]), stream
    judged = limen.run(f"{LIMEN} capture --decode {CAPTURE}")
    assert "What follows the advertised name's prefix?\n    a1b2c3" in judged
    assert "questions settled" in judged
    assert limen.run(f"{LIMEN} gates --summary {CAPTURE}")
