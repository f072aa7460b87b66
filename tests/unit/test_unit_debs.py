"""What is brought to a unit without a network: never what was made for another one, or long ago."""

import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pytest
from tests.unit.program_help import load

TOOL = Path(__file__).resolve().parents[2] / "tools" / "unit-debs"


@pytest.fixture(scope="module")
def debs() -> ModuleType:
    return load(TOOL)


@pytest.fixture
def archive(debs: ModuleType, tmp_path: Path) -> Path:
    packages = [tmp_path / name for name in ("bluez_5.82-1_arm64.deb", "iw_6.9-1_arm64.deb")]
    for package in packages:
        package.write_text("")
    debs.pack(packages, "trixie", "arm64", tmp_path / "first.tar")
    return tmp_path / "first.tar"


def check(archive: Path, suite: str = "trixie", architecture: str = "arm64", *packages: str) -> str:
    command = [sys.executable, TOOL, "--check", suite, architecture, archive, *packages]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode == 0) is (done.stderr == "")
    return done.stderr


def test_what_was_made_for_a_unit_is_taken_to_it(archive: Path) -> None:
    assert check(archive, "trixie", "arm64", "iw", "bluez") == ""
    # As after an interruption: some are installed by now.
    assert check(archive, "trixie", "arm64", "iw") == ""


@pytest.mark.parametrize(
    ("suite", "architecture", "package", "why"),
    [
        ("bookworm", "arm64", "iw", "was made for trixie on arm64, and the unit is bookworm on arm64"),
        ("trixie", "amd64", "iw", "was made for trixie on arm64, and the unit is trixie on amd64"),
        ("trixie", "arm64", "hostapd", "lacks hostapd"),
    ],
)
def test_what_was_made_for_another_unit_is_not(
    archive: Path, suite: str, architecture: str, package: str, why: str
) -> None:
    assert check(archive, suite, architecture, package) == f"{archive} {why}\n"


def test_what_is_old_is_not(debs: ModuleType, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = debs.time.time()
    monkeypatch.setattr(debs.time, "time", lambda: now + 29 * debs.DAY_S)
    assert debs.unfit("trixie", "arm64", archive, []) == ""
    monkeypatch.setattr(debs.time, "time", lambda: now + 41 * debs.DAY_S)
    assert debs.unfit("trixie", "arm64", archive, []) == "is 41 days old, and packages were mended since"


def test_what_says_nothing_of_itself_is_not(tmp_path: Path) -> None:
    nameless, broken = tmp_path / "nameless.tar", tmp_path / "broken.tar"
    tarfile.open(nameless, "w").close()
    broken.write_text("half of it")
    for archive in (nameless, broken, tmp_path / "none.tar"):
        assert "does not say what it was made for" in check(archive)
