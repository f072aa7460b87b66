"""The box's own network, as far as the outlet must know it."""

from __future__ import annotations

import fcntl
import socket
import struct
from typing import Final

from limen.box.venue import WIFI

SIOCGIFBRDADDR: Final = 0x8919  # <linux/sockios.h>
IFREQ: Final = struct.Struct("16s16x8x")


def broadcast_of(interface: str = WIFI) -> str | None:
    """The IPv4 broadcast address of an interface; None where it is not there or has no address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            answer = fcntl.ioctl(sock, SIOCGIFBRDADDR, IFREQ.pack(interface.encode()))
        except OSError:
            return None
    return socket.inet_ntoa(answer[20:24])
