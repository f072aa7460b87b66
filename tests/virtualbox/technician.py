"""The technician's machine: a clone of the project with an inventory of its own, and the playbook run on a box."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.virtualbox import build, recipe
from tests.virtualbox.box import Box

COUNTRY: Final = "US"
_ARCHITECTURE: Final = "x86_64"
DATA_DEVICE: Final = "/dev/vdb"
# What makes a unit what it is, and what is only carried along.
PROVISIONING: Final = ("ansible", "appliance", "deploy", "firmware", "tools", "pyproject.toml", "constraints.txt")
_REST: Final = ("tests", "README.md", "LICENSE")
_IGNORED: Final = shutil.ignore_patterns("__pycache__", "*.egg-info", "node_modules", "secrets", "inventory", ".*")
# Only a failure waits so long: in emulation on a busy machine, a first run takes half an hour.
PLAY_S: Final = 7200.0
PLAIN: Final = "LIMEN_PLAIN_ANSIBLE"  # set it to see a run as a technician's own is, and to wait for it


class PlayError(RuntimeError):
    """A run of the playbook that failed; the message ends with what Ansible said."""


@dataclass(frozen=True, slots=True)
class Recap:
    """What Ansible counted for a unit, and all that it printed."""

    changed: int
    failed: int
    unreachable: int
    text: str

    @property
    def changes(self) -> list[str]:
        """The names of the tasks that changed something, or would."""
        tasks = re.split(r"^(?:TASK|RUNNING HANDLER) \[", self.text, flags=re.MULTILINE)[1:]
        return [task.split("]", 1)[0] for task in tasks if re.search(r"^changed: ", task, re.MULTILINE)]


class Technician:
    """Somebody with a clone in `folder`, made there if it is not, who provisions units that are boxes."""

    def __init__(self, folder: Path) -> None:
        self.clone = folder / "clone"
        if not self.clone.exists():
            for part in (*PROVISIONING, *_REST):
                source = build.TREE / part
                if source.is_dir():
                    shutil.copytree(source, self.clone / part, ignore=_IGNORED)
                else:
                    shutil.copy(source, self.clone / part)

    @property
    def secrets(self) -> Path:
        """The folder of secrets, one folder a unit."""
        return self.clone / "ansible" / "secrets"

    def passphrase(self, unit: str) -> str:
        """What the label of a unit says."""
        return (self.secrets / unit / "passphrase").read_text().split()[0]

    def ssid(self, unit: str) -> str:
        """The name of a unit's network."""
        return "limen-" + (self.secrets / unit / "suffix").read_text().split()[0]

    def bring_wheels(self, wheels: Path) -> None:
        """Keep lgpio's wheel, which no index has, where the playbook looks for such."""
        extra = self._unit / "extra"
        extra.mkdir(parents=True, exist_ok=True)
        for wheel in wheels.glob("lgpio-*.whl"):
            shutil.copy(wheel, extra)

    def pack(self) -> tuple[str, Path]:
        """Make the wheels of the clone's version as the playbook does; the version's name and the archive."""
        command = [sys.executable, "tools/unit-wheels", recipe.GUEST_PYTHON, _ARCHITECTURE, str(self._unit)]
        said = subprocess.run(
            command, cwd=self.clone, env=_environment(), check=True, stdout=subprocess.PIPE, text=True
        )
        version = said.stdout.split()[-1]
        return version, self._unit / f"{version}.tar"

    def start(
        self, box: Box, unit: str, *options: str, book: str = "site.yml", log: Path
    ) -> subprocess.Popen[bytes]:
        """Begin a run of a playbook on the unit that is `box`, which writes into `log`."""
        self._know(box, unit)
        command = ["ansible-playbook", book, "--limit", unit, *options]
        with log.open("wb") as file:
            return subprocess.Popen(
                command,
                cwd=self.clone / "ansible",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def play(self, box: Box, unit: str, *options: str, book: str = "site.yml", check: bool = True) -> Recap:
        """Run a playbook to its end. Raises PlayError where it fails, unless `check` is False."""
        log = self.clone.parent / "play.log"
        with self.start(box, unit, *options, book=book, log=log) as playing:
            playing.wait(PLAY_S)
        text = log.read_text(errors="replace")
        counts = {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", text.rpartition("PLAY RECAP")[2])}
        if check and playing.returncode:
            raise PlayError(f"{book} {' '.join(options)} ended with {playing.returncode}: {text[-4000:]}")
        return Recap(counts.get("changed", -1), counts.get("failed", -1), counts.get("unreachable", -1), text)

    @contextmanager
    def half_way(self, box: Box, unit: str, *options: str, until: Callable[[str], bool]) -> Iterator[Path]:
        """A run of the playbook that has come to where `until` says, which is asked of all that was printed so far.

        It is killed in the end. Raises PlayError where it ends before that.
        """
        log = self.clone.parent / "half.log"
        with self.start(box, unit, *options, log=log) as playing:
            try:
                deadline = time.monotonic() + PLAY_S
                while not until(log.read_text(errors="replace")):
                    if playing.poll() is not None or time.monotonic() > deadline:
                        raise PlayError(f"it never came so far: {log.read_text(errors='replace')[-4000:]}")
                    time.sleep(1)
                yield log
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(playing.pid, signal.SIGKILL)
                _kill_all_in(self.clone)

    @property
    def _unit(self) -> Path:
        return self.clone / "build" / "unit" / f"{recipe.GUEST_PYTHON}-{_ARCHITECTURE}"

    def _know(self, box: Box, unit: str) -> None:
        """Write down where the unit is now: switched on again, a box has another port."""
        inventory = self.clone / "ansible" / "inventory" / "hosts.yml"
        inventory.parent.mkdir(exist_ok=True)
        host = {
            "ansible_host": "127.0.0.1",
            "ansible_port": box.port,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(box.key),
            # An emulated unit may be silent for longer than a real one.
            "ansible_ssh_common_args": "-o ServerAliveCountMax=24",
            "storage_data_device": DATA_DEVICE,
        }
        everything = {"units": {"hosts": {unit: host}, "vars": {"access_point_country": COUNTRY}}}
        inventory.write_text(json.dumps(everything))


def _kill_all_in(folder: Path) -> None:
    """Ansible's workers are leaders of sessions of their own, and would wait for their dead parent for ever."""
    for where in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if where.readlink().is_relative_to(folder):
                os.kill(int(where.parent.name), signal.SIGKILL)


def _environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    # An emulated unit is slow to say hello.
    own = {"PATH": path, "NO_COLOR": "1", "PYTHONPATH": "", "ANSIBLE_TIMEOUT": "120"}
    return os.environ | own | _kept_loaded()


def _kept_loaded() -> dict[str, str]:
    """Mitogen's strategy: the same modules, but loaded once.

    Ansible's own starts a Python for each of some three hundred steps and compiles all that it needs anew: ten
    seconds of emulation a step, half an hour for a run that changes nothing.
    """
    found = None if PLAIN in os.environ else find_spec("ansible_mitogen")
    if found is None or found.origin is None:
        return {}
    strategies = Path(found.origin).parent / "plugins" / "strategy"
    return {
        "ANSIBLE_STRATEGY_PLUGINS": str(strategies),
        "ANSIBLE_STRATEGY": "mitogen_linear",
        "ANSIBLE_HOST_KEY_CHECKING": "False",  # it has no way to learn a key at the first contact
    }
