"""Hours of one and of three wearers through the installed daemon, recorder and OSC included: nothing may grow.

They live faster than we do, or as fast as this machine lets them. LIMEN_SOAK_HOURS is how many hours of them to
play (`make soak HOURS=8`).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from limen.streams import STREAMS
from tests.virtualbox.build import TREE
from tests.virtualbox.wheel import unpack

PACKETS_PER_S = sum(1 / spec.packet_s for spec in STREAMS.values())
HURRIED = Path(__file__).with_name("hurried.py")
SPEED = 30.0
HOURS = float(os.environ.get("LIMEN_SOAK_HOURS", "0.5"))
# By then every ring has been full once, and the allocator has seen all that it will.
SETTLED_S = 900.0
LARGEST_KB = 64 * 1024  # for each wearer, and all that the program is counts as the first one's
# On a machine that does not keep up, what waits in rings and queues grows to their bounds: 2.5 MB were seen. Over
# the eight hours of `make soak` five bytes a packet would show.
GROWTH_KB = 4096


def free_port() -> int:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def ask(port: int, address: str) -> None:
    from pythonosc.osc_message_builder import OscMessageBuilder

    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.sendto(OscMessageBuilder(address).build().dgram, ("127.0.0.1", port))


@pytest.mark.slow
@pytest.mark.parametrize("wearers", [1, 3])
def test_nothing_grows(wearers: int, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    control, packets_per_s = free_port(), wearers * PACKETS_PER_S
    unpack(TREE, tmp_path / "installed")
    config = tmp_path / "limen.yaml"
    config.write_text(
        f"osc: {{port: {free_port()}, control_port: {control}, targets: [{{host: 127.0.0.1}}]}}\n"
        "recorder: {reserve: 50 MB}\npanel: {enable: false}\n"
        "wearers:\n" + "".join(f"  - {{number: {n}, source: simulated}}\n" for n in range(1, wearers + 1)),
        encoding="utf-8",
    )
    environment = os.environ | {
        "STATE_DIRECTORY": str(tmp_path / "state"),
        "PYTHONPATH": str(tmp_path / "installed"),
    }
    command = [sys.executable, str(HURRIED), str(SPEED), str(config)]
    said: list[dict[str, Any]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as daemon:
        assert daemon.stdout is not None
        try:
            for line in daemon.stdout:
                said.append(json.loads(line))
                if said[-1]["state"] == "linked":
                    ask(control, "/limen/box/start")
                if said[-1]["records"] > HOURS * 3600 * packets_per_s:
                    break
        finally:
            daemon.terminate()
    assert daemon.returncode == 0
    assert all(each["program"].startswith(str(tmp_path)) for each in said)
    settled = [each for each in said if each["records"] > SETTLED_S * packets_per_s]
    first, last = settled[0], settled[-1]
    for figure in ("rss_kb", "tasks", "threads", "fds"):
        between = " ".join(str(each[figure]) for each in settled[:: max(1, len(settled) // 10)])
        print(f"{figure}: {between}; {last[figure]} after {HOURS:g} h of {wearers}")
        record_property(f"{figure} of {wearers}", (first[figure], last[figure]))
    assert last["state"] == "playing"
    assert max(each["rss_kb"] for each in said) < wearers * LARGEST_KB
    assert last["rss_kb"] - first["rss_kb"] < GROWTH_KB
    for figure in ("tasks", "threads", "fds"):
        assert last[figure] <= max(each[figure] for each in settled[: len(settled) // 2]), figure
