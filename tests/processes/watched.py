"""`limen run` as systemd's service on this machine, with the lines of deploy/systemd/limen.service.

The manager is the real one (tests.processes.manager), and so is the program. What stands in for what:

- a user's manager for the system's, so `DROPPED` is left out; /run, which no user may write to, is its %t;
- this checkout's `limen run` for the release on the card, with one simulated wearer and a receiver on this machine;
- `stand_in/systemd/daemon.py` for systemd-python, where that is not installed: it says the same to the same socket;
- a unit that writes a line for limen-last-resort.service, which would reboot.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Final, Self

from tests.processes.help import Laptop, free_port
from tests.processes.manager import Manager, unescaped, until

import limen

UNIT: Final = "limen.service"
DEPLOYED: Final = Path(__file__).resolve().parents[2] / "deploy" / "systemd" / UNIT
STAND_IN: Final = Path(__file__).resolve().parent / "stand_in"

SANDBOX: Final = """
    NoNewPrivileges CapabilityBoundingSet AmbientCapabilities ProtectSystem ReadWritePaths ProtectHome ProtectClock
    ProtectHostname ProtectControlGroups ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc
    PrivateTmp PrivateMounts RemoveIPC LockPersonality MemoryDenyWriteExecute RestrictNamespaces RestrictRealtime
    RestrictSUIDSGID KeyringMode DevicePolicy DeviceAllow RestrictAddressFamilies IPAddressDeny IPAddressAllow
    SystemCallArchitectures SystemCallFilter SystemCallErrorNumber
"""
# Names of lines, and why they are left out. Every other line is for systemd to understand, new ones, too.
DROPPED: Final = {
    "User Group SupplementaryGroups": "a user's manager starts everything as that user",
    "Nice CPUWeight OOMScoreAdjust": "only the system's may put it first, and here others work beside it",
    SANDBOX: "the system manager's to build; the virtual box has it (tests/virtualbox/test_limen_unit.py)",
    "ExecStart": "this checkout is started instead",
    "WantedBy": "who starts it is a test",
}
LAST_RESORT: Final = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo called >> \"{folder}/last-resort\"'\n"
CONFIG: Final = """\
osc:
  port: {port}
  control_port: {control_port}
  why: on
  targets:
    - host: 127.0.0.1
      port: {laptop}
recorder:
  reserve: 50 MB
panel:
  enable: off
wearers:
  - number: 1
    source: simulated
"""


def dropped() -> frozenset[str]:
    """The names of the lines that are left out."""
    return frozenset(name for names in DROPPED for name in names.split())


def deployed() -> list[str]:
    """What the unit says: its sections and lines, no comments."""
    lines = DEPLOYED.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def unit(config: Path) -> str:
    """The unit for a user's manager. How each of its lives ended goes into a file `ends` beside `config`."""
    started = Path(limen.__file__).resolve().parents[1]
    path = [started] if importlib.util.find_spec("systemd") else [started, STAND_IN]
    folder = unescaped(config.parent)
    added = [
        f'ExecStart="{unescaped(sys.executable)}" -m limen run --config "{unescaped(config)}"',
        f'Environment="PYTHONPATH={unescaped(os.pathsep.join(map(str, path)))}"',
        f"StandardOutput=append:{folder}/limen.log",
        "StandardError=inherit",
        f"ExecStopPost=/bin/sh -c 'echo $SERVICE_RESULT >> \"{folder}/ends\"'",
    ]
    lines: list[str] = []
    for line in deployed():
        if line.partition("=")[0] not in dropped():
            lines.append(line.replace("/run/", "%t/"))
        if line == "[Service]":
            lines += added
    return "\n".join([*lines, ""])


class Watched:
    """The service, and who hears it; use it as a context manager. Raises `NoManagerError` as a manager does."""

    def __init__(self) -> None:
        self.manager = Manager()
        control_port = free_port()
        self.laptop = Laptop(control_port)
        self.right = CONFIG.format(port=free_port(), control_port=control_port, laptop=self.laptop.port)
        self.config = self.manager.folder / "limen.yaml"

    def __enter__(self) -> Self:
        try:
            self.manager.__enter__()
            self.config.write_text(self.right, encoding="utf-8")
            (self.manager.units / UNIT).write_text(unit(self.config), encoding="utf-8")
            (self.manager.units / "limen-last-resort.service").write_text(
                LAST_RESORT.format(folder=unescaped(self.manager.folder)), encoding="utf-8"
            )
            self.manager.reload()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with closing(self.laptop.sock):
            self.manager.__exit__()

    def show(self, name: str) -> str:
        """What systemd knows of the service by this name."""
        return self.manager.show(UNIT)[name]

    def at(self, name: str) -> float:
        """When this happened, on the clock of time.monotonic(); 0 if it did not."""
        return int(self.show(f"{name}TimestampMonotonic")) / 1e6

    def start(self) -> None:
        """Start it, and wait until it says that it is ready; failures before are forgiven."""
        self.manager.systemctl("reset-failed")
        self.manager.systemctl("start", UNIT)

    def play(self) -> None:
        """Let it play, and wait until that and a beat of the heart are heard."""
        self.laptop.ask("/limen/box/start")
        self.plays()

    def plays(self) -> None:
        """Wait until it is heard to play, from now on."""
        self.laptop.forget()
        self.laptop.hears_state("playing")
        self.beats()

    def beats(self) -> None:
        """Wait for a beat of the heart."""
        self.laptop.hears(lambda address, *_: address == "/limen/1/trig/pulse")

    def signal(self, name: str) -> None:
        """Send the main process a signal."""
        self.manager.systemctl("kill", f"--signal={name}", "--kill-whom=main", UNIT)

    def said(self) -> str:
        """What it wrote."""
        return self._file("limen.log")

    def ends(self) -> list[str]:
        """How each of its lives ended, in systemd's words ($SERVICE_RESULT)."""
        return self._file("ends").split()

    def last_resorts(self) -> int:
        """How often limen-last-resort was called."""
        return len(self._file("last-resort").split())

    def saves(self, text: str) -> None:
        """Wait until its state holds this."""
        kept = self.manager.state / "limen" / "kept.json"
        until(f"{text!r} in {kept.name}", lambda: kept.exists() and text in kept.read_text(encoding="utf-8"))

    def _file(self, name: str) -> str:
        path = self.manager.folder / name
        return path.read_text(encoding="utf-8") if path.exists() else ""
