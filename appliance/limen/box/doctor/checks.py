"""All checks, in the order in which they are told: one line each in the table."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from limen.box.doctor import body, program, radio, service, storage
from limen.box.doctor.finding import Finding, not_here, not_ok
from limen.box.doctor.site import Site
from limen.errors import LimenError

# Two programs that do not answer, one after the other, are given up before.
MOST_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Check:
    """Its name, and how it is looked at; `box_only`: a laptop has not got it, and that is right."""

    name: str
    look: Callable[[Site], Finding]
    box_only: bool = True


CHECKS: Final = (
    Check("Python", program.python, box_only=False),
    Check("packages", program.packages, box_only=False),
    Check("configuration", program.configuration, box_only=False),
    Check("pin map", program.pin_map, box_only=False),
    Check("GPIO", program.gpio),
    Check("Bluetooth adapter", radio.adapter, box_only=False),
    Check("bluetoothd", radio.bluetoothd),
    Check("access point", radio.access_point),
    Check("country", radio.country),
    Check("DHCP", radio.dhcp),
    Check("address", radio.address),
    Check("firewall", radio.firewall),
    Check("data partition", storage.data),
    Check("recordings", storage.recordings),
    Check("space", storage.space, box_only=False),
    Check("card errors", storage.errors, box_only=False),
    Check("read-only root", storage.root),
    Check("swap", storage.swap),
    Check("journal", storage.journal),
    Check("apt timers", service.apt_timers),
    Check("watchdog", service.watchdog),
    Check("daemon", service.daemon),
    Check("OSC", service.answers, box_only=False),
    Check("supply", body.supply, box_only=False),
    Check("heat", body.heat, box_only=False),
    Check("memory", body.memory, box_only=False),
    Check("clock", body.clock, box_only=False),
)


def examine(site: Site, most_s: float = MOST_S) -> Iterator[tuple[str, Finding]]:
    """Yield the name and the finding of each check, in order. A check that cannot be made in time is not ok.

    All are made at the same time: a machine that is ill is slow to answer, and whoever asks it is in a hurry.
    """
    until = time.monotonic() + most_s
    for name, finding in [(check.name, _begin(check, site)) for check in CHECKS]:
        try:
            yield name, finding.result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            yield name, not_ok(f"no answer within {most_s:.0f} s", "off and on again; then a new card")


def _begin(check: Check, site: Site) -> Future[Finding]:
    """Make a check in a thread that nobody waits for in the end: what looks at a dead device may stay for ever."""
    future: Future[Finding] = Future()

    def make() -> None:
        try:
            future.set_result(_looked(check, site))
        except Exception as error:  # noqa: BLE001  (whoever asks for the result is told)
            future.set_exception(error)

    threading.Thread(target=make, name=check.name, daemon=True).start()
    return future


def _looked(check: Check, site: Site) -> Finding:
    if check.box_only and not site.is_box:
        return not_here("this is not a box")
    try:
        return check.look(site)
    except (OSError, LimenError) as error:
        return not_ok(f"cannot be checked: {error}", "sudo limen doctor")
