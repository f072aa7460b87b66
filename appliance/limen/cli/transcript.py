"""Edges as lines of text, at the moment they are played."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from typing import TextIO

from limen.gates import Edge, Played

log = logging.getLogger(__name__)


class Transcript:
    """A sink of the driver that prints every rising edge with its sentence (and with `falls` the others).

    Calls `end` when whoever read along has gone (`limen demo | head`); any other trouble with `out` costs only it.
    """

    grid_s = math.inf

    def __init__(self, out: TextIO, end: Callable[[], None], *, falls: bool = True) -> None:
        self._out: TextIO | None = out
        self._end = end
        self._falls = falls

    def play(self, events: Sequence[Played], now: float) -> None:
        """Print what is played."""
        if self._out is None:
            return
        try:
            for event in events:
                if isinstance(event, Edge) and (event.bit or self._falls):
                    self._out.write(f"{event.t:9.2f} s  {event.why.sentence}\n")
            self._out.flush()
        except BrokenPipeError:
            self._out = None
            self._end()
        except OSError as error:
            self._out = None
            log.warning("no more lines are printed (%s); OSC goes on", error.strerror)

    def run_due(self, now: float) -> None:
        """Nothing is due by itself."""
