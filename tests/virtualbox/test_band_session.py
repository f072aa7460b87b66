"""A whole session through real BlueZ: packet for packet, and the same gates as `limen gates` on its capture.

The tape runs faster than life, and the inlet's clock with it, so that an hour does not take one. LIMEN_SOAK is how
many minutes of session to play instead (`make soak`: 60), LIMEN_SPEED how many times as fast as life.
"""

from __future__ import annotations

import json
import os
from itertools import cycle, islice
from pathlib import Path

from limen.inlets.band.codec import Notification
from tests.virtualbox.bands import Band
from tests.virtualbox.box import Box
from tests.virtualbox.holding import FOLDER, Hold

# What an idle machine's emulation carries several times over, and a busy one just about.
SPEED = float(os.environ.get("LIMEN_SPEED", "2"))
MINUTES = float(os.environ.get("LIMEN_SOAK", "10"))
PACKETS = {"bvp": 64 / 11, "acc": 32 / 6, "eda": 4 / 6, "temp": 4 / 8}


def test_packet_for_packet_and_gate_for_gate(
    limen: Box, band: Band, hold: Hold, recordings: Path, tmp_path: Path
) -> None:
    seconds = int(MINUTES * 60)
    tape = band.wear(recordings / "Stress-Predict-Dataset" / "S06", seconds=seconds + 60)
    band.hurry(SPEED)
    band.power_on()
    holder = hold((1, band.address, None), speed=SPEED)
    holder.wait_for("streaming")
    first = holder.wait_figures(2)[-1]
    limen.wait_for(
        "the session's end",
        lambda: int(limen.run(f"grep -c ' acc ' {FOLDER}/1.e4raw", check=False) or 0) >= seconds * PACKETS["acc"],
        timeout=seconds / SPEED * 3 + 120,
        every=10,  # to count takes longer and longer
    )
    last = holder.wait_figures(1)[-1]
    holder.stop()
    assert holder.states() == ["searching", "connecting", "starting", "streaming"]

    lines = [line for line in holder.lines(tmp_path) if isinstance(line, Notification)]
    for stream, rate in PACKETS.items():
        arrived = [line.data for line in lines if line.characteristic == stream]
        on_tape = [tape[stream][at : at + 20] for at in range(0, len(tape[stream]), 20)]
        begin = 1 if stream == "bvp" else 0  # the first packet of a start carries no pulse
        assert len(arrived) > 0.9 * seconds * rate, stream
        assert arrived == band.sent(stream)[: len(arrived)], stream
        # Who polls late lets the tape begin anew; its counters are the band's own by then.
        kept = slice(0, 16)
        worn = islice(cycle(on_tape), begin, len(arrived))
        assert [packet[kept] for packet in arrived[begin:]] == [packet[kept] for packet in worn], stream
    live = [event["edge"] for event in holder.program.events("edge")]
    printed = limen.run(f"/opt/venv/bin/limen gates {FOLDER}/1.e4raw", timeout=600).splitlines()
    played = [json.loads(line) for line in printed]
    order = lambda edge: (edge["t"], edge["gate"], edge["bit"])  # noqa: E731
    assert sorted(live, key=order) == sorted(played, key=order)
    assert {edge["gate"] for edge in live} >= {"pulse", "move"}

    for figure in ("tasks", "watchers", "callbacks", "fds"):
        assert last[figure] <= first[figure], figure
    print(f"RSS {first['rss_kb']} kB after the start, {last['rss_kb']} kB at the end of {MINUTES:g} min")
    assert last["rss_kb"] - first["rss_kb"] < 4096
