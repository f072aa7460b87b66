"""A take: an example plays a scene in real time, headless, and what it plays is recorded and measured."""

from __future__ import annotations

import socket
import time
import wave
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.peers.kinds import SCLANG_ENVIRONMENT, SCRIPTS
from tests.peers.process import Printer
from tests.peers.wire import HOST, Message, encode, free_port

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
START_S: Final = 30.0
WAV_HEADER_BYTES: Final = 44
WINDOW_S: Final = 0.02
Scene = Sequence[tuple[float, Message]]


@dataclass(frozen=True)
class Sound:
    """What was recorded, from the first click on: samples of both channels in -1 to 1."""

    samples: NDArray[np.float64]
    rate: int
    printed: list[str]

    def part(self, start_s: float, end_s: float) -> NDArray[np.float64]:
        return self.samples[int(start_s * self.rate) : int(end_s * self.rate)]

    def peak(self, start_s: float, end_s: float) -> float:
        return float(np.abs(self.part(start_s, end_s)).max())

    def rms(self, start_s: float, end_s: float) -> float:
        return float(np.sqrt(np.mean(self.part(start_s, end_s) ** 2)))

    def onsets(self, start_s: float, end_s: float) -> list[float]:
        """Return the seconds at which a sound begins after a window of near silence."""
        step = int(WINDOW_S * self.rate)
        part = np.abs(self.part(start_s, end_s)).max(axis=1)
        windows = part[: len(part) // step * step].reshape(-1, step).max(axis=1)
        loud = windows > windows.max() / 10
        return [start_s + int(at) * WINDOW_S for at in np.flatnonzero(loud[1:] & ~loud[:-1]) + 1]


class Player(ABC):
    """Something that runs an example; `trouble` is what its lines hold when anything is wrong."""

    name: str
    tools: tuple[str, ...]
    trouble: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.wav = folder / "take.wav"

    @abstractmethod
    def programs(self, volume: float) -> list[Printer]:
        """Return what must run, in order; the last one prints what the example has to say."""

    @abstractmethod
    def end(self) -> None:
        """Ask the last program to close the recording and to end."""

    def example(self, path: str, port_is: str) -> Path:
        """Copy the example, with only its port changed, so that two runs do not meet."""
        text = (EXAMPLES / path).read_text()
        assert text.count(port_is) == 1
        copy = self.folder / Path(path).name
        copy.write_text(text.replace(port_is, port_is.replace("9000", str(self.port))))
        return copy

    def play(self, scene: Scene, end_s: float, volume: float) -> Sound:
        with ExitStack() as stack:
            running: list[AbstractContextManager[Printer]] = list(self.programs(volume))
            program = [stack.enter_context(one) for one in running][-1]
            self._wait(lambda: self.wav.exists() and self.wav.stat().st_size > WAV_HEADER_BYTES, program)
            _send(scene, end_s, self.port)
            self.end()
            self._wait(lambda: program.stopped, program)
            printed = program.lines
        with wave.open(str(self.wav)) as recorded:
            frames = np.frombuffer(recorded.readframes(recorded.getnframes()), "<i2")
            samples = frames.reshape(-1, recorded.getnchannels()) / 32768
            rate = recorded.getframerate()
        clicks = np.flatnonzero(np.abs(samples).max(axis=1) > 1e-3)
        return Sound(samples[clicks[0] if len(clicks) else 0 :], rate, printed)

    def _wait(self, done: Callable[[], bool], program: Printer) -> None:
        deadline = time.monotonic() + START_S
        while not done():
            assert time.monotonic() < deadline, f"{self.name} took too long; it printed {program.lines}"
            time.sleep(0.1)


def _send(scene: Scene, end_s: float, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        start = time.monotonic()
        for at_s, message in sorted(scene, key=lambda item: item[0]):
            time.sleep(max(0.0, start + at_s - time.monotonic()))
            sock.sendto(encode(message), (HOST, port))
        time.sleep(max(0.0, start + end_s - time.monotonic()))


class PureDataPlayer(Player):
    """Pd without a window or a sound card: its clock is the machine's, its sound goes to a file."""

    name = "pure data"
    tools = ("pd",)
    trouble = r"error|couldn't create|no such|no method|bad arg"

    def programs(self, volume: float) -> list[Printer]:
        self._control = free_port()
        patch = self.example("pure-data/limen.pd", "listen 9000")
        command = ["pd", "-nogui", "-noaudio", "-nrt", "-stderr", "-r", "44100"]
        command += ["-open", str(patch), "-open", str(SCRIPTS / "record.pd")]
        orders = (
            f"limen-test-port {self._control}",
            f"limen-test-record open -wave -bytes 2 {self.wav}",
            "limen-test-record start",
            f"limen-volume {volume}",
        )
        return [Printer([*command, *(part for order in orders for part in ("-send", order))], self.folder)]

    def end(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"bang;\n", (HOST, self._control))


class SuperColliderPlayer(Player):
    """sclang and scsynth on a JACK server that has no sound card."""

    name = "supercollider"
    tools = ("sclang", "scsynth", "jackd")
    trouble = r"ERROR|WARNING|FAILURE|not found|not understood"

    def programs(self, volume: float) -> list[Printer]:
        jack = {"JACK_DEFAULT_SERVER": f"limen{self.port}", "JACK_NO_AUDIO_RESERVATION": "1"}
        environment = {
            **SCLANG_ENVIRONMENT,
            **jack,
            "HOME": str(self.folder),
            "LIMEN_PORT": str(self.port),
            "LIMEN_EXAMPLE": str(self.example("supercollider/limen.scd", "port = 9000")),
            "LIMEN_VOLUME": str(volume),
            "LIMEN_WAV": str(self.wav),
        }
        dummy = [
            "jackd",
            "-n",
            jack["JACK_DEFAULT_SERVER"],
            "--no-realtime",
            "-d",
            "dummy",
            "-r",
            "44100",
            "-p",
            "512",
        ]
        language = ["sclang", "-D", str(SCRIPTS / "record.scd")]
        return [Printer(dummy, self.folder, jack), Printer(language, self.folder, environment)]

    def end(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(encode(Message("/limen/test/quit", "", ())), (HOST, self.port))


PLAYERS: Final[tuple[type[Player], ...]] = (PureDataPlayer, SuperColliderPlayer)
