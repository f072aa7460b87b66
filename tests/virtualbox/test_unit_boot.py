"""A unit after the plug: how long until it plays, beside the bare image; and that an evening goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.virtualbox import machine, unit
from tests.virtualbox.box import Box
from tests.virtualbox.ssh import quote
from tests.virtualbox.technician import Technician
from tests.virtualbox.unit import NAME

pytestmark = pytest.mark.trial

SESSION = Path("Stress-Predict-Dataset") / "S06"
BAND = "00:07:80:A1:B2:F0"
FIRST_OSC = "/run/venue/first-osc"
# A laptop that has been there before joins by itself, and somebody listens.
WAITING = """[Unit]
After=venue-hardware.service
[Service]
Type=exec
IgnoreSIGPIPE=no
ExecStart=/bin/sh -c 'sh /opt/venue/join.sh laptop1 {ssid} {psk} 900 && \
  ip netns exec laptop1 stdbuf -oL oscdump 9000 | head -n 1 && cut -d " " -f 1 /proc/uptime > {file}'
[Install]
WantedBy=multi-user.target
"""


@pytest.fixture(scope="module")
def box(unit_box: Box) -> Box:
    return unit_box


def up_after(box: Box, unit_name: str) -> float:
    """Seconds of the box's own clock from the kernel's start until a unit was up."""
    said = box.run(quote("systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", unit_name))
    return int(said) / 1e6


def test_boot_beside_the_bare_image(box: Box, technician: Technician, tmp_path: Path) -> None:
    wait = WAITING.format(ssid=technician.ssid(NAME), psk=technician.passphrase(NAME), file=FIRST_OSC)
    box.run("mount -o remount,rw /")
    box.put(wait.encode(), "/etc/systemd/system/venue-laptop.service")
    box.run("systemctl enable -q venue-laptop; sync; mount -o remount,ro /")
    box.cut_power()
    with unit.bare(tmp_path / machine.DISK) as bare:
        bare.power_on()
        times = {"bare: ssh": up_after(bare, "ssh.service")}
    box.power_on()
    box.wait_for("first OSC", lambda: box.run(f"cat {FIRST_OSC}", check=False).strip())
    times["unit: ssh"] = up_after(box, "ssh.service")
    times["unit: access point"] = up_after(box, "hostapd@wlan0.service")
    times["unit: daemon is ready"] = up_after(box, "limen.service")
    times["unit: a laptop hears OSC"] = float(box.run(f"cat {FIRST_OSC}"))
    print({what: f"{seconds:.1f} s" for what, seconds in times.items()})
    box.run("mount -o remount,rw / && systemctl disable -q venue-laptop && sync && mount -o remount,ro /")
    box.laptop.leave()


def test_an_evening_goes_on_after_the_plug_was_pulled(box: Box, technician: Technician, recordings: Path) -> None:
    ssid, passphrase = technician.ssid(NAME), technician.passphrase(NAME)
    for turn in range(3):
        # The room's power goes too, so the band is put on anew; it is the same one.
        band = box.band(address=BAND)
        band.wear(recordings / SESSION, seconds=600)
        band.power_on()
        box.laptop.join(ssid, passphrase)
        ears = box.laptop.listen(9000)
        if turn == 0:
            ears.wait_for("/limen/1/link", "1")
            box.press("start")
        ears.wait_for("/limen/1/trig/pulse", count=5)
        box.cut_power()
        box.power_on()
        assert "limen-data: " not in box.journal("limen-data"), "the data partition was not whole"
