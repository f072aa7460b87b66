"""What the four signal LEDs know: the bits as they are played, and how it stands with the gates, for all wearers.

Fed by names and numbers, so that the panel needs nothing of the gates before they are loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from limen.panel.lights import Signal
from limen.streams import Stream

LED_GATES: Final[Mapping[Stream, tuple[str, ...]]] = {
    Stream.BVP: ("pulse",),
    Stream.ACC: ("move",),
    Stream.EDA: ("rise",),
    Stream.TEMP: ("warming", "cooling"),
}
"""The gates that an LED shows: of each signal the one that a performer steers by."""

GATE_WORDS: Final[Mapping[str, Signal]] = {
    "on": Signal.SHUT,
    "off": Signal.SHUT,
    "learning": Signal.LEARNING,
    "not-worn": Signal.LEARNING,
    "stale": Signal.STALE,
    "disabled": Signal.STALE,
}
"""The engine's word for a gate, to what its LED shows while the gate is not open."""

_BEST_FIRST: Final = (Signal.OPEN, Signal.SHUT, Signal.LEARNING)


class Bits:
    """Of several gates and wearers an LED shows the best news: open before shut before learning before stale."""

    def __init__(self) -> None:
        self._open: set[tuple[int, str]] = set()
        self._word: dict[tuple[int, str], str] = {}

    def edge(self, wearer: int, gate: str, bit: int) -> None:
        """A gate's bit was played."""
        (self._open.add if bit else self._open.discard)((wearer, gate))

    def word(self, wearer: int, gate: str, word: str) -> None:
        """The engine's word for a gate, one of `GATE_WORDS`; to be said again when it may have changed."""
        self._word[wearer, gate] = word

    def gone(self, wearer: int) -> None:
        """Nothing of a wearer is known any more."""
        self._open = {key for key in self._open if key[0] != wearer}
        self._word = {key: word for key, word in self._word.items() if key[0] != wearer}

    def signal(self, stream: Stream) -> Signal:
        """Return what the stream's LED shows."""
        found = {
            Signal.OPEN if (wearer, gate) in self._open else GATE_WORDS[word]
            for (wearer, gate), word in self._word.items()
            if gate in LED_GATES[stream]
        }
        return next((signal for signal in _BEST_FIRST if signal in found), Signal.STALE)

    def signals(self) -> dict[Stream, Signal]:
        """Return what all four show."""
        return {stream: self.signal(stream) for stream in Stream}
