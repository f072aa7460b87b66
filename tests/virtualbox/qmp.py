"""The emulator's control socket (QMP): commands, and the events that arrive between them."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any


class QmpError(RuntimeError):
    """The emulator refused a command."""


class Qmp:
    """One connection. Not for several threads at once."""

    def __init__(self, path: Path, timeout: float = 300.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._file = self._socket.makefile("rw")
        self.events: list[dict[str, Any]] = []
        self._read()  # the greeting
        self.command("qmp_capabilities")

    def command(self, name: str, **arguments: Any) -> Any:
        """Send a command, return what it returns; events met on the way are kept in `events`."""
        self._file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self._file.flush()
        while True:
            message = self._read()
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise QmpError(f"{name}: {message['error']['desc']}")
            else:
                return message["return"]

    def monitor(self, line: str) -> str:
        """Run a line of the human monitor, for what QMP has no command for."""
        return str(self.command("human-monitor-command", **{"command-line": line}))

    def wait_for_event(self, name: str, timeout: float) -> dict[str, Any]:
        """The first event of that name, already seen or still to come. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while True:
            for event in self.events:
                if event["event"] == name:
                    self.events.remove(event)
                    return event
            if time.monotonic() > deadline:
                raise TimeoutError(f"the emulator sent no event {name} within {timeout:g} s")
            self.command("query-status")
            time.sleep(0.1)

    def close(self) -> None:
        """Let go of the socket."""
        self._file.close()
        self._socket.close()

    def _read(self) -> dict[str, Any]:
        line = self._file.readline()
        if not line:
            raise QmpError("the emulator has closed its control socket")
        message: dict[str, Any] = json.loads(line)
        return message
