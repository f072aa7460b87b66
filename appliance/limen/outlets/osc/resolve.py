"""Host names of targets become addresses once, off the path of data, and again later if that fails."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Callable
from typing import Final

from limen.outlets.osc.settings import Target

log = logging.getLogger(__name__)

FIRST_RETRY_S: Final = 1.0
LONGEST_RETRY_S: Final = 60.0


def literal(host: str) -> str | None:
    """The IPv4 address that `host` is, None if it is a name."""
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        return None


async def resolve(
    target: Target,
    found: Callable[[Target, str], None],
    *,
    first_retry_s: float = FIRST_RETRY_S,
) -> None:
    """Call `found` with the target's IPv4 address as soon as its name has one; only cancelling gives up."""
    loop = asyncio.get_running_loop()
    pause = first_retry_s
    warned = False
    while True:
        try:
            infos = await loop.getaddrinfo(target.host, target.port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as error:
            level = logging.DEBUG if warned else logging.WARNING
            log.log(
                level,
                "%s has no address yet (%s); trying on. An address instead of a name is surer",
                target.host,
                error,
            )
            warned = True
        else:
            ip = str(infos[0][4][0])
            log.info("%s is %s", target.host, ip)
            found(target, ip)
            return
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_RETRY_S)
