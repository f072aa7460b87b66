import io
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from tests.lacking import lacking

from limen.box.health import Machine
from limen.box.sessions import Mounts, kept_sessions, newest, stick
from limen.cli.commands import run
from limen.errors import SessionError
from limen.export import FILES
from limen.inlets.packets import packets
from limen.inlets.reader import read_session
from limen.inlets.simulated import SimulatedWearer
from limen.outlets.recorder import Recorder, RecorderSettings
from limen.outlets.recorder.card import MB, Folder, free_mb
from limen.streams import Stream


def record(folder: Path, *wearers: int, unix: float = 1_700_000_000.0, seconds: float = 30.0) -> list[Path]:
    recorder = Recorder(RecorderSettings(folder, reserve_mb=0.0), wall=lambda: unix)
    recorder.start()
    for wearer in wearers:
        recorder.begin(wearer)
        for _, samples in packets(SimulatedWearer(seed=wearer).session(seconds), wearer):
            recorder.samples(samples)
    recorder.mark()
    assert recorder.close()
    return list(recorder.status.folders)


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "sessions"


def words(capsys) -> tuple[str, str]:
    said = capsys.readouterr()
    return said.out, said.err


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_list_says_when_how_long_who_and_how_much(folder, capsys):
    first, second = record(folder, 1, 2)
    assert run(["sessions", "--folder", str(folder)]) == 0
    out, err = words(capsys)
    top, *rows = out.splitlines()
    assert top.split() == ["SESSION", "WHEN", "(UTC)", "LENGTH", "WEARER", "MARKS", "SIZE"]
    size = sum(map(len, contents(first).values())) / 1e6
    assert rows[0].split() == [first.name, "2023-11-14", "22:13", "0:00:30", "1", "1", f"{size:.1f}", "MB"]
    assert rows[1].split()[0] == second.name
    assert not err


def test_the_folder_is_the_services_or_the_configurations(folder, capsys, monkeypatch, tmp_path):
    (name,) = record(folder, 1)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    assert run(["sessions"]) == 0
    assert name.name in words(capsys)[0]
    elsewhere = tmp_path / "limen.yaml"
    elsewhere.write_text("recorder: {folder: elsewhere}\n")
    assert run(["sessions", "list", "--config", str(elsewhere)]) == 0
    out, err = words(capsys)
    assert not out
    assert err == f"no sessions in {tmp_path / 'elsewhere'}\n"


def test_a_cut_session_is_listed_with_what_is_wrong(folder, capsys):
    (path,) = record(folder, 1)
    rows = (path / "EDA.csv").read_bytes().splitlines(keepends=True)
    (path / "EDA.csv").write_bytes(b"".join(rows[: 2 + 60]) + rows[62][:-3])
    (path / "TEMP.csv").unlink()
    (path / "gaps.csv").write_text("stream,first,lost\nbvp,64,160\n")
    run(["sessions", "--folder", str(folder)])
    row = words(capsys)[0].splitlines()[1]
    assert "EDA.csv was cut; no TEMP; EDA ends 15 s early; 2.5 s lost" in row


def test_what_is_being_recorded_says_so_and_stays(folder, capsys):
    held = Folder(folder / "1700000000_abcdef-1", "text\n")
    assert run(["sessions", "list", "--folder", str(folder)]) == 0
    assert "being recorded" in words(capsys)[0]
    for words_of in (["erase", "--yes"], ["export", "--to", str(folder)]):
        assert run(["sessions", *words_of, held.path.name, "--folder", str(folder)]) == 2
        assert "is being recorded; stop playing first" in words(capsys)[1]
    assert held.path.is_dir()
    held.close()


def test_an_export_of_the_vendors_is_a_session_too(folder):
    (path,) = record(folder, 1)
    path.rename(folder / "1700000000_A01F73")
    (session,) = kept_sessions(folder)
    assert session.wearer is None
    assert session.start_unix == 1_700_000_000.0


