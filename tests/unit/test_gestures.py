"""Three buttons, five gestures, and no way to make one by accident."""

from __future__ import annotations

import pytest

from limen.panel.gestures import BOUNCE_S, HOLD_S, SHORT_S, Hands, press, release, wait
from limen.panel.names import Button, Gesture

START, MARK, POWER = Button.START, Button.MARK, Button.POWER


def made(*story: tuple[str, Button | None, float]) -> list[tuple[Gesture, float]]:
    """Gestures with their times of a story of presses (down), releases (up) and looks at the clock (wait)."""
    hands, gestures = Hands(), []
    for what, button, now in story:
        if button is None:
            hands, gesture = wait(hands, now)
        else:
            hands, gesture = {"down": press, "up": release}[what](hands, button, now)
        if gesture:
            gestures.append((gesture, now))
    return gestures


@pytest.mark.parametrize(("button", "gesture"), [(START, Gesture.START), (MARK, Gesture.MARK)])
@pytest.mark.parametrize("length", [BOUNCE_S, 0.1, SHORT_S])
def test_a_press_acts_when_it_is_let_go(button, gesture, length):
    assert made(("down", button, 0.0), ("up", button, length)) == [(gesture, length)]


@pytest.mark.parametrize(
    ("button", "gesture"), [(START, Gesture.FORGET), (MARK, Gesture.CALIBRATE), (POWER, Gesture.HALT)]
)
def test_a_hold_acts_at_its_threshold_and_not_again(button, gesture):
    story = ("down", button, 1.0), ("wait", None, 1.0 + HOLD_S), ("wait", None, 9.0), ("up", button, 10.0)
    assert made(*story) == [(gesture, 1.0 + HOLD_S)]


@pytest.mark.parametrize("button", Button)
@pytest.mark.parametrize("length", [SHORT_S + 0.01, HOLD_S - 0.01])
def test_a_hold_let_go_early_does_nothing(button, length):
    assert made(("down", button, 0.0), ("wait", None, length / 2), ("up", button, length)) == []


def test_a_press_of_power_does_nothing():
    assert made(("down", POWER, 0.0), ("up", POWER, 0.2)) == []


def test_a_hold_whose_clock_was_late_acts_when_the_button_is_let_go():
    assert made(("down", POWER, 0.0), ("up", POWER, 5.0)) == [(Gesture.HALT, 5.0)]


def test_two_buttons_at_once_do_nothing_until_both_are_up():
    both = ("down", START, 0.0), ("down", POWER, 0.1), ("wait", None, 5.0), ("up", START, 5.1), ("wait", None, 9.0)
    assert made(*both, ("up", POWER, 9.1)) == []
    assert made(*both, ("down", MARK, 9.05), ("up", MARK, 9.06), ("up", POWER, 9.1)) == []
    assert made(*both, ("up", POWER, 9.1), ("down", MARK, 9.5), ("up", MARK, 9.6)) == [(Gesture.MARK, 9.6)]


def test_bouncing_contacts_make_one_press():
    bounces = ("down", START, 0.0), ("up", START, 0.2), ("down", START, 0.21), ("up", START, 0.25)
    assert made(*bounces) == [(Gesture.START, 0.2)]
    assert made(("down", START, 0.0), ("up", START, BOUNCE_S / 2)) == []


def test_the_next_button_needs_no_waiting():
    story = ("down", START, 0.0), ("up", START, 0.2), ("down", MARK, 0.21), ("up", MARK, 0.31)
    assert made(*story) == [(Gesture.START, 0.2), (Gesture.MARK, 0.31)]


def test_a_release_without_a_press_and_a_press_without_a_release_are_passed_over():
    assert made(("up", START, 0.0), ("down", MARK, 1.0), ("down", MARK, 1.1), ("up", MARK, 1.2)) == [
        (Gesture.MARK, 1.2)
    ]


def test_it_says_when_time_alone_will_act():
    hands, _ = press(Hands(), START, 2.0)
    assert hands.due == 2.0 + HOLD_S
    assert wait(hands, hands.due)[0].due is None
