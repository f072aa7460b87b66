"""Which line of the GPIO chip is which button and light of the panel: as the pin map has it."""

from __future__ import annotations

from typing import Final

from limen.panel.pins import load_pins

_PINS: Final = load_pins()

# BCM numbers.
BUTTONS: Final = {button.value: pin for button, pin in _PINS.buttons.items()}
LEDS: Final = {led.value: pin for led, pin in _PINS.leds.items()}
