"""A laptop on a cable: the unit's own DHCP server and daemon in one network namespace, the laptop in another."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lacking import lacking

ROOT = Path(__file__).resolve().parents[2]
BOX, LAPTOP = "limen-box", "limen-laptop"
CONF = ROOT / "deploy" / "dnsmasq" / "cable.conf"
PATIENCE_S = 60.0
WEARER = "wearers:\n  - number: 1\n    source: simulated\nrecorder:\n  enable: off\npanel:\n  enable: off\n"
# What a laptop's own DHCP client does with an offer, and with a refusal.
CLIENT = """\
case $1 in
  deconfig) ip addr flush dev "$interface" ;;
  bound|renew)
    ip addr replace "$ip/$mask" dev "$interface"
    echo "$1 $ip ${router:-no-router} ${dns:-no-dns} $lease" >> "$LOG" ;;
esac
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@pytest.fixture
def cable(tools: Callable[..., None]) -> Iterator[None]:
    """eth0 of the box, with its address, to eth0 of a laptop, as 80-limen-cable.network gives it."""
    tools("dnsmasq", "ip", "unshare", "busybox")
    for name in (BOX, LAPTOP):
        subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
    if subprocess.run(["ip", "netns", "add", BOX], capture_output=True, check=False).returncode:
        lacking("no network namespace can be made here, which takes root", ci_may=True)
    ip("netns", "delete", BOX)
    try:
        for name in (BOX, LAPTOP):
            ip("netns", "add", name)
            ip("-netns", name, "link", "set", "lo", "up")
        ip("-netns", BOX, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", LAPTOP)
        ip("-netns", BOX, "addr", "add", "192.168.5.1/24", "dev", "eth0")
        for name in (BOX, LAPTOP):
            ip("-netns", name, "link", "set", "eth0", "up")
        yield
    finally:
        for name in (BOX, LAPTOP):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


class Started:
    """Programs in a namespace, each ended with the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.leases = folder / "run" / "limen-dhcp"
        self.leases.mkdir(parents=True)
        self.log = folder / "laptop.log"
        self.log.touch()
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, where: str, command: str, **environment: str) -> subprocess.Popen[bytes]:
        words = f"mount --bind {shlex.quote(str(self.folder / 'run'))} /run && exec {command}"
        process = subprocess.Popen(
            ["ip", "netns", "exec", where, "unshare", "--mount", "sh", "-c", words],
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._running.append(process)
        return process

    def dhcp_server(self) -> subprocess.Popen[bytes]:
        """As deploy/systemd/limen-dhcp@.service starts it."""
        return self.start(
            BOX,
            f"dnsmasq --keep-in-foreground --conf-file={shlex.quote(str(CONF))}"
            " --dhcp-leasefile=/run/limen-dhcp/cable.leases --user=root --pid-file",
        )

    def laptop(self) -> subprocess.Popen[bytes]:
        """A laptop that asks for an address, and keeps it."""
        client = self.folder / "client"
        client.write_text(f"#!/bin/sh\n{CLIENT}")
        client.chmod(0o755)
        return self.start(
            LAPTOP, f"busybox udhcpc -f -i eth0 -t 5 -T 10 -A 1 -s {shlex.quote(str(client))}", LOG=str(self.log)
        )

    def daemon(self) -> subprocess.Popen[bytes]:
        config = self.folder / "limen.yaml"
        config.write_text(WEARER)
        return self.start(
            BOX,
            f"{shlex.quote(sys.executable)} -m limen run --config {shlex.quote(str(config))}",
            STATE_DIRECTORY=str(self.folder),
        )

    def said(self, count: int) -> list[list[str]]:
        """What the laptop was given, once it is so many times."""
        patience = time.monotonic() + PATIENCE_S
        while len(said := [line.split() for line in self.log.read_text().splitlines()]) < count:
            assert time.monotonic() < patience, said
            time.sleep(0.05)
        return said

    def hears(self, address: str) -> bool:
        """Whether OSC that nobody asked for comes to the laptop's port 9000, to this address."""
        code = (
            "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
            f"s.bind(({address!r}, 9000)); s.settimeout({PATIENCE_S}); assert s.recv(2048)[:7] == b'/limen/'"
        )
        done = subprocess.run(
            ["ip", "netns", "exec", LAPTOP, sys.executable, "-c", code], capture_output=True, check=False
        )
        return done.returncode == 0

    def close(self) -> None:
        for process in self._running:
            process.kill()
        for process in self._running:
            process.wait(PATIENCE_S)


@pytest.fixture
def started(cable: None, tmp_path: Path) -> Iterator[Started]:
    programs = Started(tmp_path)
    try:
        yield programs
    finally:
        programs.close()


@pytest.mark.slow
def test_a_laptop_on_a_cable_gets_an_address_and_osc_and_keeps_its_own_way_out(started: Started) -> None:
    started.dhcp_server()
    started.daemon()
    laptop = started.laptop()
    ((verb, address, router, dns, lease_s),) = started.said(1)
    assert (verb, router, dns, lease_s) == ("bound", "no-router", "no-dns", "120")
    assert address.startswith("192.168.5.")
    assert started.hears(address)
    assert laptop.poll() is None


@pytest.mark.slow
def test_a_unit_that_lost_its_leases_with_the_power_knows_the_laptop_again(started: Started) -> None:
    server = started.dhcp_server()
    laptop = started.laptop()
    started.said(1)
    server.kill()
    server.wait(PATIENCE_S)
    for file in started.leases.iterdir():
        file.unlink()
    started.dhcp_server()
    started.daemon()
    time.sleep(1.0)
    # At half of its lease, a minute, the laptop asks by itself; here it is told to.
    laptop.send_signal(signal.SIGUSR1)
    address = started.said(2)[-1][1]
    assert started.hears(address)
