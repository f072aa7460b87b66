"""Edges as lines of text, at the moment they are played."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TextIO

from limen.gates import Edge, Event


class Transcript:
    """A sink of the driver that prints every rising edge with its sentence (and with `falls` the others)."""

    grid_s = math.inf

    def __init__(self, out: TextIO, *, falls: bool = True) -> None:
        self._out = out
        self._falls = falls

    def play(self, events: Sequence[Event], now: float) -> None:
        """Print what is played."""
        for event in events:
            if isinstance(event, Edge) and (event.bit or self._falls):
                self._out.write(f"{event.t:9.2f} s  {event.why.sentence}\n")
        self._out.flush()

    def next_due(self) -> None:
        """Nothing is due by itself."""

    def run_due(self, now: float) -> None:
        """Nothing is due by itself."""
