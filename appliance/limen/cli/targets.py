"""HOST:PORT on a command line."""

from __future__ import annotations

import argparse

from limen.box.config.problem import RefusedError
from limen.box.config.validators import HOST
from limen.outlets.osc import Target
from limen.outlets.osc.settings import OUT_PORT


def target(text: str) -> Target:
    """Read HOST or HOST:PORT."""
    host, colon, port = text.rpartition(":")
    if not colon:
        host, port = text, str(OUT_PORT)
    if not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, such as 192.168.4.20:9000")
    try:
        return Target(HOST.read(host), int(port))
    except RefusedError as error:
        raise argparse.ArgumentTypeError(f"{error.what}; write HOST:PORT, such as 192.168.4.20:9000") from None
