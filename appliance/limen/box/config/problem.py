"""What is wrong with a configuration, as data and as one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SHOWN_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, and what to write instead.

    `line` counts from 1 (None where no line is to blame); `path` is the key, `wearers[1].gates.rise.hold`,
    with list entries counted from 1, or `(file)` and `(yaml)` where the text was never understood.
    """

    file: str
    line: int | None
    path: str
    what: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.path}: {self.what}; {self.remedy}"


class RefusedError(ValueError):
    """A value is not what a key takes. `what` says why; `remedy`, if any, beats the key's own advice."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def shown(text: str) -> str:
    """Return `text` in quotes as one printable line of bounded length, whatever it was."""
    cut = text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"
    return "'" + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut) + "'"
