"""What several test modules share."""

import fcntl
import os
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.lacking import lacking

# A machine that does something else meanwhile must not fail a test; CI tries the same examples each time.
settings.register_profile(
    "limen", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("limen")

# Whoever started the tests may ignore these (nohup, a shell's background job), and a child would inherit that.
for ignored, usual in ((signal.SIGHUP, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
    if signal.getsignal(ignored) is signal.SIG_IGN:
        signal.signal(ignored, usual)

ROOT = Path(__file__).resolve().parent.parent

# linux/fs/ext4/ext4.h
EXT4_IOC_SHUTDOWN = 0x8004587D
EXT4_GOING_FLAGS_NOLOGFLUSH = 2


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real E4 recordings; they are not part of the project."""
    folder = Path(os.environ.get("LIMEN_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        lacking(f"no recordings at {folder}; set LIMEN_DATA to the folder that holds them", ci_may=True)
    return folder


@pytest.fixture(scope="session")
def tools() -> Callable[..., None]:
    """Call it with the programs that a test needs; `tools/system-packages venue` installs them all."""

    def needs(*programs: str) -> None:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin", "/sbin"])
        missing = [program for program in programs if shutil.which(program, path=path) is None]
        if missing:
            lacking(f"not installed: {', '.join(missing)}; run tools/system-packages venue")

    return needs


def cut_power(mounted: Path) -> None:
    """Let nothing more through to an ext4 file system, not even what the kernel has not written yet."""
    number = os.open(mounted, os.O_RDONLY)
    try:
        fcntl.ioctl(number, EXT4_IOC_SHUTDOWN, struct.pack("I", EXT4_GOING_FLAGS_NOLOGFLUSH))
    finally:
        os.close(number)


class Card:
    """A small ext4 file system of its own, which can fail and lose power as a card does."""

    def __init__(self, image: Path, folder: Path) -> None:
        self._image = image
        self.folder = folder
        self.mount()

    def mount(self) -> None:
        subprocess.run(["mount", "-o", "loop,noatime", self._image, self.folder], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", self.folder], check=True)

    def cut_power(self) -> None:
        cut_power(self.folder)


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    """A card of 16 MB; needs root and loop devices."""
    image, folder = tmp_path / "card.img", tmp_path / "card"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(16 << 20)
    try:
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", image], check=True, capture_output=True)
        made = Card(image, folder)
    except (OSError, subprocess.CalledProcessError) as error:
        lacking(f"no file system can be mounted here: {error}", ci_may=True)
    yield made
    made.unmount()


@pytest.fixture
def loop_device(tmp_path: Path) -> Iterator[Callable[[int], str]]:
    """Makes a disk of so many MiB, sparse; needs root and loop devices."""
    made: list[str] = []

    def make(mib: int) -> str:
        image = tmp_path / f"disk{len(made)}.img"
        with image.open("wb") as file:
            file.truncate(mib << 20)
        command = ["losetup", "--find", "--show", "--partscan", image]
        try:
            made.append(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())
        except (OSError, subprocess.CalledProcessError) as error:
            lacking(f"no loop device can be had here: {error}", ci_may=True)
        return made[-1]

    yield make
    for device in made:
        subprocess.run(["losetup", "--detach", device], check=True)
