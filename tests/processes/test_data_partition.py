"""The data partition as limen-data leaves it, and what make-data.sh refuses: on disks that are damaged or foreign.

The scripts run as they are, with the real commands, on loop devices of their own in a mount namespace of their own.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT, cut_power
from tests.lacking import lacking

LIMEN_DATA = ROOT / "deploy" / "libexec" / "limen-data"
MAKE_DATA = ROOT / "ansible" / "roles" / "storage" / "files" / "make-data.sh"
PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])
LIMEN_ID = 61234
PATIENCE_S = 60.0

# As the storage role makes them: from 512 MiB on in blocks of 4 KiB.
MIB, SMALL_MIB, LEAST_MIB = 1024, 64, 16
BLOCK, SMALL_BLOCK = 4096, 1024
COPIES = (32768, 98304, 163840, 229376)
SMALL_COPIES = (8193, 24577, 40961, 57345)

DAMAGED = "the data partition is damaged and is being repaired"
ANEW = "the data partition could not be repaired and was made anew; settings and sessions are lost"
MEMORY = "no data partition works; settings and sessions last until the power goes"
SESSION = b"".join(b"%d,0,64\n" % i for i in range(20_000))
FILES = {
    "limen/kept.json": b'{"marks": 3}\n',
    "limen/sessions/evening/ACC.csv": SESSION,
    "box/boots/current": b"1.0 s: boot\n",
}

Disk = Callable[[int], str]


class Unit:
    """A mount namespace with a user limen, the folders that the storage role lays out, and a name of a device."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data, self.lib, self.run_folder = folder / "data", folder / "lib", folder / "run"
        for made in (self.data, self.lib / "limen", self.lib / "limen-box", self.run_folder, folder / "etc"):
            made.mkdir(parents=True)
        script = ["mount --make-rprivate /"]
        for name, line in (
            ("passwd", f"limen:x:{LIMEN_ID}:{LIMEN_ID}::/:/usr/sbin/nologin"),
            ("group", f"limen:x:{LIMEN_ID}:"),
        ):
            there = (Path("/etc") / name).read_text().splitlines()
            others = [user for user in there if not user.startswith("limen:")]
            (folder / name).write_text("\n".join([*others, line, ""]))
            script.append(f"mount --bind '{folder / name}' /etc/{name}")
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-e", "-c", "; ".join([*script, "echo ready", "read wait"])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PATH": PATH},
        )
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != "ready\n":
            _, why = self._holder.communicate(timeout=PATIENCE_S)
            lacking(f"no mount namespace can be had here: {why.strip()}", ci_may=True)

    def end(self) -> None:
        self._holder.communicate("\n", timeout=PATIENCE_S)

    def see(self, path: Path) -> Path:
        """A path as the namespace has it."""
        return Path(f"/proc/{self._holder.pid}/root{path}")

    def run(self, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        inside = ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", *map(str, command)]
        environment = os.environ | {"PATH": PATH} | environment
        return subprocess.run(inside, capture_output=True, text=True, timeout=PATIENCE_S, env=environment)

    def do(self, *command: str | Path) -> str:
        done = self.run(*command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def boot(self, device: str | Path | None, wait_s: int = 0) -> list[str]:
        """What limen-data says of this device, in the journal and to whoever asks afterwards."""
        if device is not None:
            (self.folder / "etc" / "data-device").write_text(f"{device}\n")
        event = self.run_folder / "limen-data-event"
        event.unlink(missing_ok=True)
        done = self.run(
            "sh",
            LIMEN_DATA,
            LIMEN_ETC=str(self.folder / "etc"),
            LIMEN_DATA_ROOT=str(self.data),
            LIMEN_LIB=str(self.lib),
            LIMEN_RUN=str(self.run_folder),
            LIMEN_DATA_WAIT=str(wait_s),
        )
        assert done.returncode == 0, done.stderr
        said = event.read_text().splitlines() if event.exists() else []
        assert done.stdout.splitlines() == [f"limen-data: {line}" for line in said]
        return said

    def power_off(self) -> None:
        """As the unit's ExecStop does."""
        self.do("umount", self.lib / "limen-box", self.lib / "limen", self.data)

    def format(self, device: str, *, dirty: bool = False) -> None:
        """A data partition with `FILES`, `dirty` if the power goes while it is written to."""
        self.do("mke2fs", "-q", "-F", "-t", "ext4", "-L", "limen-data", device)
        self.do("mount", device, self.data)
        for name, content in FILES.items():
            path = self.see(self.data / name)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        if dirty:
            cut_power(self.see(self.data))
        self.do("umount", self.data)

    def kept(self) -> bool:
        """Whether each of `FILES` is where the daemon and the box look for it."""
        paths = [self.see(self.lib / name.replace("box/", "limen-box/", 1)) for name in FILES]
        return all(
            path.is_file() and path.read_bytes() == content
            for path, content in zip(paths, FILES.values(), strict=True)
        )

    def mount_of(self, path: Path) -> tuple[str, str, set[str]]:
        """Source, kind and options."""
        source, kind, options = self.do("findmnt", "-rvno", "SOURCE,FSTYPE,OPTIONS", "-M", path).split()
        return source, kind, set(options.split(","))

    def is_ready_on(self, source: str) -> bool:
        """Whether everything is mounted from `source` (a device, or tmpfs) as it should be, and can be written."""
        kind = "tmpfs" if source == "tmpfs" else "ext4"
        for path in (self.data, self.lib / "limen", self.lib / "limen-box"):
            found, found_kind, options = self.mount_of(path)
            assert (found, found_kind) == (source, kind)
            assert {"rw", "nosuid", "nodev", "noexec"} <= options
        for name, owner, mode in (("limen", LIMEN_ID, 0o40750), ("limen-box", 0, 0o40700)):
            path = self.see(self.lib / name)
            status = path.stat()
            assert (status.st_uid, status.st_gid, status.st_mode) == (owner, owner, mode)
            (path / "new").write_text("written\n")
        assert (self.see(self.data) / "limen" / "new").read_text() == "written\n"
        return True


@pytest.fixture
def unit(tools: Callable[..., None], tmp_path: Path) -> Iterator[Unit]:
    tools(
        "unshare",
        "nsenter",
        "findmnt",
        "mountpoint",
        "blkid",
        "blockdev",
        "mke2fs",
        "e2fsck",
        "dumpe2fs",
        "debugfs",
    )
    if os.geteuid() != 0:
        lacking("only root may mount", ci_may=True)
    made = Unit(tmp_path / "unit")
    yield made
    made.end()


def wipe(device: str, block: int, count: int = 1, *, size: int = BLOCK) -> None:
    """Overwrite so many blocks with what says nothing."""
    with Path(device).open("r+b") as disk:
        disk.seek(block * size)
        disk.write(b"\xa5" * (count * size))
        os.fsync(disk.fileno())


def digest(device: str) -> str:
    with Path(device).open("rb") as disk:
        return hashlib.file_digest(disk, "sha256").hexdigest()


def is_dirty(device: str) -> bool:
    command = ["dumpe2fs", "-h", device]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"PATH": PATH})
    return "needs_recovery" in done.stdout


