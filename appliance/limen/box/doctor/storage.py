"""Checks of the card: what is written where."""

from __future__ import annotations

import os
import tempfile
from typing import Final

from limen.box.doctor.finding import Finding, not_here, not_ok, ok
from limen.box.doctor.site import Site, fault
from limen.box.faults import Fault
from limen.box.venue import DATA, STATE

# Mounts that are gone with the power.
IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})


def data(site: Site) -> Finding:
    """Whether the data partition is there and can be written."""
    mount = site.mount(f"/{STATE}")
    if mount is None:
        return not_ok(f"nothing is mounted at /{STATE}", f"sudo systemctl restart {DATA}; then a new card")
    kind, options = mount
    if kind in IN_MEMORY:
        return not_ok("in memory: settings and sessions go with the power", "off and on again; then a new card")
    if "ro" in options or site.health.card.read_only:
        return not_ok(fault(Fault.CARD_READ_ONLY).says, fault(Fault.CARD_READ_ONLY).remedy)
    try:
        with tempfile.TemporaryFile(dir=site.machine.path(STATE)) as file:
            file.write(b"limen")
            file.flush()
            os.fsync(file.fileno())
    except PermissionError:
        return not_ok("only root and the daemon can see whether it is writable", "sudo limen doctor")
    except OSError as error:
        return not_ok(f"cannot be written: {error.strerror}", fault(Fault.CARD_READ_ONLY).remedy)
    return ok(f"{kind}, writable")


def space(site: Site) -> Finding:
    """Whether a session can be recorded."""
    card = site.health.card
    if card.reserve_mb is None:
        return not_here("the configuration has recording off")
    if card.free_mb is None:
        return not_ok(f"{site.data} cannot be asked for its space", fault(Fault.CARD_READ_ONLY).remedy)
    if card.free_mb < card.reserve_mb:
        return not_ok(
            f"{card.free_mb:.0f} MB free, and {card.reserve_mb:.0f} are kept in reserve",
            "sudo limen sessions export --all && sudo limen sessions erase --all",
        )
    return ok(f"{card.free_mb:.0f} MB free in {site.data}")


def errors(site: Site) -> Finding:
    """Whether a file system met errors since it was last checked."""
    count = site.health.card.errors
    if count is None:
        return not_here("no ext4 file system that counts errors")
    if count:
        return not_ok(f"{count} errors", fault(Fault.CARD_FAILING).remedy)
    return ok("none")


def root(site: Site) -> Finding:
    """Whether the system cannot be harmed by a power cut."""
    kind, options = site.mount("/") or ("nothing", frozenset())
    if "ro" in options or kind == "overlay":
        return ok(f"{kind}, read-only")
    return not_ok(f"{kind}, writable: a power cut may harm it", "make unit, then off and on again")


def swap(site: Site) -> Finding:
    """Whether memory stays in memory."""
    used = [line.split()[0] for line in (site.machine.text("proc/swaps") or "").splitlines()[1:] if line.strip()]
    if used:
        return not_ok(f"swap on {', '.join(used)} stalls the sound and wears the card", "make unit")
    return ok("none")


def journal(site: Site) -> Finding:
    """Whether the journal is kept in memory."""
    if site.machine.names("var/log/journal"):
        return not_ok("the journal is written to /var/log/journal", "make unit; then sudo rm -r /var/log/journal")
    if not site.machine.names("run/log/journal"):
        return not_ok("there is no journal", "sudo systemctl restart systemd-journald")
    return ok("in memory")
