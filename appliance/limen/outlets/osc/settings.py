"""What can be set about OSC, with the defaults that every patch may rely on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

OUT_PORT: Final = 9000
CONTROL_PORT: Final = 9001
PREFIX: Final = "/limen"


class Rate(StrEnum):
    """How much a destination gets.

    `full` is every sample at its own time; `smooth` at most 25 values a second per address, the last one at the
    end of each period; `gates` no continuous values at all.
    """

    FULL = "full"
    SMOOTH = "smooth"
    GATES = "gates"


class Delivery(StrEnum):
    """`unicast` to everyone known (with nobody known, broadcast); `broadcast` always and only that."""

    UNICAST = "unicast"
    BROADCAST = "broadcast"


@dataclass(frozen=True, slots=True)
class Target:
    """A destination from the configuration: an IPv4 address or a host name, resolved once."""

    host: str
    port: int = OUT_PORT
    rate: Rate = Rate.SMOOTH


@dataclass(frozen=True, slots=True)
class OscSettings:
    """The OSC section of the configuration.

    `broadcast` is the address of the own subnet, None where there is none. `why` sends sentences. `keep_awake`
    sends `box/alive` at 25 Hz to a destination that nothing else went to: a station's radio that hears something
    at least every 100 ms stays awake, one that does not may hold the next gate for up to a second.
    """

    prefix: str = PREFIX
    port: int = OUT_PORT
    control_port: int = CONTROL_PORT
    control_host: str = "0.0.0.0"
    targets: tuple[Target, ...] = ()
    delivery: Delivery = Delivery.UNICAST
    broadcast: str | None = None
    station_rate: Rate = Rate.SMOOTH
    why: bool = False
    keep_awake: bool = False
