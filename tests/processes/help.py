"""A `limen` that runs as a program of its own, and a receiver on this machine that hears what it plays."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Self

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

PATIENCE_S = 60.0
WAKE_S = 0.2
TIMES = ("this machine stood still", "from the start again")
LIMEN = (sys.executable, "-m", "limen")
ENVIRONMENT = os.environ | {"PYTHONUNBUFFERED": "1", "TERM": "xterm"}


def free_port() -> int:
    """A UDP port that nobody has at the moment."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Laptop:
    """A receiver on this machine that can also give orders to a box, at its control port."""

    def __init__(self, control_port: int) -> None:
        self._control = ("127.0.0.1", control_port)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(WAKE_S)

    @property
    def port(self) -> int:
        return int(self.sock.getsockname()[1])

    def ask(self, address: str, *arguments: float) -> None:
        """Send an order."""
        order = OscMessageBuilder(address)
        for argument in arguments:
            order.add_arg(argument)
        self.sock.sendto(order.build().dgram, self._control)

    def forget(self) -> None:
        """Throw away what has arrived: what is heard from now on is news."""
        self.sock.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self.sock.recv(65536)
        self.sock.settimeout(WAKE_S)

    def hears(self, wanted: Callable[..., bool]) -> OscMessage:
        """Wait for a message that satisfies `wanted(address, *arguments)`; raises TimeoutError if none comes."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                message = OscMessage(self.sock.recv(65536))
            except TimeoutError:
                continue
            if wanted(message.address, *message.params):
                return message
        raise TimeoutError(f"nothing like it was heard on port {self.port} in {PATIENCE_S:.0f} s")

    def hears_state(self, name: str) -> OscMessage:
        """Wait until the box says that it is in this state."""
        return self.hears(lambda address, *args: address == "/limen/box/state" and args[0].split(" ")[0] == name)


class Receiver:
    """A UDP socket; `bits` is how each gate stands, as far as it was heard."""

    def __init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.sock.bind(("127.0.0.1", 0))
        self.port: int = self.sock.getsockname()[1]
        self.to = f"127.0.0.1:{self.port}"
        self.bits: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def hear(self, wanted: str, *arguments: object) -> None:
        """Wait for this message; raises TimeoutError if it does not come."""
        patience = time.monotonic() + PATIENCE_S
        while self._take(max(patience - time.monotonic(), 0.001)) != (wanted, *arguments):
            pass

    def drain(self) -> None:
        """Take in all that has arrived."""
        while True:
            try:
                self._take(0)
            except BlockingIOError:
                return

    def _take(self, seconds: float) -> tuple[Any, ...]:
        self.sock.settimeout(seconds)
        message = OscMessage(self.sock.recv(65536))
        if "/gate/" in message.address:
            self.bits[message.address] = message.params[0]
        return (message.address, *message.params)


def start(words: Sequence[str | Path], **options: Any) -> subprocess.Popen[bytes]:
    """Start `limen` with these words, and with what Popen takes."""
    return subprocess.Popen([*LIMEN, *map(str, words)], env=ENVIRONMENT, stderr=subprocess.PIPE, **options)


def ended(process: subprocess.Popen[bytes], *signs: signal.Signals) -> tuple[int, list[str]]:
    """Send it these signals, wait for its end; its exit status and what it said on standard error, line by line.

    What it says of a machine that is too slow, and how often it began again, is left out.
    """
    for sign in signs:
        process.send_signal(sign)
    _, errors = process.communicate(timeout=PATIENCE_S)
    return process.returncode, [line for line in errors.decode().splitlines() if not line.startswith(TIMES)]
