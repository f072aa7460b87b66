"""Checks of the machine itself: supply, heat, memory, clock."""

from __future__ import annotations

import re
from typing import Final

from limen.box.doctor.finding import Finding, not_here, not_ok, ok
from limen.box.doctor.site import Site, fault
from limen.box.faults import Fault
from limen.box.health import Health
from limen.box.health.standing import RULES

# The kernel's words: with hyphen on Raspberry Pi's, without on others.
LOW_VOLTAGE: Final = re.compile(r"under-?voltage detected", re.IGNORECASE)


def supply(site: Site) -> Finding:
    """Whether the voltage is right, and was since power on."""
    said = site.health.supply
    if said.low is None:
        return not_here("nothing here measures the supply")
    remedy = fault(Fault.UNDERVOLTAGE).remedy
    if said.low:
        return not_ok(fault(Fault.UNDERVOLTAGE).says, remedy)
    if times := len(LOW_VOLTAGE.findall(_kernel_log(site))):
        return not_ok(f"fine now; the voltage was too low {times} times since power on", remedy)
    if said.ever_low:
        return not_ok("fine now; the voltage was too low before", remedy)
    return ok("fine" if site.is_root else "fine now; only root can see whether it was since power on")


def _kernel_log(site: Site) -> str:
    return site.run(("journalctl", "--dmesg", "--boot", "--quiet", "--no-pager", "--output=cat")).out


def heat(site: Site) -> Finding:
    """Whether the processor is cool enough to run at full speed."""
    said = site.health.heat
    if said.celsius is None:
        return not_here("nothing here measures it")
    if _is(Fault.OVERHEATED, site.health):
        return not_ok(f"{said.celsius:.0f} °C: {fault(Fault.OVERHEATED).says}", fault(Fault.OVERHEATED).remedy)
    return ok(f"{said.celsius:.0f} °C" + (", was slowed down before" if said.ever_throttled else ""))


def memory(site: Site) -> Finding:
    """Whether there is memory left."""
    available = site.health.memory.available_mb
    if available is None:
        return not_here("nothing here says")
    if _is(Fault.MEMORY, site.health):
        return not_ok(f"{available:.0f} MB available: {fault(Fault.MEMORY).says}", fault(Fault.MEMORY).remedy)
    return ok(f"{available:.0f} MB available")


def clock(site: Site) -> Finding:
    """What the dates of sessions will be worth; nothing else hangs on the wall clock."""
    said = site.health.clock
    kept = "it has a clock of its own" if said.rtc else "it has no clock of its own"
    return ok(f"{kept}; the time is {'set' if said.is_set else 'not set, so dates of sessions may be wrong'}")


def _is(what: Fault, health: Health) -> bool:
    return RULES[what].bad(health, False)
