"""The pin map, checked: which GPIO every button and LED is on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from limen.errors import PanelError
from limen.panel import pinfile
from limen.panel.names import Button, Led

PIN_FILE: Final = Path(pinfile.PIN_FILE)

# Reset state of the pads (BCM2835 ARM Peripherals, table 6-31; the same on BCM2711 and RP1).
PULLED_UP: Final = frozenset(range(9))
PULLED_DOWN: Final = frozenset(range(9, 28))
TAKEN: Final[Mapping[int, str]] = {
    0: "a HAT's identity",
    1: "a HAT's identity",
    14: "the serial console",
    15: "the serial console",
}


@dataclass(frozen=True, slots=True)
class LedPart:
    """The LED that is soldered: its forward voltage in mV and the current wanted in µA."""

    forward_mv: int
    current_ua: int


@dataclass(frozen=True, slots=True)
class Pins:
    """BCM number of everything on the panel."""

    buttons: Mapping[Button, int]
    leds: Mapping[Led, int]
    part: LedPart


def load_pins(path: Path = PIN_FILE) -> Pins:
    """Return the pin map. Raises `PanelError`: it is missing, or a pin cannot be what it is said to be."""
    try:
        said = pinfile.read(str(path))
    except (OSError, ValueError) as error:
        raise PanelError(f"{path}: {error}; put back the file that came with Limen") from error
    sections = {name: said.get(name, {}) for name in ("buttons", "leds", "led")}
    wanted = {
        "buttons": {button.value for button in Button},
        "leds": {led.value for led in Led},
        "led": {"forward_mv", "current_ua"},
    }
    for name, keys in sections.items():
        if wrong := keys.keys() ^ wanted[name]:
            raise PanelError(f"{path}: [{name}] must name {', '.join(sorted(wanted[name]))}; see {sorted(wrong)}")
    _check(path, sections["buttons"], PULLED_UP, "a button needs one that is pulled up from reset on, 2 to 8")
    _check(path, sections["leds"], PULLED_DOWN, "an LED needs one that is pulled down from reset on, 9 to 27")
    return Pins(
        {button: sections["buttons"][button] for button in Button},
        {led: sections["leds"][led] for led in Led},
        LedPart(**sections["led"]),
    )


def _check(path: Path, pins: Mapping[str, int], fit: frozenset[int], advice: str) -> None:
    for name, pin in pins.items():
        if pin in TAKEN:
            raise PanelError(f"{path}: {name} = {pin} belongs to {TAKEN[pin]}; choose another GPIO")
        if pin not in fit:
            raise PanelError(f"{path}: {name} = {pin} will not do; {advice}")
        if list(pins.values()).count(pin) > 1:
            raise PanelError(f"{path}: {name} = {pin} is there twice; give each its own GPIO")
