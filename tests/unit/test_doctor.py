"""`limen doctor` on a machine made of files and answers."""

from __future__ import annotations

import argparse
import json
import os
import pwd
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.lacking import lacking
from tests.unit.doctor_help import DAEMON, DHCP, HOSTAPD, MOUNTS, RULES, FakeBox
from tests.unit.health_help import ALARM, ERRORS, HEAT, PI, WIFI, FakeMachine

from limen.box.doctor.checks import CHECKS, MOST_S, examine
from limen.box.doctor.finding import Finding, Verdict
from limen.box.doctor.ping import ATTEMPTS, WAIT_S
from limen.box.doctor.site import PATIENCE_S, UNANSWERED, Ran, Site, ran
from limen.box.faults import FAULTS, Fault
from limen.box.health import FileSystem, Machine
from limen.cli import doctor
from limen.errors import LimenError


@pytest.fixture
def box(tmp_path):
    return FakeBox(tmp_path)


def test_a_box_that_is_fit(box):
    findings = box.findings()
    assert list(findings) == [check.name for check in CHECKS]
    # The tests' machine has not got a box's own packages.
    del findings["packages"]
    assert {name: f for name, f in findings.items() if f.verdict is not Verdict.OK} == {}
    assert findings["daemon"].found == "ready: playing, 1 band"
    assert findings["watchdog"].found == "Broadcom BCM2835 Watchdog timer, fed by systemd, 14s"
    assert findings["pin map"].found.startswith("buttons start 5, mark 6, power 3; LEDs power 17")


def _say(name: str, text: str) -> Callable[[FakeBox], None]:
    return lambda box: box.say(name, text)


def _lose(name: str) -> Callable[[FakeBox], None]:
    return lambda box: box.lose(name)


def _stop(unit: str) -> Callable[[FakeBox], None]:
    return lambda box: box.stop(unit)


def _answer(program: str, *said: object) -> Callable[[FakeBox], None]:
    return lambda box: box.answers.update({program: Ran(*said)})  # type: ignore[arg-type]


def _unit(unit: str, **said: str) -> Callable[[FakeBox], None]:
    return lambda box: box.units[unit].update(said)


def _site(**parts: object) -> Callable[[FakeBox], None]:
    def change(box: FakeBox) -> None:
        box.site = replace(box.site, **parts)  # type: ignore[arg-type]

    return change


def _holds(free_mb: float, read_only: bool) -> Callable[[FakeBox], None]:
    return lambda box: setattr(box, "holds", FileSystem(free_mb, read_only))


def _raises(error: Exception) -> Callable[..., int]:
    def find(*_: object, **__: object) -> int:
        raise error

    return find


def _no_adapter(box: FakeBox) -> None:
    box.lose("sys/class/bluetooth/hci0/type")
    (box.root / "sys/class/bluetooth/hci0").rmdir()


def _no_watchdog(box: FakeBox) -> None:
    for name in ("state", "identity"):
        box.lose(f"sys/class/watchdog/watchdog0/{name}")
    (box.root / "sys/class/watchdog/watchdog0").rmdir()


def _no_journal(box: FakeBox) -> None:
    box.lose("run/log/journal/0123/system.journal")
    (box.root / "run/log/journal/0123").rmdir()


def _mounts(old: str, new: str) -> Callable[[FakeBox], None]:
    return _say("proc/self/mounts", MOUNTS.replace(old, new))


def _cannot(why: str) -> Callable[[FakeBox], None]:
    return _answer("nsenter", 1, "", f"mktemp: failed to create file via template ‘/x/.doctor.XXXXXX’: {why}")


