"""The air between the box and a laptop: joining, DHCP, OSC both ways, and what a sleeping radio does to it."""

from __future__ import annotations

import json

import pytest

from tests.virtualbox import access_point, programs
from tests.virtualbox.access_point import ADDRESS, BROADCAST, PSK, SSID
from tests.virtualbox.box import Box
from tests.virtualbox.laptop import Laptop
from tests.virtualbox.ssh import CommandError


@pytest.fixture(scope="module")
def network(box: Box) -> None:
    """An access point in the box."""
    access_point.open_network(box)
    programs.lay_out(box)


@pytest.mark.usefixtures("network")
def test_a_laptop_joins_and_osc_goes_both_ways(box: Box, laptop: Laptop) -> None:
    lease = laptop.join(SSID, PSK)
    assert (lease.router, lease.broadcast) == (ADDRESS, BROADCAST)
    at_the_laptop, at_the_box = laptop.listen(9000), box.listen(9001)
    box.run(f"oscsend {lease.ip} 9000 /limen/1/gate/pulse i 1")
    laptop.send(ADDRESS, 9001, "/limen/1/gate/pulse/hold", "f", 0.5)
    box.wait_for("OSC at the laptop", lambda: at_the_laptop.messages("/limen/1/gate/pulse"))
    box.wait_for("OSC at the box", lambda: at_the_box.messages("/limen/1/gate/pulse/hold"))
    (heard,) = at_the_laptop.messages()
    assert (heard.types, heard.arguments) == ("i", ("1",))


@pytest.mark.usefixtures("network")
def test_a_second_laptop_is_served_and_a_wrong_passphrase_is_not(box: Box, laptop: Laptop) -> None:
    with pytest.raises(CommandError, match="not associated"):
        laptop.join(SSID, "not the passphrase", patience=10)
    first, second = laptop.join(SSID, PSK), box.second_laptop.join(SSID, PSK)
    box.second_laptop.leave()
    assert first.ip != second.ip


@pytest.mark.usefixtures("network")
def test_only_broadcast_waits_for_a_sleeping_radio(box: Box, laptop: Laptop) -> None:
    """The reason for unicast: one station asleep holds every broadcast back to the next DTIM beacon."""
    ip = laptop.join(SSID, PSK).ip
    median = {}
    for asleep in (False, True):
        laptop.sleep_radio(asleep)
        command = f"python3 {programs.FOLDER}/latency.py {laptop.name} 40 {BROADCAST} {ip}"
        for to, result in json.loads(box.run(command)).items():
            assert result["arrived"] > 20
            median["broadcast" if to == BROADCAST else "unicast", asleep] = result["median_ms"]
    print({f"{how} {'asleep' if asleep else 'awake'}": f"{ms:.1f} ms" for (how, asleep), ms in median.items()})
    assert median["broadcast", True] > median["broadcast", False]
    assert median["broadcast", True] > median["unicast", True]
