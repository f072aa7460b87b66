"""docs/card.svg: a postcard (A6) with every gesture and every pattern."""

from __future__ import annotations

import itertools

from tools.draw.svg import FAINT, INK, box, line, picture, text
from tools.draw.words import GESTURES, SITUATIONS

from limen.box.faults import FAULTS, Area
from limen.box.scene import scene
from limen.panel.bits import LED_GATES
from limen.panel.gestures import HOLD_S
from limen.panel.lights import SIGNAL_RHYTHM, SWINGS, Answer, Signal
from limen.panel.names import Led
from limen.panel.rhythm import Rhythm

WIDTH, HEIGHT = 148.0, 105.0
LEFT, MIDDLE, RIGHT = 4.0, 47.0, 104.0
STRIP, STRIP_S = 11.0, 4.0
ROW = 4.6

ANSWERS = {Answer.DONE: "done", Answer.HOLD_DONE: "done (after a hold)", Answer.REFUSED: "not possible now"}
SIGNALS = {
    Signal.OPEN: "bit 1",
    Signal.SHUT: "bit 0",
    Signal.LEARNING: "learning, or not worn",
    Signal.STALE: "no signal",
}


def strip(x: float, y: float, rhythm: Rhythm, width: float = STRIP) -> list[str]:
    """Return `STRIP_S` seconds of a rhythm, its beginning at the left."""
    parts, now = [box(x, y - 1.8, width, 2.2, "#ffffff", FAINT)], 0.0
    for level, length in itertools.cycle(rhythm.steps):
        lasts = min(length, STRIP_S - now)
        if lasts <= 0:
            return parts
        if level:
            fill = INK if level == 1 else FAINT
            parts.append(box(x + width * now / STRIP_S, y - 1.8, width * lasts / STRIP_S, 2.2, fill))
        now += lasts
    return parts


def card() -> str:
    """Return the card."""
    parts = [text(LEFT, 8, "Limen", 4.5, bold=True), *_hands(), *_patterns(), *_faults()]
    return picture(WIDTH, HEIGHT, "Limen: every gesture and every light", parts)


def _hands() -> list[str]:
    y, parts = 13.6, [text(LEFT, 12.5, f"hold: {HOLD_S:g} s, until the lower row swings", 2.1)]
    for (button, how), (_, says) in GESTURES.items():
        y += ROW - 0.4
        parts += [text(LEFT, y, f"{button.name} {how}", 2.2, bold=True), text(LEFT, y + 2.5, says, 2.0)]
        y += 2.2
    y += 6
    parts.append(text(LEFT, y, "The lower row swings", 2.4, bold=True))
    for answer, says in ANSWERS.items():
        y += 3.6
        parts.append(text(LEFT, y, f"{SWINGS[answer]} ×   {says}", 2.2))
    y += 6
    parts.append(text(LEFT, y, "The lower row shows", 2.4, bold=True))
    for stream, gates in LED_GATES.items():
        y += 3.3
        parts.append(text(LEFT, y, f"{stream.value.upper()}   {' or '.join(gates)}", 2.1))
    y += 1
    for signal, says in SIGNALS.items():
        y += 3.4
        parts += [*strip(LEFT, y, SIGNAL_RHYTHM[signal]), text(LEFT + STRIP + 2, y, says, 2.1)]
    return parts


def _patterns() -> list[str]:
    y = 8.0
    columns = [MIDDLE + n * (STRIP + 2) for n in range(3)]
    leds = (Led.POWER, Led.LINK, Led.PLAY)
    parts = [text(x, y, led.value, 2.4, bold=True) for x, led in zip(columns, leds, strict=True)]
    parts.append(text(columns[-1] + STRIP + 1, y, f"{STRIP_S:g} s each", 1.8))
    y += 1
    for name, state in SITUATIONS.items():
        y += 3.2
        shown = scene(state, 0.0).leds
        parts.append(text(MIDDLE, y, name, 2.1))
        y += 3.2
        for x, led in zip(columns, leds, strict=True):
            parts += strip(x, y, shown[led])
        y += 1.0
    parts += [
        text(MIDDLE, y + 3, "A gap in link for each missing band.", 2.1),
        text(MIDDLE, y + 6, "Power out: safe to unplug.", 2.1, bold=True),
    ]
    return parts


def _faults() -> list[str]:
    parts = [
        line([(RIGHT - 3, 5), (RIGHT - 3, HEIGHT - 3)], 0.15),
        text(RIGHT, 8, "Power flashes: count", 2.4, bold=True),
    ]
    y = 8.4
    for area in Area:
        y += 4.0
        parts.append(text(RIGHT, y, area.value, 2.2, bold=True))
        for spec in (spec for spec in FAULTS.values() if spec.area is area):
            y += 2.75
            long, short = spec.code
            x = RIGHT
            for wide in [3.0] * long + [0.8] * short:
                parts.append(box(x, y - 1.3, wide, 1.3, INK))
                x += wide + 0.8
            y += 2.1
            # What stops besides is for the page; here only what is wrong.
            parts.append(text(RIGHT, y, spec.says.partition(";")[0], 1.9))
    parts.append(text(RIGHT, HEIGHT - 3, "What to do: docs/panel.md, limen doctor", 1.9))
    return parts
