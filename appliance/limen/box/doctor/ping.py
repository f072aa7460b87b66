"""Asks the daemon on this machine over OSC whether it is there."""

from __future__ import annotations

import secrets
import socket
import time
from typing import Final

from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.osc_message_builder import OscMessageBuilder

from limen.outlets.osc.addresses import PING, PONG

ATTEMPTS: Final = 3
WAIT_S: Final = 0.7
LARGEST: Final = 65_536


def ping(port: int, prefix: str) -> bool:
    """Whether a pong comes back from this machine's `port`, with the number that was sent.

    Takes two seconds at most. Raises OSError where nothing can be sent.
    """
    number = secrets.randbelow(2**31)
    builder = OscMessageBuilder(PING.path(prefix))
    builder.add_arg(number, "i")
    question = builder.build().dgram
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        for _ in range(ATTEMPTS):
            try:
                sock.send(question)
                if _answered(sock, PONG.path(prefix), number):
                    return True
            except ConnectionRefusedError:  # nobody listens at that port
                return False
    return False


def _answered(sock: socket.socket, address: str, number: int) -> bool:
    until = time.monotonic() + WAIT_S
    while (left := until - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            message = OscMessage(sock.recv(LARGEST))
        except TimeoutError:
            return False
        except ParseError:
            continue
        if message.address == address and message.params == [number]:
            return True
    return False
