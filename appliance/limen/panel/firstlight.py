"""Light before anything else is loaded, and light that outlives the program.

All lines are asked for in one call of the kernel's GPIO character device (Linux UAPI, <linux/gpio.h>, v2), because
that needs two small modules of the standard library: 3 ms of processor time on a laptop against 15 for lgpio and
98 for gpiozero, and a Zero 2 W is ten to twenty times slower. Everything later goes through gpiozero.
"""

from __future__ import annotations

import fcntl
import os
import struct

from limen.panel import pinfile

GPIO_GET_CHIPINFO_IOCTL = 0x8044B401
GPIO_V2_GET_LINE_IOCTL = 0xC250B407
GPIO_V2_LINE_SET_VALUES_IOCTL = 0xC010B40F
GPIO_V2_LINE_FLAG_OUTPUT = 1 << 3
GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES = 2

# struct gpiochip_info: name, label, lines.
CHIP_INFO = struct.Struct("=32s32sI")
# struct gpio_v2_line_request: offsets[64], consumer, config {flags, num_attrs, padding[5], attrs[10] {id, padding,
# values, mask}}, num_lines, event_buffer_size, padding[5], fd. Only the first attribute is used.
LINE_REQUEST = struct.Struct("=64I32sQI20xIIQQ216xII20xi")

# The header's own chip on every board (pinctrl-bcm2835, -bcm2711, -rp1); others are expanders and the like.
CHIP_LABEL = b"pinctrl-"
MOST_CHIPS = 16


def find_chip() -> int:
    """Return N of the /dev/gpiochipN that is the header. Raises `OSError`: none is, or it may not be opened."""
    why = OSError("there is no GPIO chip of a Raspberry Pi here")
    for number in range(MOST_CHIPS):
        try:
            chip = os.open(f"/dev/gpiochip{number}", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        except OSError as error:
            why = error
            continue
        try:
            label: bytes = CHIP_INFO.unpack(fcntl.ioctl(chip, GPIO_GET_CHIPINFO_IOCTL, bytes(CHIP_INFO.size)))[1]
        finally:
            os.close(chip)
        if label.startswith(CHIP_LABEL):
            return number
    raise why


def request(pins: list[int], lit: list[bool]) -> bytes:
    """Return the request for `pins` as outputs that are `lit`, as the kernel wants it."""
    values = sum(1 << place for place, on in enumerate(lit) if on)
    return LINE_REQUEST.pack(
        *pins,
        *[0] * (64 - len(pins)),
        b"limen",
        GPIO_V2_LINE_FLAG_OUTPUT,
        1,
        GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES,
        0,
        values,
        (1 << len(pins)) - 1,
        len(pins),
        0,
        0,
    )


def hold(*lit: str) -> int:
    """Take all LEDs, light those named; return a file descriptor that holds them until it is closed.

    Raises `OSError` (no GPIO, or a pin is taken) and `ValueError` (the pin map is wrong).
    """
    leds = pinfile.read().get("leds", {})
    chip = os.open(f"/dev/gpiochip{find_chip()}", os.O_RDWR | os.O_CLOEXEC)
    try:
        asked = request(list(leds.values()), [name in lit for name in leds])
        answer: int = LINE_REQUEST.unpack(fcntl.ioctl(chip, GPIO_V2_GET_LINE_IOCTL, asked))[-1]
        return answer
    finally:
        os.close(chip)


def light(held: int, *lit: str) -> None:
    """Light those named of the LEDs that `held` holds, and no others; a failing line is no reason to stop."""
    leds = list(pinfile.read().get("leds", {}))
    values = sum(1 << place for place, name in enumerate(leds) if name in lit)
    try:
        fcntl.ioctl(held, GPIO_V2_LINE_SET_VALUES_IOCTL, struct.pack("=QQ", values, (1 << len(leds)) - 1))
    except OSError:
        return


def first_light() -> int | None:
    """Light every LED: the program has begun, and no LED is broken. None where there is no GPIO.

    The panel says later, in words, what is missing; here only time counts.
    """
    try:
        return hold(*pinfile.read().get("leds", {}))
    except (OSError, ValueError):
        return None


def last_light() -> int | None:
    """Leave the power LED lit and the rest dark: do not unplug yet. It is lit beyond the end of the process.

    A Pi's kernel lets a line that nobody holds any more stay as it was (`persist_gpio_outputs`).
    """
    try:
        return hold("power")
    except (OSError, ValueError):
        return None


def lights_out() -> None:
    """Every LED dark, when every file system is closed: now it is safe to unplug. For deploy/system-shutdown."""
    try:
        os.close(hold())
    except (OSError, ValueError):
        return
