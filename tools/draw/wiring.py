"""firmware/wiring.svg and wiring.md: what is soldered where, from the pin map."""

from __future__ import annotations

from gpiozero.pins.pi import PiBoardInfo
from tools.draw.panel_page import table
from tools.draw.svg import FAINT, INK, box, dot, line, picture, text

from limen.panel.names import Button, Led
from limen.panel.pins import Pins, load_pins

# Any board with 40 pins: the header is the same.
BOARD_REVISION = 0x902120
SUPPLY_MV = 3300
# IEC 60063, one decade of E12.
E12 = (10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82)

PAGE = """# Wiring

<!-- Drawn from firmware/pins.toml by `python -m tools.draw`; a test fails when they part. -->

![wiring](wiring.svg)

{connections}
Any ground pin will do: {leds_ground} is nearest to the LEDs, {keys_ground} to START and MARK, 6 to POWER.

## Parts

{parts}
The resistor is the smallest of the E12 series that is at least ({supply} − {volts}) ÷ {wanted}. All seven
LEDs together take {total} of the 50 mA that the header's pins may give. A blue or white LED needs about 3 V,
which leaves too little for any resistor to hold its current steady.

## Why these pins

GPIO 3 is the only pin that wakes a halted Zero 2 W, 3 or 4, so POWER also switches on; it has a pull-up of
its own. The daemon reads it itself, for the LEDs must answer while it is held: the `gpio-shutdown` overlay
would keep the pin to itself and shut down at a touch. A Pi 5 is woken by its own button.

Buttons are on pins that are pulled up from reset on, LEDs on pins that are pulled down: before Linux runs, no
button seems pressed and no LED glows. The boot firmware then lights `power` (`gpio={power}=op,dh` in
config.txt).

None of this has been tried on a board yet."""

PITCH = 5.0
TOP = 16.0
LEFT_PINS, RIGHT_PINS = 78.0, 84.0
GROUND_OF_LEDS, GROUND_OF_KEYS = 14, 30


def header() -> dict[int, str]:
    """Return the name of each pin of the header, by its place."""
    return {place: pin.name for place, pin in PiBoardInfo.from_revision(BOARD_REVISION).headers["J8"].pins.items()}


def resistor_ohm(pins: Pins) -> int:
    """Return the smallest E12 resistor that lets through no more than the current wanted, in Ω."""
    least = (SUPPLY_MV - pins.part.forward_mv) * 1000 / pins.part.current_ua
    series = [base * decade for decade in (1, 10, 100, 1000) for base in E12]
    return next(ohm for ohm in series if ohm >= least)


def current_ma(pins: Pins) -> float:
    """Return the current that then flows through one LED, in mA."""
    return (SUPPLY_MV - pins.part.forward_mv) / resistor_ohm(pins)


def used(pins: Pins) -> dict[int, tuple[str, str]]:
    """Return what hangs on each used place of the header: its kind and its name."""
    places = {name: place for place, name in header().items() if name.startswith("GPIO")}
    keys = {places[f"GPIO{pin}"]: ("button", button.name) for button, pin in pins.buttons.items()}
    lights = {places[f"GPIO{pin}"]: ("led", led.value) for led, pin in pins.leds.items()}
    return {**keys, **lights}


def wiring_page() -> str:
    """Return the table of connections and the parts."""
    pins = load_pins()
    names = header()
    what = used(pins)
    through = {"button": "button to ground", "led": f"{resistor_ohm(pins)} Ω, LED, ground"}
    rows = [[str(place), names[place], name, through[kind]] for place, (kind, name) in sorted(what.items())]
    ohm, ma = resistor_ohm(pins), current_ma(pins)
    volts = f"{pins.part.forward_mv / 1000:g} V"
    parts = [
        [str(len(Button)), "push button, momentary, normally open", "POWER is best set apart or recessed"],
        [str(len(Led)), f"LED of {volts} forward voltage", "red, orange, yellow or old green; not blue, not white"],
        [str(len(Led)), f"resistor of {ohm} Ω, 1/8 W or more", f"{ma:.1f} mA each"],
    ]
    return PAGE.format(
        connections=table(["pin", "GPIO", "what", "how"], rows),
        leds_ground=GROUND_OF_LEDS,
        keys_ground=GROUND_OF_KEYS,
        parts=table(["", "part", "note"], parts),
        supply=f"{SUPPLY_MV / 1000:g} V",
        volts=volts,
        wanted=f"{pins.part.current_ua / 1000:g} mA",
        total=f"{len(Led) * ma:.0f} mA",
        power=pins.leds[Led.POWER],
    )


def wiring_svg() -> str:
    """Return the header with what hangs on it; odd pins to the left, as on a board with its USB at the bottom."""
    pins = load_pins()
    what = used(pins)
    names = header()
    ohm = resistor_ohm(pins)
    parts = [
        text(81, 7, "Limen: wiring", 4, bold=True, anchor="middle"),
        text(81, 11.5, "the 40-pin header from above; the corner of the board at the top", 2.4, anchor="middle"),
        box(LEFT_PINS - 3, TOP - 3, RIGHT_PINS - LEFT_PINS + 6, 20 * PITCH + 1, "#f2f2f2", INK),
    ]
    for place, name in names.items():
        left = place % 2 == 1
        x, y = (LEFT_PINS if left else RIGHT_PINS), TOP + (place - 1) // 2 * PITCH
        side = -1 if left else 1
        anchor = "end" if left else "start"
        parts.append(dot(x, y, 1.0, INK if place in what else "#ffffff"))
        parts.append(text(x + side * 4, y + 0.8, str(place), 2, anchor=anchor))
        if place in what:
            kind, label = what[place]
            parts += _part(x + side * 8, y, side, kind, label, name, ohm)
        elif place in {6, GROUND_OF_LEDS, GROUND_OF_KEYS}:
            parts.append(text(x + side * 9, y + 0.8, "ground", 2.4, bold=True, anchor=anchor))
    return picture(162, TOP + 20 * PITCH + 4, "Limen: wiring", parts)


def _part(x: float, y: float, side: int, kind: str, label: str, name: str, ohm: int) -> list[str]:
    anchor = "end" if side < 0 else "start"
    end = x + side * 30
    ground = [
        line([(end, y - 1.2), (end, y + 1.2)], 0.5),
        line([(end + side, y - 0.7), (end + side, y + 0.7)], 0.5),
    ]
    title = [text(end + side * 3, y + 0.8, f"{label} ({name})", 2.4, bold=True, anchor=anchor)]
    if kind == "button":
        middle = x + side * 15
        gap = [line([(x, y), (middle - side * 2, y)]), line([(middle + side * 2, y), (end, y)])]
        return [*gap, line([(middle - side * 2, y), (middle + side * 1.6, y - 1.6)]), *ground, *title]
    first = min(x + side * 4, x + side * 12)
    tip, back = x + side * 22, x + side * 19
    return [
        line([(x, y), (end, y)]),
        box(first, y - 0.9, 8, 1.8, "#ffffff", INK),
        text(first + 4, y + 0.6, f"{ohm} Ω", 1.6, anchor="middle"),
        f'<polygon points="{back:g},{y - 1.4:g} {back:g},{y + 1.4:g} {tip:g},{y:g}" fill="{FAINT}" stroke="{INK}" '
        f'stroke-width="0.3"/>',
        line([(tip, y - 1.4), (tip, y + 1.4)], 0.4),
        *ground,
        *title,
    ]
