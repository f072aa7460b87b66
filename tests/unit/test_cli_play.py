"""`limen play` and `limen demo`: what a receiver on this machine gets."""

from __future__ import annotations

import shutil
import signal
import socket
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing

import pytest
from pythonosc.osc_message import OscMessage

from limen.box.config import Config
from limen.cli import main
from limen.cli.gates import edges_of
from limen.cli.play import _timing
from limen.cli.stage import ENDINGS
from limen.gates import GATES
from limen.inlets.reader import read_session
from limen.inlets.simulated import SimulatedWearer
from limen.inlets.writer import write_session

DEFAULTS = {name: spec.defaults for name, spec in GATES.items()}


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """A performance keeps the signals that end it, which is well for a program and not for what follows here."""
    before = {sign: signal.getsignal(sign) for sign in ENDINGS}
    yield
    for sign, handler in before.items():
        signal.signal(sign, handler)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("session") / "evening"
    write_session(path, SimulatedWearer(2).session(40.0))
    return path


@pytest.fixture
def receiver():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


def port_of(sock):
    return sock.getsockname()[1]


def received(sock):
    messages = []
    while True:
        try:
            message = OscMessage(sock.recv(65536))
        except BlockingIOError:
            return messages
        messages.append((message.address, *message.params))


@pytest.fixture
def quiet_config(tmp_path):
    """No control input, so that tests can run beside a Limen that plays."""
    path = tmp_path / "limen.yaml"
    path.write_text("osc:\n  control: off\n", encoding="utf-8")
    return path


def test_every_rising_edge_leaves_as_one_trigger(folder, receiver, quiet_config):
    to = f"127.0.0.1:{port_of(receiver)}"
    assert main(["play", str(folder), "--fast", "--to", to, "--config", str(quiet_config)]) == 0
    messages = received(receiver)
    rises = [edge.gate for edge in edges_of(read_session(folder), DEFAULTS) if edge.bit]
    for gate in GATES:
        triggers = [m for m in messages if m[0] == f"/limen/1/trig/{gate}"]
        assert len(triggers) == rises.count(gate), gate
    beats = [m[1] for m in messages if m[0] == "/limen/1/trig/pulse"]
    assert beats[0] == 0.0
    assert all(0.3 < beat < 2.5 for beat in beats[1:])


def test_all_gates_are_closed_at_the_end(folder, receiver, quiet_config):
    to = f"127.0.0.1:{port_of(receiver)}"
    assert main(["play", str(folder), "--fast", "--to", to, "--config", str(quiet_config), "--wearer", "7"]) == 0
    last = {m[0]: m[1] for m in received(receiver) if m[0].startswith("/limen/7/gate/")}
    assert len(last) == len(GATES)
    assert set(last.values()) == {0}


def test_speed_and_two_receivers(folder, receiver, quiet_config):
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        other.bind(("127.0.0.1", 0))
        other.setblocking(False)
        words = ["play", str(folder), "--speed", "20", "--config", str(quiet_config)]
        for sock in (receiver, other):
            words += ["--to", f"127.0.0.1:{port_of(sock)}"]
        assert main(words) == 0
        mine, theirs = received(receiver), received(other)
    triggers = [m for m in mine if "/trig/" in m[0]]
    assert triggers
    assert triggers == [m for m in theirs if "/trig/" in m[0]]
    assert any(m[0] == "/limen/1/level/eda" for m in mine)


def test_the_demo_plays_a_wearer_in_plain_lines(receiver, capsys):
    assert main(["demo", "--plain", "--seconds", "3", "--to", f"127.0.0.1:{port_of(receiver)}"]) == 0
    out = capsys.readouterr().out
    assert "Still on: the arm has not moved for 2.00 s" in out
    assert any(m == ("/limen/1/gate/still", 1) for m in received(receiver))


@pytest.mark.parametrize(
    "words",
    [
        *(["--speed", "0"], ["--speed", "fast"], ["--to", "nowhere:99999"], ["--to", ":1"]),
        *(["--to", "9000"], ["--to", "192.168.1:9000"], ["--to", "fe80::1"]),
    ],
)
def test_wrong_words_are_refused_in_a_line(folder, words, capsys):
    with pytest.raises(SystemExit) as refused:
        main(["play", str(folder), *words])
    assert refused.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_laptop_sends_to_who_is_named_whatever_the_delivery_of_a_box(folder, receiver, tmp_path):
    config = tmp_path / "limen.yaml"
    config.write_text("osc: {control: off, delivery: broadcast}\n", encoding="utf-8")
    to = f"127.0.0.1:{port_of(receiver)}"
    assert main(["play", str(folder), "--fast", "--to", to, "--config", str(config)]) == 0
    assert any("/trig/" in message[0] for message in received(receiver))


def test_names_are_looked_up_before_the_first_edge(folder, receiver, quiet_config):
    to = f"localhost:{port_of(receiver)}"
    assert main(["play", str(folder), "--fast", "--to", to, "--config", str(quiet_config)]) == 0
    rises = sum(edge.bit for edge in edges_of(read_session(folder), DEFAULTS))
    assert sum("/trig/" in message[0] for message in received(receiver)) == rises


def test_a_wearers_own_gates_are_played(folder, receiver, tmp_path):
    config = tmp_path / "limen.yaml"
    config.write_text(
        "osc: {control: off}\nwearers:\n  - number: 2\n    gates: {pulse: {enable: off}}\n", encoding="utf-8"
    )
    to = f"127.0.0.1:{port_of(receiver)}"
    assert main(["play", str(folder), "--fast", "--to", to, "--config", str(config), "--wearer", "2"]) == 0
    heard = {message[0] for message in received(receiver)}
    assert "/limen/2/trig/tap" in heard
    assert "/limen/2/trig/pulse" not in heard


def test_who_has_no_skin_conductance_is_taken_to_wear_the_band(folder, receiver, quiet_config, tmp_path):
    shutil.copytree(folder, tmp_path / "part")
    (tmp_path / "part" / "EDA.csv").unlink()
    to = f"127.0.0.1:{port_of(receiver)}"
    assert main(["play", str(tmp_path / "part"), "--fast", "--to", to, "--config", str(quiet_config)]) == 0
    heard = received(receiver)
    assert [message[1] for message in heard if message[0] == "/limen/1/worn"][-1] == 1
    assert ("/limen/box/state", "playing") in heard


def test_played_slowly_a_steady_beat_waits_as_long_as_its_packet_takes():
    as_recorded, slowly = (_timing(Config(), Namespace(fast=False, speed=speed)) for speed in (1.0, 0.5))
    assert all(slowly.delay_s[stream] == 2 * delay for stream, delay in as_recorded.delay_s.items())


def test_no_command_prints_the_help(capsys):
    assert main([]) == 2
    assert "demo" in capsys.readouterr().out