def test_an_exported_zip_is_what_was_recorded_and_the_reader_takes_it(folder, tmp_path, capsys):
    paths = record(folder, 1, 2)
    out_folder = tmp_path / "stick"
    out_folder.mkdir()
    assert run(["sessions", "export", "last", "--to", str(out_folder), "--folder", str(folder)]) == 0
    *each, all_of_them = words(capsys)[0].splitlines()
    assert [line.split(": ")[1] for line in each] == ["written and compared"] * 2
    assert all_of_them == "2 of 2 exported"
    assert sorted(path.name for path in out_folder.iterdir()) == [f"{path.name}.zip" for path in paths]
    for path in paths:
        with zipfile.ZipFile(out_folder / f"{path.name}.zip") as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == contents(path)
        again = read_session(out_folder / f"{path.name}.zip")
        for stream, values in read_session(path).data.items():
            assert np.array_equal(again.data[stream], values, equal_nan=True)


def test_nothing_is_overwritten_by_an_export(folder, tmp_path, capsys):
    (path,) = record(folder, 1)
    there = tmp_path / f"{path.name}.zip"
    there.write_text("mine")
    assert run(["sessions", "export", path.name, "--to", str(tmp_path), "--folder", str(folder)]) == 2
    out, err = words(capsys)
    assert not out
    assert err == f"{there} is there already, and not the same; move it away, or name another folder with --to\n"
    assert there.read_text() == "mine"


def test_what_is_on_the_stick_already_is_done_unless_it_changed(folder, tmp_path, capsys):
    (path,) = record(folder, 1)
    export = ["sessions", "export", "--all", "--to", str(tmp_path), "--folder", str(folder)]
    assert run(export) == 0
    words(capsys)
    there = tmp_path / f"{path.name}.zip"
    before = there.stat()
    assert run(export) == 0
    assert words(capsys) == (f"{there}: there already, and the same\n", "")
    assert (there.stat().st_mtime_ns, there.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    with (path / "tags.csv").open("a") as file:
        file.write("1700000010.00\n")
    assert run(export) == 2
    assert "there already, and not the same" in words(capsys)[1]


def test_an_export_that_fails_is_told_and_the_others_are_made(folder, tmp_path, capsys):
    bad, there, good = record(folder, 1, 2, 3)
    unreadable(bad / "EDA.csv")
    (tmp_path / f"{there.name}.zip").write_text("mine")
    assert run(["sessions", "export", "--all", "--to", str(tmp_path), "--folder", str(folder)]) == 2
    out, err = words(capsys)
    assert out.splitlines() == [f"{tmp_path}/{good.name}.zip: written and compared", "1 of 3 exported"]
    first, second = err.splitlines()
    assert first.startswith(f"{bad}/EDA.csv: cannot be read (Input/output error); ")
    assert second.startswith(f"{tmp_path}/{there.name}.zip is there already")
    assert not list(tmp_path.glob(".*"))


def test_a_full_stick_is_named_and_left_as_it_was(folder, card, capsys):
    (path,) = record(folder, 1, seconds=120.0)
    with (card.folder / "other").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, int(free_mb(card.folder) * MB))
    assert run(["sessions", "export", path.name, "--to", str(card.folder), "--folder", str(folder)]) == 2
    out, err = words(capsys)
    assert not out
    assert "No space left on device" in err
    assert err.count("\n") == 1
    assert sorted(entry.name for entry in card.folder.iterdir()) == ["lost+found", "other"]


def test_a_stick_that_does_not_keep_what_it_is_given_is_found_out(folder, tmp_path, capsys, monkeypatch):
    (path,) = record(folder, 1)

    def damage(number: int) -> None:
        (part,) = tmp_path.glob(".*.part")
        with part.open("r+b") as file:
            file.seek(5000)
            file.write(b"\xff\x00\xff\x00")

    monkeypatch.setattr("limen.box.sessions.exporting.os.fsync", damage)
    assert run(["sessions", "export", path.name, "--to", str(tmp_path), "--folder", str(folder)]) == 2
    assert words(capsys)[1].startswith(f"{tmp_path}: ")
    assert not list(tmp_path.glob("*.zip")) + list(tmp_path.glob(".*.part"))


