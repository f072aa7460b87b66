"""All checks, in the order in which they are told: one line each in the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from limen.box.doctor import body, program, radio, service, storage
from limen.box.doctor.finding import Finding, not_here, not_ok
from limen.box.doctor.site import Site
from limen.errors import LimenError


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


def examine(site: Site) -> Iterator[tuple[str, Finding]]:
    """Yield the name and the finding of each check, as they are made. A check that cannot be made is not ok."""
    for check in CHECKS:
        if check.box_only and not site.is_box:
            yield check.name, not_here("this is not a box")
            continue
        try:
            yield check.name, check.look(site)
        except (OSError, LimenError) as error:
            yield check.name, not_ok(f"cannot be checked: {error}", "sudo limen doctor")
