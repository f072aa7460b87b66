"""The emulator: a process that is a computer, started from an image or from a live snapshot, and killed."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.virtualbox import recipe
from tests.virtualbox.build import Image
from tests.virtualbox.qmp import Qmp, QmpError

DISK = "disk.qcow2"
DATA = "data.qcow2"
MEMORY = "memory"
TOOTHLESS = ("-action", "watchdog=none")
_START_S = 300.0
_SAVE_S = 900.0


class MachineError(RuntimeError):
    """The emulator did not start; the message carries what it said."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A machine caught while running: an overlay over its image's disk, and its memory."""

    folder: Path

    @property
    def disk(self) -> Path:
        """The disk at the moment of the snapshot; never written to."""
        return self.folder / DISK

    @property
    def data(self) -> Path:
        """The second disk at that moment; not every machine has one."""
        return self.folder / DATA

    @property
    def memory(self) -> Path:
        """Memory and devices."""
        return self.folder / MEMORY


def new_disk(disk: Path, backing: Path) -> None:
    """Lay a fresh overlay `disk` over `backing`, which stays as it is."""
    form = "raw" if backing.suffix == ".img" else "qcow2"
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(backing), "-F", form, str(disk)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def empty_disk(disk: Path, size_mb: int) -> None:
    """Make a disk that holds nothing."""
    command = ["qemu-img", "create", "-q", "-f", "qcow2", str(disk), f"{size_mb}M"]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def second_disk(disk: Path) -> list[str]:
    """The emulator's options that make `disk` the second one."""
    return ["-drive", f"if=virtio,format=qcow2,cache=writeback,discard=unmap,file={disk}"]


class Machine:
    """A running emulator. Its files are in `run`; `port` of the loopback leads to its sshd."""

    def __init__(
        self, image: Image, disk: Path, run: Path, memory: Path | None = None, extra: Sequence[str] = ()
    ) -> None:
        for old in ("qmp", "serial.log"):
            (run / old).unlink(missing_ok=True)
        load = ["-incoming", f"exec:cat {shlex.quote(str(memory))}"] if memory else []
        with (run / "qemu.log").open("w") as log:
            # The emulator ends with the program that started it, however that ended.
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *_command(image, disk, run), *load, *extra],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._run = run
        self.qmp = self._connect()
        if memory:
            self._resume()
        self.port = self._ssh_port()

    @property
    def running(self) -> bool:
        """Whether the emulator's process lives."""
        return self._process.poll() is None

    def save(self, snapshot: Path) -> Snapshot:
        """Catch the machine as it runs, in the folder that holds its disk; the emulator ends with it."""
        self.qmp.command("stop")
        self.qmp.command("migrate-set-parameters", **{"max-bandwidth": 1 << 34})
        self.qmp.command("migrate", uri=f"exec:cat > {shlex.quote(str(snapshot / MEMORY))}")
        deadline = time.monotonic() + _SAVE_S
        while (state := self.qmp.command("query-migrate").get("status")) != "completed":
            if state in {"failed", "cancelled"} or time.monotonic() > deadline:
                raise MachineError(f"saving the machine's memory: {state}")
            time.sleep(0.1)
        self.qmp.command("quit")
        self._process.wait(60)
        self.qmp.close()
        return Snapshot(snapshot)

    def kill(self) -> None:
        """End it as a pulled plug does: nothing is flushed, nobody is told."""
        if self.running:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait(60)
        self.qmp.close()

    def wait_off(self, timeout: float) -> None:
        """Return when the machine has switched itself off. Raises subprocess.TimeoutExpired."""
        self._process.wait(timeout)
        self.qmp.close()

    def _connect(self) -> Qmp:
        deadline = time.monotonic() + _START_S
        while self.running and time.monotonic() < deadline:
            try:
                return Qmp(self._run / "qmp")
            except (FileNotFoundError, ConnectionRefusedError, QmpError):
                time.sleep(0.02)
        raise MachineError(f"the emulator did not start: {self._said()}")

    def _resume(self) -> None:
        deadline = time.monotonic() + _START_S
        while self.qmp.command("query-status")["status"] == "inmigrate":
            if time.monotonic() > deadline:
                raise MachineError(f"the snapshot could not be loaded: {self._said()}")
            time.sleep(0.05)
        self.qmp.command("cont")

    def _ssh_port(self) -> int:
        # QEMU picks a free port by itself (0 is asked for), so that any number of boxes run side by side.
        found = re.search(r"TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)", self.qmp.monitor("info usernet"))
        if not found:
            raise MachineError("the emulator tells no port for ssh (info usernet)")
        return int(found[1])

    def _said(self) -> str:
        return (self._run / "qemu.log").read_text(errors="replace").strip() or "it said nothing"


def version() -> str:
    """QEMU's own version line; a snapshot is only good for the version that made it."""
    if shutil.which("qemu-system-x86_64") is None:
        return ""
    said = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0]


def _command(image: Image, disk: Path, run: Path) -> list[str]:
    return [
        *("qemu-system-x86_64", *recipe.MACHINE),
        *("-kernel", str(image.kernel), "-initrd", str(image.initrd), "-append", recipe.KERNEL_LINE),
        *("-drive", f"if=none,id=d0,format=qcow2,cache=writeback,discard=unmap,file={disk}"),
        *("-device", "virtio-blk-pci,drive=d0"),
        *("-netdev", "user,id=n0,hostfwd=tcp:127.0.0.1:0-:22", "-device", "virtio-net-pci,netdev=n0,romfile="),
        *("-chardev", f"file,id=s0,path={run / 'serial.log'}", "-serial", "chardev:s0"),
        *("-qmp", f"unix:{run / 'qmp'},server=on,wait=off"),
    ]
