"""What people's tools really send where a number, a button or a host is meant."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from math import isfinite
from typing import Final

from limen.outlets.osc.resolve import literal

_WORDS: Final = {"on": 1.0, "true": 1.0, "yes": 1.0, "off": 0.0, "false": 0.0, "no": 0.0}
_OWN_NETWORKS: Final = tuple(
    ipaddress.IPv4Network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
)
_LOOPBACK: Final = ipaddress.IPv4Network("127.0.0.0/8")
_LOWEST_PORT: Final = 1024  # below are services (DNS, NTP ...) that would answer what we send


def number(argument: object) -> float | None:
    """The finite number that an argument means: i, f, h, d, T, F or text such as "0.5", "0,5", "on"; else None."""
    if isinstance(argument, str):
        text = argument.strip().lower().replace(",", ".")
        try:
            value = _WORDS[text] if text in _WORDS else float(text)
        except ValueError:
            return None
    elif isinstance(argument, (int, float)):
        try:
            value = float(argument)
        except OverflowError:
            return None
    else:
        return None
    return value if isfinite(value) else None


def released(arguments: Sequence[object]) -> bool:
    """Whether this is a button coming up: control surfaces send 1 on the press and 0 on the release."""
    return bool(arguments) and number(arguments[0]) == 0.0


def listener(arguments: Sequence[object], sender: str, default_port: int) -> tuple[str, int]:
    """Where a subscription is to go: [host] and [port] in any order, else the sender and `default_port`.

    A host other than the sender must be an address of a private network: a technician may subscribe a machine
    that cannot ask by itself, but no stranger shall point our stream at somebody elsewhere, or at a whole network.
    Raises ValueError saying what to send.
    """
    host, port = sender, default_port
    for argument in arguments:
        value = number(argument)
        if value is not None:
            port = int(value)
        elif isinstance(argument, str):
            host = _host(argument.strip(), sender)
        else:
            raise ValueError("send [host] [port], such as 10.0.0.12 9000, or nothing")
    if not _LOWEST_PORT <= port <= 65535:
        raise ValueError(f"port {port} is not from {_LOWEST_PORT} to 65535")
    return host, port


def _host(text: str, sender: str) -> str:
    ip = literal(text)
    if text in ("", "localhost") or (ip and ipaddress.IPv4Address(ip) in _LOOPBACK):
        return sender  # "myself", said by the sender
    if ip is None:
        raise ValueError(f"'{text[:60]}' is no address; send one such as 10.0.0.12, or none for yourself")
    if ip == sender:
        return sender
    address = ipaddress.IPv4Address(ip)
    if not any(address in network for network in _OWN_NETWORKS) or address.packed[3] in (0, 255):
        raise ValueError(f"{ip} is not a machine of a private network; others must subscribe by themselves")
    return ip
