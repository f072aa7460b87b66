"""The solder side: gpiozero's buttons and LEDs. Nothing of a panel's meaning is known here."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from limen.errors import PanelError
from limen.panel.firstlight import find_chip
from limen.panel.gestures import BOUNCE_S
from limen.panel.names import ROW, Button, Led
from limen.panel.pins import Pins

PWM_HZ: Final = 100
"""Of the LEDs that can be dim. All four share lgpio's one thread and their edges: it wakes 200 times a second."""

Pressed = Callable[[Button, bool], None]
"""Called with a button and whether it is down now, in a thread of the GPIO library."""


class Board(Protocol):
    """What a panel needs of its hardware."""

    def open(self, pressed: Pressed) -> None:
        """Take the pins. Raises `PanelError`."""

    def show(self, levels: Mapping[Led, float]) -> None:
        """Set the brightness of every LED, 0 to 1."""

    def close(self) -> None:
        """Give the pins back, dark."""


class NoBoard:
    """Stands in where there are no buttons and LEDs."""

    def open(self, pressed: Pressed) -> None:
        """Do nothing."""

    def show(self, levels: Mapping[Led, float]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class GpioBoard:
    """Buttons and LEDs at the pins of the pin map; `factory` is gpiozero's, by default the kernel's GPIO."""

    def __init__(self, pins: Pins, factory: Any = None) -> None:
        self._pins = pins
        self._factory = factory
        self._own_factory = factory is None
        self._buttons: dict[Button, Any] = {}
        self._leds: dict[Led, Any] = {}
        self._levels: dict[Led, float] = {}

    def open(self, pressed: Pressed) -> None:
        """Take the pins, LEDs first. Raises `PanelError`: no library, no GPIO, or a pin is taken."""
        try:
            self._take(pressed)
        # The errors of gpiozero and lgpio have no nearer base in common.
        except Exception as error:
            self.close()
            raise PanelError(f"no buttons and LEDs: {error}; Limen plays without them") from error

    def _take(self, pressed: Pressed) -> None:
        import gpiozero  # noqa: PLC0415  (0.1 s on a laptop, 1 s on a Zero: only after first light)

        if self._factory is None:
            self._factory = _kernel_gpio()
        for led, pin in self._pins.leds.items():
            # Only what must be dim is pulsed: a plain line cannot flicker.
            part = partial(gpiozero.PWMLED, frequency=PWM_HZ) if led in ROW else gpiozero.LED
            self._leds[led] = part(pin, pin_factory=self._factory)
        for button, pin in self._pins.buttons.items():
            key = gpiozero.Button(pin, pull_up=True, bounce_time=BOUNCE_S, pin_factory=self._factory)
            key.when_pressed = partial(pressed, button, True)
            key.when_released = partial(pressed, button, False)
            self._buttons[button] = key

    def show(self, levels: Mapping[Led, float]) -> None:
        """Set what changed."""
        for led, level in levels.items():
            if led in self._leds and self._levels.get(led) != level:
                self._leds[led].value = level
                self._levels[led] = level

    def close(self) -> None:
        """Give the pins back, dark."""
        for device in (*self._buttons.values(), *self._leds.values()):
            device.close()
        self._buttons.clear()
        self._leds.clear()
        self._levels.clear()
        if self._own_factory and self._factory is not None:
            self._factory.close()
            self._factory = None


def _kernel_gpio() -> Any:
    chip = find_chip()
    with pipe_folder():
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415  (imports a library that a laptop lacks)
    return LGPIOFactory(chip=chip)


@contextlib.contextmanager
def pipe_folder() -> Iterator[None]:
    """Import lgpio inside: it makes a named pipe in the working directory, which a sandboxed service may not write.

    The pipe is open on both ends once the import is done, so its folder can go; and lgpio changes the working
    directory, which is put back.
    """
    here = Path.cwd()
    before = os.environ.get("LG_WD")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LG_WD"] = folder
        try:
            yield
        finally:
            os.chdir(here)
            if before is None:
                del os.environ["LG_WD"]
            else:
                os.environ["LG_WD"] = before
