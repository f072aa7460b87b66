"""What the installed unit does in time, by the clock of a box whose processor is counted (recipe.COUNTED).

The unit's own watchdog and limits hold here, nothing is laid over them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests.virtualbox import recipe
from tests.virtualbox.box import Box
from tests.virtualbox.installed import UNIT, Unit
from tests.virtualbox.laptop import Listener
from tests.virtualbox.pins import LEDS
from tests.virtualbox.recipe import Variant
from tests.virtualbox.ssh import quote

pytestmark = pytest.mark.trial  # minutes that CI has not

PORT: Final = 9000
CONFIG: Final = f"""osc:
  targets: [{{host: 127.0.0.1, port: {PORT}}}]
recorder: {{reserve: 50 MB}}
wearers: [{{number: 1, source: simulated, seed: 5}}]
"""
LIGHT_S: Final = 0.3
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
    made.configure(CONFIG)
    return made


@pytest.fixture(scope="module")
def told(box: Box) -> Listener:
    """What a receiver of the unit's OSC hears."""
    return box.listen(PORT)


def uptime(box: Box) -> float:
    return float(box.run("cut -d ' ' -f 1 /proc/uptime"))


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


def test_what_hangs_plays_again_within_15_seconds_and_says_so(
    unit: Unit, told: Listener, record_property: Callable[[str, object], None]
) -> None:
    box, boot = unit.box, unit.box.boot_id()
    unit.start()
    unit.wait_for("linked")
    unit.ask("/limen/box/start")
    unit.wait_for("playing")
    limit = float(unit.show("WatchdogUSec").removesuffix("s"))
    for _ in range(HANGS):
        beats = len(told.messages("/limen/1/trig/pulse"))
        box.wait_for("beats", lambda beats=beats: len(told.messages("/limen/1/trig/pulse")) > beats + 1)
        hung, before = unit.show("MainPID"), unit.show("NRestarts")
        began = float(box.run(f"cut -d ' ' -f 1 /proc/uptime; kill -STOP {hung}"))
        box.run(f"sleep {PLAYING_S}")  # asking it meanwhile would take its one processor's time
        box.wait_for("restart", lambda before=before: unit.show("NRestarts") != before)
        unit.wait_for("playing")
        noticed = said_at(unit, "Watchdog timeout", began) - began
        took = said_at(unit, "playing (", began) - began
        record_property("hung_to_playing_s", (noticed, took))
        print(f"hung: noticed after {noticed:.1f} s, playing again after {took:.1f} s")
        assert noticed < limit + 0.5
        assert took < PLAYING_S
        # Hung right after a beat of its watchdog, which is the worst there is.
        assert limit + took - noticed < PLAYING_S
        assert "the program failed and began again" in unit.show("StatusText")
    beats = len(told.messages("/limen/1/trig/pulse"))
    box.wait_for("beats", lambda: len(told.messages("/limen/1/trig/pulse")) > beats + 1)
    assert box.boot_id() == boot, "the whole box was restarted for it"
    unit.shows(power="blinks")
