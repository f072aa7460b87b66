"""`limen run` as a process: what a laptop hears, what survives it, what a wrong configuration does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest
from tests.processes.help import PATIENCE_S, Laptop, free_port

from limen.inlets.reader import read_session
from limen.inlets.simulated import SimulatedWearer
from limen.inlets.writer import write_session


@pytest.fixture
def box(tmp_path):
    control = free_port()
    laptop = Laptop(control)
    config = tmp_path / "limen.yaml"
    config.write_text(
        f"osc:\n  port: {free_port()}\n  control_port: {control}\n  targets:\n    - host: 127.0.0.1\n"
        f"      port: {laptop.port}\nrecorder:\n  folder: {tmp_path}/sessions\n  reserve: 50 MB\n"
        "wearers:\n  - number: 1\n    source: simulated\n",
        encoding="utf-8",
    )
    with closing(laptop.sock):
        yield Box(tmp_path, config, laptop)


class Box:
    def __init__(self, folder, config, laptop):
        self.folder, self.config, self.laptop = folder, config, laptop

    def waits_until_kept(self, pattern, text):
        deadline = time.monotonic() + PATIENCE_S
        while not any(text in path.read_text() for path in self.folder.glob(pattern)):
            assert time.monotonic() < deadline, f"{text!r} was not kept in {pattern}"
            time.sleep(0.05)

    @contextmanager
    def on(self, **environment):
        process = subprocess.Popen(
            [sys.executable, "-m", "limen", "run", "--config", str(self.config)],
            env=os.environ | {"STATE_DIRECTORY": str(self.folder / "state")} | environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = ""
        try:
            yield process
            process.terminate()
            _, self.said = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()


def test_it_plays_when_told_and_goes_on_after_a_power_cut(box):
    with box.on() as process:
        box.laptop.hears_state("linked")
        box.laptop.hears(lambda address, *args: (address, *args) == ("/limen/box/faults", "none"))
        box.laptop.ask("/limen/box/start")
        box.laptop.hears_state("playing")
        box.laptop.hears(lambda address, *_: address == "/limen/1/trig/pulse")
        box.laptop.ask("/limen/box/mark")
        box.laptop.hears(lambda address, *args: address == "/limen/1/mark" and args[0] == 1)
        # What is younger than a second may go with the power.
        box.waits_until_kept("state/kept.json", '"marks": 1')
        box.waits_until_kept("sessions/*/tags.csv", "\n")
        process.kill()
    with box.on() as process:
        box.laptop.hears_state("playing")
        box.laptop.hears(lambda address, *args: address == "/limen/1/mark" and args[0] == 1)
        box.laptop.hears(lambda address, *_: address == "/limen/1/trig/pulse")
    assert process.returncode == 0
    assert "Traceback" not in box.said
    recorded = [read_session(path) for path in sorted((box.folder / "sessions").iterdir())]
    assert len(recorded) == 2
    assert len(recorded[0].tags) == 1
    assert all(session.duration_s > 0 for session in recorded)


def test_a_failure_is_told_by_the_one_who_comes_after_and_an_orderly_end_is_none(box, tmp_path):
    run = tmp_path / "run"
    run.mkdir()

    def fault(wanted):
        with box.on(RUNTIME_DIRECTORY=str(run)) as process:
            box.laptop.hears_state("linked")
            if wanted == "killed":
                process.kill()
        return "the program failed and began again" in box.said

    assert not fault("killed")
    assert fault("told")
    assert not fault("forgotten")


def test_stopped_it_sends_no_gates(box):
    with box.on():
        box.laptop.hears_state("linked")
        box.laptop.ask("/limen/box/start")
        box.laptop.hears(lambda address, *args: address == "/limen/1/gate/still" and args[0] == 1)
        box.laptop.ask("/limen/box/stop")
        box.laptop.hears(lambda address, *args: address == "/limen/1/gate/still" and args[0] == 0)
        box.laptop.hears_state("linked")


def test_a_command_that_has_no_place_is_answered_to_its_sender(box):
    box.config.write_text(
        box.config.read_text().replace("source: simulated", "source: session\n    session: nowhere")
    )
    with box.on():
        box.laptop.hears_state("searching")
        box.laptop.ask("/limen/box/calibrate")
        error = box.laptop.hears(lambda address, *_: address == "/limen/box/error")
        assert "searching" in error.params[1]


def test_a_wrong_new_configuration_is_refused_and_the_old_one_stays(box):
    with box.on() as process:
        box.laptop.hears_state("linked")
        right = box.config.read_text()
        box.config.write_text(right + "gatez: {}\n")
        process.send_signal(signal.SIGHUP)
        said = next(line for line in process.stderr if "gatez" in line)
        box.laptop.hears(lambda address, *args: (address, *args) == ("/limen/box/faults", "config-ignored"))
        box.laptop.ask("/limen/box/start")
        box.laptop.hears_state("playing")
        box.config.write_text(right + "gates:\n  pulse:\n    enable: off\n")
        process.send_signal(signal.SIGHUP)
        box.laptop.hears_state("playing")
    assert process.returncode == 0
    assert "write gates" in said


def test_a_wrong_configuration_is_one_error_for_who_typed_it(box):
    box.config.write_text("gatez: {}\n")
    process = subprocess.run(
        [sys.executable, "-m", "limen", "run", "--config", str(box.config)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert process.returncode == 2
    assert "gatez" in process.stderr
    assert "Traceback" not in process.stderr


def test_however_reloads_overlap_the_last_file_holds(box):
    right = box.config.read_text()
    with box.on() as process:
        box.laptop.hears_state("linked")
        for name in "abacabadabac":
            box.config.write_text(right.replace("osc:\n", f"osc:\n  prefix: /{name}\n"))
            process.send_signal(signal.SIGHUP)
            time.sleep(0.03)  # a life takes longer than that to be closed and opened
        box.laptop.hears(lambda address, *_: address == "/c/box/alive")
        box.laptop.hears(lambda address, *args: address == "/c/box/alive" and args[0] >= 1)
    assert process.returncode == 0
    assert "Traceback" not in box.said


def test_a_service_whose_file_was_broken_goes_on_with_the_one_before(box):
    """Also after a power cut: otherwise a slip of the hand would be a silent show."""
    right = box.config.read_text()
    with box.on(NOTIFY_SOCKET="/nowhere") as process:
        box.laptop.hears_state("linked")
        box.laptop.ask("/limen/box/start")
        box.waits_until_kept("state/kept.json", '"playing": true')
        box.waits_until_kept("state/kept.yaml", right)
        process.kill()
    box.config.write_text(right + "gatez: {}\n")
    with box.on(NOTIFY_SOCKET="/nowhere") as process:
        box.laptop.hears(lambda address, *args: (address, *args) == ("/limen/box/faults", "config-ignored"))
        box.laptop.hears_state("playing")
        box.config.write_text(right)
        process.send_signal(signal.SIGHUP)
        box.laptop.hears(lambda address, *args: (address, *args) == ("/limen/box/faults", "none"))
    assert "gatez" in box.said
    box.config.write_text("gatez: {}\n")
    (box.folder / "state" / "kept.yaml").unlink()
    with box.on(NOTIFY_SOCKET="/nowhere") as process:
        assert any("the configuration is wrong" in line for line in process.stderr), "there is none before it"


@pytest.mark.parametrize(
    ("source", "without"),
    [("session\n    session: nowhere", "searching"), ("band", "fault")],
)
def test_without_a_band_or_a_radio_start_rehearses_with_the_last_session(box, source, without):
    write_session(box.folder / "sessions" / "evening", SimulatedWearer(2).session(30.0))
    box.config.write_text(
        box.config.read_text().replace("source: simulated", f"source: {source}") + "rehearsal:\n  enable: on\n"
    )
    with box.on(DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere"):
        box.laptop.hears_state(without)
        box.laptop.ask("/limen/box/start")
        box.laptop.hears_state("replaying")
        box.laptop.hears(lambda address, *_: address == "/limen/1/trig/pulse")
        box.laptop.ask("/limen/box/stop")
        box.laptop.hears_state(without)
    assert "Traceback" not in box.said


def test_beginning_anew_is_no_end_for_who_watches(box, tmp_path):
    """systemd gives whoever says STOPPING a few seconds and then kills it, whatever it says afterwards."""
    told = tmp_path / "told"
    module = tmp_path / "modules" / "systemd"
    module.mkdir(parents=True)
    (module / "__init__.py").touch()
    (module / "daemon.py").write_text(f"def notify(text):\n    open({str(told)!r}, 'a').write(text + chr(10))\n")
    environment = {
        "NOTIFY_SOCKET": "/nowhere",
        "PYTHONPATH": f"{tmp_path}/modules:{os.environ.get('PYTHONPATH', '')}",
    }
    with box.on(WATCHDOG_USEC="3000000", **environment) as process:
        box.laptop.hears_state("linked")
        box.config.write_text(box.config.read_text() + "calibration: {seconds: 20 s}\n")
        process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE_S
        while told.read_text().count("READY=1") < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert "STOPPING" not in told.read_text()
        assert "WATCHDOG=1" in told.read_text().rpartition("READY=1")[0], "it was fed in between"
    assert told.read_text().splitlines()[-1] == "STOPPING=1"
