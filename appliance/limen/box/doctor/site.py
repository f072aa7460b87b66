"""What the doctor may look at and ask; tests give it another machine and other answers."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from limen.box.config import Config, read_config
from limen.box.doctor.ping import ping
from limen.box.faults import FAULTS, Fault, FaultSpec
from limen.box.health import Health, HealthReader, Machine, access_point
from limen.box.places import is_box, own_config, state_folder
from limen.box.venue import (
    BLUETOOTH,
    DAEMON,
    DHCP,
    HOSTAPD,
    MASKED_TIMERS,
    STATE,
    WIFI,
)
from limen.panel.firstlight import find_chip

PATIENCE_S: Final = 4.0
_TURN: Final = threading.Semaphore(4)  # the cores of a Pi; more, and each program is so slow that it seems to hang
UNANSWERED: Final = 124  # as timeout(1) has it
MISSING: Final = 127  # as sh has it
_SAID_OF_UNITS: Final = "Id,LoadState,ActiveState,SubState,StatusText,NRestarts,WatchdogUSec,MainPID"


@dataclass(frozen=True, slots=True)
class Ran:
    """A program's exit status and what it said, trimmed."""

    status: int
    out: str = ""
    error: str = ""

    @property
    def last_words(self) -> str:
        """Why it failed, in one line."""
        return next(iter(reversed((self.error or self.out).splitlines())), f"exit status {self.status}")


def ran(command: Sequence[str]) -> Ran:
    """Run a program for at most a few seconds; what it said is in English."""
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    try:
        with _TURN:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=PATIENCE_S,
                env={"PATH": path, "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"},
                stdin=subprocess.DEVNULL,
                check=False,
            )
    except subprocess.TimeoutExpired:
        return Ran(UNANSWERED, error=f"{command[0]} has not answered within {PATIENCE_S:.0f} s")
    except OSError as error:
        return Ran(MISSING, error=f"{command[0]}: {error.strerror}")
    return Ran(done.returncode, done.stdout.strip(), done.stderr.strip())


@dataclass(frozen=True)
class Site:
    """One machine, for several threads. What is asked more than once is asked once and kept."""

    machine: Machine = field(default_factory=Machine)
    config_file: Path | None = None
    run: Callable[[Sequence[str]], Ran] = ran
    ping: Callable[[int, str], bool] = ping
    find_chip: Callable[[], int] = find_chip
    is_root: bool = False
    _asking: threading.Lock = field(init=False, default_factory=threading.Lock, repr=False, compare=False)

    @cached_property
    def is_box(self) -> bool:
        """Whether this is a provisioned box, and not a laptop."""
        return is_box(self.machine)

    @property
    def config_path(self) -> Path | None:
        """The configuration's file: what was named, or a box's own."""
        return self.config_file or own_config(self.machine)

    @cached_property
    def config_read(self) -> tuple[Config | None, list[str]]:
        """The configuration, or what is wrong with it."""
        if self.config_path is None:
            return Config(), []
        config, problems = read_config(self.config_path)
        return config, [str(problem) for problem in problems]

    @property
    def config(self) -> Config:
        """The configuration; where it is wrong, what an empty one says."""
        return self.config_read[0] or Config()

    @property
    def data(self) -> Path:
        """What holds the sessions: the folder that the configuration names, or the machine's own state."""
        home = self.machine.path(STATE) if self.is_box else state_folder()
        return self.config.recorder.folder or home

    @cached_property
    def wifi(self) -> str:
        """The access point's interface."""
        return access_point(self.machine) or WIFI

    @cached_property
    def health(self) -> Health:
        """How the machine is."""
        recorder = self.config.recorder
        bands = any(wearer.source == "band" for wearer in self.config.wearers)
        return HealthReader(
            self.machine,
            self.data,
            reserve_mb=recorder.reserve_mb if recorder.enable else None,
            bluetooth=self.is_box and bands,
            wifi=self.wifi if self.is_box else None,
        ).read()

    @property
    def units(self) -> Mapping[str, Mapping[str, str]]:
        """What systemd says of the units that matter, by their names."""
        with self._asking:
            return self._units

    @cached_property
    def _units(self) -> Mapping[str, Mapping[str, str]]:
        names = (DAEMON, BLUETOOTH, self.hostapd, DHCP, *MASKED_TIMERS)
        answer = self.run(("systemctl", "show", "--no-pager", f"--property={_SAID_OF_UNITS}", *names))
        blocks = (
            dict(line.partition("=")[::2] for line in block.splitlines()) for block in answer.out.split("\n\n")
        )
        return {block["Id"]: block for block in blocks if "Id" in block}

    @property
    def hostapd(self) -> str:
        """The unit of the access point."""
        return HOSTAPD.format(self.wifi)

    def active(self, unit: str) -> bool:
        """Whether systemd says that a unit runs."""
        return self.units.get(unit, {}).get("ActiveState") == "active"

    def mount(self, point: str) -> tuple[str, frozenset[str]] | None:
        """The kind and options of what is mounted there, if anything is."""
        found = None
        for line in (self.machine.text("proc/self/mounts") or "").splitlines():
            _, where, kind, options, *_ = line.split()
            if where == point:
                found = kind, frozenset(options.split(","))  # the last one covers those before
        return found


def here(config_file: Path | None = None) -> Site:
    """This very machine."""
    return Site(config_file=config_file, is_root=os.geteuid() == 0)


def fault(what: Fault) -> FaultSpec:
    """What the panel's card says about it."""
    return FAULTS[what]