WRONG = [
    (
        "configuration",
        _say("etc/limen/limen.yaml", "osc:\n  port: 0\n  prt: 1\n"),
        "(and 1 more)",
        "sudo limen check",
    ),
    ("configuration", _lose("etc/limen/limen.yaml"), "cannot be read", "limen check"),
    ("GPIO", _site(find_chip=_raises(OSError("there is no GPIO chip here"))), "no GPIO chip", "Raspberry Pi"),
    ("GPIO", _site(find_chip=_raises(PermissionError(13, "no", "/dev/gpiochip0"))), "/dev/gpiochip0", "sudo"),
    ("Bluetooth adapter", _no_adapter, "no Bluetooth adapter", "USB adapter"),
    ("bluetoothd", _stop("bluetooth.service"), "does not run", "systemctl restart"),
    ("bluetoothd", _answer("busctl", 1, "", "Unknown object"), "/org/bluez/hci0: Unknown object", "restart"),
    ("bluetoothd", _answer("busctl", 0, "b false"), "switched off", "rfkill"),
    ("access point", _stop(HOSTAPD), "does not run", HOSTAPD),
    ("access point", _say(WIFI, "down"), "wlan0 is not up", HOSTAPD),
    ("country", _answer("iw", 0, "global\ncountry 00: DFS-UNSET"), "no country", "inventory"),
    ("country", _answer("iw", 127, "", "iw: No such file or directory"), "No such file", "make unit"),
    ("DHCP", _stop(DHCP), "does not run", DHCP),
    ("address", _answer("ip", 0, "[]"), "no address", "networkd"),
    ("address", _answer("ip", 0, '[{"addr_info": [{"local": "10.0.0.7"}]}]'), "10.0.0.7", "networkd"),
    ("address", _answer("ip", 1, "{", "Device does not exist"), "no address", "networkd"),
    ("firewall", _answer("nft", 1, "", "No such file or directory"), "not loaded", "nftables"),
    ("firewall", _answer("nft", 0, RULES.replace("policy drop", "policy accept")), "other rules", "make unit"),
    ("firewall", _site(is_root=False), "only root", "sudo limen doctor"),
    ("data partition", _mounts("/var/lib/limen", "/mnt"), "nothing is mounted", "limen-data"),
    ("data partition", _mounts("limen ext4", "limen tmpfs"), "in memory", "new card"),
    ("data partition", _mounts("limen ext4 rw", "limen ext4 ro"), "cannot be written", "new card"),
    ("data partition", _holds(20_000.0, True), "cannot be written", "new card"),
    ("recordings", _cannot("Permission denied"), "cannot write to", "chown limen:"),
    ("recordings", _cannot("No space left on device"), "No space left", "new card"),
    (
        "recordings",
        _answer("nsenter", 127, "", "nsenter: No such file or directory"),
        "nobody can tell",
        "off and on",
    ),
    ("recordings", _answer("nsenter", 124, "", "nsenter has not answered"), "nobody can tell", "off and on"),
    ("recordings", _site(is_root=False), "only root", "sudo limen doctor"),
    ("space", _holds(499.0, False), "499 MB free, and 500", "sudo limen sessions export --all && sudo "),
    ("card errors", _say(ERRORS, "2"), "2 errors", "new card"),
    ("read-only root", _mounts("/ ext4 ro", "/ ext4 rw"), "writable", "make unit"),
    ("swap", _say("proc/swaps", "Filename\n/var/swap file 1 0 -2\n"), "/var/swap", "make unit"),
    ("journal", _say("var/log/journal/0123/system.journal", ""), "/var/log/journal", "make unit"),
    ("journal", _no_journal, "no journal", "journald"),
    ("apt timers", _unit("apt-daily.timer", ActiveState="active"), "apt-daily.timer", "mask --now apt-daily.timer"),
    ("watchdog", _no_watchdog, "no watchdog device", "config.txt"),
    ("watchdog", _answer("systemctl", 0, "0"), "does not feed", "make unit"),
    ("watchdog", _answer("systemctl", 1, "", "Host is down"), "Host is down", "off and on"),
    ("watchdog", _say("sys/class/watchdog/watchdog0/state", "inactive"), "does not count", "make unit"),
    ("daemon", _stop(DAEMON), "failed (running)", "journalctl -u limen.service"),
    ("daemon", _unit(DAEMON, ActiveState="activating", SubState="start"), "activating (start)", "journalctl"),
    ("daemon", _unit(DAEMON, LoadState="not-found"), "not installed", "make unit"),
    ("daemon", _unit(DAEMON, WatchdogUSec="infinity"), "does not watch", "make unit"),
    ("daemon", lambda box: box.units.clear(), "systemd does not answer", "off and on"),
    (
        "daemon",
        _unit(DAEMON, StatusText="fault config-refused, 0 of 1 bands; the configuration is wrong"),
        "ready: fault config-refused",
        "limen check",
    ),
    ("OSC", _site(ping=lambda port, prefix: False), "no answer from port 9001", "limen.service"),
    ("OSC", _site(ping=_raises(OSError("Network is down"))), "cannot be checked: Network is down", "doctor"),
    ("OSC", _site(ping=_raises(LimenError("odd"))), "cannot be checked: odd", "doctor"),
    ("supply", _say(ALARM, "1"), "too low", "supply"),
    ("supply", _answer("journalctl", 0, "Under-voltage detected! (0x00050005)\n" * 3), "3 times", "cable"),
    ("supply", _answer("journalctl", 0, "hwmon hwmon1: Undervoltage detected!"), "1 times", "cable"),
    ("heat", _say(HEAT, "82500"), "82 °C: too hot", "air"),
    ("memory", _say("proc/meminfo", "MemAvailable: 20000 kB"), "20 MB available", "off and on"),
]


