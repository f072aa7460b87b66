"""Two watchdogs: systemd's for a service that hangs, the hardware's for a box that does."""

from __future__ import annotations

import pytest

from tests.virtualbox import programs
from tests.virtualbox.box import Box


def test_a_service_that_hangs_is_started_again(box: Box) -> None:
    programs.lay_out(box)
    options = "-pType=notify -pNotifyAccess=all -pWatchdogSec=10 -pRestart=always -pRestartSec=1"
    box.run(f"systemd-run -q --unit=dog {options} {programs.PYTHON} {programs.FOLDER}/dog.py")

    def main_pid() -> str:
        return box.run("systemctl show -P MainPID dog").strip()

    hung = main_pid()
    box.run(f"kill -STOP {hung}")
    box.wait_for("restart", lambda: main_pid() not in {hung, "0"})
    assert "Watchdog timeout" in box.journal("dog")


@pytest.mark.slow
def test_a_box_that_hangs_is_reset_by_the_hardware(box: Box) -> None:
    before = box.boot_id()
    # Opened, and never fed: the kernel's driver counts its 30 s down in the emulated i6300esb.
    box.run("systemd-run -q --unit=hang sh -c 'exec 3> /dev/watchdog0; sleep infinity'")
    box.qmp.wait_for_event("WATCHDOG", 900)
    box.wait_back(before)
    assert "i6300ESB" in box.run("dmesg")
