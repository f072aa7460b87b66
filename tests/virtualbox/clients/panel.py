"""Unmodified gpiozero on real lgpio: panel.py BUTTON LED. The light follows the button; changes are JSON lines."""

from __future__ import annotations

import json
import signal
import sys
import time

from gpiozero import LED, Button

button = Button(int(sys.argv[1]), pull_up=True, bounce_time=0.02)
led = LED(int(sys.argv[2]))


def say(event: str) -> None:
    print(json.dumps({"t": time.monotonic(), "event": event}), flush=True)


def pressed() -> None:
    led.on()
    say("pressed")


def released() -> None:
    led.off()
    say("released")


button.when_pressed = pressed
button.when_released = released
say("ready")
signal.pause()
