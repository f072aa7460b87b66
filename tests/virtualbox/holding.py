"""Limen's band inlet in the box, from a test's side; the program is clients/holder.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from limen.inlets.band.capture import Line, read_capture
from tests.virtualbox.box import Box
from tests.virtualbox.programs import Program

FOLDER = "/run/venue/held"


Hold = Callable[..., "Holder"]


class Holder:
    """Holds on to bands as the daemon does."""

    def __init__(self, box: Box, *wanted: tuple[int, str | None, str | None], **asked: Any) -> None:
        self._box = box
        box.run(f"rm -rf {FOLDER}")
        self.program = Program(box, "holder", FOLDER, json.dumps({"wanted": wanted, **asked}))

    def states(self, wearer: int = 1) -> list[str]:
        """The states so far, in order."""
        return [event["state"] for event in self.program.events("state", wearer=wearer)]

    def wait_for(self, state: str, count: int = 1, wearer: int = 1, timeout: float = 180.0) -> dict[str, Any]:
        """The count-th time that the link went into a state."""
        return self.program.wait_for("state", count, timeout, state=state, wearer=wearer)[count - 1]

    def log(self, level: str = "WARNING") -> list[str]:
        """What was logged at a level."""
        return [event["text"] for event in self.program.events("log", level=level)]

    def wait_figures(self, more: int) -> list[dict[str, Any]]:
        """Memory, tasks and the like, after so many more reports of them."""
        return self.program.wait_for("figures", len(self.program.events("figures")) + more)

    def stop(self) -> None:
        """As systemd does."""
        self.program.stop()

    def capture(self, into: Path, wearer: int = 1) -> Path:
        """The capture, fetched."""
        target = into / f"{wearer}.e4raw"
        target.write_bytes(self._box.get(f"{FOLDER}/{wearer}.e4raw"))
        return target

    def lines(self, into: Path, wearer: int = 1) -> list[Line]:
        """The capture's lines."""
        return list(read_capture(self.capture(into, wearer)))


def now(box: Box) -> float:
    """The box's monotonic clock."""
    return float(box.run("cut -d ' ' -f 1 /proc/uptime"))
