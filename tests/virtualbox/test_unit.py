"""A unit that the technician made of a bare Debian, in the hands of whoever plays it and of whoever sits nearby."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.virtualbox import build
from tests.virtualbox.bands import Band
from tests.virtualbox.box import Box
from tests.virtualbox.laptop import Laptop
from tests.virtualbox.technician import Technician
from tests.virtualbox.unit import ADDRESS, BROADCAST, NAME, Made, be_patient

pytestmark = pytest.mark.trial

SESSION = Path("Stress-Predict-Dataset") / "S06"
CLIENTS = build.HERE / "clients"
OSC, CONTROL = 9000, 9001
SSH, WEB, ECHO = 22, 8080, 7777
OUTSIDE = "10.0.2.2"
UDP_SAMPLE = [*range(1, 200), 500, 514, 546, 547, 631, 1900, 4500, 5355, ECHO, OSC, 33434]


@pytest.fixture(scope="module")
def box(unit_box: Box) -> Box:
    for client in ("ports", "addressed", "latency", "name"):
        unit_box.put(CLIENTS / f"{client}.py", f"/run/venue/{client}.py")
    return unit_box


@pytest.fixture
def station(box: Box, technician: Technician) -> Iterator[Laptop]:
    """A laptop on the unit's network, by what the label says."""
    box.laptop.join(technician.ssid(NAME), technician.passphrase(NAME))
    yield box.laptop
    box.laptop.sleep_radio(False)
    box.laptop.leave()


def test_it_is_a_unit(box: Box, technician: Technician) -> None:
    assert box.run("hostname").strip() == technician.ssid(NAME)
    assert box.run("findmnt -no OPTIONS /").startswith("ro,")
    assert box.run("findmnt -no SOURCE /data").strip() == "/dev/vdb"
    assert box.run("systemctl is-system-running --wait", check=False).strip() == "running", box.run(
        "systemctl --failed --no-legend"
    )

    def fit() -> bool:
        """Ten seconds are much for a Pi; an emulated one, or one that is starved, may not answer in them."""
        told = json.loads(box.run("limen doctor --json", check=False))
        print([check for check in told["checks"] if check["verdict"] == "not ok"])
        return bool(told["fit"])

    box.wait_for("a doctor who is content", fit)


def test_nobody_may_write_what_root_runs(box: Box) -> None:
    assert box.run("find / -xdev -type f -perm -o=w 2>/dev/null", check=False) == ""


def test_a_station_gets_an_address_and_keeps_its_internet(box: Box, technician: Technician, laptop: Laptop) -> None:
    lease = laptop.join(technician.ssid(NAME), technician.passphrase(NAME))
    assert lease.ip.startswith("192.168.4.")
    assert (lease.router, lease.dns, lease.broadcast) == ("", "", BROADCAST)
    assert laptop.run("ip route show default") == ""
    name = f"{technician.ssid(NAME)}.local"
    assert laptop.run(f"python3 /run/venue/name.py {name} {lease.ip}").strip() == ADDRESS


def test_a_band_plays_to_two_stations_and_neither_asked(
    box: Box, technician: Technician, station: Laptop, band: Band, recordings: Path
) -> None:
    be_patient(box)
    station.sleep_radio()
    ears = station.listen(OSC)
    ears.wait_for("/limen/box/alive")
    band.wear(recordings / SESSION, seconds=600)
    band.power_on()
    ears.wait_for("/limen/1/link", "1")
    station.send(ADDRESS, CONTROL, "/limen/box/start")
    ears.wait_for("/limen/box/state", "playing")
    ears.wait_for("/limen/1/trig/pulse", count=10)
    bits = {message.arguments for message in ears.messages("/limen/1/gate/pulse")}
    assert bits == {("0",), ("1",)}

    box.second_laptop.join(technician.ssid(NAME), technician.passphrase(NAME))
    others = box.second_laptop.listen(OSC)
    others.wait_for("/limen/1/trig/pulse", count=3)
    ears.wait_for("/limen/1/trig/pulse", count=3)
    ears.stop()
    others.stop()
    box.second_laptop.leave()

    own = station.run("ip -4 -br addr show wlan0").split()[2].split("/")[0]
    to = json.loads(station.run(f"python3 /run/venue/addressed.py {OSC} 10"))
    assert set(to) == {own}
    station.send(ADDRESS, CONTROL, "/limen/box/stop")


def test_only_broadcast_waits_for_a_sleeping_radio(box: Box, station: Laptop) -> None:
    own = station.run("ip -4 -br addr show wlan0").split()[2].split("/")[0]
    station.sleep_radio()
    took = json.loads(box.run(f"python3 /run/venue/latency.py {station.name} 60 {BROADCAST} {own}"))
    print({"broadcast": took[BROADCAST], "unicast": took[own]})
    assert min(each["arrived"] for each in took.values()) > 30
    assert took[own]["median_ms"] < took[BROADCAST]["median_ms"]


def test_every_other_port_is_closed(box: Box, station: Laptop) -> None:
    # Somebody listens, so that silence is the firewall's doing.
    box.run(f"systemd-run -q --unit=web python3 -m http.server {WEB}")
    box.wait_for("web server", lambda: f":{WEB} " in box.run("ss -Htln"))
    echo = box.listen(ECHO)
    before = int(box.run("cat /sys/class/net/wlan0/statistics/rx_packets"))
    words = " ".join(str(port) for port in UDP_SAMPLE)
    found = json.loads(station.run(f"python3 /run/venue/ports.py {ADDRESS} {words}"))
    arrived = int(box.run("cat /sys/class/net/wlan0/statistics/rx_packets")) - before
    assert arrived > 65000
    assert found == {"open": [SSH], "refused": [], "unreachable": []}
    assert echo.messages() == []
    echo.stop()
    box.run("systemctl stop web")


def test_there_is_no_way_through(box: Box, technician: Technician, station: Laptop) -> None:
    station.run(f"ip route replace default via {ADDRESS}")
    knock = "import socket; socket.create_connection(('{}', {}), 10)"
    for host, port in ((OUTSIDE, SSH), (OUTSIDE, 80), ("10.0.2.3", 53)):
        said = station.run(f'python3 -c "{knock.format(host, port)}" 2>&1', check=False)
        assert "timed out" in said or "unreachable" in said, said
    # The same from the box itself gets an answer, if only a refusal.
    said = box.run(f'python3 -c "{knock.format(OUTSIDE, 9)}" 2>&1', check=False)
    assert "timed out" not in said
    other = box.second_laptop.join(technician.ssid(NAME), technician.passphrase(NAME))
    said = station.run(f'python3 -c "{knock.format(other.ip, 9)}" 2>&1', check=False)
    assert "refused" not in said
    box.second_laptop.leave()


def test_secrets_are_where_they_belong_and_nowhere_else(box: Box, technician: Technician, made_unit: Made) -> None:
    secret = technician.passphrase(NAME)
    holds = box.run(f"grep -rlsF {secret} / --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev", check=False)
    assert set(holds.split()) == {"/etc/hostapd/wlan0.conf", "/etc/limen/label.yaml"}
    for path, owner in (("/etc/hostapd/wlan0.conf", "600 root root"), ("/etc/limen/label.yaml", "640 root limen")):
        assert box.run(f"stat -c '%a %U %G' {path}").strip() == owner
    assert secret not in box.journal()
    assert secret not in box.run("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '")
    assert secret not in made_unit.log
    assert "PRIVATE KEY" not in made_unit.log
    for path in technician.clone.rglob("*"):
        if path.is_file() and secret.encode() in path.read_bytes():
            assert path == technician.secrets / NAME / "passphrase"
