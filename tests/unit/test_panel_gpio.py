"""The panel on gpiozero's mock pins, and first light on the kernel's own structures."""

from __future__ import annotations

import asyncio
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from limen.box.scene import scene
from limen.box.states import Band, Phase, State
from limen.errors import PanelError
from limen.panel import firstlight, starting
from limen.panel.board import GpioBoard, pipe_folder
from limen.panel.gestures import HOLD_S
from limen.panel.lights import Signal
from limen.panel.names import Button, Gesture, Led
from limen.panel.panel import Panel, open_panel
from limen.panel.pins import load_pins
from limen.panel.rhythm import DIM
from limen.streams import Stream

PINS = load_pins()
LINKED = scene(State(Phase.LINKED, (Band.LINKED,)), 0.0, dict.fromkeys(Stream, Signal.SHUT))


class Clock:
    """The loop's time, so that a hold takes none."""

    def __init__(self) -> None:
        self.now = 100.0
        asyncio.get_running_loop().time = lambda: self.now


@pytest.fixture
def factory():
    made = MockFactory(revision="902120", pin_class=MockPWMPin)
    yield made
    made.close()


def lit(factory) -> dict[Led, float]:
    return {led: float(factory.pin(pin).state) for led, pin in PINS.leds.items()}


def put(factory, button: Button, down: bool) -> None:
    pin = factory.pin(PINS.buttons[button])
    (pin.drive_low if down else pin.drive_high)()


async def settled() -> None:
    """What the library's thread said has been heard."""
    for _ in range(3):
        await asyncio.sleep(0)


def played(factory, told, accept=True) -> Panel:
    def gestured(gesture: Gesture) -> bool:
        told.append(gesture)
        return accept

    made = Panel(GpioBoard(PINS, factory), gestured)
    made.open()
    return made


def test_leds_show_the_scene(factory):
    async def story():
        shown = played(factory, [])
        assert set(lit(factory).values()) == {0.0}
        shown.show(LINKED)
        levels = lit(factory)
        shown.close()
        return levels

    levels = asyncio.run(story())
    assert levels == {led: 1.0 if led in {Led.POWER, Led.LINK} else 0.0 if led is Led.PLAY else DIM for led in Led}


def test_a_press_is_answered_before_anything_else_happens(factory):
    told: list[Gesture] = []

    async def story():
        clock = Clock()
        shown = played(factory, told)
        shown.show(LINKED)
        before = lit(factory)
        put(factory, Button.START, True)
        await settled()
        down = lit(factory)
        clock.now += 0.2
        put(factory, Button.START, False)
        await settled()
        up = lit(factory)
        shown.close()
        return before, down, up

    before, down, up = asyncio.run(story())
    assert told == [Gesture.START]
    assert {led for led in Led if before[led] != down[led]} == {Led.PLAY}
    assert [up[led] for led in (Led.BVP, Led.ACC, Led.EDA, Led.TEMP)] == [1.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("button", "gesture"),
    [(Button.START, Gesture.FORGET), (Button.MARK, Gesture.CALIBRATE), (Button.POWER, Gesture.HALT)],
)
def test_a_hold_acts_while_the_button_is_still_down(factory, button, gesture):
    told: list[Gesture] = []

    async def story():
        clock = Clock()
        shown = played(factory, told)
        put(factory, button, True)
        await settled()
        clock.now += HOLD_S
        await settled()
        made = list(told)
        put(factory, button, False)
        await settled()
        shown.close()
        return made

    assert asyncio.run(story()) == told == [gesture]


def test_what_comes_after_the_panel_is_closed_is_passed_over(factory):
    told: list[Gesture] = []

    async def story():
        shown = played(factory, told)
        put(factory, Button.MARK, True)
        put(factory, Button.MARK, False)
        shown.close()
        await settled()

    asyncio.run(story())
    assert told == []


def test_buttons_are_pulled_up_and_closing_leaves_every_led_dark(factory):
    async def story():
        shown = played(factory, [])
        shown.show(LINKED)
        pulls = {factory.pin(pin).pull for pin in PINS.buttons.values()}
        shown.close()
        return pulls

    assert asyncio.run(story()) == {"up"}
    assert {factory.pin(pin).function for pin in PINS.leds.values()} == {"input"}


