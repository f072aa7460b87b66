"""What the installed unit does in time, by the clock of a box whose processor is counted (recipe.COUNTED).

The unit's own watchdog and limits hold here, nothing is laid over them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from limen.panel.names import BUTTON_LED, Button
from tests.virtualbox import recipe
from tests.virtualbox.bands import Band
from tests.virtualbox.box import Box
from tests.virtualbox.installed import UNIT, Unit
from tests.virtualbox.laptop import Listener
from tests.virtualbox.pins import BUTTONS, LEDS
from tests.virtualbox.recipe import Variant
from tests.virtualbox.ssh import quote

pytestmark = pytest.mark.trial  # minutes that CI has not

CONFIG: Final = """osc: {{targets: [{{host: 127.0.0.1, port: 9000}}]}}
recorder: {{reserve: 50 MB}}
wearers: [{{number: 1, source: {source}}}]
"""
SESSION: Final = Path("Stress-Predict-Dataset") / "S06"
BEATS: Final = "/limen/1/trig/pulse"
LIGHT_S: Final = 0.3
ANSWER_S: Final = 0.1
PRESSES: Final = 4
PLAYING_S: Final = 15.0
HANGS: Final = 3  # the unit may start five times within five minutes


@pytest.fixture(scope="module")
def box(make_box: Callable[..., Box]) -> Iterator[Box]:
    """A live box in whose time the host has no part."""
    with make_box(Variant.FULL, recipe.COUNTED) as fresh:
        fresh.restore()
        yield fresh


@pytest.fixture(scope="module")
def unit(box: Box) -> Unit:
    """The unit as deploy/ has it, set up and not started."""
    made = Unit(box)
    made.lay_out(patience=b"")
    made.configure(CONFIG.format(source="simulated"))
    return made


@pytest.fixture(scope="module")
def told(box: Box) -> Listener:
    """What a receiver of the unit's OSC hears."""
    return box.listen(9000)


def said_at(unit: Unit, words: str, since: float) -> float:
    """When the journal first had the words after `since`, in seconds of the box's uptime."""
    lines = re.findall(r"^\[ *([\d.]+)\] (.*)$", unit.box.journal(UNIT), re.MULTILINE)
    return next(float(at) for at, line in lines if float(at) > since and words in line)


def test_light_comes_first_and_ready_when_it_can_play(
    unit: Unit, told: Listener, record_property: Callable[[str, object], None]
) -> None:
    box, power = unit.box, f"/run/venue/gpio/sim_gpio{LEDS['power']}/value"
    python = "/opt/venv/bin/python -c 'import time; b=time.monotonic(); import {}; print(time.monotonic() - b)'"
    figures: dict[str, float] = {}
    timed = "read a _ < /proc/uptime; /opt/venv/bin/{}; read b _ < /proc/uptime; echo $a $b"
    for name, command in {"interpreter": "python -c pass", "limen --version": "limen --version"}.items():
        began, ended = map(float, box.run(timed.format(command)).split()[-2:])
        figures[name] = ended - began
    for name, module in {"light": "limen.cli, limen.panel.firstlight", "everything": "limen.box.lives"}.items():
        box.run(python.format(module))  # from the card into memory
        figures[f"imports for {name}"] = float(box.run(python.format(module)))
    # By bash alone: a process for each look would take the box's one processor from what it times.
    wait = f"until read -r v < {power} && ((v)); do read -rt 0.01 -u 9; done"
    look = f"exec 9<> <(:); {wait}; read -r now _ < /proc/uptime; echo $now"
    with box.shell.start(quote("bash", "-c", look)) as watcher:
        unit.start()
        assert watcher.stdout is not None
        lit = float(watcher.stdout.read())
    started, handed, ready = (
        int(unit.show(f"{stamp}TimestampMonotonic")) / 1e6
        for stamp in ("ExecMainStart", "ExecMainHandoff", "ActiveEnter")
    )
    # systemd lays out the sandbox first, and then the process is Limen's.
    figures |= {"sandbox": handed - started, "first light": lit - handed, "READY": ready - handed}
    print("; ".join(f"{name} {seconds:.2f} s" for name, seconds in figures.items()))
    for name, seconds in figures.items():
        record_property(name, seconds)
    assert 0 < lit - handed < LIGHT_S
    assert lit < ready
    assert unit.show("StatusText").startswith(("linked, 1 of 1 bands", "searching, 0 of 1 bands"))