@pytest.mark.parametrize(("check", "breaks", "found", "remedy"), WRONG)
def test_what_is_wrong_is_said_on_one_line_with_what_to_do(box, check, breaks, found, remedy):
    breaks(box)
    finding = box.findings()[check]
    assert finding.verdict is Verdict.NOT_OK
    assert found in finding.found
    assert remedy in finding.remedy
    assert "\n" not in finding.found + finding.remedy


def test_every_check_of_a_box_can_fail():
    # Without its pin map or the right Python Limen would not be installed; and any clock will do.
    seldom = {"Python", "packages", "pin map", "clock"}
    assert {name for name, *_ in WRONG} == {check.name for check in CHECKS} - seldom


def test_a_card_that_lies_about_being_writable(box, monkeypatch):
    monkeypatch.setattr("tempfile.TemporaryFile", _raises(OSError(5, "Input/output error")))
    assert "Input/output error" in box.findings()["data partition"].found


def _recorded_in(box: FakeBox, folder: Path) -> None:
    box.say("etc/limen/limen.yaml", f"recorder: {{folder: {folder}}}\n")


def test_recordings_that_go_elsewhere_are_looked_at_where_they_go(box, tmp_path):
    stick = tmp_path / "stick" / "sessions"
    stick.mkdir(parents=True)
    _recorded_in(box, stick)
    holds = {stick: FileSystem(400.0, read_only=True)}
    box.site = replace(
        box.site, machine=Machine(box.root, lambda folder: holds.get(folder, FileSystem(9e3, read_only=False)))
    )
    findings = box.findings()
    assert findings["data partition"].verdict is Verdict.OK
    assert "400 MB free" in findings["space"].found
    assert str(stick) in findings["recordings"].found
    _cannot("Read-only file system")(box)
    finding = box.findings()["recordings"]
    assert f"cannot write to {stick}: Read-only file system" in finding.found
    assert "mount it" in finding.remedy


def test_a_stick_that_is_not_there_is_missed(box, tmp_path):
    _recorded_in(box, tmp_path / "stick" / "sessions")
    _cannot("Read-only file system")(box)
    findings = box.findings()
    assert f"it does not exist, and the daemon cannot write to {tmp_path}" in findings["recordings"].found
    assert findings["recordings"].verdict is Verdict.NOT_OK
    assert findings["space"].found.endswith("does not exist"), "the space beside it is nobody's"


def test_while_the_daemon_is_away_only_its_user_can_be_asked_for(box):
    box.units[DAEMON]["MainPID"] = "0"
    found = box.findings()["recordings"].found
    assert "writable for the user limen; limen.service may still deny it" in found


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder of root's that everybody may enter, which is not so of pytest's."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def truly(box, monkeypatch, tools) -> FakeBox:
    """A box that tries for a user which every Debian has, instead of the daemon's."""
    tools("setpriv", "nsenter", "unshare")
    if os.geteuid() != 0:
        lacking("only root can try as somebody else")
    monkeypatch.setattr("limen.box.doctor.storage.USER", "daemon")
    box.units[DAEMON]["MainPID"] = "0"
    box.site = replace(
        box.site, run=lambda command: (ran if command[0] in {"setpriv", "nsenter"} else box.run)(command)
    )
    return box


def _finding(box: FakeBox, folder: Path) -> Finding:
    _recorded_in(box, folder)
    box.site = replace(box.site)  # which has kept nothing
    return box.findings()["recordings"]


