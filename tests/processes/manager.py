"""The real systemd, as a user's manager, for units that a test writes; nothing of it is left afterwards.

It needs no systemd to have booted this machine: it lives in a process and a mount namespace of its own, where
/run/systemd/system says so. That needs root, and a control group may be made for it, so that it takes no others'
processes into one of its own. Its first process waits for its standard input to end, which it does with whoever
started it, and takes everything with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

SYSTEMD = Path("/lib/systemd/systemd")
PROGRAMS = ("systemctl", "unshare", "nsenter", "mount")
PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])
PATIENCE_S = 60.0
POLL_S = 0.05
# What a manager starts from; of this machine's own units it sees none.
TARGETS = ("default", "basic", "shutdown")
BEGIN = f"""
mount -t tmpfs -o mode=755 none /run/systemd
mkdir /run/systemd/system
mount -t tmpfs -o mode=700 none "$XDG_RUNTIME_DIR"
{SYSTEMD} --user &
read -r end || :
"""


class NoManagerError(Exception):
    """This machine cannot run one; the text says why."""


def unescaped(text: str | Path) -> str:
    """As a unit has to write it for systemd to read it as it is."""
    return str(text).replace("%", "%%")


def until(what: str, true: Callable[[], bool]) -> None:
    """Wait for it; raises TimeoutError if it does not come."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} within {PATIENCE_S:.0f} s")
        time.sleep(POLL_S)


def _hierarchies() -> list[Path]:
    """Our place in each hierarchy of control groups that systemd may keep its units in."""
    ours: dict[str, str] = {}
    for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        _, name, path = line.split(":", 2)
        ours[name] = path.lstrip("/")
    found: list[Path] = []
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        mounted, _, what = line.partition(" - ")
        place, (kind, _, options) = Path(mounted.split(" ")[4]), what.split(" ", 2)
        if kind == "cgroup2" and "" in ours:
            found.append(place / ours[""])
        elif kind == "cgroup" and "name=systemd" in options.split(",") and "name=systemd" in ours:
            found.append(place / ours["name=systemd"])
    return found


class Manager:
    """Use it as a context manager. `units` is its folder of units: write some and call `reload`.

    `state` is the parent of their state directories. `runtime`, their %t, is in memory as on a box (systemd clears
    away no other) and cannot be seen from outside. Raises `NoManagerError`.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="limen-"))  # a socket's path is 107 characters at most
        self.units, self.runtime, self.state = (self.folder / name for name in ("units", "run", "state"))
        self._said = self.folder / "said"
        self._groups: list[Path] = []
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        for group in self._groups:
            self._remove(group)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _begin(self) -> None:
        missing = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
        if missing or not SYSTEMD.exists():
            raise NoManagerError(f"not installed: {', '.join(missing) or SYSTEMD}; run tools/system-packages venue")
        for folder in (self.units, self.runtime, self.state):
            folder.mkdir(mode=0o700)
        for target in TARGETS:
            (self.units / f"{target}.target").write_text(f"[Unit]\nDescription={target}\n", encoding="utf-8")
        try:
            for place in _hierarchies():
                group = place / self.folder.name
                group.mkdir()
                self._groups.append(group)
        except OSError as error:
            raise NoManagerError(f"no control group can be made here: {error}") from None
        if not self._groups:
            raise NoManagerError("there are no control groups here that systemd could use")
        join = [f"echo $$ > '{group}/cgroup.procs'" for group in self._groups]
        alone = "exec unshare --mount --pid --fork --kill-child --mount-proc sh -e -c"
        environment = {
            "PATH": PATH,
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "XDG_CONFIG_HOME": str(self.state),
            "SYSTEMD_UNIT_PATH": str(self.units),
            "SYSTEMD_LOG_TARGET": "null",  # else it writes to the machine's console
        }
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                ["sh", "-e", "-c", "; ".join([*join, f'{alone} "$1"']), "sh", BEGIN],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                start_new_session=True,  # Ctrl-C is for whoever started this, and ends it by the pipe
            )
        until("start of systemd", self._runs)

    def _runs(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise NoManagerError(f"systemd ended: {self._said.read_text(encoding='utf-8').strip()}")
        return self._systemctl("is-system-running").stdout.strip() in ("running", "degraded")

    @staticmethod
    def _remove(group: Path) -> None:
        """Remove a control group whose processes are being killed."""

        def removed() -> bool:
            for folder, _, _ in os.walk(group, topdown=False):
                with suppress(OSError):
                    Path(folder).rmdir()
            return not group.exists()

        until(f"end of {group}", removed)

    def _systemctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        assert self._process is not None
        namespaces = Path(f"/proc/{self._process.pid}/ns")
        inside = ["nsenter", f"--pid={namespaces / 'pid_for_children'}", f"--mount={namespaces / 'mnt'}"]
        return subprocess.run(
            [*inside, "systemctl", "--user", "--no-pager", *words],
            env={"PATH": PATH, "XDG_RUNTIME_DIR": str(self.runtime)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    def systemctl(self, *words: str) -> str:
        """What it says; raises RuntimeError if it fails."""
        done = self._systemctl(*words)
        if done.returncode:
            raise RuntimeError(f"systemctl {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def reload(self) -> None:
        """Read the units anew."""
        self.systemctl("daemon-reload")

    def show(self, unit: str) -> Mapping[str, str]:
        """All that it knows of a unit."""
        lines = self.systemctl("show", unit).splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}
