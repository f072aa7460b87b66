"""What is on the panel: three buttons, seven LEDs, five gestures."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Button(StrEnum):
    """The three buttons."""

    START = "start"
    MARK = "mark"
    POWER = "power"


class Led(StrEnum):
    """The seven LEDs in the order in which they stand."""

    POWER = "power"
    LINK = "link"
    PLAY = "play"
    BVP = "bvp"
    ACC = "acc"
    EDA = "eda"
    TEMP = "temp"


class Gesture(StrEnum):
    """All that a hand can say."""

    START = "start"
    FORGET = "forget"
    MARK = "mark"
    CALIBRATE = "calibrate"
    HALT = "halt"


ROW: Final = (Led.BVP, Led.ACC, Led.EDA, Led.TEMP)
"""The signal LEDs: they show bits, and the panel's answers to a hand."""

BUTTON_LED: Final[Mapping[Button, Led]] = {
    Button.START: Led.PLAY,
    Button.MARK: Led.LINK,
    Button.POWER: Led.POWER,
}
"""The LED that answers a button while it is down."""
