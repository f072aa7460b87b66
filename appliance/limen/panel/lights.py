"""From what is to be shown to the brightness of every LED, pure: a scene, what the hand does, and the time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from limen.panel.gestures import HOLD_S, SHORT_S, Hands
from limen.panel.names import BUTTON_LED, ROW, Led
from limen.panel.rhythm import DIM, FAINT, FAINT_SLOW, FLICKER, OFF, ON, Rhythm

# A tap as short as a contact allows still shows.
SEEN_S: Final = 0.15
SWING_S: Final = 0.12


class Signal(StrEnum):
    """What is known of a signal's bit."""

    STALE = "stale"
    LEARNING = "learning"
    SHUT = "shut"
    OPEN = "open"


SIGNAL_RHYTHM: Final[Mapping[Signal, Rhythm]] = {
    Signal.STALE: OFF,
    Signal.LEARNING: FAINT_SLOW,
    Signal.SHUT: FAINT,
    Signal.OPEN: ON,
}


class Answer(StrEnum):
    """What the panel says to a gesture."""

    DONE = "done"
    HOLD_DONE = "hold done"
    REFUSED = "refused"


SWINGS: Final[Mapping[Answer, int]] = {Answer.DONE: 1, Answer.HOLD_DONE: 2, Answer.REFUSED: 3}
"""How often the row of signal LEDs swings: every second LED, then the others."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What every LED says; `since` is where the rhythms of state LEDs began, `row_since` those of the row."""

    leds: Mapping[Led, Rhythm]
    since: float = 0.0
    row_since: float = 0.0


@dataclass(frozen=True, slots=True)
class Touch:
    """What the hand does and was told; `last` is the LED of the button that went down last, at `down_at`."""

    hands: Hands = field(default_factory=Hands)
    last: Led | None = None
    down_at: float = -math.inf
    answer: Answer | None = None
    answered_at: float = -math.inf


@dataclass(frozen=True, slots=True)
class Frame:
    """Brightness of each LED from 0 to 1, and until when that holds."""

    levels: Mapping[Led, float]
    until: float


def frame(scene: Scene, touch: Touch, now: float) -> Frame:
    """Return what is lit at `now`. A hand on a button comes before its answer, and the answer before the scene."""
    levels: dict[Led, float] = {}
    until = math.inf
    for led, rhythm in scene.leds.items():
        since = scene.row_since if led in ROW else scene.since
        levels[led], stays = rhythm.at(max(0.0, now - since))
        until = min(until, now + stays)
    for shown in (_answered(touch, now), _touched(touch, levels, now)):
        levels |= shown.levels
        until = min(until, shown.until)
    return Frame(levels, until)


def _answered(touch: Touch, now: float) -> Frame:
    if touch.answer is None:
        return Frame({}, math.inf)
    swing = int((now - touch.answered_at) / SWING_S)
    if swing >= 2 * SWINGS[touch.answer]:
        return Frame({}, math.inf)
    row = {led: float(place % 2 == swing % 2) for place, led in enumerate(ROW)}
    return Frame(row, touch.answered_at + (swing + 1) * SWING_S)


def _touched(touch: Touch, levels: Mapping[Led, float], now: float) -> Frame:
    hands = touch.hands
    if hands.button is not None and not hands.spent and now - hands.since >= SHORT_S:
        return _held(BUTTON_LED[hands.button], now - hands.since, now)
    seen = touch.down_at + SEEN_S
    if touch.last is None or (now >= seen and hands.button is None):
        return Frame({}, math.inf)
    # Lit where it is dark and dark where it is lit: a change whatever the scene.
    upside_down = {touch.last: 0.0 if levels.get(touch.last, 0.0) > DIM else 1.0}
    begins = hands.since + SHORT_S if hands.button is not None and not hands.spent else math.inf
    return Frame(upside_down, min(begins, seen if now < seen else math.inf))


def _held(led: Led, age: float, now: float) -> Frame:
    """The row fills while a button is held; when it is full and time is up, the gesture is made."""
    part = (HOLD_S - SHORT_S) / len(ROW)
    lit = min(len(ROW), 1 + int((age - SHORT_S) / part))
    level, stays = FLICKER.at(age - SHORT_S)
    row = {led: float(place < lit) for place, led in enumerate(ROW)}
    return Frame({**row, led: level}, now + min(stays, SHORT_S + lit * part - age if lit < len(ROW) else stays))