def machine(tmp_path: Path, table: str, disks: dict[str, tuple[str, str]]) -> Mounts:
    """A /proc/mounts and a /sys/class/block: each disk with its path on a bus and its `removable`."""
    (tmp_path / "mounts").write_text(table)
    blocks = tmp_path / "class"
    blocks.mkdir()
    for name, (bus, flag) in disks.items():
        disk = tmp_path / "devices" / bus / name
        part = disk / f"{name}1"
        part.mkdir(parents=True)
        (disk / "removable").write_text(f"{flag}\n")
        (disk / "size").write_text("60062500\n")
        (disk / "ro").write_text("0\n")
        (part / "partition").write_text("1\n")
        (blocks / name).symlink_to(disk)
        (blocks / part.name).symlink_to(part)
    return Mounts(tmp_path / "mounts", blocks)


def instead(folder: Path, program: str, script: str) -> None:
    """Let there be a program of that name in a folder of the PATH."""
    (folder / program).write_text(f"#!/bin/sh\n{script}\n")
    (folder / program).chmod(0o755)


CARD = "/dev/mmcblk01 / ext4 rw 0 0\nproc /proc proc rw 0 0\n"
DISKS = {"mmcblk0": ("mmc", "0"), "sda": ("usb1/1-1", "1"), "sdb": ("usb1/1-2", "0"), "sdc": ("ata1", "0")}


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("/dev/sda1 /media/my\\040stick vfat rw,noatime 0 0\n", "/media/my stick"),
        ("/dev/sda /media/whole exfat rw 0 0\n", "/media/whole"),
        ("/dev/sdb1 /media/ssd ext4 rw 0 0\n/dev/sdc1 /srv ext4 rw 0 0\n", "/media/ssd"),
        ("/dev/sda1 /media/a vfat ro 0 0\n/dev/sdb1 /media/b ext4 rw 0 0\n", "/media/b"),
    ],
)
def test_the_stick_is_found(tmp_path, table, found):
    with stick(machine(tmp_path, CARD + table, DISKS)) as where:
        assert where == Path(found)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "none of /dev/sda1, /dev/sdb1 is mounted"),
        ("/dev/sda1 /media/a vfat ro 0 0\n/dev/sdb1 / ext4 rw 0 0\n", "no USB stick is there"),
        ("/dev/sda1 /a vfat rw 0 0\n/dev/sdb1 /b vfat rw 0 0\n", r"there are 2 USB sticks \(/a, /b\)"),
    ],
)
def test_a_stick_that_is_not_there_or_not_the_only_one_is_not_guessed(tmp_path, table, says):
    with pytest.raises(SessionError, match=says), stick(machine(tmp_path, CARD + table, DISKS)):
        pass


def test_a_stick_that_is_not_mounted_is_mounted_by_root_for_as_long_as_it_takes(tmp_path, monkeypatch):
    called = tmp_path / "called"
    # A folder that is mounted on is not empty, or the kernel would let it be removed.
    for program, does in (("mount", 'mkdir "$4/theirs"'), ("umount", 'rmdir "$1/theirs"')):
        instead(tmp_path, program, f'echo {program} "$@" >> {called}; {does}')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    there = machine(tmp_path, CARD + "/dev/sdb1 / ext4 rw 0 0\n", DISKS)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with (
        pytest.raises(SessionError, match="/dev/sda1 is not mounted, and only root may; say it with sudo"),
        stick(there),
    ):
        pass
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with stick(there) as where:
        assert called.read_text() == f"mount -o nosuid,nodev,noexec,noatime /dev/sda1 {where}\n"
    assert called.read_text().splitlines()[1:] == [f"umount {where}"]
    assert not where.exists()


def test_a_stick_that_cannot_be_mounted_is_named_with_its_reason(tmp_path, monkeypatch):
    instead(tmp_path, "mount", "echo mount: bad superblock >&2; exit 32")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    there = machine(tmp_path, CARD + "/dev/sdb1 / ext4 rw 0 0\n", DISKS)
    with pytest.raises(SessionError, match=r"/dev/sda1 cannot be mounted \(mount: bad superblock\)"), stick(there):
        pass


