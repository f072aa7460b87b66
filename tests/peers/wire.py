"""OSC packed by hand and put on a raw socket, so that the encoder under test never checks itself."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

HOST = "127.0.0.1"
Arg = int | float | str


class Message(NamedTuple):
    """A plain message; `types` has one of i, f, s for every argument."""

    address: str
    types: str
    args: tuple[Arg, ...]


def _padded(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return raw + b"\0" * (-len(raw) % 4)


def encode(message: Message) -> bytes:
    """Return the datagram of a message."""
    body = b""
    for kind, arg in zip(message.types, message.args, strict=True):
        body += _padded(str(arg)) if kind == "s" else struct.pack(f">{kind}", arg)
    return _padded(message.address) + _padded("," + message.types) + body


def send_raw(messages: Iterable[Message], ports: Sequence[int], per_second: float) -> None:
    """Send every message to every port, evenly paced by absolute deadlines."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        start = time.monotonic()
        for count, message in enumerate(messages):
            time.sleep(max(0.0, start + count / per_second - time.monotonic()))
            datagram = encode(message)
            for port in ports:
                sock.sendto(datagram, (HOST, port))


def free_port() -> int:
    """Return a UDP port that nobody listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        port: int = sock.getsockname()[1]
        return port
