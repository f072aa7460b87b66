"""What is laid on a box, held against the programs that will read it there."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted(
    path for path in (DEPLOY / "systemd").iterdir() if path.suffix in {".service", ".timer", ".mount", ".path"}
)
BEST_SCORE = 1.4


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root folder with the units, and an empty program wherever a unit names one."""
    units = tmp_path / "etc/systemd/system"
    shutil.copytree(DEPLOY / "systemd", units)
    system = Path("/lib/systemd/system")
    shutil.copytree(system, tmp_path / "lib/systemd/system", symlinks=True, ignore_dangling_symlinks=True)
    # A unit of Debian's hostapd and BlueZ packages, which a drop-in of ours changes.
    (units / "hostapd@.service").write_text(
        "[Service]\nType=forking\nExecStart=/usr/sbin/hostapd -B /etc/hostapd/%i.conf\n"
    )
    (units / "bluetooth.service").write_text(
        "[Service]\nType=dbus\nBusName=org.bluez\nExecStart=/usr/sbin/bluetoothd\n"
    )
    for program in re.findall(
        r"^Exec\w+=[-+!]*(/\S+)", "\n".join(p.read_text() for p in units.rglob("*") if p.is_file()), re.M
    ):
        path = tmp_path / program.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o755)
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\nlimen:x:900:900::/:/bin/false\n")
    (tmp_path / "etc/group").write_text("root:x:0:\nlimen:x:900:\ngpio:x:901:\nbluetooth:x:902:\n")
    return tmp_path


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"SYSTEMD_PAGER": "", "SYSTEMD_LOG_LEVEL": "warning", "LC_ALL": "C"}
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_understands_every_line(tools, root: Path, unit: Path) -> None:
    tools("systemd-analyze")
    name = unit.name.replace("@.", "@wifi.")
    done = analyze("verify", f"--root={root}", "--man=no", "--recursive-errors=no", name)
    ours = [line for line in done.stderr.splitlines() if unit.name.split(".")[0].split("@")[0] in line]
    assert ours == []


def test_the_daemon_is_sandboxed_as_promised(tools) -> None:
    tools("systemd-analyze")
    done = analyze("security", "--offline=true", str(DEPLOY / "systemd" / "limen.service"))
    score = float(re.search(r"exposure level for limen.service: ([\d.]+)", done.stdout)[1])
    assert score <= BEST_SCORE


@pytest.mark.parametrize("name", ["limen-stations.service", "limen-dhcp@.service"])
def test_what_runs_as_root_has_little_to_hold(tools, name: str) -> None:
    tools("systemd-analyze")
    done = analyze("security", "--offline=true", "--threshold=50", str(DEPLOY / "systemd" / name))
    assert done.returncode == 0, done.stdout


def test_the_sandbox_leaves_what_the_daemon_lives_from() -> None:
    unit = (DEPLOY / "systemd" / "limen.service").read_text()
    settings = [line for line in unit.splitlines() if not line.startswith("#")]
    assert not any(line.startswith("ProcSubset=") for line in settings)
    assert "DeviceAllow=char-gpiochip rw" in settings
    assert "WorkingDirectory=/run/limen" in settings
    assert "Environment=LG_WD=/run/limen PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1" in settings


def test_the_watchdog_fits_every_kernel() -> None:
    text = (DEPLOY / "systemd" / "system.conf.d" / "90-limen.conf").read_text()
    assert [int(value) for value in re.findall(r"WatchdogSec=(\d+)", text)] == [14, 14]


def test_no_masked_unit_is_one_of_ours() -> None:
    files = [DEPLOY / "systemd" / name for name in ("masked-units", "masked-networks")]
    lines = [line for file in files for line in file.read_text().splitlines()]
    masked = [line for line in lines if line and not line.startswith("#")]
    assert len(masked) == len(set(masked))
    assert not {unit.name for unit in UNITS} & set(masked)
    assert all(re.fullmatch(r"[\w@-]+\.(service|timer|socket|swap)", name) for name in masked)
