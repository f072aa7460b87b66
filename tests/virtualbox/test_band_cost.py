"""What Limen's inlet and gates cost per notification, against bleak's own cost of delivering it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.virtualbox.bands import Band
from tests.virtualbox.box import Box
from tests.virtualbox.holding import Hold
from tests.virtualbox.programs import Program

pytestmark = pytest.mark.trial

SPEED = 2.0
REPORTS = 6  # of two seconds


def cost_ms(figures: list[dict[str, Any]]) -> float:
    first, last = figures[1], figures[-1]
    return 1000 * (last["cpu_s"] - first["cpu_s"]) / (last["packets"] - first["packets"])


def test_costs_little_more_than_bleak_itself(
    limen: Box, make_band: Callable[..., Band], hold: Hold, recordings: Path
) -> None:
    band = make_band()
    band.wear(recordings / "Stress-Predict-Dataset" / "S06", seconds=300)
    band.hurry(SPEED)
    band.power_on()
    bare = Program(limen, "bare", band.address)
    try:
        alone = cost_ms([each for each in bare.wait_for("figures", REPORTS + 2) if each["packets"]])
    finally:
        bare.stop()
    limen.run("bluetoothctl disconnect", check=False)
    limen.wait_for("a band that waits", lambda: band.state == "waiting")
    holder = hold((1, band.address, None), speed=SPEED)
    holder.wait_for("streaming")
    whole = cost_ms(holder.wait_figures(REPORTS)[-REPORTS:])
    holder.stop()
    print(f"CPU per notification: bleak {alone:.2f} ms, with Limen {whole:.2f} ms, {whole / alone:.2f} times")
    assert whole < 10 * alone