def repaired_from(block: int) -> list[str]:
    return [f"{DAMAGED}, from the copy in block {block}"]


def test_of_a_clean_one_nothing_is_said_and_nothing_is_lost(unit: Unit, loop_device: Disk) -> None:
    device = loop_device(MIB)
    unit.format(device)
    assert unit.boot(device) == []
    assert unit.kept()
    assert unit.is_ready_on(device)


def test_started_again_while_it_is_in_use_it_changes_nothing(unit: Unit, loop_device: Disk) -> None:
    device = loop_device(MIB)
    unit.format(device)
    unit.boot(device)
    unit.do("umount", unit.lib / "limen")
    assert unit.boot(device) == []
    assert unit.kept()
    assert unit.is_ready_on(device)
    unit.power_off()
    assert unit.run("mountpoint", "-q", unit.data).returncode != 0


def test_after_the_plug_was_pulled_the_journal_has_it(unit: Unit, loop_device: Disk) -> None:
    device = loop_device(MIB)
    unit.format(device, dirty=True)
    assert is_dirty(device)
    assert unit.boot(device) == []
    assert unit.kept()
    assert unit.is_ready_on(device)


@pytest.mark.parametrize("dirty", [False, True], ids=["clean", "dirty"])
@pytest.mark.parametrize(
    ("wiped", "copy"),
    [
        ([(0, 1)], COPIES[0]),
        ([(1, 1)], COPIES[0]),
        ([(0, 2), (COPIES[0], 1)], COPIES[1]),
        ([(0, 2), (COPIES[0] + 1, 1)], COPIES[1]),
        ([(0, 2), *((copy, 2) for copy in COPIES[:3])], COPIES[3]),
    ],
    ids=[
        "superblock",
        "descriptors",
        "superblock and a copy",
        "superblock and a copy's descriptors",
        "all but one",
    ],
)
def test_what_a_copy_of_the_superblock_can_bring_back_is_brought_back(
    unit: Unit, loop_device: Disk, wiped: list[tuple[int, int]], copy: int, dirty: bool
) -> None:
    device = loop_device(MIB)
    unit.format(device, dirty=dirty)
    for block, count in wiped:
        wipe(device, block, count)
    assert unit.boot(device) == repaired_from(copy)
    assert unit.kept()
    assert unit.is_ready_on(device)
    unit.power_off()
    assert unit.boot(device) == []
    assert unit.kept()