def test_every_button_is_answered_by_its_light_within_100_ms(unit: Unit, told: Listener) -> None:
    unit.start()
    unit.wait_for("linked")
    unit.shows(power="lit", link="lit", play="dark")
    for button in (Button.START, Button.MARK, Button.POWER) * PRESSES:
        gpio = "/run/venue/gpio/sim_gpio"
        pull, light = f"{gpio}{BUTTONS[button]}/pull", f"{gpio}{LEDS[BUTTON_LED[button]]}/value"
        look = f"read -r now < {light} && ((now != was)) && break"
        press = (
            f"exec 9<> <(:); read -r was < {light}; began=${{EPOCHREALTIME/./}}; echo pull-down > {pull}; "
            f"for n in {{1..500}}; do {look}; read -rt 0.002 -u 9; done; ended=${{EPOCHREALTIME/./}}; "
            f"sleep 0.1; echo pull-up > {pull}; sleep 2; echo $((ended - began))"
        )
        took = int(unit.box.run(quote("bash", "-c", press))) / 1e6
        print(f"{button}: {1000 * took:.0f} ms")
        assert took < ANSWER_S
    assert unit.heard("Gesture: start.") == unit.heard("Gesture: mark.") == PRESSES


def plays(unit: Unit, told: Listener) -> None:
    """Beats are heard that were not heard before."""
    before = len(told.messages(BEATS))
    unit.box.wait_for("beats", lambda: len(told.messages(BEATS)) > before + 1)


def hang(unit: Unit, told: Listener) -> tuple[float, float]:
    """Let the playing daemon hang; seconds until systemd noticed, and until it played again."""
    plays(unit, told)
    began = float(unit.box.run(f"cut -d ' ' -f 1 /proc/uptime; kill -STOP {unit.show('MainPID')}"))
    unit.box.run(f"sleep {PLAYING_S + 3}")  # asking it meanwhile would take its one processor's time
    unit.wait_for("playing")
    return said_at(unit, "Watchdog timeout", began) - began, said_at(unit, "playing (", began) - began


@pytest.mark.parametrize("source", ["simulated", "band"])
def test_what_hangs_plays_again_within_15_seconds_and_says_so(
    unit: Unit, told: Listener, source: str, request: pytest.FixtureRequest
) -> None:
    box, boot = unit.box, unit.box.boot_id()
    if unit.state() == "playing":  # or it would resume
        unit.ask("/limen/box/stop")
        unit.wait_for("linked")
    unit.stop()
    box.run(f"systemctl reset-failed {UNIT}", check=False)  # it counts starts
    unit.configure(CONFIG.format(source=source))
    if source == "band":
        band: Band = request.getfixturevalue("band")
        band.wear(request.getfixturevalue("recordings") / SESSION, seconds=600)
        band.power_on()
    unit.start()
    unit.wait_for("linked")
    unit.ask("/limen/box/start")
    unit.wait_for("playing")
    limit = float(unit.show("WatchdogUSec").removesuffix("s"))
    for _ in range(HANGS):
        noticed, took = hang(unit, told)
        print(f"hung: noticed after {noticed:.1f} s, playing again after {took:.1f} s")
        assert noticed < limit + 0.5
        # Hung right after a beat of its watchdog, which is the worst there is.
        assert limit + took - noticed < PLAYING_S
        assert "the program failed and began again" in unit.show("StatusText")
    plays(unit, told)
    assert box.boot_id() == boot, "the whole box was restarted for it"
    unit.shows(power="blinks")
