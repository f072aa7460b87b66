"""Hung, and playing again:  python -m tests.bench.hung

The real systemd starts this checkout's `limen run` with the lines of deploy/systemd/limen.service (what is left out
and what stands in for what: tests.processes.watched), and a receiver listens to it. It is stopped (SIGSTOP) right
after a beat of its watchdog, which is the worst moment there is. What systemd did is told by its timestamps, what
was heard by the receiver's, of the same clock. About a minute; needs root, and systemd where Debian has it.

A Pi starts more slowly than this machine: how many times more it may is a line of its own.
"""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import limen
from tests.bench import Result, report
from tests.processes.manager import NoManagerError, until
from tests.processes.watched import Watched

ROUNDS = 3
GOAL_S = 15.0
FIRST_LIGHT_GOAL_S = 0.3

NOW = "import time; print(time.monotonic(), time.process_time(), flush=True)"
# `limen run` up to where it has read the pin map and asks the kernel for lines, of which there are none here.
FIRST_LIGHT = f"""
from limen.panel import firstlight

def asked(*leds):
    {NOW}
    raise SystemExit

firstlight.hold = asked
from limen.cli import main
main(["run"])
"""


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds from SIGSTOP to each of these; `began` is when the program was started anew."""

    noticed: float
    began: float
    ready: float
    playing: float
    beat: float


def _fresh(name: str, code: str, goal: float | None = None) -> Result:
    """From starting a Python of its own until it has run `code`, which tells `NOW` in the end."""
    wall: list[float] = []
    cpu: list[float] = []
    for _ in range(ROUNDS):
        started = time.monotonic()
        said = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True).stdout.split()
        wall.append(float(said[0]) - started)
        cpu.append(float(said[1]))
    return Result(name, median(wall), "s", goal, note=f"median of {ROUNDS}; {median(cpu):.3f} s of CPU")


def _hang(service: Watched) -> Round:
    """Let it play, hang it, wait until it is heard again."""
    service.plays()
    before, ends = service.at("Watchdog"), service.ends()
    until("beat", lambda: service.at("Watchdog") > before)
    stopped = time.monotonic()
    service.signal("STOP")
    service.laptop.forget()
    service.laptop.hears_state("playing")
    playing = time.monotonic() - stopped
    service.beats()
    beat = time.monotonic() - stopped
    assert service.ends() == [*ends, "watchdog"], "something else ended it"
    noticed, began, ready = (service.at(name) - stopped for name in ("ActiveExit", "ExecMainStart", "ActiveEnter"))
    return Round(noticed, began, ready, playing, beat)


def _rounds() -> list[Round]:
    with Watched() as service:
        service.start()
        service.play()
        return [_hang(service) for _ in range(ROUNDS)]


def _hung(rounds: Sequence[Round]) -> list[Result]:
    worst = max(rounds, key=lambda one: one.playing)
    slower = (GOAL_S - worst.began) / (worst.playing - worst.began)
    told = f"{', '.join(f'{one.playing:.1f}' for one in rounds)}; load {os.getloadavg()[0]:.1f}"
    note = f"median of {ROUNDS}"
    return [
        Result("SIGSTOP to playing again", worst.playing, "s", GOAL_S, note=f"worst of {told}"),
        Result("  until systemd noticed", worst.noticed, "s", note="stopped right after a beat"),
        Result("  until it was started again", worst.began, "s"),
        Result("  until the first beat of the heart was heard", worst.beat, "s", note="of a pulse learnt anew"),
        Result(
            "  how many times slower its start might be",
            slower,
            "×",
            note="than here and now, and still be in time",
        ),
        Result("start to READY=1", median(one.ready - one.began for one in rounds), "s", note=note),
        Result("READY=1 to playing, as heard", median(one.playing - one.ready for one in rounds), "s", note=note),
    ]


def run() -> list[Result]:
    """Hang it a few times; then what a start is made of."""
    compileall.compile_dir(Path(limen.__file__).parent, quiet=1)  # as pip leaves it on a box
    try:
        results = _hung(_rounds())
    except NoManagerError as why:
        results = [Result("SIGSTOP to playing again: not measured", 0.0, "s", note=str(why))]
    return [
        *results,
        _fresh("  imports of limen.box.lives alone", f"import limen.box.lives; {NOW}"),
        _fresh("  the interpreter alone", NOW),
        _fresh("process start to the request for first light", FIRST_LIGHT, FIRST_LIGHT_GOAL_S),
    ]


if __name__ == "__main__":
    report("hung, and playing again", run())