def test_what_root_may_is_not_taken_for_what_the_daemon_may(truly, open_folder):
    folder = open_folder / "sessions"
    folder.mkdir(mode=0o755)
    assert "Permission denied" in _finding(truly, folder).found
    os.chown(folder, pwd.getpwnam("daemon").pw_uid, -1)
    assert _finding(truly, folder).verdict is Verdict.OK
    open_folder.chmod(0o700)
    assert "Permission denied" in _finding(truly, folder).found, "it may not even get there"
    assert list(folder.iterdir()) == []


def test_what_the_unit_closes_to_the_daemon_is_closed(truly, open_folder):
    open_folder.chmod(0o777)
    closed = f"mount --bind {open_folder} {open_folder} && mount -o remount,bind,ro {open_folder} && echo closed"
    command = ("unshare", "--mount", "sh", "-c", f"{closed}; exec sleep 600")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        try:
            if service.stdout is None or service.stdout.readline() != "closed\n":
                lacking("nothing can be mounted here", ci_may=True)
            truly.units[DAEMON]["MainPID"] = str(service.pid)
            assert "Read-only file system" in _finding(truly, open_folder).found
            truly.units[DAEMON]["MainPID"] = "0"
            assert _finding(truly, open_folder).verdict is Verdict.OK
        finally:
            service.kill()


def test_a_program_that_hangs_keeps_nobody_but_who_asked_it(box):
    answered = threading.Event()

    def run(command: Sequence[str]) -> Ran:
        answered.wait()
        return Ran(0)

    box.site = replace(box.site, run=run)
    findings = dict(examine(box.site, most_s=5.0))  # all that does not hang is done by then on any machine
    answered.set()
    assert list(findings) == [check.name for check in CHECKS]
    hung = {name for name, finding in findings.items() if finding.found.startswith("no answer within")}
    assert hung >= {"bluetoothd", "country", "address", "firewall", "recordings", "watchdog", "daemon", "supply"}
    assert findings["swap"].verdict is findings["space"].verdict is findings["OSC"].verdict is Verdict.OK


def test_what_does_not_depend_on_another_is_asked_at_the_same_time(box):
    together = threading.Barrier(4)

    def run(command: Sequence[str]) -> Ran:
        if command[0] in {"iw", "ip", "nft", "journalctl"}:
            together.wait(30)
        return box.run(command)

    findings = dict(examine(replace(box.site, run=run)))
    assert {findings[name].verdict for name in ("country", "address", "firewall", "supply")} == {Verdict.OK}


def test_a_check_gives_up_before_it_is_given_up(box):
    for check in CHECKS:
        asked: list[Sequence[str]] = []

        def run(command: Sequence[str], asked: list[Sequence[str]] = asked) -> Ran:
            asked.append(command)
            return Ran(UNANSWERED, error=f"{command[0]} has not answered")

        check.look(replace(box.site, run=run))
        assert len(asked) * PATIENCE_S < MOST_S, check.name
    assert ATTEMPTS * WAIT_S < MOST_S


def test_a_missing_or_old_package_is_named(box, monkeypatch):
    monkeypatch.setattr(
        "limen.box.doctor.program.requires",
        lambda name: ["no-such-thing>=1", "numpy>=9000", 'numpy>=1; extra == "picture"', 'pip>9; extra == "box"'],
    )
    found = box.findings()["packages"].found
    assert "no-such-thing is missing" in found
    assert "not >=9000" in found
    assert "picture" not in found


def test_a_python_that_is_too_old(box, monkeypatch):
    monkeypatch.setattr("platform.python_version", lambda: "3.10.2")
    assert box.findings()["Python"].verdict is Verdict.NOT_OK


def test_what_is_switched_off_is_not_missed(box):
    box.say("etc/limen/limen.yaml", "recorder: {enable: no}\npanel: {enable: no}\nosc: {control: no}\n")
    box.holds = FileSystem(1.0, False)
    findings = box.findings()
    assert {findings[name].verdict for name in ("GPIO", "recordings", "space", "OSC")} == {Verdict.NOT_HERE}


def test_a_box_that_plays_recordings_needs_no_adapter(box):
    box.say("etc/limen/limen.yaml", "wearers: [{number: 1, source: simulated}]\n")
    _no_adapter(box)
    assert box.findings()["Bluetooth adapter"].verdict is Verdict.NOT_HERE


def test_an_overlay_is_a_read_only_root(box):
    box.say("proc/self/mounts", MOUNTS + "overlayroot / overlay rw 0 0\n")
    assert box.findings()["read-only root"].verdict is Verdict.OK