def test_power_stays_lit_however_the_panel_ends(factory, monkeypatch):
    def last_light() -> int:
        assert {factory.pin(pin).function for pin in PINS.leds.values()} == {"input"}
        return 77

    monkeypatch.setattr("limen.panel.panel.last_light", last_light)

    async def story():
        return played(factory, []).close()

    assert asyncio.run(story()) == 77


def test_a_gesture_without_a_place_is_answered_so(factory):
    async def story():
        clock = Clock()
        shown = played(factory, [], accept=False)
        put(factory, Button.MARK, True)
        await settled()
        clock.now += 0.2
        put(factory, Button.MARK, False)
        await settled()
        rows = []
        for _ in range(7):
            rows.append([lit(factory)[led] for led in (Led.BVP, Led.ACC)])
            clock.now += 0.12
            await settled()
        shown.close()
        return rows

    assert asyncio.run(story()) == [[1, 0], [0, 1]] * 3 + [[0, 0]]


def test_a_pin_that_is_taken_is_said_and_the_box_goes_on(factory, caplog):
    from gpiozero import LED

    async def story():
        shown = open_panel(lambda gesture: True, factory=factory)
        shown.show(LINKED)
        assert shown.close() is None

    other = LED(PINS.leds[Led.PLAY], pin_factory=factory)
    asyncio.run(story())
    other.close()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "no buttons and LEDs" in caplog.text
    assert "Limen plays without them" in caplog.text


def test_without_gpio_the_box_says_so_once_and_goes_on(caplog, monkeypatch):
    def nothing() -> int:
        raise OSError("there is no GPIO chip of a Raspberry Pi here")

    monkeypatch.setattr("limen.panel.board.find_chip", nothing)

    async def story():
        for _ in range(2):
            shown = open_panel(lambda gesture: True)
            shown.show(LINKED)
            shown.close()

    asyncio.run(story())
    assert len(caplog.records) == 2
    assert "there is no GPIO chip of a Raspberry Pi here; Limen plays without them" in caplog.text


def test_a_panel_that_is_switched_off_takes_no_pin(caplog, factory):
    async def story():
        open_panel(lambda gesture: True, enable=False, factory=factory).close()

    asyncio.run(story())
    assert not caplog.records
    assert not factory.pins


def test_opening_a_panel_takes_over_from_first_light(factory, tmp_path):
    held = os.open(tmp_path / "lines", os.O_CREAT)

    async def story():
        open_panel(lambda gesture: True, held=held, factory=factory).close()

    asyncio.run(story())
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(held)


def test_a_panel_without_gpio_raises_where_it_is_asked_to():
    class Broken:
        def __getattr__(self, name):
            raise ValueError("nothing is connected")

    async def story():
        with pytest.raises(PanelError, match="nothing is connected; Limen plays without them"):
            Panel(GpioBoard(PINS, Broken()), lambda gesture: True).open()

    asyncio.run(story())


def test_the_pipe_of_the_gpio_library_leaves_no_trace(monkeypatch):
    monkeypatch.delenv("LG_WD", raising=False)
    here = Path.cwd()
    with pipe_folder():
        folder = Path(os.environ["LG_WD"])
        os.chdir(folder)
        (folder / "pipe").touch()
    assert Path.cwd() == here
    assert not folder.exists()
    assert "LG_WD" not in os.environ


# --- first light ---------------------------------------------------------------------------------------------


