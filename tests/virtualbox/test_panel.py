"""A button pressed and a light seen, through the kernel's GPIO, real lgpio and unmodified gpiozero."""

from __future__ import annotations

from tests.virtualbox.box import Box
from tests.virtualbox.pins import BUTTONS, LEDS
from tests.virtualbox.programs import Program


def test_a_press_is_felt_for_as_long_as_it_lasts_and_a_light_is_seen(box: Box) -> None:
    panel = Program(box, "panel", str(BUTTONS["start"]), str(LEDS["link"]))
    panel.wait_for("ready")
    assert not box.led("link")
    for number, seconds in enumerate((0.2, 2.0), start=1):
        box.press("start", seconds)
        pressed, released = panel.wait_for("pressed", number)[-1], panel.wait_for("released", number)[-1]
        # Half of it is enough to tell a press from a hold on a machine that has other things to do.
        assert released["t"] - pressed["t"] > seconds / 2
    assert not box.led("link")
    with box.held("start"):
        panel.wait_for("pressed", 3)
        box.wait_for("light", lambda: box.led("link"))
    box.wait_for("dark", lambda: not box.led("link"))
    panel.stop()