def test_restarts_are_told(box):
    box.units[DAEMON]["NRestarts"] = "3"
    assert box.findings()["daemon"].found == "ready, restarted 3 times: playing, 1 band"


def test_a_laptop_is_fit_and_is_not_taken_for_a_box(tmp_path):
    asked = []

    def run(command: Sequence[str]) -> Ran:
        asked.append(command)
        return Ran(1)

    fake = FakeMachine(tmp_path, {"proc/meminfo": PI["proc/meminfo"]})
    site = Site(machine=fake.machine, run=run, ping=lambda port, prefix: False)
    findings = dict(examine(site))
    assert {f.verdict for f in findings.values()} == {Verdict.OK, Verdict.NOT_HERE}
    assert all(findings[check.name].verdict is Verdict.NOT_HERE for check in CHECKS if check.box_only)
    assert asked == []


def _doctor(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    doctor.add_arguments(parser)
    return doctor.run(parser.parse_args(argv))


@pytest.fixture
def as_this_machine(monkeypatch):
    def here(site: Site) -> None:
        monkeypatch.setattr("limen.box.doctor.site.here", lambda config: replace(site, config_file=config))

    return here


def test_the_command_prints_a_line_for_each_check_and_ends_with_1(box, capsys, as_this_machine):
    box.stop(DHCP)
    as_this_machine(box.site)
    assert _doctor() == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[10:29].strip() for line in lines[: len(CHECKS)]] == [check.name for check in CHECKS]
    dhcp = next(line for line in lines if "DHCP" in line)
    assert dhcp.startswith("not ok")
    assert " → sudo systemctl restart limen-dhcp@wifi.service" in dhcp
    assert lines[-1] == f"not fit: 2 of {len(CHECKS)} checks"  # the tests' machine lacks a box's packages


def test_the_command_ends_with_0_where_all_is_fine(tmp_path, capsys, as_this_machine):
    as_this_machine(Site(machine=FakeMachine(tmp_path, {}).machine, ping=lambda port, prefix: True))
    assert _doctor() == 0
    assert capsys.readouterr().out.endswith("\nfit to play\n")


def test_json_is_one_object(box, capsys, as_this_machine):
    box.stop(DHCP)
    as_this_machine(box.site)
    assert _doctor("--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert said["fit"] is False
    assert {"check": "OSC", "verdict": "ok", "found": "pong from port 9001", "remedy": ""} in said["checks"]
    assert len(said["checks"]) == len(CHECKS)


def test_a_doctor_that_is_not_whole_says_what_is_missing():
    without = "import sys; sys.modules['yaml'] = None; from limen.cli import main; sys.exit(main(['doctor']))"
    told = subprocess.run((sys.executable, "-c", without), capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stderr) == (1, "")
    assert "yaml is missing → install Limen again" in told.stdout


def test_a_clock_that_is_not_set_keeps_no_box_at_home(box):
    box.units[DAEMON]["StatusText"] = f"linked, 1 of 1 bands; {FAULTS[Fault.CLOCK_UNSET].says}"
    assert box.findings()["daemon"].verdict is Verdict.OK


def test_another_configuration_can_be_named(tmp_path, capsys, as_this_machine):
    as_this_machine(Site(machine=FakeMachine(tmp_path, {}).machine, ping=lambda port, prefix: True))
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("osc: {port: 0}\n")
    assert _doctor("--config", str(wrong)) == 1
    assert f"limen check {wrong}" in capsys.readouterr().out


def test_the_installed_command_runs_here_and_knows_usage():
    limen = (sys.executable, "-m", "limen", "doctor")
    told = subprocess.run((*limen, "--json"), capture_output=True, text=True, timeout=60)
    assert told.returncode == (0 if json.loads(told.stdout)["fit"] else 1)
    assert told.stderr == ""
    assert subprocess.run((*limen, "--jsn"), capture_output=True, timeout=60).returncode == 2


def test_programs_that_fail_hang_or_are_not_there(monkeypatch):
    assert ran(("sh", "-c", "echo so; echo why >&2; exit 3")) == Ran(3, "so", "why")
    assert ran(("limen-no-such-program",)).last_words == "limen-no-such-program: No such file or directory"
    monkeypatch.setattr("limen.box.doctor.site.PATIENCE_S", 0.1)
    assert ran(("sleep", "60")).status == 124
    assert Ran(4).last_words == "exit status 4"