def test_on_a_small_one_the_copies_are_elsewhere(unit: Unit, loop_device: Disk) -> None:
    device = loop_device(SMALL_MIB)
    unit.format(device)
    for block in (0, SMALL_COPIES[0]):
        wipe(device, block, 2, size=SMALL_BLOCK)
    assert unit.boot(device) == repaired_from(SMALL_COPIES[1])
    assert unit.kept()


def test_what_is_damaged_behind_the_superblock_is_repaired_and_said(unit: Unit, loop_device: Disk) -> None:
    device = loop_device(MIB)
    unit.format(device)
    folder = int(unit.do("debugfs", "-R", "blocks limen/sessions", device))
    wipe(device, folder)
    # As the kernel notes it where it meets an error: of one that seems clean, e2fsck believes it.
    unit.do("debugfs", "-w", "-R", "set_super_value state 2", device)
    assert unit.boot(device) == [DAMAGED]
    found = list((unit.see(unit.data) / "lost+found").rglob("ACC.csv"))
    assert [path.read_bytes() for path in found] == [SESSION]
    assert unit.is_ready_on(device)


@pytest.mark.parametrize("written", [True, False], ids=["beyond repair", "blank"])
def test_what_cannot_be_repaired_is_made_anew_and_not_discarded(
    unit: Unit, loop_device: Disk, written: bool
) -> None:
    device = loop_device(SMALL_MIB)
    if written:
        unit.format(device)
        for block in (0, *SMALL_COPIES):
            wipe(device, block, 2, size=SMALL_BLOCK)
    assert unit.boot(device) == [DAMAGED, ANEW]
    assert unit.is_ready_on(device)
    unit.power_off()
    unit.do("e2fsck", "-f", "-n", device)
    assert unit.boot(device) == []
    assert unit.see(unit.lib / "limen/new").read_text() == "written\n"
    # Not its beginning, where something new may have been put.
    assert (SESSION[100_000:101_000] in Path(device).read_bytes()) == written


def _other_label(unit: Unit, device: str) -> None:
    unit.format(device)
    unit.do("e2label", device, "holidays")


def _partitions(unit: Unit, device: str) -> None:
    """A stick as it is sold, but for what is in its partition."""
    layout = "label: dos\nsize=16MiB, type=c\n"
    command = ["sfdisk", "--quiet", "--no-reread", device]
    subprocess.run(
        command, input=layout, text=True, check=True, capture_output=True, env=os.environ | {"PATH": PATH}
    )


