"""A box in a test's hands: power, panel, journal, commands, and the plug that can be pulled."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.virtualbox import build, machine, recipe, sources, wheel
from tests.virtualbox.bands import Band, Control
from tests.virtualbox.build import Image
from tests.virtualbox.disk import Disk
from tests.virtualbox.laptop import Laptop, Listener
from tests.virtualbox.machine import Machine, Snapshot
from tests.virtualbox.pins import BUTTONS, LEDS
from tests.virtualbox.qmp import Qmp
from tests.virtualbox.ssh import BOOT_S, COMMAND_S, Shell, quote

T = TypeVar("T")

_GPIO = "/run/venue/gpio"
_SHUTDOWN_S = 600.0
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


class Box:
    """One box with its own disk. Use as a context manager: what it started ends with it.

    `restore` gives a live box within seconds; `power_on` boots whatever the disk holds. With `data_mb` it has a
    second, empty disk of so many MiB. Without `watchdog` the hardware watchdog counts and does not bite: a unit
    feeds it every few seconds, and an emulator that is starved for longer is no unit that hangs. `processor` is one
    of the recipe's; a snapshot is good only for the one that it was taken with.
    """

    def __init__(
        self,
        image: Image,
        snapshot: Snapshot | None = None,
        disk: Path | None = None,
        data_mb: int = 0,
        watchdog: bool = True,
        processor: Sequence[str] = recipe.HURRIED,
    ) -> None:
        self._image = image
        self._snapshot = snapshot
        self._run = Path(tempfile.mkdtemp(prefix="limen-box-"))
        self._disk = disk or self._run / machine.DISK
        self._data = self._disk.with_name(machine.DATA)
        self._options = [*processor, *([] if watchdog else machine.TOOTHLESS)]
        if data_mb:
            machine.empty_disk(self._data, data_mb)
        self._machine: Machine | None = None
        self._shell: Shell | None = None
        self._control: Control | None = None
        self._bands = 0
        # ssh refuses a key that others may read, and the cache is for every user of the machine.
        shutil.copyfile(image.ssh_key, self.key)
        self.key.chmod(0o600)
        self.laptop = Laptop(self, "laptop1")
        self.second_laptop = Laptop(self, "laptop2")

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def restore(self) -> None:
        """A live box as in the snapshot, whatever was before. Its clock is set to now."""
        if self._snapshot is None:
            raise RuntimeError("this box was made without a snapshot: power_on() boots it")
        self.cut_power()
        machine.new_disk(self._disk, self._snapshot.disk)
        if self._snapshot.data.exists():
            machine.new_disk(self._data, self._snapshot.data)
        self._start(self._snapshot.memory)
        self.run(f"date -s @{time.time():.3f}")

    def power_on(self, extra: Sequence[str] = ()) -> None:
        """Boot from the box's own disk, a fresh one at first; returns when it can be logged into.

        `extra` are further options for the emulator, such as a second disk.
        """
        if not self._disk.exists():
            machine.new_disk(self._disk, self._image.disk)
        self._start(None, extra)

    @property
    def is_on(self) -> bool:
        """Whether it has power and has not switched itself off."""
        return self._machine is not None and self._machine.running

    def cut_power(self) -> None:
        """Pull the plug: nothing is flushed, nobody is told. Harmless on a box that is off."""
        self._hang_up()
        if self._machine is not None:
            self._machine.kill()
            self._machine = None

    def flicker(self, seconds: float) -> None:
        """Power for so long, whatever the boot makes of it, and the plug again."""
        if self._machine is not None:
            raise RuntimeError("the box is on already")
        self._machine = Machine(self._image, self._disk, self._run, None, self._extra())
        time.sleep(seconds)
        self.cut_power()

    def power_off(self) -> None:
        """Shut down in order, as `systemctl poweroff` does."""
        if self._machine is not None:
            self.run("systemctl poweroff", check=False)
            self.wait_off()

    def wait_off(self, timeout: float = _SHUTDOWN_S) -> None:
        """Return when the box has switched itself off."""
        if self._machine is not None:
            self._machine.wait_off(timeout)
            self._hang_up()
            self._machine = None

    def wait_back(self, before: str, timeout: float = BOOT_S) -> None:
        """Return when the box runs another boot than `before` (see boot_id), as after a reset."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self._hang_up()
            self._shell = self._open_shell(deadline - time.monotonic())
            if self.boot_id() != before:
                return
            time.sleep(0.5)
        raise TimeoutError(f"the box did not reboot within {timeout:g} s")

    def boot_id(self) -> str:
        """What tells one boot from another."""
        return self.run("cat /proc/sys/kernel/random/boot_id").strip()

    def close(self) -> None:
        """Switch off and throw the disk away."""
        self.cut_power()
        shutil.rmtree(self._run, ignore_errors=True)

    def run(
        self, command: str, *, timeout: float = COMMAND_S, check: bool = True, stdin: bytes | None = None
    ) -> str:
        """What a shell line printed, run as root. Raises ssh.CommandError unless it ended with 0."""
        done = self.shell.run(command, timeout=timeout, check=check, stdin=stdin)
        return done.stdout.decode(errors="replace")

    @property
    def shell(self) -> Shell:
        """The shared connection, for what `run` does not offer."""
        if self._shell is None:
            raise RuntimeError("the box is off: power_on() or restore() first")
        return self._shell

    @property
    def qmp(self) -> Qmp:
        """The emulator's control, for its events."""
        if self._machine is None:
            raise RuntimeError("the box is off: power_on() or restore() first")
        return self._machine.qmp

    @property
    def port(self) -> int:
        """Port of 127.0.0.1 that leads to the box's sshd, for tools that log in by themselves."""
        if self._machine is None:
            raise RuntimeError("the box is off: power_on() or restore() first")
        return self._machine.port

    @property
    def key(self) -> Path:
        """The private key that lets root in there."""
        return self._run / "key"

    def lend_sources(self) -> None:
        """Let the box install Debian packages from where this machine does, until it is thrown away."""
        lines = "".join(f"{line}\n" for line in sources.debian_sources(recipe.SUITE))
        self.put(lines.encode(), "/etc/apt/sources.list.d/venue.list")
        self.put(b'Acquire::Check-Valid-Until "false";\n', "/etc/apt/apt.conf.d/90venue")
        if _CERTIFICATES.exists():
            self.put(_CERTIFICATES, str(_CERTIFICATES))

    def put(self, source: Path | bytes, target: str) -> None:
        """A file or bytes to `target`, or a folder's contents into the folder `target`."""
        if isinstance(source, Path) and source.is_dir():
            self.run(
                quote("mkdir", "-p", target) + " && " + quote("tar", "x", "-m", "-C", target), stdin=_tar(source)
            )
        else:
            contents = source.read_bytes() if isinstance(source, Path) else source
            self.run(f"cat > {quote(target)}", stdin=contents)

    def get(self, source: str) -> bytes:
        """The contents of a file in the box."""
        return self.shell.run(f"cat {quote(source)}").stdout

    def wait_for(self, what: str, ask: Callable[[], T], timeout: float = 300.0, every: float = 0.1) -> T:
        """The first true answer, asked for `every` so many seconds. Raises TimeoutError that names `what`."""
        deadline = time.monotonic() + timeout
        while not (answer := ask()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {what} within {timeout:g} s; last: {answer!r}")
            time.sleep(every)
        return answer

    def journal(self, unit: str | None = None) -> str:
        """What the journal has of this boot, of `unit` or of everything."""
        return self.run(
            "journalctl --boot --no-pager --output=short-monotonic" + (f" --unit={unit}" if unit else "")
        )

    def press(self, button: str, seconds: float = 0.2) -> None:
        """Hold a button of the panel for `seconds`, timed in the box."""
        line = _pull(button)
        self.run(f"echo pull-down > {line}; sleep {seconds}; echo pull-up > {line}", timeout=COMMAND_S + seconds)

    @contextmanager
    def held(self, button: str) -> Iterator[None]:
        """A button of the panel is down for as long as the block runs."""
        self.run(f"echo pull-down > {_pull(button)}")
        yield
        self.run(f"echo pull-up > {_pull(button)}")

    def led(self, name: str) -> bool:
        """Whether a light of the panel is lit at this moment."""
        return self.run(f"cat {_GPIO}/sim_gpio{LEDS[name]}/value").strip() == "1"

    def band(self, name: str = "Empatica E4 a1b2c3", address: str | None = None) -> Band:
        """A band in the room, switched off; BlueZ keeps what it knows of an address, so each has one of its own."""
        if self._control is None:
            self._control = Control(self.shell)
        self._bands += 1
        return Band(self, self._control, name, address or f"00:07:80:A1:B2:{self._bands:02X}")

    def listen(self, port: int) -> Listener:
        """A real OSC receiver in the box itself."""
        return Listener(self, None, port)

    def install_limen(self) -> None:
        """This checkout's limen into the box's /opt/venv: no network needed, and no pip, which is slow there."""
        with tempfile.TemporaryDirectory() as folder:
            wheel.unpack(build.TREE, Path(folder))
            self.put(Path(folder), f"/opt/venv/lib/python{recipe.GUEST_PYTHON}/site-packages")
        self.put(b'#!/bin/sh\nexec /opt/venv/bin/python -m limen "$@"\n', "/opt/venv/bin/limen")
        self.run("chmod 755 /opt/venv/bin/limen")

    def save(self) -> Snapshot:
        """Catch the running box as a snapshot in the folder of its disk; this box is off then."""
        if self._machine is None:
            raise RuntimeError("the box is off: nothing to save")
        self._hang_up()
        saved = self._machine.save(self._disk.parent)
        self._machine = None
        return saved

    def disk(self) -> Disk:
        """The disk of a box that is off, with ext4's journal replayed, to be looked at from outside."""
        if self._machine is not None:
            raise RuntimeError("the box runs: cut_power() or power_off() before looking at its disk")
        return Disk(self._disk, self._run / "disk.raw")

    def _start(self, memory: Path | None, extra: Sequence[str] = ()) -> None:
        if self._machine is not None:
            raise RuntimeError("the box is on already")
        self._machine = Machine(self._image, self._disk, self._run, memory, [*self._extra(), *extra])
        self._shell = self._open_shell()

    def _extra(self) -> list[str]:
        return [*(machine.second_disk(self._data) if self._data.exists() else []), *self._options]

    def _open_shell(self, timeout: float = BOOT_S) -> Shell:
        assert self._machine is not None
        shell = Shell(self._machine.port, self.key, self._run)
        try:
            shell.wait(timeout)
        except TimeoutError as error:
            error.add_note(self._found_dead())
            raise
        return shell

    def _found_dead(self) -> str:
        """What is left of a box that cannot be logged into, kept for whoever wants to know why."""
        assert self._machine is not None
        state = self._machine.qmp.command("query-status")["status"] if self._machine.running else "switched off"
        registers = self._machine.qmp.monitor("info registers -a") if self._machine.running else ""
        self.cut_power()
        kept = Path(tempfile.mkdtemp(prefix="limen-dead-"))
        shutil.copytree(self._run, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("key", "ssh", "qmp"))
        (kept / "registers").write_text(registers)
        said = (kept / "serial.log").read_text(errors="replace").strip().splitlines()[-8:]
        return f"the box is {state}; it is kept in {kept}; its console said last:\n" + "\n".join(said)

    def _hang_up(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._shell is not None:
            self._shell.close()
            self._shell = None


def _pull(button: str) -> str:
    return f"{_GPIO}/sim_gpio{BUTTONS[button]}/pull"


def _tar(folder: Path) -> bytes:
    # A temporary folder is its owner's alone, and what comes of it in the box is everybody's.
    skip = ["--exclude=__pycache__", "--owner=0", "--group=0", "--mode=go=rX"]
    return subprocess.run(["tar", "c", "-C", str(folder), *skip, "."], check=True, capture_output=True).stdout
