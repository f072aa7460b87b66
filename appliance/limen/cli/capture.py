"""`limen capture`: write down all that a band says, raw; or judge what was written down."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from limen.box.config import load_config
from limen.box.wiring import band_settings, link_settings
from limen.cli.arguments import positive
from limen.errors import BandError, SessionError
from limen.inlets.band.capture import SUFFIX, CaptureWriter, Marks
from limen.inlets.band.decode import decode_capture
from limen.inlets.band.settings import BandSettings


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the sheet: what to do, the mark that Enter sets before doing it, and for how long."""

    text: str
    mark: str
    seconds: float


Record = Callable[[], Coroutine[None, None, None]]

RESISTORS_OHM: Final = (10_000_000, 1_000_000, 470_000, 220_000, 100_000)  # 0.1, 1, 2.13, 4.55 and 10 µS
SHEET: Final[Sequence[Task]] = (
    Task("Wear the band and sit still.", Marks.WORN, 120),
    Task("Take it off and lay it down.", Marks.OFF, 120),
    *(Task(f"Press its button once, shortly ({n} of 3).", Marks.PRESS, 5) for n in (1, 2, 3)),
    *(Task(f"Hold {ohms} Ω across its electrodes.", f"{Marks.RESISTOR} {ohms}", 20) for ohms in RESISTORS_OHM),
    Task("Walk away with it until the link breaks, wait a minute, come back.", Marks.WALK_AWAY, 120),
    Task("Hold its button for 2 s, so that it switches off.", Marks.POWER_OFF, 10),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--out", metavar="FILE", type=Path, help=f"where to (band-DATE-TIME{SUFFIX} here)")
    parser.add_argument("--address", help="only this band (any that is named as one)")
    parser.add_argument("--seconds", type=positive, help="record for so long, without the guided sheet")
    parser.add_argument("--decode", metavar="FILE", type=Path, help="record nothing: judge this capture")
    parser.add_argument("--config", metavar="FILE", type=Path, help="how bands are found, started and read")


def run(args: argparse.Namespace) -> int:
    """Record, guided if somebody sits there, or judge a capture."""
    config = load_config(args.config)
    settings = band_settings(config.band)
    if args.decode is not None:
        return _decode(args.decode, settings)
    target = args.out or Path(time.strftime(f"band-%Y%m%d-%H%M%S{SUFFIX}"))
    try:
        file = target.open("a", encoding="utf-8", newline="\n")
    except OSError as error:
        raise SessionError(f"{target}: cannot be written ({error.strerror}); name another with --out") from error

    from limen.inlets.band.contact import Contact  # noqa: PLC0415  (judging a capture needs no Bluetooth)

    with file, suppress(KeyboardInterrupt):
        contact = Contact(CaptureWriter(file), link_settings(config.band), args.address, _say)
        asyncio.run(_record(contact.run, contact.mark, args.seconds))
    if contact.notifications == 0:
        raise BandError(f"no band spoke; {target} has what was seen. `limen scan` tells what is in the air")
    _say(f"{contact.notifications} notifications in {target}; limen capture --decode {target} judges them")
    return 0


async def _record(record: Record, mark: Callable[[str], None], seconds: float | None) -> None:
    recording = asyncio.create_task(record())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, recording.cancel)
    guided = seconds is None and sys.stdin.isatty()
    guiding = asyncio.create_task(_guide(mark)) if guided else None
    try:
        await asyncio.wait(
            {recording, guiding} if guiding else {recording}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if recording.done() and not recording.cancelled():
            await recording
    finally:
        for task in (guiding, recording):
            if task is not None:
                task.cancel()
                await asyncio.wait((task,))


async def _guide(mark: Callable[[str], None]) -> None:
    """Lead through the sheet: Enter when it is begun, s to leave it out, q to end."""
    _say("The sheet: Enter begins a line, s leaves it out, q ends. Wait for the band to stream first.")
    for task in SHEET:
        _say(f"{task.text} [Enter, s, q]")
        answer = (await _line()).strip().lower()
        if answer == "q":
            return
        if answer == "s":
            continue
        mark(task.mark)
        _say(f"  for {task.seconds:g} s ...")
        await asyncio.sleep(task.seconds)
    _say("The sheet is done.")


async def _line() -> str:
    """One line of standard input, without a thread that could not be ended."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(sys.stdin, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(sys.stdin)
    return sys.stdin.readline() or "q"


def _decode(path: Path, settings: BandSettings) -> int:
    found = decode_capture(path, settings)
    for finding in found:
        print(f"{finding.question}\n    {finding.answer or 'open'}: {finding.evidence}")
    settled = sum(finding.answer is not None for finding in found)
    print(f"{settled} of {len(found)} questions settled")
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
