"""A shell in the box: one shared ssh connection, so that a command costs a tenth of a second."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import time
from pathlib import Path

# Only a failure waits this long; ten busy neighbours on two cores were seen to make a boot of 25 s last 300.
COMMAND_S = 600.0
BOOT_S = 900.0


class CommandError(RuntimeError):
    """A command in the box ended with another status than 0."""


class Shell:
    """Root's shell in the box behind `port` of this machine's loopback."""

    def __init__(self, port: int, key: Path, run: Path) -> None:
        self._port = port
        self._control = run / "ssh"
        self._options = [
            *("-q", "-i", str(key), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
            *("-o", "BatchMode=yes", "-o", "ConnectTimeout=60", "-o", f"ControlPath={self._control}"),
        ]

    def wait(self, timeout: float = BOOT_S) -> None:
        """Return when sshd answers and the shared connection stands. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._answers() and self._open():
                return
            time.sleep(0.2)
        load = os.getloadavg()[0]
        raise TimeoutError(f"sshd in the box did not answer within {timeout:g} s (this machine's load: {load:.1f})")

    def run(
        self, command: str, *, timeout: float = COMMAND_S, check: bool = True, stdin: bytes | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a shell line as root. Raises CommandError (unless `check` is False), subprocess.TimeoutExpired."""
        # An empty input closes the command's standard input at once.
        done = subprocess.run([*self._ssh(), command], input=stdin or b"", capture_output=True, timeout=timeout)
        if check and done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise CommandError(f"`{command}` ended with {done.returncode} in the box: {said}")
        return done

    def start(self, command: str) -> subprocess.Popen[bytes]:
        """Start a shell line whose output is read while it runs; it ends with the box at the latest."""
        return subprocess.Popen(
            [*self._ssh(), command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def talk(self, command: str) -> subprocess.Popen[bytes]:
        """Start a shell line that is spoken to while it runs."""
        return subprocess.Popen(
            [*self._ssh(), command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )

    def interactive(self) -> int:
        """Give this terminal to the box; the status of the shell when it ends."""
        return subprocess.call([*self._ssh(), "-t"])

    def close(self) -> None:
        """End the shared connection; harmless if the box is gone."""
        if self._control.exists():
            subprocess.run(["ssh", *self._options, "-O", "exit", "box"], check=False, capture_output=True)
        self._control.unlink(missing_ok=True)

    def _ssh(self) -> list[str]:
        return ["ssh", *self._options, "-p", str(self._port), "root@127.0.0.1"]

    def _answers(self) -> bool:
        # QEMU accepts at once whatever the box does, so only the banner tells.
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=2) as probe:
                return probe.recv(4) == b"SSH-"
        except OSError:
            return False

    def _open(self) -> bool:
        self.close()
        master = ["ssh", *self._options, "-M", "-N", "-f", "-p", str(self._port), "root@127.0.0.1"]
        opened = subprocess.run(
            master, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return opened.returncode == 0


def quote(*words: str | Path) -> str:
    """Words as one shell line."""
    return shlex.join(str(word) for word in words)
