"""What comes back from a destination: that nobody listens there, or that nothing is there at all.

The network answers a datagram for a closed port with an ICMP message. The socket that sends must stay deaf to it:
whether connected or with IP_RECVERR, it would get the answer as an error of its next datagram, whomever that is
for. So each destination has an ear, a second socket with the sender's own port that is connected to it and sends
nothing. The kernel gives what comes back to the socket that fits best, which is the ear; to ask it costs one system
call, no datagram is spent on it, and none leaves from another port than the rest.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Final

IP_RECVERR: Final = 11  # linux/in.h; Python's socket module knows it from 3.14
SMALLEST_BUFFER: Final = 1  # the kernel makes its minimum of it: whatever arrives at an ear is not read


class Ear:
    """An ear of the socket `sender` for one destination.

    Raises OSError where there can be none: for a broadcast, without a route, or on a system that does not let two
    sockets have one port in this way.
    """

    def __init__(self, sender: socket.socket, address: tuple[str, int]) -> None:
        # Only now: with this set before it was bound, the sender might have shared a stranger's port.
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST_BUFFER)
            self._socket.bind(sender.getsockname())
            self._socket.connect(address)
        except OSError:
            self._socket.close()
            raise
        # Without it, only closed ports are told, not hosts that do not answer ARP; before connecting, it would be
        # told what comes back from others.
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)

    def heard(self) -> int:
        """The errno of the latest that came back since it was last asked; 0 for nothing."""
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()
