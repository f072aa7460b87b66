from __future__ import annotations

import asyncio
import logging
import socket

import pytest

from limen.outlets.osc.destinations import SUBSCRIBERS, Destinations
from limen.outlets.osc.resolve import literal, resolve
from limen.outlets.osc.settings import Delivery, Rate, Target


def where(destinations: Destinations) -> set[tuple[str, int]]:
    return {route.address for route in destinations.everyone}


def test_one_place_known_three_ways_is_one_route_with_the_configured_rate():
    destinations = Destinations(stations=lambda: ["10.0.0.5"])
    destinations.add_target(Target("10.0.0.5", 9000, Rate.FULL), "10.0.0.5")
    destinations.subscribe("10.0.0.5", 9000, now=0)
    new = destinations.refresh(0)
    assert [route.address for route in new] == [("10.0.0.5", 9000)]
    assert destinations.full == destinations.everyone
    assert destinations.smooth == ()


def test_a_subscriber_stays_ten_seconds_after_the_last_subscribe():
    destinations = Destinations()
    destinations.subscribe("10.0.0.5", 9100, now=0)
    destinations.subscribe("10.0.0.5", 9100, now=3)
    destinations.refresh(12.9)
    assert where(destinations) == {("10.0.0.5", 9100)}
    destinations.refresh(13.1)
    assert where(destinations) == set()


def test_with_nobody_known_the_subnet_hears_it_until_somebody_is():
    destinations = Destinations(broadcast="192.168.4.255")
    destinations.refresh(0)
    assert where(destinations) == {("192.168.4.255", 9000)}
    destinations.subscribe("192.168.4.20", 9000, now=1)
    destinations.refresh(1)
    assert where(destinations) == {("192.168.4.20", 9000)}


def test_broadcast_delivery_is_only_that():
    destinations = Destinations(
        broadcast="192.168.4.255", delivery=Delivery.BROADCAST, stations=lambda: ["192.168.4.9"]
    )
    destinations.subscribe("192.168.4.20", 9000, now=0)
    destinations.refresh(0)
    assert where(destinations) == {("192.168.4.255", 9000)}


def test_routes_keep_their_counts_while_they_stay():
    destinations = Destinations(stations=lambda: ["10.0.0.5"])
    destinations.refresh(0)
    destinations.everyone[0].sent = 7
    destinations.subscribe("10.0.0.6", 9000, now=0)
    assert len(destinations.refresh(1)) == 1
    assert {route.address: route.sent for route in destinations.everyone} == {
        ("10.0.0.5", 9000): 7,
        ("10.0.0.6", 9000): 0,
    }


def test_what_was_sent_to_somebody_who_left_still_counts():
    destinations = Destinations()
    destinations.subscribe("10.0.0.5", 9000, now=0)
    destinations.refresh(0)
    destinations.everyone[0].sent = 7
    destinations.refresh(60)
    assert destinations.everyone == ()
    assert destinations.sent == 7


def test_stations_come_and_go():
    present = ["10.0.0.5", "10.0.0.6"]
    destinations = Destinations(stations=lambda: present, station_rate=Rate.GATES)
    destinations.refresh(0)
    assert where(destinations) == {("10.0.0.5", 9000), ("10.0.0.6", 9000)}
    assert destinations.smooth == ()
    present.pop()
    destinations.refresh(1)
    assert where(destinations) == {("10.0.0.5", 9000)}


def test_a_list_of_stations_that_cannot_be_read_changes_nothing(caplog: pytest.LogCaptureFixture):
    broken = False

    def stations() -> list[str]:
        if broken:
            raise OSError(5, "Input/output error")
        return ["10.0.0.5"]

    destinations = Destinations(stations=stations)
    destinations.refresh(0)
    broken = True
    with caplog.at_level(logging.WARNING):
        for second in range(1, 5):
            destinations.refresh(second)
    assert where(destinations) == {("10.0.0.5", 9000)}
    assert len(caplog.records) == 1


def test_subscribers_are_bounded():
    destinations = Destinations()
    assert all(destinations.subscribe("10.0.0.5", 2000 + place, 0) for place in range(SUBSCRIBERS))
    assert not destinations.subscribe("10.0.0.5", 9000, 0)
    assert destinations.subscribe("10.0.0.5", 2000, 1)  # renewing needs no new place


def test_unsubscribing_a_target_leaves_the_target():
    destinations = Destinations()
    destinations.add_target(Target("10.0.0.5"), "10.0.0.5")
    destinations.subscribe("10.0.0.5", 9000, 0)
    destinations.unsubscribe("10.0.0.5", 9000)
    destinations.refresh(0)
    assert where(destinations) == {("10.0.0.5", 9000)}


def test_literal_addresses_need_no_lookup():
    assert literal("192.168.4.20") == "192.168.4.20"
    assert literal("laptop.local") is None


def test_names_are_looked_up_until_they_are_known_and_that_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async def scene() -> list[tuple[Target, str]]:
        answers = [socket.gaierror(-2, "Name or service not known")] * 3
        found: list[tuple[Target, str]] = []

        async def getaddrinfo(host: str, port: int, **_: object) -> list[object]:
            if answers:
                raise answers.pop()
            return [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("10.0.0.7", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
        await resolve(Target("laptop.local"), lambda *what: found.append(what), first_retry_s=0.001)
        return found

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(scene()) == [(Target("laptop.local"), "10.0.0.7")]
    assert len(caplog.records) == 1
