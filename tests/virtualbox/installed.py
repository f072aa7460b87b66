"""Limen as a unit has it: the daemon under its own user, in its sandbox, started by systemd.

The wheels' place is taken by the venv of the image and the playbook's by one shell line; units, policies and rules
are those of deploy/, and which of them there are is read from the playbook's own lists.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import yaml

from limen.box.faults import FAULTS, Fault
from limen.inlets.reader import read_session
from limen.inlets.session import Session
from tests.virtualbox.box import Box
from tests.virtualbox.build import TREE
from tests.virtualbox.pins import LEDS
from tests.virtualbox.ssh import quote

DEPLOY: Final = TREE / "deploy"
UNIT: Final = "limen.service"
SESSIONS: Final = "/var/lib/limen/sessions"
KEPT: Final = "/var/lib/limen/kept.json"
CONTROL_PORT: Final = 9001
SLOW: Final = FAULTS[Fault.CARD_SLOW].says
LAST_LIGHT: Final = "/usr/lib/systemd/system-shutdown/limen"
LAID_OUT: Final = {
    "bluetooth/main.conf": "/etc/bluetooth/main.conf",
    "systemd/bluetooth.service.d/limen.conf": "/etc/systemd/system/bluetooth.service.d/limen.conf",
    "dbus/limen.conf": "/etc/dbus-1/system.d/limen.conf",
    "polkit/50-limen.rules": "/etc/polkit-1/rules.d/50-limen.rules",
    "udev/90-limen.rules": "/etc/udev/rules.d/90-limen.rules",
    "system-shutdown/limen": LAST_LIGHT,
    "limen.yaml": "/etc/limen/limen.yaml",
}
# As roles/base makes them, and roles/storage without a data partition.
USER: Final = (
    "groupadd -rf gpio && groupadd -rf limen && "
    "useradd -r -g limen -G gpio,bluetooth -d /var/lib/limen -M -s /usr/sbin/nologin limen"
)
FOLDERS: Final = (
    "install -d /etc/limen /opt/limen /etc/systemd/system/bluetooth.service.d /usr/lib/systemd/system-shutdown && "
    "install -d -m 0750 -o limen -g limen /var/lib/limen && install -d -m 0700 /var/lib/limen-box"
)
VERSION: Final = (
    "ln -sfn /opt/venv /opt/limen/current && "
    "/opt/venv/bin/python -m compileall -q $(/opt/venv/bin/python -c 'import limen; print(*limen.__path__)')"
)
# An emulated processor is many times slower than a Pi's, and one that its host starves stands still for seconds.
PATIENCE: Final = b"[Service]\nTimeoutStartSec=600\nTimeoutStopSec=60\nWatchdogSec=20\n"
FLASH: Final = 0.2  # a light that is on for at most this share of the time flashes; beyond 1 less that, it has gaps


class Unit:
    """An installed unit, not started yet."""

    def __init__(self, box: Box) -> None:
        self.box = box

    def lay_out(self, patience: bytes = PATIENCE) -> None:
        """Do what the playbook does, as far as the daemon is concerned; `patience` is laid over its unit."""
        box, units = self.box, _defaults("app", "app_units")
        box.install_limen()
        box.run(f"{USER} && {FOLDERS} && {VERSION}")
        box.put(DEPLOY / "libexec", "/usr/local/libexec")
        with tempfile.TemporaryDirectory() as folder:
            for name in (*units, "limen-evidence.service"):
                Path(folder, name).write_bytes((DEPLOY / "systemd" / name).read_bytes())
            box.put(Path(folder), "/etc/systemd/system")
        for source, target in LAID_OUT.items():
            box.put(DEPLOY / source, target)
        box.run("install -d /etc/systemd/system/limen.service.d")
        box.put(patience, "/etc/systemd/system/limen.service.d/patience.conf")
        box.run(
            f"chmod 755 /usr/local/libexec/* {LAST_LIGHT} && "
            "chgrp limen /etc/limen/limen.yaml && chmod 640 /etc/limen/limen.yaml && "
            "systemctl daemon-reload && systemctl reload dbus && "
            "systemctl enable -q " + " ".join([*_defaults("app", "app_enabled"), "limen-evidence.service"])
        )

    def configure(self, text: str) -> None:
        """Write the unit's configuration; heeded at the next start or reload."""
        self.box.put(text.encode(), "/etc/limen/limen.yaml")

    def start(self) -> None:
        """Start the daemon; returns when it has said READY."""
        self.box.run(f"systemctl start {UNIT}")

    def stop(self) -> None:
        """End the daemon in order."""
        self.box.run(f"systemctl stop {UNIT}")

    def show(self, what: str) -> str:
        """A property of the daemon's unit."""
        return self.box.run(f"systemctl show --property={what} --value {UNIT}").strip()

    def state(self) -> str:
        """The name of the daemon's state, as `systemctl status` shows it."""
        return self.show("StatusText").partition(",")[0]

    def wait_for(self, state: str, timeout: float = 300.0) -> None:
        """Return once the daemon is in a state."""
        self.box.wait_for(f"state {state}", lambda: self.state() == state, timeout)

    def ask(self, address: str, types: str = "", *arguments: float | str) -> None:
        """Send the daemon an OSC message from the box itself."""
        said = [types, *map(str, arguments)] if types else []
        self.box.run(quote("oscsend", "127.0.0.1", str(CONTROL_PORT), address, *said))

    def gesture(self, button: str, seconds: float, gesture: str) -> None:
        """Press a button until its gesture was understood: a starved emulator makes a press too long."""
        before = self.heard(f"Gesture: {gesture}.")
        for _ in range(5):
            self.box.press(button, seconds)
            for _ in range(20):
                if self.heard(f"Gesture: {gesture}.") > before:
                    return
        raise TimeoutError(f"{button} for {seconds:g} s was not understood as {gesture}; {self.box.journal(UNIT)}")

    def heard(self, text: str) -> int:
        """How often the daemon said something in its journal of this boot."""
        return self.box.journal(UNIT).count(text)

    def kept(self) -> dict[str, Any]:
        """What the daemon has put on the card about itself."""
        return dict(json.loads(self.box.get(KEPT))["kept"])

    def recorded(self) -> list[str]:
        """The names of recorded sessions, oldest first."""
        return self.box.run(f"ls -1tr {SESSIONS} 2>/dev/null", check=False).split()

    def session(self, name: str, into: Path) -> Session:
        """A recorded session, fetched and read."""
        done = self.box.shell.run(quote("tar", "c", "-C", SESSIONS, name))
        with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
            archive.extractall(into, filter="data")
        return read_session(into / name)

    def shows(self, timeout: float = 120.0, **looks: str) -> None:
        """Return once lights look as named; `link="flashes or blinks"` where either will do.

        Power is not lit while a starved host makes the card slow, which it then has to say.
        """

        def agree() -> bool:
            lights, wanted = self.lights(), dict(looks)
            if wanted.get("power") == "lit" and SLOW in self.show("StatusText"):
                wanted["power"] = "blinks"
            return all(lights[name] in look.split(" or ") for name, look in wanted.items())

        self.box.wait_for(f"the lights {looks}", agree, timeout)

    def lights(self, seconds: float = 6.0) -> dict[str, str]:
        """How each light looks over a while: lit, dark, flashes, gaps, or blinks."""
        rows = self.box.run(quote("bash", "-c", _watch(seconds))).split()
        return {name: _looks([row[place] for row in rows]) for place, name in enumerate(LEDS)}


def _watch(seconds: float) -> str:
    """Write the lights' values as rows, for as long by the box's clock; by bash alone.

    A process per look costs an emulated box so long that it never sees a gap of 0.15 s.
    """
    reads = "; ".join(f"read -r v < /run/venue/gpio/sim_gpio{pin}/value; row+=$v" for pin in LEDS.values())
    clock = "read -r now _ < /proc/uptime; now=${now/./}"
    return (
        f"exec 9<> <(:); {clock}; end=$((now + {seconds * 100:.0f})); "
        f"while ((now < end)); do row=; {reads}; echo $row; read -rt 0.02 -u 9; {clock}; done"
    )


def _looks(samples: Sequence[str]) -> str:
    share = samples.count("1") / len(samples)
    if share in {0.0, 1.0}:
        return "lit" if share else "dark"
    return "flashes" if share < FLASH else "gaps" if share > 1 - FLASH else "blinks"


def _defaults(role: str, name: str) -> list[str]:
    file = TREE / "ansible" / "roles" / role / "defaults" / "main.yml"
    return list(yaml.safe_load(file.read_text(encoding="utf-8"))[name])
