"""A box made of files and answers, for what examines one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tests.unit.health_help import PI, FakeMachine

from limen.box.config import default_config_yaml
from limen.box.doctor.checks import examine
from limen.box.doctor.finding import Finding
from limen.box.doctor.site import Ran, Site

DAEMON = "limen.service"
HOSTAPD = "hostapd@wlan0.service"
DHCP = "limen-dhcp@wifi.service"
RULES = """\
table inet limen {
	chain input {
		type filter hook input priority filter; policy drop;
	}
	chain station {
		udp dport 9001 accept
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}"""
MOUNTS = """\
/dev/mmcblk0p2 / ext4 ro,noatime 0 0
tmpfs /var/log tmpfs rw,nosuid 0 0
/dev/mmcblk0p3 /var/lib/limen ext4 rw,nosuid,nodev,noexec,noatime 0 0
"""
BOX = PI | {
    "etc/limen/limen.yaml": default_config_yaml(),
    "etc/hostapd/wlan0.conf": "",
    "proc/self/mounts": MOUNTS,
    "proc/swaps": "Filename\tType\tSize\tUsed\tPriority\n",
    "run/log/journal/0123/system.journal": "",
    "sys/class/watchdog/watchdog0/state": "active\n",
    "sys/class/watchdog/watchdog0/identity": "Broadcom BCM2835 Watchdog timer\n",
    "var/lib/limen/settings.json": "{}",
}
UNITS = {
    DAEMON: {
        "LoadState": "loaded",
        "ActiveState": "active",
        "SubState": "running",
        "StatusText": "playing, 1 band",
        "NRestarts": "0",
        "WatchdogUSec": "15s",
        "MainPID": "812",
    },
    "bluetooth.service": {"LoadState": "loaded", "ActiveState": "active"},
    HOSTAPD: {"LoadState": "loaded", "ActiveState": "active"},
    DHCP: {"LoadState": "loaded", "ActiveState": "active"},
    "apt-daily.timer": {"LoadState": "masked", "ActiveState": "inactive"},
    "apt-daily-upgrade.timer": {"LoadState": "masked", "ActiveState": "inactive"},
}


class FakeBox(FakeMachine):
    """A box in good health that a test takes something away from."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, BOX)
        self.units = {name: dict(said) for name, said in UNITS.items()}
        self.answers = {
            "busctl": Ran(0, "b true"),
            "iw": Ran(0, "global\ncountry DE: DFS-ETSI\n\t(2400 - 2483 @ 40), (N/A, 20), (N/A)"),
            "ip": Ran(0, json.dumps([{"ifname": "wlan0", "addr_info": [{"local": "192.168.4.1"}]}])),
            "nft": Ran(0, RULES),
            "nsenter": Ran(0),
            "setpriv": Ran(0),
            "journalctl": Ran(0, "Booting Linux\nVoltage normalised (0x00000000)"),
            "systemctl": Ran(0, "14s"),
        }
        self.site = Site(
            machine=self.machine,
            run=self.run,
            ping=lambda port, prefix: (port, prefix) == (9001, "/limen"),
            find_chip=lambda: 0,
            is_root=True,
        )

    def run(self, command: Sequence[str]) -> Ran:
        if command[0] == "systemctl" and "--value" not in command:
            blocks = (
                "\n".join(f"{key}={value}" for key, value in {"Id": name, **self.units[name]}.items())
                for name in command
                if name in self.units
            )
            return Ran(0, "\n\n".join(blocks))
        return self.answers[command[0]]

    def stop(self, unit: str) -> None:
        self.units[unit]["ActiveState"] = "failed"

    def findings(self) -> dict[str, Finding]:
        return dict(examine(self.site))
