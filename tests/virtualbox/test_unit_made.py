"""Making a unit again, and another one beside it.

The plug was pulled thrice while the first was made (`unit.CUT_AT`).
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.virtualbox import build, machine, unit
from tests.virtualbox.box import Box
from tests.virtualbox.technician import Technician
from tests.virtualbox.unit import NAME

pytestmark = pytest.mark.trial

OTHER = "second"
DHCP = "/etc/limen/dhcp/wifi.conf"
HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"


@pytest.fixture(scope="module")
def box(unit_box: Box) -> Box:
    return unit_box


def test_a_second_run_changes_nothing(box: Box, technician: Technician) -> None:
    before = box.boot_id()
    recap = technician.play(box, NAME)
    assert recap.changes == []
    assert recap.changed == 0
    assert box.boot_id() == before
    assert box.run("findmnt -no OPTIONS /").startswith("ro,")


def test_a_check_says_what_a_run_would_do_and_does_nothing(box: Box, technician: Technician) -> None:
    box.run(f"mount -o remount,rw / && echo '# by hand' >> {DHCP} && mount -o remount,ro /")
    told = technician.play(box, NAME, "--tags", "network", "--check", "--diff")
    assert "-# by hand" in told.text
    assert "# by hand" in box.run(f"cat {DHCP}")
    assert technician.passphrase(NAME) not in told.text

    before = box.boot_id()
    done = technician.play(box, NAME, "--tags", "network")
    box.wait_back(before)
    assert set(told.changes) <= set(done.changes)
    assert set(done.changes) - set(told.changes) == {"Reboot"}
    assert "# by hand" not in box.run(f"cat {DHCP}")


def test_another_unit_shares_no_secret(box: Box, technician: Technician, tmp_path: Path) -> None:
    """The second one is made as far as it has secrets, of the same bare image."""
    keys = [box.run(f"cat {HOST_KEY}.pub").split()[1]]
    box.cut_power()
    with unit.bare(tmp_path / machine.DISK) as other:
        other.power_on()
        keys.append(other.run(f"cat {HOST_KEY}.pub").split()[1])
        technician.play(other, OTHER, "--tags", "hardening")
        keys.append(other.run(f"cat {HOST_KEY}.pub").split()[1])
        technician.play(other, OTHER, "--tags", "access_point", "--check", check=False)
    assert len(set(keys)) == 3
    assert technician.passphrase(NAME) != technician.passphrase(OTHER)
    assert technician.ssid(NAME) != technician.ssid(OTHER)
    ignored = [f"ansible/secrets/{NAME}/passphrase", "ansible/secrets/known_hosts", "ansible/inventory/hosts.yml"]
    for path in ignored:
        assert subprocess.run(["git", "check-ignore", "-q", path], cwd=build.TREE).returncode == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in technician.secrets.rglob("passphrase"))
