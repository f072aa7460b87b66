"""Everything a band said, as text: one line per notification, nothing interpreted, so it can be decoded anew.

    limen-capture 1
    head advertisement {"name": "Empatica E4 43d011", "rssi": -61}
    link 5012.25 up
    note 5012.871093 bvp 03fc17e07f427c0bec37a0fe447813ddfc000065
    mark 5030.5 worn

Times are monotonic seconds, written so that they read back to the same number. Lines are only ever appended
and each stands alone: power that fails costs the line being written, which shows by its missing end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from limen.errors import SessionError
from limen.inlets.band.codec import Notification
from limen.inlets.band.profile import Characteristic

FIRST_LINE: Final = "limen-capture 1"
SUFFIX: Final = ".e4raw"

# Heads, by what they tell; their values are JSON.
ADVERTISEMENT: Final = "advertisement"  # name, address, rssi, services, manufacturer (hex by company)
GATT: Final = "gatt"  # a list of service, characteristic, properties, handle
DEVICE: Final = "device"  # the Device Information strings by name
START: Final = "start"  # command, hex, response (was it a write with response), worked
MTU: Final = "mtu"


class Marks:
    """The marks of the guided sheet; a resistor's carries its ohms, as in "resistor 470000"."""

    WORN: Final = "worn"
    OFF: Final = "off"
    PRESS: Final = "press"
    POWER_OFF: Final = "power off"
    WALK_AWAY: Final = "walk away"
    RESISTOR: Final = "resistor"


@dataclass(frozen=True, slots=True)
class Head:
    """Something that is true of the whole capture; `value` is whatever JSON can say."""

    key: str
    value: object


@dataclass(frozen=True, slots=True)
class Link:
    """The link came up or went down."""

    at: float
    up: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """Something the person did, as the guided sheet asked."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that could not be read: cut, or of a kind that this version does not know."""

    number: int
    text: str


Line = Head | Link | Mark | Notification | Unread


class CaptureWriter:
    """Appends lines to an open text file, beginning an empty one; call `sync` as often as it matters."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        if file.tell() == 0:
            file.write(FIRST_LINE + "\n")

    def write(self, line: Head | Link | Mark | Notification) -> None:
        """Append one line."""
        match line:
            case Notification(at=at, characteristic=characteristic, data=data):
                text = f"note {at!r} {characteristic} {data.hex()}"
            case Mark(at=at, text=said):
                text = f"mark {at!r} {' '.join(said.split())}"
            case Link(at=at, up=up):
                text = f"link {at!r} {'up' if up else 'down'}"
            case Head(key=key, value=value):
                text = f"head {key} {json.dumps(value)}"
        self._file.write(text + "\n")

    def sync(self) -> None:
        """Put what was written on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())


def read_capture(path: Path) -> Iterator[Line]:
    """Read a capture line by line; lines that make no sense come as `Unread`.

    Raises SessionError if the file cannot be opened or is no capture.
    """
    try:
        file = path.open(encoding="utf-8", errors="replace", newline="\n")
    except OSError as error:
        raise SessionError(f"{path}: cannot be read ({error.strerror}); give the path of a capture") from error
    with file:
        if file.readline().rstrip("\r\n") != FIRST_LINE:
            raise SessionError(f"{path}: not a capture; its first line should be {FIRST_LINE!r}")
        for number, text in enumerate(file, start=2):
            # Without its end a line may be cut inside its hex and still look whole.
            line = _line(text.rstrip("\r\n")) if text.endswith("\n") else None
            yield line or Unread(number, text)


def _line(text: str) -> Line | None:
    kind, _, rest = text.partition(" ")
    first, _, rest = rest.partition(" ")
    try:
        match kind:
            case "note":
                name, _, digits = rest.partition(" ")
                return Notification(float(first), Characteristic(name), bytes.fromhex(digits))
            case "mark":
                return Mark(float(first), rest)
            case "link":
                return Link(float(first), {"up": True, "down": False}[rest])
            case "head":
                return Head(first, json.loads(rest))
    except (ValueError, KeyError):
        return None
    return None
