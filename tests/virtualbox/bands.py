"""The virtual bands from a test's side."""

from __future__ import annotations

import json
import select
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.virtualbox.band import packing, tape
from tests.virtualbox.ssh import COMMAND_S, Shell, quote

if TYPE_CHECKING:
    from tests.virtualbox.box import Box

FOLDER: Final = "/run/venue/bands"
# Each line has one line of answer.
# Right after a power cut sshd may be quicker than the daemon.
_BRIDGE: Final = """import socket, sys, time
line = socket.socket(socket.AF_UNIX)
for last in [False] * 300 + [True]:
    try:
        line.connect(sys.argv[1])
        break
    except OSError:
        if last:
            raise
        time.sleep(0.2)
daemon = line.makefile("rw")
for asked in sys.stdin:
    daemon.write(asked)
    daemon.flush()
    print(daemon.readline(), end="", flush=True)
"""


class BandError(RuntimeError):
    """The bands' daemon could not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Packet:
    """What a band gave to the air, or did not, at `at_s` on the box's monotonic clock.

    `what` is a stream or a characteristic; `fate` is sent, unheard (nobody had subscribed), lost (a fault), or for
    a command taken or ignored.
    """

    at_s: float
    what: str
    fate: str
    payload: bytes


class Control:
    """The connection to the bands' daemon. A unit's sshd forwards nothing, so a program there carries the lines."""

    def __init__(self, shell: Shell) -> None:
        self._bridge = shell.talk(quote("python3", "-c", _BRIDGE, f"{FOLDER}/control"))

    def ask(self, band: str, verb: str, **arguments: Any) -> Any:
        """Let the daemon do something; returns its answer. Raises BandError."""
        assert self._bridge.stdin is not None
        assert self._bridge.stdout is not None
        self._bridge.stdin.write(json.dumps({"band": band, "do": verb, **arguments}).encode() + b"\n")
        if not select.select([self._bridge.stdout], [], [], COMMAND_S)[0]:
            raise TimeoutError(f"{verb} of band {band}: no answer within {COMMAND_S:g} s")
        answer = json.loads(self._bridge.stdout.readline() or '{"error": "the daemon is gone"}')
        if "error" in answer:
            raise BandError(f"{verb} of band {band}: {answer['error']}")
        return answer["value"]

    def close(self) -> None:
        """Hang up."""
        with self._bridge:
            self._bridge.kill()


class Band:
    """A virtual E4 in the room, made switched off. See tests/virtualbox/band for what it assumes."""

    def __init__(self, box: Box, control: Control, name: str, address: str) -> None:
        self.address = address
        self._box = box
        self._control = control
        self._id = address.replace(":", "").lower()
        self._ask("make", name=name, address=address)

    @property
    def state(self) -> str:
        """off, waiting, linked, streaming or recording."""
        return str(self._ask("state"))

    def power_on(self) -> None:
        """Hold its button: it advertises."""
        self._ask("power_on")

    def power_off(self) -> None:
        """Hold its button again: off the air."""
        self._ask("power_off")

    def press(self, seconds: float = 0.2) -> None:
        """Its button: an event below 2 s, power from there on."""
        self._ask("press", seconds=seconds)

    def wear(
        self,
        session: Path,
        start_s: int = 0,
        seconds: int | None = None,
        raw_eda: Callable[[float], int] = packing.raw_eda_inverse24be,
    ) -> tape.Tape:
        """Feed it that part of an E4 export from the next start on; returns the packets it will send."""
        packets = tape.record(session, start_s, seconds, raw_eda)
        target = f"{FOLDER}/{self._id}.tape"
        with tempfile.TemporaryDirectory() as folder:
            for stream, data in packets.items():
                Path(folder, stream).write_bytes(data)
            self._box.put(Path(folder), target)
        self._ask("wear", tape=target)
        return packets

    def walk_away(self) -> None:
        """Out of reach; returns when the supervision timeout has ended the link on both sides."""
        self._ask("walk_away")

    def come_back(self) -> None:
        """Within reach."""
        self._ask("come_back")

    def fault(self, **changes: Any) -> None:
        """Switch faults, see band/faults.py. `write` shows in the services from the next power_on."""
        self._ask("fault", **changes)

    def rename(self, name: str) -> None:
        """Another advertised name from the next power_on."""
        self._ask("set", name=name)

    def hurry(self, speed: float) -> None:
        """Play the tape so many times as fast from the next start on; who listens must count time alike."""
        self._ask("set", speed=speed)

    def battery(self, percent: int) -> None:
        """What the next battery notification says."""
        self._ask("set", percent=percent)

    def log(self) -> list[Packet]:
        """Every packet so far, in order."""
        lines = self._box.get(f"{FOLDER}/{self._id}.log").decode().splitlines()
        rows = (line.split("\t") for line in lines)
        return [Packet(float(at), what, fate, bytes.fromhex(payload)) for at, what, fate, payload in rows]

    def sent(self, what: str) -> list[bytes]:
        """The payloads of a stream or characteristic that went to a subscriber, in order."""
        return [packet.payload for packet in self.log() if packet.what == what and packet.fate == "sent"]

    def _ask(self, verb: str, **arguments: Any) -> Any:
        return self._control.ask(self._id, verb, **arguments)