class Kernel:
    """Answers the two calls that first light makes, as the kernel's header lays the bytes out."""

    def __init__(self, tmp_path, monkeypatch, labels: list[str]) -> None:
        self.labels = labels
        self.asked = b""
        self.folder = tmp_path
        for number in range(len(labels)):
            (tmp_path / f"gpiochip{number}").touch()
        self.really_open = os.open
        monkeypatch.setattr(os, "open", self.open)
        monkeypatch.setattr(fcntl, "ioctl", self.ioctl)
        self.chip = ""

    def open(self, path: str, flags: int) -> int:
        self.chip = path
        return self.really_open(path.replace("/dev", str(self.folder)), flags)

    def ioctl(self, fd: int, request: int, data: bytes) -> bytes:
        if request == 0x8044B401:
            assert len(data) == 68
            label = self.labels[int(self.chip.removeprefix("/dev/gpiochip"))].encode()
            return bytes(32) + label.ljust(32, b"\0") + (54).to_bytes(4, sys.byteorder)
        assert request == 0xC250B407
        assert len(data) == 592
        self.asked = data
        return data[:588] + (77).to_bytes(4, sys.byteorder)

    def word(self, offset: int, size: int = 4) -> int:
        return int.from_bytes(self.asked[offset : offset + size], sys.byteorder)


def test_first_light_asks_for_all_leds_lit_on_the_header_chip(tmp_path, monkeypatch):
    kernel = Kernel(tmp_path, monkeypatch, ["raspberrypi-exp-gpio", "pinctrl-rp1"])
    assert firstlight.first_light() == 77
    assert kernel.chip == "/dev/gpiochip1"
    # Offsets of struct gpio_v2_line_request, as a C compiler prints them from <linux/gpio.h>.
    assert [kernel.word(4 * n) for n in range(8)] == [*PINS.leds.values(), 0]
    assert kernel.asked[256:288].rstrip(b"\0") == b"limen"
    assert kernel.word(288, 8) == 8  # output
    assert kernel.word(296) == 1  # one attribute
    assert kernel.word(320) == 2  # output values
    assert kernel.word(328, 8) == 0b1111111
    assert kernel.word(336, 8) == 0b1111111
    assert kernel.word(560) == len(Led)


def test_power_blinks_while_the_rest_is_loaded_after_every_lamp_was_seen(monkeypatch):
    shown = []
    monkeypatch.setattr(starting, "LAMPS_S", 0.02)
    monkeypatch.setattr(starting, "MEDIUM_S", 0.01)
    monkeypatch.setattr(starting, "light", lambda held, *lit: shown.append((held, lit)))
    with starting.starting(77):
        while len(shown) < 4:
            time.sleep(0.01)
    assert shown[:4] == [(77, ("power",)), (77, ()), (77, ("power",)), (77, ())]
    assert shown[-1] == (77, ("power",))
    with starting.starting(None):
        before = list(shown)
    assert shown == before


def test_last_light_leaves_power_alone(tmp_path, monkeypatch):
    kernel = Kernel(tmp_path, monkeypatch, ["pinctrl-bcm2711"])
    assert firstlight.last_light() == 77
    assert kernel.word(328, 8) == 0b0000001
    assert kernel.word(336, 8) == 0b1111111


def test_in_the_end_every_light_goes_out(tmp_path, monkeypatch):
    kernel = Kernel(tmp_path, monkeypatch, ["pinctrl-bcm2711"])
    let_go = []
    monkeypatch.setattr(firstlight.os, "close", let_go.append)
    firstlight.lights_out()
    assert kernel.word(328, 8) == 0
    assert kernel.word(336, 8) == 0b1111111
    assert 77 in let_go


def test_first_light_without_gpio_costs_nothing(tmp_path, monkeypatch):
    Kernel(tmp_path, monkeypatch, ["gpio-mockup"])
    assert firstlight.first_light() is None
    Kernel(tmp_path / "nowhere", monkeypatch, [])
    assert firstlight.last_light() is None
    firstlight.lights_out()


def imported(module: str) -> set[str]:
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_first_light_imports_next_to_nothing():
    before = imported("os")
    assert (
        imported("limen.panel.firstlight") - before
        == {
            "__future__",
            "_struct",
            "fcntl",
            "limen",
            "limen.panel",
            "limen.panel.firstlight",
            "limen.panel.pinfile",
            "struct",
        }
        - before
    )


@pytest.mark.parametrize("module", ["limen.panel.panel", "limen.panel.bits", "limen.box.states", "limen.box.scene"])
def test_panel_and_states_need_neither_numpy_nor_gpiozero(module):
    assert not imported(module) & {"numpy", "gpiozero", "lgpio", "yaml", "limen.gates"}
