"""Limen's own link over real BlueZ: what a band gives to the air is what arrives, whatever happens in between.

LIMEN_RETURNS is how often a band walks away and comes back (3), for a distribution worth the name.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from limen.inlets.band.codec import Notification
from tests.virtualbox.bands import Band
from tests.virtualbox.box import Box
from tests.virtualbox.holding import Hold, Holder, now

SESSION = Path("Stress-Predict-Dataset") / "S06"
FAST = ("bvp", "acc")
RETURNS = int(os.environ.get("LIMEN_RETURNS", "3"))


def heard(holder: Holder, folder: Path, what: str, wearer: int = 1) -> list[bytes]:
    lines = holder.lines(folder, wearer)
    return [line.data for line in lines if isinstance(line, Notification) and line.characteristic == what]


@pytest.fixture
def streaming(band: Band, hold: Hold, recordings: Path) -> tuple[Band, Holder]:
    """A band that plays, and who holds on to it."""
    band.wear(recordings / SESSION, seconds=120)
    band.power_on()
    holder = hold((1, band.address, None))
    holder.wait_for("streaming")
    return band, holder


def test_seen_at_once_when_its_button_is_pressed(
    band: Band, hold: Hold, recordings: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    band.wear(recordings / SESSION, seconds=120)
    holder = hold((1, None, None))
    holder.wait_for("searching")
    band.power_on()
    holder.wait_for("streaming")
    assert holder.states() == ["searching", "connecting", "starting", "streaming"]
    took = holder.wait_for("streaming")["t"] - holder.wait_for("connecting")["t"]
    record_property("seen_to_streaming_s", took)
    print(f"from seen to streaming: {took:.1f} s")
    band.press()
    holder.program.wait_for("press", wearer=1)
    bursts = holder.wait_figures(1)[-1]["bursts"]
    assert holder.wait_figures(3)[-1]["bursts"] == bursts, "all bands are in, and yet it scans"
    holder.stop()
    assert holder.program.events("ended")[0]["assigned"] == {band.address: 1}
    for stream in ("bvp", "acc", "eda", "temp"):
        arrived = heard(holder, tmp_path, stream)
        assert arrived
        assert arrived == band.sent(stream)[: len(arrived)]


def test_comes_back_each_time_with_each_packet_once(
    box: Box, streaming: tuple[Band, Holder], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    band, holder = streaming
    took = []
    before = holder.wait_figures(1)[-1]
    for turn in range(2, RETURNS + 2):
        band.walk_away()
        holder.wait_for("lost", turn - 1)
        band.come_back()
        back = now(box)
        took.append(holder.wait_for("streaming", turn)["t"] - back)
        holder.wait_figures(3)  # a band that is lost the moment it plays is another matter, for the ladder
    record_property("back_to_streaming_s", took)
    p95 = sorted(took)[math.ceil(0.95 * len(took)) - 1]
    print(f"back to streaming, s: p95 {p95:.1f} of", " ".join(f"{each:.1f}" for each in sorted(took)))
    assert max(took) < 60
    after = holder.wait_figures(2)[-1]
    for figure in ("tasks", "watchers", "callbacks", "fds"):
        assert after[figure] <= before[figure] + 1, (figure, before, after)
    holder.stop()
    (tally,) = holder.program.events("tally")
    for stream in FAST:
        # Two starts may happen to send the same bytes; two deliveries of one packet follow on one another.
        assert not [one for one, two in pairwise(heard(holder, tmp_path, stream)) if one == two]
        assert tally[stream]["duplicates"] == 0


def test_a_stall_is_noticed_and_its_burst_put_in_place(streaming: tuple[Band, Holder], tmp_path: Path) -> None:
    band, holder = streaming
    band.fault(stalled=True)
    holder.wait_for("stalled")
    band.fault(stalled=False)
    holder.wait_for("streaming", 2)
    assert holder.states().count("lost") == 0
    holder.stop()
    arrived = heard(holder, tmp_path, "acc")
    assert arrived == band.sent("acc")[: len(arrived)]


def test_a_stall_that_does_not_end_costs_the_link_and_not_the_evening(streaming: tuple[Band, Holder]) -> None:
    band, holder = streaming
    band.fault(stalled=True)
    holder.wait_for("stalled")
    holder.wait_for("lost")
    band.fault(stalled=False)
    holder.wait_for("streaming", 2)


def test_a_band_that_switched_itself_off_is_asleep_until_its_button_is_pressed(
    box: Box, streaming: tuple[Band, Holder]
) -> None:
    band, holder = streaming
    band.fault(off_on_link_loss=True)
    band.walk_away()
    box.wait_for("band off", lambda: band.state == "off")
    holder.wait_for("asleep")
    band.come_back()
    band.power_on()
    holder.wait_for("streaming", 2)
    assert sum("press its button" in text for text in holder.log()) == 1


def test_a_band_that_fell_into_its_memory_mode_is_asked_for_its_button(
    box: Box, streaming: tuple[Band, Holder]
) -> None:
    band, holder = streaming
    band.fault(recording_after_s=1)
    band.walk_away()
    box.wait_for("band that records", lambda: band.state == "recording")
    holder.wait_for("asleep")
    band.come_back()
    band.fault(recording_after_s=None)
    band.press(2)
    assert band.state == "off"
    band.press(2)
    holder.wait_for("streaming", 2)


def test_lost_packets_and_odd_lengths_are_counted_and_the_rest_arrives(
    box: Box, streaming: tuple[Band, Holder]
) -> None:
    band, holder = streaming
    band.fault(lengths=(19, 1, 0, 7))
    box.wait_for("odd lengths", lambda: any(len(p.payload) == 7 for p in band.log()))
    band.fault(lengths=(), lose_every=5)
    box.wait_for("lost packets", lambda: sum(p.fate == "lost" for p in band.log()) > 10)
    band.fault(lose_every=0)
    holder.program.wait_for("battery")
    holder.stop()
    (tally,) = holder.program.events("tally")
    streams = ("bvp", "acc", "eda", "temp")
    assert sum(tally[each]["odd"] for each in streams) >= 3
    assert sum(tally[each]["lost_samples"] for each in streams) > 0
    assert holder.states() == ["searching", "connecting", "starting", "streaming"]


@pytest.mark.parametrize(
    ("faults", "command", "response"),
    [({"write": "command"}, "time", "without"), ({"start": "two"}, "bare", "with")],
)
def test_finds_out_which_start_and_which_write_it_takes(
    band: Band, hold: Hold, recordings: Path, faults: dict[str, str], command: str, response: str
) -> None:
    band.wear(recordings / SESSION, seconds=60)
    band.fault(**faults)
    band.power_on()
    holder = hold((1, band.address, None))
    holder.wait_for("streaming")
    (told,) = [text for text in holder.log("INFO") if "started by" in text]
    assert f"({command}), {response} response" in told


def test_a_restarted_bluetoothd_and_a_switched_off_adapter_are_got_over(
    box: Box, streaming: tuple[Band, Holder]
) -> None:
    _, holder = streaming
    box.run("systemctl restart bluetooth")
    holder.wait_for("streaming", 2)
    box.run("bluetoothctl power off")
    holder.wait_for("streaming", 3)
    assert "streaming" in holder.states()


def test_a_killed_bluetoothd_is_started_again(box: Box, streaming: tuple[Band, Holder]) -> None:
    _, holder = streaming
    box.run("systemctl kill --signal=KILL bluetooth")
    holder.wait_for("streaming", 2)


def test_a_band_that_bluez_still_holds_after_a_crash_is_taken_over(
    box: Box, streaming: tuple[Band, Holder], hold: Hold
) -> None:
    band, first = streaming
    box.run(f"systemctl kill --signal=KILL {first.program.unit}")
    second = hold((1, band.address, None))
    second.wait_for("streaming")
    assert [p.fate for p in band.log() if p.what == "command"].count("taken") == 1
    assert band.state == "streaming"