def _swap(unit: Unit, device: str) -> None:
    unit.do("mkswap", device)


def _two_kinds(unit: Unit, device: str) -> None:
    """blkid has no answer: ext4 behind what begins as squashfs does."""
    unit.format(device)
    with Path(device).open("r+b") as disk:
        disk.write(b"hsqs")
    assert unit.run("blkid", "-p", device).returncode == 8


FOREIGN = [_other_label, _partitions, _swap, _two_kinds]


@pytest.mark.parametrize("make", FOREIGN)
def test_what_is_not_a_units_is_left_alone_byte_for_byte(
    unit: Unit, loop_device: Disk, tools: Callable[..., None], make: Callable[[Unit, str], None]
) -> None:
    tools("mkswap", "e2label", "sfdisk")
    device = loop_device(LEAST_MIB)
    make(unit, device)
    before = digest(device)
    assert unit.boot(device) == [f"{device} holds something that is not a unit's; it is left alone", MEMORY]
    assert unit.is_ready_on("tmpfs")
    assert digest(device) == before


def test_what_is_write_protected_is_left_alone(unit: Unit, loop_device: Disk) -> None:
    device = loop_device(LEAST_MIB)
    unit.format(device, dirty=True)
    before = digest(device)
    image = unit.do("losetup", "--noheadings", "--output", "BACK-FILE", device).strip()
    protected = unit.do("losetup", "--find", "--show", "--read-only", image).strip()
    try:
        assert unit.boot(protected) == [f"{protected} is write-protected; it is left alone", MEMORY]
    finally:
        unit.do("losetup", "--detach", protected)
    assert unit.is_ready_on("tmpfs")
    assert digest(device) == before


def test_without_a_device_there_is_memory(unit: Unit) -> None:
    device = unit.folder / "none"
    assert unit.boot(device) == [f"{device} is not there", MEMORY]
    assert unit.is_ready_on("tmpfs")
    assert "size=65536k" in unit.mount_of(unit.data)[2]


def test_without_a_name_of_a_device_there_is_memory(unit: Unit) -> None:
    assert unit.boot(None) == ["the data partition is not there", MEMORY]
    assert unit.is_ready_on("tmpfs")


def test_a_device_that_comes_late_is_waited_for(unit: Unit, loop_device: Disk) -> None:
    device, late = loop_device(LEAST_MIB), unit.folder / "late"
    unit.format(device)
    comes = subprocess.Popen(["sh", "-c", f"sleep 0.7; ln -s {device} '{late}'"])
    assert unit.boot(late, wait_s=10) == []
    assert comes.wait(PATIENCE_S) == 0
    assert unit.kept()
    assert unit.is_ready_on(device)


class TestMakeData:
    """What the storage role finds or makes it with, where the technician has named a device."""

    def make(self, unit: Unit, verb: str, *device: str) -> subprocess.CompletedProcess[str]:
        return unit.run("sh", MAKE_DATA, verb, "1024", *device)

    @pytest.mark.parametrize("verb", ["make", "look"])
    @pytest.mark.parametrize("foreign", FOREIGN)
    def test_it_refuses_what_holds_anything(
        self,
        unit: Unit,
        loop_device: Disk,
        tools: Callable[..., None],
        foreign: Callable[[Unit, str], None],
        verb: str,
    ) -> None:
        tools("mkswap", "e2label", "sfdisk")
        device = loop_device(LEAST_MIB)
        foreign(unit, device)
        before = digest(device)
        done = self.make(unit, verb, device)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{device} holds something else" in done.stderr
        assert digest(device) == before

    def test_it_refuses_what_is_not_there(self, unit: Unit) -> None:
        done = self.make(unit, "make", "/dev/nowhere")
        assert (done.returncode, done.stdout) == (1, "")
        assert "/dev/nowhere is not there" in done.stderr

    def test_a_blank_one_is_made_once_and_then_found(self, unit: Unit, loop_device: Disk) -> None:
        device = loop_device(LEAST_MIB)
        before = digest(device)
        assert self.make(unit, "look", device).stdout == f"made {device}\n"
        assert digest(device) == before
        assert self.make(unit, "make", device).stdout == f"made {device}\n"
        made = digest(device)
        assert self.make(unit, "make", device).stdout == f"found {device}\n"
        assert digest(device) == made
        assert unit.boot(device) == []
        assert unit.is_ready_on(device)