class Stick:
    """A real one that is not mounted, with a file of its owner's."""

    def __init__(self, device: str, folder: Path) -> None:
        self.device = device
        self._folder = folder
        disk = Path(device).name
        folder.mkdir()
        self.mounts = machine(folder, CARD, {disk: ("usb1/1-1", "1")})
        part = self.mounts.blocks / f"{disk}1"
        part.unlink()  # the whole disk is one file system
        subprocess.run(["mkfs.ext4", "-q", "-F", device], check=True)
        with self.looked_into() as where:
            (where / "holiday.jpg").write_text("mine")

    @contextmanager
    def looked_into(self) -> Iterator[Path]:
        where = self._folder / "look"
        where.mkdir(exist_ok=True)
        subprocess.run(["mount", self.device, where], check=True)
        try:
            yield where
        finally:
            subprocess.run(["umount", where], check=True)

    @property
    def mounted_at(self) -> list[Path]:
        rows = [row.split() for row in Path("/proc/mounts").read_text().splitlines()]
        return [Path(row[1]) for row in rows if row[0] == self.device]


@pytest.fixture
def usb(loop_device, tools, tmp_path) -> Iterator[Stick]:
    tools("mkfs.ext4")
    if os.geteuid() != 0:
        lacking("only root may mount", ci_may=True)
    made = Stick(loop_device(16), tmp_path / "usb")
    yield made
    for where in made.mounted_at:
        subprocess.run(["umount", where], check=True)
        where.rmdir()


def test_a_busy_stick_keeps_what_is_on_it_and_the_error_says_where_it_is(usb, folder, capsys, monkeypatch):
    (path,) = record(folder, 1)
    held = []

    @contextmanager
    def looked_at():
        with stick(usb.mounts) as where:
            held.append(os.open(where, os.O_RDONLY))
            yield where

    monkeypatch.setattr("limen.cli.sessions.stick", looked_at)
    try:
        assert run(["sessions", "export", path.name, "--folder", str(folder)]) == 2
    finally:
        os.close(held[0])
    out, err = words(capsys)
    (where,) = usb.mounted_at
    assert out == f"{where}/{path.name}.zip: written and compared\n"
    assert err.startswith(f"{usb.device} is still mounted at {where} (")
    assert err.endswith(f"leave it in, close what uses it, then: sudo umount {where}\n")
    assert err.count("\n") == 1
    subprocess.run(["umount", where], check=True)
    where.rmdir()
    with usb.looked_into() as stays:
        assert {f"{path.name}.zip", "holiday.jpg"} <= {entry.name for entry in stays.iterdir()}


@pytest.mark.parametrize("mounted", [True, False])
def test_who_interrupts_while_a_stick_is_being_mounted_loses_nothing(usb, tmp_path, mounted):
    real = shutil.which("mount") if mounted else "true"
    instead(tmp_path, "mount", f'{real} "$@"; kill -INT $PPID; exec sleep 60')
    export = f"""
from pathlib import Path
from limen.box.sessions import Mounts, stick
with stick(Mounts(Path({str(usb.mounts.table)!r}), Path({str(usb.mounts.blocks)!r}))):
    print("in")
"""
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", export], env=environment, stdout=subprocess.PIPE, timeout=60, text=True
    )
    assert (done.returncode, done.stdout) == (-signal.SIGINT, "")
    assert not usb.mounted_at
    assert not list(tmp_path.glob("limen-stick-*"))
    with usb.looked_into() as stays:
        assert (stays / "holiday.jpg").read_text() == "mine"


def test_erasing_asks_and_takes_no_for_an_answer(folder, capsys, monkeypatch):
    (path,) = record(folder, 1)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "")
    assert run(["sessions", "erase", path.name, "--folder", str(folder)]) == 1
    assert "nothing was erased" in words(capsys)[0]
    assert path.is_dir()
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert run(["sessions", "erase", path.name, "--folder", str(folder)]) == 0
    assert "only destroying the card is certain" in words(capsys)[0]
    assert not path.exists()


