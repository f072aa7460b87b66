"""Who is on the box's own networks: the list that the OSC outlet fans out to.

The daemon is sandboxed and asks nobody: it reads files that others keep in memory file systems.

* `/run/limen-dhcp/*.leases`: what dnsmasq gave, one line a lease: expiry, MAC, IPv4, name, client id. dnsmasq takes
  a lease out when it ends, so the expiry (a wall clock) is not looked at.
* `/run/limen-stations/<MAC>`: a file for each station that hostapd has associated, kept by `limen-stations`.

A Wi-Fi lease counts while its station is associated; a cable's lease counts until it ends.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from limen.box.venue import ASSOCIATED, LEASES, WIFI_LEASES

LEASE_WORDS: Final = 4  # expiry, MAC, IPv4, name; the client id that may follow is not needed


def stations(leases: Path = Path("/", LEASES), associated: Path = Path("/", ASSOCIATED)) -> tuple[str, ...]:
    """The IPv4 addresses of laptops and phones on the box's Wi-Fi and cables, each once, in order of address.

    Reads a few hundred bytes of memory; never waits. Without the list of associations every Wi-Fi lease counts:
    a datagram too many is better than a laptop that hears nothing. Raises OSError where a file cannot be read.
    """
    present = _associated(associated)
    found: set[ipaddress.IPv4Address] = set()
    for path in leases.glob("*.leases"):
        for mac, address in _leases(path):
            if path.name != WIFI_LEASES or present is None or mac in present:
                found.add(address)
    return tuple(str(address) for address in sorted(found))


def _associated(folder: Path) -> frozenset[str] | None:
    try:
        return frozenset(entry.name.lower() for entry in folder.iterdir())
    except FileNotFoundError:
        return None


def _leases(path: Path) -> Iterator[tuple[str, ipaddress.IPv4Address]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        words = line.split()
        if len(words) < LEASE_WORDS:
            continue  # dnsmasq writes in place: the end of the file may be half a line
        try:
            yield words[1].lower(), ipaddress.IPv4Address(words[2])
        except ValueError:
            continue  # its own DUID, or an IPv6 lease
