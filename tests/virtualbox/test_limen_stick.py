"""An export to a USB stick as they are sold: FAT, one partition, and mounted by nobody."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from limen.inlets.simulated import SimulatedWearer
from limen.inlets.writer import write_session
from tests.virtualbox.box import Box

pytestmark = [pytest.mark.trial, pytest.mark.slow]

EXPORT = "/opt/venv/bin/limen sessions export --all"
NAME = "1700000000_abcdef-1"


def plugged_in(folder: Path) -> list[str]:
    """A stick that holds the files of a folder; what is written to it goes with the emulator."""
    drive = f"if=none,id=stick,format=raw,snapshot=on,file=fat:{folder}"
    return ["-device", "qemu-xhci", "-drive", drive, "-device", "usb-storage,drive=stick,removable=on"]


def test_an_export_mounts_the_stick_and_leaves_it_to_be_pulled_out(box: Box, tmp_path: Path) -> None:
    stick, session = tmp_path / "stick", tmp_path / NAME
    stick.mkdir()
    (stick / "MINE.TXT").write_text("mine")
    write_session(session, SimulatedWearer(1).session(30.0))
    box.install_limen()
    box.put(session, f"/var/lib/limen/sessions/{NAME}")
    box.power_off()
    box.power_on(plugged_in(stick))
    box.wait_for("the stick", lambda: box.run("ls /dev/sda1", check=False))

    nobody = "setpriv --reuid=nobody --regid=nogroup --clear-groups"
    said = box.run(f"{nobody} {EXPORT} --folder /var/lib/limen/sessions 2>&1; echo status $?")
    assert "/dev/sda1 is not mounted, and only root may" in said
    assert "status 2" in said

    said = box.run(EXPORT)
    assert f"{NAME}.zip: written and compared" in said
    assert "/dev/sda" not in box.run("cat /proc/mounts")
    box.run("mount -o ro /dev/sda1 /mnt")
    assert box.run("cat /mnt/MINE.TXT || cat /mnt/mine.txt") == "mine"
    with zipfile.ZipFile(BytesIO(box.get(f"/mnt/{NAME}.zip"))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in session.iterdir()
        }