def test_where_nobody_can_be_asked_nothing_is_erased(folder, capsys, monkeypatch):
    (path,) = record(folder, 1)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert run(["sessions", "erase", path.name, "--folder", str(folder)]) == 2
    assert "--yes" in words(capsys)[1]
    assert path.is_dir()


def test_erased_is_erased_after_a_power_cut_too(card):
    (path,) = record(card.folder, 1)
    assert run(["sessions", "erase", path.name, "--yes", "--folder", str(card.folder)]) == 0
    card.cut_power()
    card.unmount()
    card.mount()
    assert not path.exists()


def test_a_folder_with_more_in_it_stays_whole(folder, capsys):
    (path,) = record(folder, 1)
    (path / "notes").mkdir()
    before = contents_of_files(path)
    assert run(["sessions", "erase", "--all", "--yes", "--folder", str(folder)]) == 2
    assert "notes" in words(capsys)[1]
    assert contents_of_files(path) == before


def test_what_cannot_be_erased_keeps_no_other_session(folder, capsys):
    first, second = record(folder, 1, 2)
    (first / "notes").mkdir()
    assert run(["sessions", "erase", first.name, second.name, "--yes", "--folder", str(folder)]) == 2
    out, err = words(capsys)
    assert out.startswith(f"{second.name}: erased\n1 of 2 erased\nErased: ")
    assert err == f"{first} holds notes, which is no session's; move it away first\n"
    assert [session.path for session in kept_sessions(folder)] == [first]
    assert run(["sessions", "erase", "--all", "--yes", "--discard", "--folder", str(folder)]) == 2
    assert "Erased" not in words(capsys)[0]


@pytest.mark.parametrize("said", [["erase", "--yes"], ["erase"], ["export"]])
def test_where_there_is_no_session_nothing_is_said_to_be_done(folder, capsys, said):
    assert run(["sessions", *said, "--all", "--folder", str(folder)]) == 0
    assert words(capsys) == ("", f"no sessions in {folder}\n")


def test_the_card_is_asked_to_drop_what_was_erased_before(folder, capsys, monkeypatch, tmp_path):
    instead(tmp_path, "fstrim", f'echo "$@" > {tmp_path}/asked')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert run(["sessions", "erase", "--all", "--yes", "--discard", "--folder", str(folder)]) == 0
    assert words(capsys) == ("", f"no sessions in {folder}\n")
    assert Path((tmp_path / "asked").read_text().strip()).is_mount()


def test_a_question_that_is_closed_is_answered_with_no(folder, capsys, monkeypatch):
    (path,) = record(folder, 1)
    monkeypatch.setattr("sys.stdin", Closed())
    assert run(["sessions", "erase", path.name, "--folder", str(folder)]) == 1
    out, err = words(capsys)
    assert out.endswith("[y/N] \nnothing was erased\n")
    assert not err
    assert path.is_dir()


class Closed(io.StringIO):
    """A terminal at which somebody presses Ctrl-D."""

    def isatty(self) -> bool:
        return True


@contextmanager
def as_nobody() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    ("closed", "said"),
    [
        ("sessions", ["list"]),
        ("sessions/{}", ["erase", "{}", "--yes"]),
        ("sessions/{}", ["export", "{}", "--to", "stick"]),
        ("stick", ["export", "{}", "--to", "stick"]),
    ],
)
def test_who_lacks_the_rights_is_told_of_sudo(folder, tmp_path, capsys, monkeypatch, closed, said):
    (path,) = record(folder, 1)
    (tmp_path / "stick").mkdir()
    monkeypatch.chdir(tmp_path)  # nobody may enter the folders above
    tmp_path.chmod(0o755)
    denied = Path(closed.format(path.name))
    denied.chmod(0o000)
    with as_nobody():
        status = run(["sessions", *(word.format(path.name) for word in said), "--folder", "sessions"])
    denied.chmod(0o755)
    err = words(capsys)[1]
    assert status == 2
    assert err.startswith(f"{denied}: ")
    assert err.endswith("(Permission denied); say it with sudo\n")
    assert err.count("\n") == 1


