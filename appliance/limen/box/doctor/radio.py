"""Checks of the radios and the box's own network."""

from __future__ import annotations

import json
import re
from typing import Final

from limen.box.doctor.finding import Finding, not_here, not_ok, ok
from limen.box.doctor.site import Site, fault
from limen.box.faults import Fault
from limen.box.venue import ADDRESSES, BLUETOOTH, DHCP, FIREWALL, RULES, WIFI_ADDRESS
from limen.outlets.osc.settings import CONTROL_PORT

# `iw reg get` names them where no country was set: the world, and what firmware makes up.
NO_COUNTRY: Final = frozenset({"00", "98", "99"})
AGAIN: Final = "sudo systemctl restart"


def adapter(site: Site) -> Finding:
    """Whether there is a Bluetooth adapter."""
    there = site.health.radio.bluetooth
    if there is None:
        return not_here("no Bluetooth adapter")
    if not there:
        return not_ok(fault(Fault.NO_BLUETOOTH).says, fault(Fault.NO_BLUETOOTH).remedy)
    names = [name for name in site.machine.names("sys/class/bluetooth") if ":" not in name]
    return ok(", ".join(names))


def bluetoothd(site: Site) -> Finding:
    """Whether BlueZ answers, and has its adapter switched on."""
    if not site.active(BLUETOOTH):
        return not_ok("bluetoothd does not run", f"{AGAIN} {BLUETOOTH}")
    names = [name for name in site.machine.names("sys/class/bluetooth") if ":" not in name]
    path = f"/org/bluez/{(names or ['hci0'])[0]}"
    asked = (
        "busctl",
        "--system",
        "--timeout=3",
        "get-property",
        "org.bluez",
        path,
        "org.bluez.Adapter1",
        "Powered",
    )
    answer = site.run(asked)
    if answer.status:
        return not_ok(f"bluetoothd does not answer for {path}: {answer.last_words}", f"{AGAIN} {BLUETOOTH}")
    if answer.out != "b true":
        return not_ok("the adapter is switched off", "sudo rfkill unblock bluetooth, then bluetoothctl power on")
    return ok("answers, adapter on")


def access_point(site: Site) -> Finding:
    """Whether the box's Wi-Fi is on the air."""
    if not site.active(site.hostapd):
        return not_ok("hostapd does not run", f"{AGAIN} {site.hostapd}; why: journalctl -u {site.hostapd}")
    if not site.health.radio.wifi:
        return not_ok(f"{site.wifi} is not up", f"{AGAIN} {site.hostapd}; why: journalctl -u {site.hostapd}")
    return ok(f"hostapd runs, {site.wifi} is up")


def country(site: Site) -> Finding:
    """Whether the radio knows which country's rules hold; without one it may not use 5 GHz."""
    answer = site.run(("iw", "reg", "get"))
    found = re.search(r"^global\s*\ncountry (\w\w):", answer.out, re.MULTILINE)
    if found is None:
        return not_ok(f"it cannot be asked: {answer.last_words}", "is iw installed? make unit")
    if found[1] in NO_COUNTRY:
        return not_ok("no country is set", "set access_point_country in the inventory, then make unit")
    return ok(found[1])


def dhcp(site: Site) -> Finding:
    """Whether laptops get an address."""
    if not site.active(DHCP):
        return not_ok("the DHCP server does not run", f"{AGAIN} {DHCP}; why: journalctl -u {DHCP}")
    return ok("runs")


def address(site: Site) -> Finding:
    """Whether the box has its own address on its Wi-Fi."""
    answer = site.run(("ip", "-json", "-4", "address", "show", "dev", site.wifi))
    try:
        found = [info["local"] for link in json.loads(answer.out or "[]") for info in link.get("addr_info", ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        found = []
    if WIFI_ADDRESS not in found:
        what = ", ".join(found) or "no address"
        return not_ok(f"{site.wifi} has {what}, not {WIFI_ADDRESS}", f"{AGAIN} {ADDRESSES}")
    return ok(f"{WIFI_ADDRESS} on {site.wifi}")


def firewall(site: Site) -> Finding:
    """Whether the rules are loaded that let stations have OSC and nothing else."""
    if not site.is_root:
        return not_ok("only root can see the rules", "sudo limen doctor")
    answer = site.run(("nft", "list", "table", *FIREWALL))
    if answer.status:
        return not_ok(f"the rules are not loaded: {answer.last_words}", f"{AGAIN} {RULES}")
    if answer.out.count("policy drop") < 2 or f"dport {CONTROL_PORT}" not in answer.out:
        return not_ok("other rules are loaded than a box's", "make unit")
    return ok("loaded: what is not allowed is dropped, nothing is forwarded")