class TestMakeDataBehindTheRoot:
    """What it says where no device is named, of a root in a partition of a loop device."""

    def root_on(self, unit: Unit, disk: str, partition: str) -> Callable[..., subprocess.CompletedProcess[str]]:
        """What runs make-data.sh with the root there, and no other disk than `disk` to be seen."""
        root = unit.folder / "root"
        root.mkdir()
        unit.do("mke2fs", "-q", "-F", "-t", "ext4", partition)
        unit.do("mount", partition, root)
        for name in ("dev", "etc/alternatives", "etc/limen", "proc", "sys", "usr"):
            unit.see(root / name).mkdir(parents=True)
        for name in ("bin", "lib", "lib64", "sbin"):
            unit.see(root / name).symlink_to(f"usr/{name}")
        for name in ("etc/alternatives", "proc", "sys", "usr"):
            unit.do("mount", "--rbind", f"/{name}", root / name)
        # Another disk of this machine may be somebody's data partition.
        unit.do("mount", "-t", "tmpfs", "tmpfs", root / "dev")
        for device in {"/dev/null", disk, partition}:
            unit.see(root).joinpath(device.lstrip("/")).touch()
            unit.do("mount", "--bind", device, f"{root}{device}")
        unit.see(root / "make-data").write_bytes(MAKE_DATA.read_bytes())
        return lambda verb, least_mib: unit.run("chroot", root, "sh", "/make-data", verb, str(least_mib))

    @pytest.fixture
    def card(self, loop_device: Disk, tools: Callable[..., None]) -> str:
        """A disk of 128 MiB whose last partition, the first, ends at 65 MiB."""
        tools("sfdisk", "partx", "lsblk", "chroot")
        disk = loop_device(128)
        environment = os.environ | {"PATH": PATH}
        layout = "label: dos\nstart=2048, size=64MiB, type=83\n"
        command = ["sfdisk", "--quiet", disk]
        subprocess.run(command, input=layout, text=True, check=True, capture_output=True, env=environment)
        subprocess.run(["partx", "--update", disk], check=True, env=environment)
        return disk

    def test_it_refuses_where_too_little_is_free(self, unit: Unit, card: str) -> None:
        make = self.root_on(unit, card, f"{card}p1")
        before = unit.do("sfdisk", "--dump", card)
        for verb in ("make", "look"):
            done = make(verb, 64)
            assert (done.returncode, done.stdout) == (1, "")
            assert "less than 64 MiB free behind the root" in done.stderr
        assert unit.do("sfdisk", "--dump", card) == before

    def test_a_look_says_where_it_would_be_and_changes_nothing(self, unit: Unit, card: str) -> None:
        make = self.root_on(unit, card, f"{card}p1")
        before = unit.do("sfdisk", "--dump", card)
        done = make("look", 63)
        assert (done.returncode, done.stdout) == (0, f"made {card}-new\n")
        assert unit.do("sfdisk", "--dump", card) == before

    def test_it_refuses_where_the_root_is_a_whole_disk(self, unit: Unit, loop_device: Disk) -> None:
        disk = loop_device(SMALL_MIB)
        done = self.root_on(unit, disk, disk)("make", 1)
        assert (done.returncode, done.stdout) == (1, "")
        assert "the root is not on a partition" in done.stderr

    def test_what_the_box_goes_by_is_found_in_whatever_state(self, unit: Unit, card: str) -> None:
        make = self.root_on(unit, card, f"{card}p1")
        unit.see(unit.folder / "root/etc/limen/data-device").write_text(f"{card}\n")
        assert make("make", 1).stdout == f"found {card}\n"
