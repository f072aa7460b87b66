"""docs/panel.md: every state, gesture and light, from the tables that the daemon runs on."""

from __future__ import annotations

import math
from collections import defaultdict

from tools.draw.words import GESTURES, SITUATIONS

from limen.box.faults import FAULTS, Fault
from limen.box.scene import health, scene
from limen.box.states import LOOKS, Band, Event, Kind, Phase, State, next_state
from limen.panel.bits import LED_GATES
from limen.panel.gestures import HOLD_S, SHORT_S
from limen.panel.lights import SIGNAL_RHYTHM, SWINGS, Signal
from limen.panel.names import Led
from limen.panel.rhythm import SHORT_S as CELL_S
from limen.panel.rhythm import Rhythm

PAGE = """# The panel

<!-- Drawn from the tables by `python -m tools.draw`; a test fails when they part. -->

Three buttons, seven LEDs. In the patterns below `█` is lit, `▒` dim, `·` dark, each for {cell} s; a pattern
repeats. Colours and places do not matter: everything can be told by counting.

## Gestures

{gestures}
A press is let go within {short:g} s. A hold acts after {hold:g} s, while the button is still down; let go
before that, it does nothing. Two buttons at once do nothing.

While a button is down, its own LED turns over (START: play, MARK: link, POWER: power), then flickers as the
four signal LEDs fill up to the moment when the hold acts. The answer is a swing of the signal LEDs, every
second one and then the others: {swings}.

## Signal LEDs

{gates}.

{signals}
With several wearers an LED shows the best news of them all.

## States

{states}
{diagram}
Behind `fault` stands which, as in `fault no-bluetooth`. `halt` leads to `halting` from every state.
`band` is a band that came, went, or needs its button pressed; `failed` and `cleared` are faults.

## Patterns

{patterns}
The link LED has one gap for each missing band; a flutter asks to press a band's button. While the baseline is
taken, the signal LEDs count down, a quarter of the time each.

Before all this, the boot firmware lights power alone; then all seven light up for a second, which shows that
none is broken: the program has begun. If they stay lit, it does not get any further. At the end power flickers,
stays lit while the board shuts down, and goes out: now it is safe to unplug.

## Faults

Shown by the power LED: long flashes say where, short ones what. Several faults take turns. A fault that does
not stop the show leaves every other LED to its state, and so does one of Bluetooth while a band streams.

{faults}"""

SIGNALS = {
    Signal.OPEN: "the gate is open (bit 1)",
    Signal.SHUT: "the signal is fresh and the gate is shut (bit 0)",
    Signal.LEARNING: "the gate is still learning, or the band is not worn",
    Signal.STALE: "no signal, or its gate is switched off",
}


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def cells(rhythm: Rhythm) -> str:
    """Return one cycle of a rhythm, a sign for each cell of time."""
    if len(rhythm.steps) == 1:
        return {0.0: "dark", 1.0: "lit"}.get(rhythm.steps[0][0], "dim")
    signs = ""
    for level, length in rhythm.steps:
        if math.isfinite(length):
            signs += ("█" if level == 1 else "▒" if level else "·") * round(length / CELL_S)
    return f"`{signs}`"


def transitions() -> dict[tuple[Phase, Phase], set[str]]:
    """Return every change of phase that can happen with two bands, and what makes it happen.

    Found by trying every event in every state that can be reached, so it cannot say more or less than the box does.
    """
    faults = (Fault.NO_BLUETOOTH, Fault.UNDERVOLTAGE)
    events = [Event(kind) for kind in Kind if kind not in {Kind.BAND, Kind.FAILED, Kind.CLEARED}]
    events += [Event(Kind.BAND, wearer=wearer, band=band) for wearer in (1, 2) for band in Band]
    events += [Event(kind, fault=fault) for kind in (Kind.FAILED, Kind.CLEARED) for fault in faults]
    events.append(Event(Kind.READY, play=True))
    found: dict[tuple[Phase, Phase], set[str]] = defaultdict(set)
    todo = [State(bands=(Band.SOUGHT,) * 2, rehearsal=rehearsal) for rehearsal in (False, True)]
    seen = set(todo)
    while todo:
        state = todo.pop()
        for event in events:
            after = next_state(state, event)
            if after.phase is not state.phase:
                found[state.phase, after.phase].add(event.kind.value)
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return found


def diagram() -> str:
    """Return the states as a Mermaid drawing; shutting down is left out, since it leads there from everywhere."""
    order = list(Phase)
    kinds = [kind.value for kind in Kind]
    lines = ["```mermaid", "stateDiagram-v2", "    direction TB", f"    [*] --> {Phase.BOOTING.name}"]
    lines += [f'    state "{phase}" as {phase.name}' for phase in Phase if phase is not Phase.HALTING]
    for (one, other), why in sorted(transitions().items(), key=lambda edge: [order.index(p) for p in edge[0]]):
        if other is not Phase.HALTING:
            lines.append(f"    {one.name} --> {other.name}: {', '.join(sorted(why, key=kinds.index))}")
    return "\n".join([*lines, "```", ""])


def panel_page() -> str:
    """Return the page."""
    gestures = [
        [button.name, how, f"`{gesture}`" if gesture else "", says]
        for (button, how), (gesture, says) in GESTURES.items()
    ]
    states = [[f"`{phase}`", look.says] for phase, look in LOOKS.items()]
    patterns = []
    for name, state in SITUATIONS.items():
        leds = scene(state, 0.0).leds
        patterns.append([name, f"`{state.name}`", *(cells(leds[led]) for led in (Led.POWER, Led.LINK, Led.PLAY))])
    faults = [
        [
            f"`{fault}`",
            " + ".join(str(n) for n in spec.code),
            cells(health({fault})),
            spec.says,
            "yes" if spec.stops else "no",
            spec.remedy,
        ]
        for fault, spec in FAULTS.items()
    ]
    signals = [[cells(SIGNAL_RHYTHM[signal]), says] for signal, says in SIGNALS.items()]
    return PAGE.format(
        cell=CELL_S,
        short=SHORT_S,
        hold=HOLD_S,
        gestures=table(["button", "", "gesture", "what it does"], gestures),
        swings="; ".join(f"{count} × {answer}" for answer, count in SWINGS.items()),
        gates=", ".join(f"**{stream}** shows `{'` or `'.join(names)}`" for stream, names in LED_GATES.items()),
        signals=table(["", "what it means"], signals),
        states=table(["/limen/box/state", "what it means"], states),
        diagram=diagram(),
        patterns=table(["", "state", "power", "link", "play"], patterns),
        faults=table(
            ["/limen/box/faults", "long + short", "power", "what is wrong", "stops the show", "what to do"], faults
        ),
    )
