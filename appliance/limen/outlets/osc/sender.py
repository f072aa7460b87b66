"""A UDP socket that never waits and never raises: what cannot be sent is counted; the next value replaces it."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Collection, Iterable
from errno import ECONNREFUSED, errorcode
from typing import Final

from limen.errors import OutletError
from limen.outlets.osc.ear import Ear
from limen.outlets.osc.settings import Rate

log = logging.getLogger(__name__)

TOS_CS6: Final = 0xC0  # DSCP CS6: Linux maps it to the voice queue of Wi-Fi (WMM AC_VO)
PRIORITY: Final = 6  # the same for the local queue; more would need CAP_NET_ADMIN
HEALED_AFTER: Final = 50  # datagrams sent in a row before a destination counts as well again
# Looks, one a second, without anything coming back before somebody listens there again: Linux says once a second
# at most that a port is closed, and every fourth second that a host does not answer ARP.
HEARD_AFTER: Final = 5

Address = tuple[str, int]


class Route:
    """A destination: where it is, how much it gets, how it went.

    `failures` counts by name (EHOSTUNREACH, ENOBUFS ...) what did not leave, and the seconds in which something
    came back. `unheard` is above 0 while nobody listens there, as far as the network says.
    """

    __slots__ = ("address", "failed", "failures", "healing", "rate", "sent", "unheard")

    def __init__(self, address: Address, rate: Rate = Rate.SMOOTH) -> None:
        self.address = address
        self.rate = rate
        self.sent = 0
        self.failed = 0
        self.failures: dict[str, int] = {}
        self.healing = 0
        self.unheard = 0

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
    """Sends datagrams to routes; owns the socket, and the ears for what comes back."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._sendto = sock.sendto
        self._ears: dict[Route, Ear] = {}

    def send(self, data: bytes | bytearray, routes: Collection[Route]) -> None:
        """Send once to each; failures are counted on the route, never raised, never retried."""
        self.send_all((data,), routes)

    def send_all(self, datagrams: Iterable[bytes | bytearray], routes: Collection[Route]) -> None:
        """Send each of these once to each route."""
        sendto = self._sendto
        for route in routes:
            address, left = route.address, 0
            for data in datagrams:
                try:
                    sendto(data, address)
                except OSError as error:
                    _failed(route, error)
                else:
                    left += 1
            route.sent += left
            if route.healing:
                _healed(route, left)

    def watch(self, routes: Iterable[Route]) -> None:
        """Have an ear for each of these, as far as there can be one, and for nobody else."""
        wanted = dict.fromkeys(routes)
        for route in self._ears.keys() - wanted.keys():
            self._ears.pop(route).close()
        for route in wanted.keys() - self._ears.keys():
            with contextlib.suppress(OSError):
                self._ears[route] = Ear(self._socket, route.address)

    def look_back(self) -> None:
        """Count what came back; to be called once a second. Says when nobody listens somewhere, and its end."""
        for route, ear in self._ears.items():
            number = ear.heard()
            if number:
                _refused(route, number)
            elif route.unheard:
                _quiet(route)

    def close(self) -> None:
        """Give the sockets back."""
        self.watch(())
        self._socket.close()


def _count(route: Route, name: str) -> None:
    route.failures[name] = route.failures.get(name, 0) + 1


def _failed(route: Route, error: OSError) -> None:
    route.failed += 1
    name = errorcode.get(error.errno or 0, type(error).__name__)
    _count(route, name)
    level = logging.DEBUG if route.healing else logging.WARNING
    log.log(level, "OSC to %s:%d is not leaving: %s", *route.address, error.strerror or name)
    route.healing = HEALED_AFTER


def _healed(route: Route, left: int) -> None:
    route.healing = max(0, route.healing - left)
    if not route.healing:
        log.info("OSC to %s:%d leaves again; %d datagrams were lost", *route.address, route.failed)


def _refused(route: Route, number: int) -> None:
    _count(route, errorcode.get(number, str(number)))
    if not route.unheard:
        what = "" if number == ECONNREFUSED else f" ({os.strerror(number)})"
        log.warning("nobody listens at %s:%d%s; OSC still goes there", *route.address, what)
    route.unheard = HEARD_AFTER


def _quiet(route: Route) -> None:
    route.unheard -= 1
    if not route.unheard:
        log.info("somebody listens at %s:%d now", *route.address)
