"""Checks of what runs, and of what watches over it."""

from __future__ import annotations

from typing import Final

from limen.box.doctor.finding import Finding, not_here, not_ok, ok
from limen.box.doctor.site import Site
from limen.box.faults import FAULTS, Fault
from limen.box.venue import DAEMON, MASKED_TIMERS

OFF: Final = frozenset({"", "0", "0s", "infinity"})
WHY: Final = f"why: journalctl -u {DAEMON}"


def daemon(site: Site) -> Finding:
    """Whether the daemon runs and has said READY: with Type=notify, systemd calls it active only then."""
    said = site.units.get(DAEMON)
    if said is None:
        return not_ok("systemd does not answer", "off and on again")
    if said.get("LoadState") != "loaded":
        return not_ok(f"{DAEMON} is not installed", "make unit")
    state = f"{said.get('ActiveState')} ({said.get('SubState')})"
    if said.get("ActiveState") != "active":
        return not_ok(f"it is {state}", f"sudo systemctl restart {DAEMON}; {WHY}")
    if said.get("WatchdogUSec", "") in OFF:
        return not_ok("it runs, and systemd does not watch it", "make unit")
    status, restarts = said.get("StatusText", ""), said.get("NRestarts", "0")
    again = f", restarted {restarts} times" if restarts != "0" else ""
    found = f"ready{again}{f': {status}' if status else ''}"
    # The clock has a line of its own, and without a network none is set at power on.
    told = (spec for fault, spec in FAULTS.items() if fault is not Fault.CLOCK_UNSET)
    wrong = next((spec for spec in told if spec.says in status.split("; ", 1)[-1]), None)
    return ok(found) if wrong is None else not_ok(found, wrong.remedy)


def answers(site: Site) -> Finding:
    """Whether the daemon answers over OSC."""
    osc = site.config.osc
    if not osc.control:
        return not_here("the configuration has OSC control off")
    if site.ping(osc.control_port, osc.prefix):
        return ok(f"pong from port {osc.control_port}")
    if not site.is_box:
        return not_here(f"no daemon at port {osc.control_port}")
    return not_ok(f"no answer from port {osc.control_port}", f"sudo systemctl restart {DAEMON}; {WHY}")


def watchdog(site: Site) -> Finding:
    """Whether a system that hangs is restarted by hardware."""
    device = "sys/class/watchdog/watchdog0"
    if not site.machine.has(device):
        return not_ok("no watchdog device", "add dtparam=watchdog=on to config.txt: make unit, then off and on")
    answer = site.run(("systemctl", "show", "--property=RuntimeWatchdogUSec", "--value"))
    if answer.status:
        return not_ok(f"systemd does not answer: {answer.last_words}", "off and on again")
    if answer.out in OFF:
        return not_ok("systemd does not feed it", "make unit, then off and on again")
    # Kernels before 6.8 refuse what the device cannot count to, and systemd goes on without.
    if site.machine.text(f"{device}/state") == "inactive":
        return not_ok(f"it does not count, though systemd wants {answer.out}", "make unit, then off and on again")
    return ok(f"{site.machine.text(f'{device}/identity') or 'watchdog0'}, fed by systemd, {answer.out}")


def apt_timers(site: Site) -> Finding:
    """Whether packages stay as they are during a show."""
    if running := [timer for timer in MASKED_TIMERS if site.active(timer)]:
        return not_ok(f"{', '.join(running)} may start in a show", f"sudo systemctl mask --now {' '.join(running)}")
    return ok("off")
