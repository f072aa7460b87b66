"""From presses to gestures, pure: times in, gestures out. Times are seconds of any steady clock.

A button let go within `SHORT_S` was pressed; one that is still down after `HOLD_S` was held, and acts at that
moment. Let go in between, it does nothing: the hand thought better of it. Two buttons at once do nothing until
both are up. POWER has no short gesture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from limen.panel.names import Button, Gesture

# Contacts bounce for up to 10 ms or so; twice that, and the eye still sees no delay.
BOUNCE_S: Final = 0.02
SHORT_S: Final = 0.8
HOLD_S: Final = 3.0

SHORT: Final[Mapping[Button, Gesture]] = {Button.START: Gesture.START, Button.MARK: Gesture.MARK}
HELD: Final[Mapping[Button, Gesture]] = {
    Button.START: Gesture.FORGET,
    Button.MARK: Gesture.CALIBRATE,
    Button.POWER: Gesture.HALT,
}


@dataclass(frozen=True, slots=True)
class Hands:
    """What the fingers are doing.

    `button` is the one that went down first, at `since`; `spent` says that nothing more comes of it before all
    are up. `left` is the last one let go, at `left_at`.
    """

    down: frozenset[Button] = frozenset()
    button: Button | None = None
    since: float = 0.0
    spent: bool = False
    left: Button | None = None
    left_at: float = 0.0

    @property
    def due(self) -> float | None:
        """When time alone will make a gesture of this; call `wait` then."""
        return None if self.button is None or self.spent else self.since + HOLD_S


Felt = tuple[Hands, Gesture | None]


def press(hands: Hands, button: Button, now: float) -> Felt:
    """A button went down."""
    hands, gesture = wait(hands, now)
    if button in hands.down:
        return hands, gesture
    if hands.down:
        return replace(hands, down=hands.down | {button}, spent=True), gesture
    bounced = button is hands.left and now - hands.left_at < BOUNCE_S
    return replace(hands, down=frozenset({button}), button=button, since=now, spent=bounced), gesture


def release(hands: Hands, button: Button, now: float) -> Felt:
    """A button came up."""
    hands, gesture = wait(hands, now)
    if button not in hands.down:
        return hands, gesture
    if not hands.spent and BOUNCE_S <= now - hands.since <= SHORT_S:
        gesture = SHORT.get(button)
    down = hands.down - {button}
    left = replace(hands, down=down, spent=True, left=button, left_at=now)
    return (left if down else replace(left, button=None, spent=False)), gesture


def wait(hands: Hands, now: float) -> Felt:
    """Time went by."""
    if hands.due is None or now < hands.due or hands.button is None:
        return hands, None
    return replace(hands, spent=True), HELD[hands.button]