@pytest.fixture
def own(tmp_path, monkeypatch) -> Path:
    """The configuration of the box that this machine is taken for."""
    made = tmp_path / "etc" / "limen" / "limen.yaml"
    made.parent.mkdir(parents=True)
    monkeypatch.setattr("limen.cli.sessions.Machine", lambda: Machine(tmp_path))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    return made


def test_a_box_looks_where_its_own_configuration_says(own, tmp_path, capsys):
    (path,) = record(tmp_path / "usb", 1)
    assert run(["sessions"]) == 0
    assert words(capsys) == ("", f"no sessions in {tmp_path / 'state' / 'sessions'}\n")
    own.write_text(f"recorder: {{folder: {tmp_path / 'usb'}}}\n")
    assert run(["sessions", "erase", "--all", "--yes"]) == 0
    assert f"{path.name}: erased" in words(capsys)[0]
    assert not path.exists()


def test_a_boxs_own_configuration_that_is_wrong_is_no_reason_not_to_look_elsewhere(own, folder, capsys, tmp_path):
    (path,) = record(folder, 1)
    own.write_text("recorder: {foldr: x}\n")
    assert run(["sessions", "erase", "--all", "--yes"]) == 2
    out, err = words(capsys)
    assert not out
    assert f"{own}:1: recorder.foldr" in err
    assert "or name their folder with --folder" in err.splitlines()[-1]
    assert run(["sessions", "--folder", str(folder)]) == 0
    out, err = words(capsys)
    assert path.name in out
    assert not err
    picture = tmp_path / "picture.png"
    assert run(["sessions", "show", "last", "--folder", str(folder), "--picture", str(picture)]) == 0
    assert words(capsys)[1].endswith("drawn with the gates that are built in\n")
    assert picture.exists()


def contents_of_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_link_is_no_session_to_erase(folder, tmp_path):
    (path,) = record(tmp_path / "elsewhere", 1)
    folder.mkdir()
    (folder / path.name).symlink_to(path)
    assert kept_sessions(folder) == []


def test_the_card_is_asked_to_drop_what_was_erased(card, capsys):
    (path,) = record(card.folder, 1)
    assert run(["sessions", "erase", path.name, "--yes", "--discard", "--folder", str(card.folder)]) == 0
    assert f"{path.name}: erased" in words(capsys)[0]


def test_a_card_that_cannot_discard_is_named_with_its_reason(folder, capsys, monkeypatch, tmp_path):
    (path,) = record(folder, 1)
    instead(tmp_path, "fstrim", "echo fstrim: not supported >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert run(["sessions", "erase", path.name, "--yes", "--discard", "--folder", str(folder)]) == 2
    out, err = words(capsys)
    assert f"{path.name}: erased" in out
    assert "was not discarded (fstrim: not supported); it needs root and a card that can" in err


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (["show", "nothing"], "keeps no session 'nothing'; limen sessions lists them"),
        (["export"], "name sessions, or say --all"),
        (["erase", "x", "--all"], "name sessions, or say --all"),
        (["show", "1700000000_x"], "keeps no session"),
    ],
)
def test_what_cannot_be_is_one_line_and_status_2(folder, capsys, said, says):
    record(folder, 1)
    assert run(["sessions", *said, "--folder", str(folder)]) == 2
    err = words(capsys)[1]
    assert says in err
    assert err.count("\n") == 1


def test_show_draws_and_tells(folder, capsys, monkeypatch, tmp_path):
    (path,) = record(folder, 1)
    monkeypatch.chdir(tmp_path)
    assert run(["sessions", "show", "last", "--folder", str(folder)]) == 0
    out, _ = words(capsys)
    assert "length:  0:00:30" in out
    assert "mark 1: at 30." in out
    assert (tmp_path / f"{path.name}.png").read_bytes().startswith(b"\x89PNG")
    assert run(["sessions", "show", "last", "--folder", str(folder)]) == 2
    assert "is there already" in words(capsys)[1]


