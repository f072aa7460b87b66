"""A `limen play` that loops a session and listens to its control input, on ports that are free."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from limen.inlets.simulated import SimulatedWearer
from limen.inlets.writer import write_session
from tests.peers.kinds import SCRIPTS, OscDump
from tests.peers.process import Printer
from tests.peers.receiver import Heard
from tests.peers.wire import HOST, Arg, free_port

WAIT_S: Final = 20.0
# The whole of 127/8 is this machine; from here, Limen's answers to HOST do not concern it.
ANOTHER_HOST: Final = "127.0.0.2"
ALIVE: Final = "/limen/box/alive"


def run_oscsend(port: int, address: str, types: str, *args: Arg) -> None:
    """Send one message with liblo; T, F, N and I in `types` take no argument."""
    command = ["oscsend", f"osc.udp://{HOST}:{port}", address, *([types] if types else []), *map(str, args)]
    subprocess.run(command, check=True, timeout=WAIT_S)


class Hearing:
    """A program that is read as it prints; `decode` says what a line means."""

    def __init__(self, program: Printer, decode: Callable[[str], Heard | None]) -> None:
        self._program = program
        self._decode = decode
        self._seen = 0

    def skip(self) -> None:
        """Go on from here, whatever was heard so far."""
        self._seen = len(self._program.lines)

    def so_far(self) -> list[Heard]:
        """What was heard since the last call, without waiting."""
        lines = self._program.lines[self._seen :]
        self._seen += len(lines)
        return [one for line in lines if (one := self._decode(line)) is not None]

    def until(self, wanted: Callable[[Heard], bool]) -> list[Heard]:
        """All that was heard since the last call, up to the first that is wanted; fails if that does not come."""
        deadline = time.monotonic() + WAIT_S
        heard: list[Heard] = []
        while True:
            for line in self._program.wait_for_news(self._seen, max(0.0, deadline - time.monotonic())):
                self._seen += 1
                one = self._decode(line)
                if one is not None:
                    heard.append(one)
                    if wanted(one):
                        return heard
            assert time.monotonic() < deadline, f"not heard in {WAIT_S:g} s; the last were {heard[-20:]}"

    def hear(self, address: str, *args: Arg) -> Heard:
        """Wait for a message at this address, with these arguments if any are given; floats as far as printed."""
        return self.until(lambda one: one.address == address and (not args or _alike(one.args, args)))[-1]

    def seconds(self, count: int) -> list[Heard]:
        """What was heard until Limen has said `count` times more that it is alive, which it does every second."""
        return [one for _ in range(count) for one in self.until(lambda one: one.address == ALIVE)]


def _alike(heard: tuple[Arg, ...], wanted: tuple[Arg, ...]) -> bool:
    return len(heard) == len(wanted) and all(
        got == want
        if isinstance(got, str) or isinstance(want, str)
        else type(got) is type(want) and abs(got - want) < 1e-5
        for got, want in zip(heard, wanted, strict=True)
    )


@dataclass(frozen=True)
class Playing:
    """A running Limen and three oscdumps.

    `near` is on the host that commands come from, `far` on another, and `late` must subscribe. `port` is the
    control input's, `late_port` that of `late`.
    """

    port: int
    near: Hearing
    far: Hearing
    late: Hearing
    late_port: int


@contextmanager
def playing(folder: Path) -> Iterator[Playing]:
    """Play in a loop, four times as fast as life; without values, of which there are too many to look through."""
    session = folder / "evening"
    write_session(session, SimulatedWearer(5).session(40.0))
    with ExitStack() as stack:
        near, far, late = (stack.enter_context(OscDump(folder, ())) for _ in range(3))
        port = free_port()
        config = folder / "limen.yaml"
        config.write_text(
            f"osc:\n  control_port: {port}\n  port: {near.port}\n  station_rate: gates\n  targets:\n"
            f"    - {{host: {HOST}, rate: gates}}\n"
            f"    - {{host: {ANOTHER_HOST}, port: {far.port}, rate: gates}}\n",
            encoding="utf-8",
        )
        words = ["play", str(session), "--loop", "--speed", "4", "--config", str(config)]
        stack.enter_context(Printer([sys.executable, "-m", "limen", *words], folder))
        heard = (Hearing(one.running, one.decode) for one in (near, far, late))
        scene = Playing(port, *heard, late.port)
        scene.near.hear(ALIVE)
        scene.far.hear(ALIVE)
        yield scene


@contextmanager
def client(folder: Path, port: int, *messages: Sequence[object]) -> Iterator[Hearing]:
    """npm `osc` sends these, [address, [type, value]...], and prints what comes back to the same socket."""
    words = [json.dumps(message) for message in messages]
    with Printer(["node", str(SCRIPTS / "client.js"), str(port), *words], folder) as program:
        yield Hearing(program, _from_json)


def _from_json(line: str) -> Heard | None:
    if not line.startswith("OSC ["):
        return None
    address, *pairs = json.loads(line.removeprefix("OSC "))
    return Heard(address, "".join(kind for kind, _ in pairs), tuple(value for _, value in pairs))
