"""A machine made of files, for what reads /sys and /proc."""

from __future__ import annotations

from pathlib import Path

from limen.box.health import FileSystem, Machine

ALARM = "sys/class/hwmon/hwmon1/in0_lcrit_alarm"
THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
HEAT = "sys/class/thermal/thermal_zone0/temp"
ERRORS = "sys/fs/ext4/mmcblk0p3/errors_count"
WIFI = "sys/class/net/wlan0/operstate"
MEMINFO = "MemTotal:         434784 kB\nMemFree:          101000 kB\nMemAvailable:     300000 kB\n"

PI = {
    "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
    "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    ALARM: "0\n",
    THROTTLED: "0\n",
    HEAT: "51235\n",
    "sys/fs/ext4/features/lazy_itable_init": "supported\n",
    ERRORS: "0\n",
    "proc/meminfo": MEMINFO,
    "proc/self/statm": "30000 10000 5000 1 0 9000 0\n",
    "sys/class/bluetooth/hci0/type": "primary\n",
    WIFI: "up\n",
}


class FakeMachine:
    """Files below `root`, and the file system that everything is on."""

    def __init__(self, root: Path, files: dict[str, str]) -> None:
        self.root = root
        self.holds = FileSystem(free_mb=20_000.0, read_only=False)
        self.machine = Machine(root, lambda folder: self.holds)
        for name, text in files.items():
            self.say(name, text)

    def say(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def lose(self, name: str) -> None:
        (self.root / name).unlink()
