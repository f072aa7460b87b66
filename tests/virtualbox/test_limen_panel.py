"""Limen's panel where a mock cannot lie: first light, scene, gestures and last light on the kernel's own lines."""

from __future__ import annotations

from tests.virtualbox.box import Box
from tests.virtualbox.pins import LEDS
from tests.virtualbox.programs import Program

ROW = ("bvp", "acc", "eda", "temp")


def lit(box: Box) -> set[str]:
    return {name for name in LEDS if box.led(name)}


def test_from_first_light_to_last(box: Box) -> None:
    box.install_limen()
    panel = Program(box, "limen_panel")
    assert panel.wait_for("first light")[0]["held"]
    assert lit(box) == set(LEDS)

    box.run(f"systemctl kill -s USR1 {panel.unit}")
    panel.wait_for("loaded")
    assert lit(box) == {"power"}

    box.run(f"systemctl kill -s USR1 {panel.unit}")
    assert panel.wait_for("open")[0]["folder"] == "/proc"
    box.wait_for("the scene", lambda: lit(box) - set(ROW) == {"power", "link"})
    # Dim is a pulse: seen often enough, it is both.
    for name in ROW:
        line = f"/run/venue/gpio/sim_gpio{LEDS[name]}/value"
        box.wait_for(
            f"{name} dim", lambda line=line: set(box.run(f"head -qn1 {f'{line} ' * 200}").split()) == {"0", "1"}
        )

    box.press("start", 0.2)
    panel.wait_for("gesture", gesture="start")
    box.press("power", 0.2)
    for button, gesture in {"mark": "calibrate", "power": "halt"}.items():
        with box.held(button):
            panel.wait_for("gesture", gesture=gesture)
    assert [said["gesture"] for said in panel.events("gesture")] == ["start", "calibrate", "halt"]

    box.run(f"systemctl kill -s USR2 {panel.unit}")
    panel.wait_for("last light")
    assert lit(box) == {"power"}
    panel.stop()
