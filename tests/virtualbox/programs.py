"""Programs of tests/virtualbox/clients that run in the box, with an interpreter of its own."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.virtualbox import build
from tests.virtualbox.box import Box
from tests.virtualbox.ssh import quote

FOLDER: Final = "/opt/venue/clients"
PYTHON: Final = "/opt/venv/bin/python"


class Program:
    """A client that runs as a unit of its own and says what happens, one JSON object a line."""

    def __init__(self, box: Box, name: str, *arguments: str) -> None:
        lay_out(box)
        self.unit = f"client-{name}"
        self._box = box
        self._file = f"/run/venue/{self.unit}.jsonl"
        unit = ["systemd-run", "-q", "--collect", f"--unit={self.unit}", f"-pStandardOutput=truncate:{self._file}"]
        # A unit counts as started before its output is truncated, and what the one before it said is not its own.
        box.run(f": > {self._file}")
        # lgpio leaves a pipe in its working directory.
        box.run(quote(*unit, "-pWorkingDirectory=/run/venue", PYTHON, f"{FOLDER}/{name}.py", *arguments))

    def events(self, event: str | None = None, **matching: Any) -> list[dict[str, Any]]:
        """What it said so far, or only that `event` with those values."""
        # What comes after the last line's end is being written at this moment.
        lines = self._box.get(self._file).decode().rpartition("\n")[0].splitlines()
        wanted = matching | ({"event": event} if event else {})
        said: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return [one for one in said if wanted.items() <= one.items()]

    def wait_for(self, event: str, count: int = 1, timeout: float = 300.0, **matching: Any) -> list[dict[str, Any]]:
        """All of `event` with those values once there are `count`. Raises TimeoutError."""
        enough = f"{count} x {event} {matching or ''} from {self.unit}"

        def found() -> list[dict[str, Any]] | None:
            seen = self.events(event, **matching)
            return seen if len(seen) >= count else None

        return self._box.wait_for(enough, found, timeout) or []

    def stop(self) -> None:
        """End it."""
        self._box.run(f"systemctl stop {self.unit}", check=False)


def lay_out(box: Box) -> None:
    """Put the clients into the box, in their present state."""
    box.put(build.HERE / "clients", FOLDER)
