"""Several bands on one box: each with its own wearer, and its own trouble."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.virtualbox.bands import Band
from tests.virtualbox.box import Box
from tests.virtualbox.holding import Hold

DATASET = Path("Stress-Predict-Dataset")


def test_three_bands_of_one_name_and_one_ones_trouble(
    make_band: Callable[..., Band], hold: Hold, recordings: Path
) -> None:
    bands = [make_band("Empatica E4") for _ in range(3)]
    for band, (session, start_s) in zip(bands, (("S06", 0), ("S06", 600), ("S34", 0)), strict=True):
        band.wear(recordings / DATASET / session, start_s, 120)
    pinned = bands[2].address
    holder = hold((1, None, None), (2, None, None), (7, pinned, None))
    for band in bands:
        band.power_on()
    for wearer in (1, 2, 7):
        holder.wait_for("streaming", wearer=wearer)
    whose = {event["address"]: event["wearer"] for event in holder.program.events("state", state="streaming")}
    assert whose[pinned] == 7
    assert set(whose) == {band.address for band in bands}
    stranger = next(band for band in bands if whose[band.address] == 1)
    stranger.walk_away()
    holder.wait_for("lost", wearer=1)
    stranger.come_back()
    holder.wait_for("streaming", 2, wearer=1)
    for wearer in (2, 7):
        assert holder.states(wearer) == ["searching", "connecting", "starting", "streaming"]
    holder.stop()
    for tally in holder.program.events("tally"):
        assert tally["bvp"]["packets"] > 0
        assert tally["bvp"]["duplicates"] == 0


@pytest.mark.trial
def test_no_adapter_is_said_in_one_line_and_waited_for(box: Box, hold: Hold, band: Band, recordings: Path) -> None:
    band.wear(recordings / DATASET / "S06", seconds=60)
    box.run("systemctl mask --runtime --now bluetooth")
    try:
        said = box.run("/opt/venv/bin/limen scan --seconds 1; echo status $?", check=False)
        assert "status 2" in said
        holder = hold((1, None, None))
        told = holder.wait_for("no radio")
        assert "\n" not in told["why"]
        assert "bluetooth" in told["why"].lower()
    finally:
        box.run("systemctl unmask --runtime bluetooth && systemctl start bluetooth")
    band.power_on()
    holder.wait_for("streaming")