def test_show_tells_where_nothing_can_be_drawn(folder, capsys, monkeypatch, tmp_path):
    record(folder, 1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("limen.cli.sessions.find_spec", lambda name: None)
    assert run(["sessions", "show", "last", "--folder", str(folder)]) == 0
    out, err = words(capsys)
    assert "length:  0:00:30" in out
    assert "needs matplotlib" in err
    assert run(["sessions", "show", "last", "--folder", str(folder), "--picture", "x.png"]) == 2, "it was asked for"
    assert not list(tmp_path.glob("*.png"))


def test_show_asks_which_wearer(folder, capsys):
    first, second = record(folder, 1, 2)
    assert run(["sessions", "show", "last", "--folder", str(folder)]) == 2
    assert f"choose one of {first.name}, {second.name}" in words(capsys)[1]


def test_a_recording_with_a_missing_stream_is_still_one(folder):
    (path,) = record(folder, 1)
    (path / FILES[Stream.BVP]).unlink()
    (session,) = kept_sessions(folder)
    assert session.problems == ("no BVP",)


def test_what_came_last_is_not_told_by_a_clock_that_begins_each_evening_anew(tmp_path):
    for name in ("1700009000_00011111-1", "1700000600_00022222-1", "1700000600_00022222-2", "1700005000_abcdef-1"):
        begin(tmp_path / name)
    assert [session.name.partition("_")[2] for session in kept_sessions(tmp_path)] == [
        "abcdef-1",  # from before plays were counted
        "00011111-1",
        "00022222-1",
        "00022222-2",
    ]
    assert newest(tmp_path, 1) == tmp_path / "1700000600_00022222-1"
    assert newest(tmp_path, 3) is None


def begin(session: Path, samples: str = "0.5\n", start: str = "1700000000.000000") -> Path:
    session.mkdir(parents=True)
    (session / "EDA.csv").write_text(f"{start}\n4.000000\n{samples}")
    return session


def test_what_holds_no_sample_is_not_rehearsed_with(folder):
    nobodys = begin(folder / "evening", start="1600000000.000000")
    begin(folder / "yesterday", start="1500000000.000000")
    assert newest(folder, 1) == nobodys
    good = begin(folder / "1700000000_00011111-1")
    Folder(folder / "1700000000_00022222-1", "text\n").close()
    begin(folder / "1700000000_00032222-1", samples="")
    begin(folder / "1700000000_00042222-1", samples="0.5")  # cut
    assert newest(folder, 1) == good
    shutil.rmtree(good)
    assert newest(folder, 1) == nobodys
    shutil.rmtree(nobodys)
    shutil.rmtree(folder / "yesterday")
    assert newest(folder, 1) is None


def unreadable(file: Path) -> None:
    """As on a card that fails: it opens, and its first byte is an I/O error."""
    file.unlink()
    file.symlink_to("/proc/self/mem")


def test_a_file_that_cannot_be_read_costs_no_other_session(folder, tmp_path, capsys):
    bad, good = record(folder, 1, 2)
    unreadable(bad / "EDA.csv")
    assert run(["sessions", "--folder", str(folder)]) == 0
    rows = words(capsys)[0].splitlines()[1:]
    assert [row.split()[0] for row in rows] == [bad.name, good.name]
    assert rows[0].endswith("EDA.csv cannot be read (Input/output error)")
    assert run(["sessions", "erase", bad.name, "--yes", "--folder", str(folder)]) == 0
    assert [session.path for session in kept_sessions(folder)] == [good]


@pytest.mark.parametrize("line", ["nan", "inf", "-inf", "1700000000000.000000", "-1", "1e300", "\0\0\0"])
def test_a_start_that_no_clock_says_is_left_out(folder, capsys, line):
    begin(folder / "evening", start=line)
    begin(folder / f"{1_700_000_000_000}_00011111-1", start=line)
    assert run(["sessions", "--folder", str(folder)]) == 0
    assert [row.split()[1] for row in words(capsys)[0].splitlines()[1:]] == ["?", "?"]
    assert run(["sessions", "erase", "--all", "--yes", "--folder", str(folder)]) == 0
    assert not list(folder.iterdir())
