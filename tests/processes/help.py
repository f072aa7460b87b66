"""A `limen` that runs as a program of its own, and a receiver on this machine that hears what it plays."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pythonosc.osc_message import OscMessage

PATIENCE_S = 60.0
TIMES = ("this machine stood still", "from the start again")
LIMEN = (sys.executable, "-m", "limen")
ENVIRONMENT = os.environ | {"PYTHONUNBUFFERED": "1", "TERM": "xterm"}


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
