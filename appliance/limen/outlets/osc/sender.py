"""A UDP socket that never waits and never raises: what cannot be sent is counted; the next value replaces it."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Iterable
from errno import errorcode
from typing import Final

from limen.errors import OutletError
from limen.outlets.osc.settings import Rate

log = logging.getLogger(__name__)

TOS_CS6: Final = 0xC0  # DSCP CS6: Linux maps it to the voice queue of Wi-Fi (WMM AC_VO)
PRIORITY: Final = 6  # the same for the local queue; more would need CAP_NET_ADMIN
HEALED_AFTER: Final = 50  # datagrams sent in a row before a destination counts as well again

Address = tuple[str, int]


class Route:
    """A destination: where it is, how much it gets, how it went."""

    __slots__ = ("address", "failed", "failures", "healing", "rate", "sent")

    def __init__(self, address: Address, rate: Rate = Rate.SMOOTH) -> None:
        self.address = address
        self.rate = rate
        self.sent = 0
        self.failed = 0
        self.failures: dict[str, int] = {}  # by name: EHOSTUNREACH, ENOBUFS ...
        self.healing = 0

    def __repr__(self) -> str:
        return f"{self.address[0]}:{self.address[1]} ({self.rate})"


def open_socket(host: str = "", port: int = 0) -> socket.socket:
    """An unconnected, non-blocking IPv4 UDP socket that may broadcast, marked for Wi-Fi's fastest queue.

    Unconnected, because a connected one reports every closed port as an error of the next datagram. Raises
    OutletError if `host`:`port` cannot be bound.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    # Marks are a courtesy of the network; setting IP_TOS resets the priority, so it comes first.
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, TOS_CS6)
    with contextlib.suppress(OSError, AttributeError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, PRIORITY)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise OutletError(
            f"UDP {host or '0.0.0.0'}:{port} cannot be opened ({error.strerror}); is another Limen running?"
        ) from error
    return sock


class Sender:
    """Sends datagrams to routes; owns the socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._sendto = sock.sendto

    def send(self, data: bytes | bytearray, routes: Iterable[Route]) -> None:
        """Send once to each; failures are counted on the route, never raised, never retried."""
        sendto = self._sendto
        for route in routes:
            try:
                sendto(data, route.address)
            except OSError as error:
                _failed(route, error)
            else:
                route.sent += 1
                if route.healing:
                    _healed(route)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


def _failed(route: Route, error: OSError) -> None:
    route.failed += 1
    name = errorcode.get(error.errno or 0, type(error).__name__)
    route.failures[name] = route.failures.get(name, 0) + 1
    level = logging.DEBUG if route.healing else logging.WARNING
    log.log(level, "OSC to %s:%d is not leaving: %s", *route.address, error.strerror or name)
    route.healing = HEALED_AFTER


def _healed(route: Route) -> None:
    route.healing -= 1
    if not route.healing:
        log.info("OSC to %s:%d leaves again; %d datagrams were lost", *route.address, route.failed)
