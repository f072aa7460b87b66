"""The panel in a running loop: hands in, lights out."""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from limen.errors import PanelError
from limen.panel import gestures
from limen.panel.board import Board, GpioBoard, NoBoard
from limen.panel.firstlight import last_light
from limen.panel.lights import Answer, Scene, Touch, frame
from limen.panel.names import BUTTON_LED, Button, Gesture, Led
from limen.panel.pins import load_pins
from limen.panel.rhythm import OFF

log = logging.getLogger(__name__)

Gestured = Callable[[Gesture], bool]
"""Told of every gesture; returns whether anything came of it."""


# Rounding may put a change a hair before the present; the clock must have moved when it is looked at again.
SOON_S: Final = 0.001


class Panel:
    """Three buttons and seven LEDs; `show` it a scene, it calls `gestured`. Lives in one loop.

    It sleeps until something changes: no light is computed that would look like the one before. Times are
    the loop's.
    """

    def __init__(self, board: Board, gestured: Gestured) -> None:
        self._board = board
        self._gestured = gestured
        self._scene = Scene(dict.fromkeys(Led, OFF))
        self._touch = Touch()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Take buttons and LEDs, in the running loop. Raises `PanelError`."""
        self._loop = asyncio.get_running_loop()
        self._board.open(self._pressed)
        self._render()

    def show(self, scene: Scene) -> None:
        """Show this from now on."""
        if scene != self._scene:
            self._scene = scene
            self._render()

    def close(self) -> int | None:
        """Give everything back, dark but for the power LED, which is lit for as long as the board is on.

        Returns what holds it, for the next `open_panel`; None where there is no GPIO.
        """
        if self._timer is not None:
            self._timer.cancel()
        self._loop = None
        self._board.close()
        return None if isinstance(self._board, NoBoard) else last_light()

    def _pressed(self, button: Button, down: bool) -> None:
        """Called in a thread of the GPIO library."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._felt, button, down, self._loop.time())

    def _felt(self, button: Button, down: bool, now: float) -> None:
        if self._loop is None:
            return
        hands = self._touch.hands
        hands, gesture = (gestures.press if down else gestures.release)(hands, button, now)
        if down:
            self._touch = replace(self._touch, last=BUTTON_LED[button], down_at=now)
        self._turn(hands, gesture, now)

    def _turn(self, hands: gestures.Hands, gesture: Gesture | None, now: float) -> None:
        self._touch = replace(self._touch, hands=hands)
        if gesture is not None:
            self._touch = replace(self._touch, answer=self._ask(gesture), answered_at=now)
        self._render()

    def _ask(self, gesture: Gesture) -> Answer:
        log.info("Gesture: %s.", gesture)
        if not self._gestured(gesture):
            return Answer.REFUSED
        return Answer.HOLD_DONE if gesture in gestures.HELD.values() else Answer.DONE

    def _wake(self) -> None:
        if self._loop is None:
            return
        now = self._loop.time()
        self._turn(*gestures.wait(self._touch.hands, now), now)

    def _render(self) -> None:
        if self._loop is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        now = self._loop.time()
        shown = frame(self._scene, self._touch, now)
        self._board.show(shown.levels)
        due = self._touch.hands.due
        until = min(shown.until, math.inf if due is None else due)
        self._timer = self._loop.call_at(max(until, now + SOON_S), self._wake) if math.isfinite(until) else None


def open_panel(gestured: Gestured, *, enable: bool = True, held: int | None = None, factory: Any = None) -> Panel:
    """Return an open panel; where there is no GPIO, one that does nothing, and say so once.

    `held` is what `first_light` or a panel's `close` returned; the pins are taken over from it. `factory` is
    gpiozero's pin factory.
    """
    if held is not None:
        os.close(held)
    if enable:
        try:
            panel = Panel(GpioBoard(load_pins(), factory), gestured)
            panel.open()
        except PanelError as error:
            log.warning("%s", error)
        else:
            return panel
    panel = Panel(NoBoard(), gestured)
    panel.open()
    return panel
