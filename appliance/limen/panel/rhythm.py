"""How an LED may flash: a small language that is read by counting, since colours and places are lost in the dark.

Three lengths, each at least twice the one before, tell everything: short, medium, long.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

Step = tuple[float, float]
"""(brightness from 0 to 1, seconds)."""

SHORT_S: Final = 0.15
MEDIUM_S: Final = 0.45
LONG_S: Final = 1.2

# Seen in the dark, not mistaken for lit; soft PWM at 100 Hz makes 1 ms of it.
DIM: Final = 0.1


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Steps that repeat; one of infinite length ends them."""

    steps: tuple[Step, ...]

    def at(self, seconds: float) -> tuple[float, float]:
        """Return the brightness `seconds` after the start, and how long it stays."""
        total = sum(length for _, length in self.steps)
        rest = seconds % total if math.isfinite(total) else seconds
        for level, length in self.steps:
            if rest < length:
                return level, length - rest
            rest -= length
        return self.steps[0]  # rounding: the cycle is just over


def _repeat(times: int, *steps: Step) -> tuple[Step, ...]:
    return steps * times


OFF: Final = Rhythm(((0.0, math.inf),))
ON: Final = Rhythm(((1.0, math.inf),))
EVEN: Final = Rhythm(((1.0, MEDIUM_S), (0.0, MEDIUM_S)))
SLOW: Final = Rhythm(((1.0, LONG_S), (0.0, LONG_S)))
FLICKER: Final = Rhythm(((1.0, SHORT_S), (0.0, SHORT_S)))
FLASH: Final = Rhythm(((1.0, SHORT_S), (0.0, LONG_S)))
DOUBLE: Final = Rhythm(((1.0, SHORT_S), (0.0, SHORT_S), (1.0, SHORT_S), (0.0, LONG_S)))
FLUTTER: Final = Rhythm((*_repeat(5, (1.0, SHORT_S), (0.0, SHORT_S)), (0.0, LONG_S)))
FAINT: Final = Rhythm(((DIM, math.inf),))
FAINT_SLOW: Final = Rhythm(((DIM, LONG_S), (0.0, LONG_S)))


def gaps(count: int) -> Rhythm:
    """Lit, with so many short gaps in a row."""
    return Rhythm(((1.0, LONG_S), (0.0, SHORT_S), *_repeat(count - 1, (1.0, SHORT_S), (0.0, SHORT_S))))


def gaps_then_flutter(count: int) -> Rhythm:
    """Gaps as in `gaps`, a long light, and a flutter."""
    flutter = _repeat(5, (0.0, SHORT_S), (1.0, SHORT_S))
    return Rhythm((*gaps(count).steps, (1.0, LONG_S), (0.0, MEDIUM_S), *flutter, (0.0, MEDIUM_S)))


def codes(numbers: Iterable[tuple[int, int]]) -> Rhythm:
    """For each pair as many long flashes as its first number says, as many short ones as its second; a pause."""
    steps: list[Step] = []
    for long, short in numbers:
        steps += _repeat(long, (1.0, LONG_S), (0.0, MEDIUM_S))
        steps += _repeat(short, (1.0, SHORT_S), (0.0, MEDIUM_S))
        steps.append((0.0, LONG_S))
    return Rhythm(tuple(steps))


def countdown(place: int, places: int, seconds: float) -> Rhythm:
    """What LED `place` of `places` does while `seconds` run out: lit, flashing in its own share of them, dark."""
    share = seconds / places
    flashes = max(1, round(share / (2 * MEDIUM_S)))
    flash = share / flashes / 2
    lit = (1.0, share * (places - 1 - place))
    return Rhythm((lit, *_repeat(flashes, (1.0, flash), (0.0, flash)), (0.0, math.inf)))
