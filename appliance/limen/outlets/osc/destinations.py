"""Who gets OSC: targets of the configuration, subscribers, stations on the own Wi-Fi; with nobody known, all.

One address and port is one route, through however many sources it is known, and keeps its counts while it stays.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from limen.outlets.osc.sender import Address, Route
from limen.outlets.osc.settings import OUT_PORT, Delivery, Rate, Target

log = logging.getLogger(__name__)

SUBSCRIPTION_S: Final = 10.0  # after the last subscribe; renew every 3 s
SUBSCRIBERS: Final = 32

Stations = Callable[[], Iterable[str]]
"""The IPv4 addresses of the stations on the own Wi-Fi; must return at once."""


def nobody() -> Iterable[str]:
    """No Wi-Fi of our own."""
    return ()


class Destinations:
    """The table of routes. `refresh` makes it; the tuples are read on every send and are never changed in place.

    `everyone` gets edges, triggers and states; of them `full` and `smooth` get continuous values.
    """

    def __init__(
        self,
        *,
        port: int = OUT_PORT,
        delivery: Delivery = Delivery.UNICAST,
        broadcast: str | None = None,
        stations: Stations = nobody,
        station_rate: Rate = Rate.SMOOTH,
    ) -> None:
        self.port = port
        self.broadcast = broadcast
        self.everyone: tuple[Route, ...] = ()
        self.full: tuple[Route, ...] = ()
        self.smooth: tuple[Route, ...] = ()
        self._delivery = delivery
        self._stations = stations
        self._station_rate = station_rate
        self._stations_seen: tuple[str, ...] = ()
        self._stations_failed = False
        self._targets: dict[Address, Rate] = {}
        self._subscribers: dict[Address, float] = {}
        self._routes: dict[Address, Route] = {}
        self._sent_to_gone = 0

    @property
    def sent(self) -> int:
        """How many datagrams have left, to everybody who ever was in the table."""
        return self._sent_to_gone + sum(route.sent for route in self.everyone)

    @property
    def unheard(self) -> tuple[Address, ...]:
        """Where nobody listens, as far as the network says."""
        return tuple(route.address for route in self.everyone if route.unheard)

    def add_target(self, target: Target, ip: str) -> None:
        """Take a target of the configuration whose host has this IPv4 address; counts from the next refresh."""
        self._targets[ip, target.port] = target.rate

    def subscribe(self, ip: str, port: int, now: float) -> bool:
        """Add or renew a subscriber; False if there is no room for another."""
        address = (ip, port)
        if address not in self._subscribers and len(self._subscribers) >= SUBSCRIBERS:
            return False
        self._subscribers[address] = now + SUBSCRIPTION_S
        return True

    def unsubscribe(self, ip: str, port: int) -> None:
        """Forget a subscriber; one who is known otherwise still gets everything."""
        self._subscribers.pop((ip, port), None)

    def at(self, ip: str) -> tuple[Address, ...]:
        """Where on this host we send to."""
        return tuple(route.address for route in self.everyone if route.address[0] == ip)

    def refresh(self, now: float) -> tuple[Route, ...]:
        """Make the table anew and return the routes that were not in it before."""
        self._subscribers = {who: until for who, until in self._subscribers.items() if until > now}
        wanted = self._wanted()
        if {address: route.rate for address, route in self._routes.items()} == wanted:
            return ()
        before = self._routes
        self._routes = {address: before.get(address) or Route(address) for address in wanted}
        for address, rate in wanted.items():
            self._routes[address].rate = rate
        self.everyone = tuple(self._routes.values())
        self.full = tuple(route for route in self.everyone if route.rate is Rate.FULL)
        self.smooth = tuple(route for route in self.everyone if route.rate is Rate.SMOOTH)
        for address in before.keys() - wanted.keys():
            self._sent_to_gone += before[address].sent
            log.info("OSC to %s:%d ends", *address)
        new = tuple(route for address, route in self._routes.items() if address not in before)
        for route in new:
            log.info("OSC to %s", route)
        return new

    def _wanted(self) -> Mapping[Address, Rate]:
        if self._delivery is Delivery.UNICAST:
            # Later sources win: what the configuration says about a destination is meant.
            wanted = {(ip, self.port): self._station_rate for ip in self._current_stations()}
            wanted |= dict.fromkeys(self._subscribers, self._station_rate)
            wanted |= self._targets
            if wanted:
                return wanted
        return {} if self.broadcast is None else {(self.broadcast, self.port): Rate.SMOOTH}

    def _current_stations(self) -> tuple[str, ...]:
        try:
            self._stations_seen = tuple(self._stations())
            self._stations_failed = False
        except OSError as error:
            level = logging.DEBUG if self._stations_failed else logging.WARNING
            log.log(level, "the Wi-Fi's stations cannot be listed (%s); the last list stays", error.strerror)
            self._stations_failed = True
        return self._stations_seen
