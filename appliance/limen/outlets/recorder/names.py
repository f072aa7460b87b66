"""What a recording's folder is called: its start by the box's clock, which play it was, and whose.

A box without a network starts each evening at about the same hour, so what came after what is not told by the
start: plays are counted. The random end keeps sessions of several boxes apart on one stick.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Final, NamedTuple

_NAME: Final = re.compile(r"(\d+)_([0-9a-f]+)-(\d+)")
_COUNTED: Final = 8  # hex digits: four of the count, four at random; the first versions had six at random
PLAYS: Final = 0xFFFF


class SessionName(NamedTuple):
    """A name taken apart: `start` in unix seconds, `suffix` the same for all wearers of a play."""

    start: int
    suffix: str
    wearer: int

    @property
    def play(self) -> int:
        """Which play of this card, from 1; 0 where they were not counted yet."""
        return int(self.suffix[:4], 16) if len(self.suffix) == _COUNTED else 0

    def __str__(self) -> str:
        return f"{self.start}_{self.suffix}-{self.wearer}"


def parse(name: str) -> SessionName | None:
    """Take a folder's name apart; None if it is none of the recorder's."""
    found = _NAME.fullmatch(name)
    return SessionName(int(found[1]), found[2], int(found[3])) if found else None


def next_suffix(folder: Path) -> str:
    """A suffix for the play after all that are in `folder`; where that cannot be read, as for the first."""
    try:
        named = [name.play for path in folder.iterdir() if (name := parse(path.name))]
    except OSError:
        named = []
    return f"{min(max(named, default=0) + 1, PLAYS):04x}{secrets.token_hex(2)}"
