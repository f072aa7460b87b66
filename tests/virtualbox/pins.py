"""Which line of the GPIO chip is which button and light of the panel."""

from __future__ import annotations

from typing import Final

# BCM numbers.
BUTTONS: Final = {"start": 17, "mark": 27, "power": 3}
LEDS: Final = {"power": 5, "link": 6, "play": 13, "bvp": 16, "eda": 19, "temp": 20, "acc": 26}
