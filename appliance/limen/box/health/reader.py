"""Reads a machine's health: some twenty small files that the kernel makes up on the spot."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from limen.box.health.machine import MB, Machine
from limen.box.health.readings import Card, Clock, Health, Heat, Memory, Radio, Supply

THROTTLED: Final = "sys/devices/platform/soc/soc:firmware/get_throttled"
# Bits of the firmware's answer (Raspberry Pi documentation, vcgencmd get_throttled); 16 higher: it was so before.
UNDERVOLTED: Final = 1 << 0
SLOWED: Final = 1 << 2
BEFORE: Final = 16
# From here on the firmware may slow the processor down (the soft limit of a 3B+; the others begin at 80 °C).
WARM_C: Final = 60.0
# 2026-01-01, before the first release: a clock that says less is not set.
OLDEST_UNIX: Final = 1_767_225_600
# What deploy/libexec/limen-data had to do at power on, and its words where that cost what was kept.
DATA_EVENT: Final = "run/limen-data-event"
DATA_LOST: Final = "settings and sessions"
ADAPTER: Final = re.compile(r"hci\d+")  # hci0:64 is a connection


class HealthReader:
    """Looks at `machine`; `data` is the folder of sessions and settings.

    `reserve_mb` None: nothing is recorded, so a full card is no matter. `bluetooth` and `wifi` (an interface) say
    what must be there: without them, what is missing is not offered.
    """

    def __init__(
        self,
        machine: Machine,
        data: Path,
        *,
        reserve_mb: float | None = None,
        bluetooth: bool = False,
        wifi: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._machine = machine
        self._data = data
        self._reserve_mb = reserve_mb
        self._bluetooth = bluetooth
        self._wifi = wifi
        self._clock = clock
        self._wall = wall
        self._ever_low = False
        self._ever_throttled = False

    def read(self) -> Health:
        """Look once. Every 2 s misses no dip of the voltage. Raises nothing; never waits for a device."""
        celsius = self._celsius()
        alarm = self._alarm()
        bits = self._firmware_bits(alarm, celsius)
        return Health(
            t=self._clock(),
            clock=self._read_clock(),
            supply=self._supply(alarm, bits),
            heat=self._heat(celsius, bits),
            card=self._card(),
            memory=self._memory(),
            radio=Radio(self._adapter(), self._access_point()),
        )

    def _alarm(self) -> bool | None:
        """The kernel's own watch on the supply: whether it was low at any time in the last two seconds."""
        for sensor in self._machine.names("sys/class/hwmon"):
            if self._machine.text(f"sys/class/hwmon/{sensor}/name") == "rpi_volt":
                alarm = self._machine.number(f"sys/class/hwmon/{sensor}/in0_lcrit_alarm")
                return None if alarm is None else alarm != 0
        return None

    def _firmware_bits(self, alarm: bool | None, celsius: float | None) -> int | None:
        # The kernel answers the first reader with a warning and a stack trace in its log (it wants the sensor above
        # to be read), so it is asked only for what the sensor does not know: slowed down, which comes with heat.
        if alarm is not None and (celsius is None or celsius < WARM_C):
            return None
        return self._machine.number(THROTTLED, 16)

    def _supply(self, alarm: bool | None, bits: int | None) -> Supply:
        if alarm is None and bits is None:
            return Supply()
        low = bool(alarm) or bool((bits or 0) & UNDERVOLTED)
        self._ever_low |= low or bool((bits or 0) & (UNDERVOLTED << BEFORE))
        return Supply(low, self._ever_low)

    def _heat(self, celsius: float | None, bits: int | None) -> Heat:
        if bits is None:
            # Below WARM_C nobody asked the firmware, where there is one.
            known = self._machine.has(THROTTLED)
            return Heat(celsius, False if known else None, self._ever_throttled if known else None)
        throttled = bool(bits & SLOWED)
        self._ever_throttled |= throttled or bool(bits & (SLOWED << BEFORE))
        return Heat(celsius, throttled, self._ever_throttled)

    def _celsius(self) -> float | None:
        found = self._machine.number("sys/class/thermal/thermal_zone0/temp")
        return None if found is None else found / 1000

    def _card(self) -> Card:
        counts = [
            self._machine.number(f"sys/fs/ext4/{name}/errors_count") for name in self._machine.names("sys/fs/ext4")
        ]
        known = [count for count in counts if count is not None]
        errors = sum(known) if known else None
        lost = DATA_LOST in (self._machine.text(DATA_EVENT) or "")
        try:
            found = self._machine.file_system(self._data)
        except OSError:
            return Card(None, self._reserve_mb, None, errors, lost)
        return Card(found.free_mb, self._reserve_mb, found.read_only, errors, lost)

    def _memory(self) -> Memory:
        available = re.search(r"^MemAvailable:\s+(\d+) kB", self._machine.text("proc/meminfo") or "", re.MULTILINE)
        pages = (self._machine.text("proc/self/statm") or "").split()[1:2]
        return Memory(
            int(available[1]) * 1024 / MB if available else None,
            int(pages[0]) * os.sysconf("SC_PAGE_SIZE") / MB if pages and pages[0].isdecimal() else None,
        )

    def _adapter(self) -> bool | None:
        there = any(ADAPTER.fullmatch(name) for name in self._machine.names("sys/class/bluetooth"))
        return there if there or self._bluetooth else None

    def _access_point(self) -> bool | None:
        if self._wifi is None:
            return None
        return self._machine.text(f"sys/class/net/{self._wifi}/operstate") == "up"

    def _read_clock(self) -> Clock:
        kept = self._machine.number("sys/class/rtc/rtc0/since_epoch")
        told = self._machine.has("run/systemd/timesync/synchronized")
        return Clock(
            rtc=kept is not None,
            is_set=told or (kept is not None and kept >= OLDEST_UNIX),
            unix=self._wall(),
        )


def access_point(machine: Machine) -> str | None:
    """The interface that hostapd is set up for; None where there is no access point."""
    files = (Path(name) for name in machine.names("etc/hostapd"))
    return next((file.stem for file in files if file.suffix == ".conf"), None)
