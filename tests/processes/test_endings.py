"""What goes wrong around `limen play` and `limen demo`, as whoever typed it sees it, and receivers hear it."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.processes.help import LIMEN, PATIENCE_S, Receiver, ended, start

from limen.inlets.simulated import SimulatedWearer
from limen.inlets.writer import write_session

QUICKLY = ("--speed", "8")
STILL = "/limen/1/gate/still"
SIGNALS = [
    [signal.SIGINT],
    [signal.SIGTERM],
    [signal.SIGHUP],
    [signal.SIGHUP, signal.SIGTERM, signal.SIGHUP],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("session") / "evening"
    write_session(path, SimulatedWearer(2).session(40.0))
    return path


@pytest.fixture
def quiet(tmp_path: Path) -> Path:
    """No control input, so that tests can run beside a Limen that plays."""
    path = tmp_path / "limen.yaml"
    path.write_text("osc:\n  control: off\n", encoding="utf-8")
    return path


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


def closed_port() -> int:
    with Receiver() as gone:
        return gone.port


@pytest.mark.parametrize("command", ["play", "gates"])
def test_a_session_that_is_not_there_is_one_line(command: str, tmp_path: Path):
    with start([command, tmp_path / "evening"]) as process:
        status, errors = ended(process)
    assert status == 2
    assert errors == [f"{tmp_path / 'evening'} does not exist; give the folder or the .zip of an E4 session"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, "limen.yaml: (file): cannot be read (no such file or directory)"),
        ("osc:\n  prot: 9000\n", "limen.yaml:2: osc.prot: there is no such key"),
        ("osc: [\n", "limen.yaml:"),
    ],
)
def test_a_wrong_configuration_is_one_line_and_nothing_plays(
    folder: Path, receiver: Receiver, tmp_path: Path, text: str | None, line: str
):
    config = tmp_path / "limen.yaml"
    if text is not None:
        config.write_text(text, encoding="utf-8")
    with start(["play", folder, "--fast", "--config", config, "--to", receiver.to]) as process:
        status, errors = ended(process)
    assert status == 2
    assert len(errors) == 1
    assert line in errors[0]
    receiver.drain()
    assert receiver.bits == {}


@pytest.mark.parametrize("number", ["0", "-1", "100", "one"])
def test_wearers_count_from_one(folder: Path, number: str):
    with start(["play", folder, "--fast", f"--wearer={number}"]) as process:
        status, errors = ended(process)
    assert status == 2
    assert f"'{number}' is no wearer; they count from 1 to 99" in errors[-1]


@pytest.mark.parametrize("signs", SIGNALS, ids=str)
def test_however_it_is_ended_the_gates_close(
    folder: Path, receiver: Receiver, quiet: Path, signs: list[signal.Signals]
):
    words = ["play", folder, "--loop", *QUICKLY, "--to", receiver.to, "--config", quiet]
    with start(words) as process:
        receiver.hear(STILL, 1)
        status, errors = ended(process, *signs)
    receiver.drain()
    assert status == 0
    assert receiver.bits[STILL] == 0
    assert set(receiver.bits.values()) == {0}
    assert len(errors) == 1  # "playing ..."


@pytest.mark.parametrize("command", ["demo", "play"])
def test_a_terminal_that_is_closed_closes_the_gates(folder: Path, receiver: Receiver, quiet: Path, command: str):
    words = {
        "demo": ["demo", "--to", receiver.to],
        "play": ["play", folder, "--loop", *QUICKLY, "--verbose", "--to", receiver.to, "--config", quiet],
    }[command]
    ours, theirs = pty.openpty()
    # As it is typed: with what Python could not write kept for another try at the end.
    typed = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | {"TERM": "xterm"}
    # setsid --ctty makes the pty the controlling terminal, which is what sends SIGHUP when it closes.
    with subprocess.Popen(
        ["setsid", "--ctty", *LIMEN, *map(str, words)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=typed,
    ) as process:
        os.close(theirs)
        receiver.hear(STILL, 1)
        os.close(ours)
        assert process.wait(PATIENCE_S) == 0
    receiver.drain()
    assert set(receiver.bits.values()) == {0}


def test_nohup_keeps_it_playing(folder: Path, receiver: Receiver, quiet: Path):
    words = ["play", folder, "--loop", *QUICKLY, "--to", receiver.to, "--config", quiet]
    command = ["nohup", *LIMEN, *map(str, words)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        receiver.hear(STILL, 1)
        process.send_signal(signal.SIGHUP)
        receiver.hear("/limen/box/alive", 2)
        status, _ = ended(process, signal.SIGTERM)
    assert status == 0


@pytest.mark.parametrize("command", ["gates", "gates --summary", "check --example", "--help"])
def test_who_reads_only_the_beginning_gets_it_without_complaint(folder: Path, command: str):
    word, *options = command.split()
    words = [word, *([folder] if word == "gates" else []), *options]
    with start(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("command", ["demo", "play"])
def test_a_reader_who_leaves_ends_the_performance_and_closes_the_gates(
    folder: Path, receiver: Receiver, quiet: Path, command: str
):
    words = {
        "demo": ["demo", "--plain", "--to", receiver.to],
        "play": ["play", folder, "--loop", *QUICKLY, "--verbose", "--to", receiver.to, "--config", quiet],
    }[command]
    with start(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
        assert process.wait(PATIENCE_S) == 0
    receiver.drain()
    assert set(receiver.bits.values()) == {0}


def test_a_disc_that_is_full_is_one_line(folder: Path):
    with Path("/dev/full").open("w") as full, start(["gates", folder], stdout=full) as process:
        status, errors = ended(process)
    assert status == 2
    assert errors == ["limen: [Errno 28] No space left on device"]


def test_a_full_disc_costs_the_transcript_and_not_the_music(folder: Path, receiver: Receiver, quiet: Path):
    words = ["play", folder, "--loop", *QUICKLY, "--verbose", "--to", receiver.to, "--config", quiet]
    with Path("/dev/full").open("w") as full, start(words, stdout=full) as process:
        receiver.hear(STILL, 1)
        receiver.hear("/limen/1/gate/move", 1)
        status, errors = ended(process, signal.SIGTERM)
    assert status == 0
    assert errors[1:] == ["no more lines are printed (No space left on device); OSC goes on"]


def test_a_host_without_an_address_is_one_warning_and_the_others_hear(
    folder: Path, receiver: Receiver, quiet: Path
):
    # RFC 6761: .invalid never has an address.
    words = [
        "play",
        folder,
        "--loop",
        *QUICKLY,
        "--to",
        "laptop.invalid:9000",
        "--to",
        receiver.to,
        "--config",
        quiet,
    ]
    with start(words) as process:
        receiver.hear(STILL, 1)
        assert process.stderr is not None
        while b"laptop.invalid has no address yet" not in (line := process.stderr.readline()):
            assert line
        status, errors = ended(process, signal.SIGINT)
    assert status == 0
    assert errors == []


def test_a_control_port_that_is_taken_is_one_warning_and_it_plays(folder: Path, receiver: Receiver, tmp_path: Path):
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as taken:
        taken.bind(("0.0.0.0", 0))
        port = taken.getsockname()[1]
        config = tmp_path / "limen.yaml"
        config.write_text(f"osc:\n  control_port: {port}\n", encoding="utf-8")
        with start(["play", folder, "--loop", *QUICKLY, "--to", receiver.to, "--config", config]) as process:
            receiver.hear(STILL, 1)
            status, errors = ended(process, signal.SIGINT)
    assert status == 0
    assert len(errors) == 2
    assert f"UDP 0.0.0.0:{port} cannot be opened (Address already in use)" in errors[0]


def test_where_nobody_listens_is_one_warning_and_the_others_hear(folder: Path, receiver: Receiver, quiet: Path):
    gone = closed_port()
    words = [
        "play",
        folder,
        "--loop",
        *QUICKLY,
        "--to",
        f"127.0.0.1:{gone}",
        "--to",
        receiver.to,
        "--config",
        quiet,
    ]
    with start(words) as process:
        assert process.stderr is not None
        # Linux says it once a second at most, to all programs together: it may take a while.
        while b"listens" not in (line := process.stderr.readline()):
            assert line
        assert line.decode() == f"nobody listens at 127.0.0.1:{gone}; OSC still goes there\n"
        receiver.drain()
        receiver.hear(STILL, 1)
        status, errors = ended(process, signal.SIGINT)
    assert status == 0
    assert errors == []


def test_the_demo_shows_on_its_screen_that_nobody_listens():
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["setsid", "--ctty", *LIMEN, "demo", "--to", f"127.0.0.1:{closed_port()}"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "140"},
    ) as process:
        os.close(theirs)
        shown, patience = b"", time.monotonic() + PATIENCE_S
        while b" messages sent, nobody listens" not in re.sub(rb"\x1b\[[0-9;]*m", b"", shown):
            assert time.monotonic() < patience
            shown += os.read(ours, 65536)
        process.send_signal(signal.SIGTERM)
        while _read(ours):
            pass
        assert process.wait(PATIENCE_S) == 0
    os.close(ours)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how a pty says that its other side has closed
        return b""
