"""Where nobody listens is known, and knowing it disturbs nobody: real sockets on loopback."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from limen.outlets.osc.destinations import Destinations
from limen.outlets.osc.sender import HEARD_AFTER, Route, Sender, open_socket
from limen.outlets.osc.settings import Target

PATIENCE_S = 10.0


@pytest.fixture
def sender() -> Iterator[Sender]:
    one = Sender(open_socket())
    yield one
    one.close()


@pytest.fixture
def gone() -> Route:
    """A port that nobody listens on now."""
    with listening() as sock:
        return Route(sock.getsockname())


def listening(port: int = 0) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", port))
    sock.settimeout(PATIENCE_S)
    return sock


def until(done: Callable[[], bool], sender: Sender, *routes: Route) -> None:
    """Seconds go by, each with a datagram: even on loopback an answer may take a moment."""
    patience = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < patience
        sender.send(b"data", routes)
        sender.look_back()


def test_a_closed_port_is_counted_and_the_others_get_everything_once_in_order_from_one_port(
    sender: Sender, gone: Route
):
    with listening() as receiver:
        route = Route(receiver.getsockname())
        sender.watch((gone, route))
        ports = set()
        for number in range(500):
            sender.send(number.to_bytes(4, "big"), (gone, route, gone))
            data, source = receiver.recvfrom(16)
            assert data == number.to_bytes(4, "big")
            ports.add(source[1])
            sender.look_back()
        receiver.setblocking(False)
        with pytest.raises(BlockingIOError):
            receiver.recv(16)
    assert len(ports) == 1
    assert gone.unheard
    assert set(gone.failures) == {"ECONNREFUSED"}
    assert 0 < gone.failures["ECONNREFUSED"] <= 500
    assert gone.failed == 0  # everything left
    assert route.failures == {}
    assert not route.unheard


def test_it_is_said_once_and_so_is_that_somebody_listens_again(
    sender: Sender, gone: Route, caplog: pytest.LogCaptureFixture
):
    sender.watch((gone,))
    with caplog.at_level(logging.DEBUG):
        until(lambda: gone.failures.get("ECONNREFUSED", 0) > 20, sender, gone)
        with listening(gone.address[1]) as receiver:
            until(lambda: not gone.unheard, sender, gone)
            assert receiver.recv(16) == b"data"
    where = f"127.0.0.1:{gone.address[1]}"
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"nobody listens at {where}; OSC still goes there"),
        ("INFO", f"somebody listens at {where} now"),
    ]


def test_a_quiet_second_or_two_is_no_recovery(sender: Sender, gone: Route, caplog: pytest.LogCaptureFixture):
    sender.watch((gone,))
    until(lambda: bool(gone.unheard), sender, gone)
    while gone.unheard > 1:
        sender.look_back()
    until(lambda: gone.unheard == HEARD_AFTER, sender, gone)
    assert len(caplog.records) == 1


def test_who_was_never_refused_is_never_called_unheard(sender: Sender):
    with listening() as receiver:
        route = Route(receiver.getsockname())
        sender.watch((route,))
        for _ in range(50):
            sender.send(b"data", (route,))
            sender.look_back()
        assert not route.unheard
        assert route.failures == {}


def test_what_a_receiver_says_back_is_left_unread_and_harms_nothing(sender: Sender):
    with listening() as receiver:
        route = Route(receiver.getsockname())
        sender.watch((route,))
        sender.send(b"data", (route,))
        _, back = receiver.recvfrom(16)
        for _ in range(200):
            receiver.sendto(bytes(1000), back)
        sender.send(b"more", (route,))
        assert receiver.recv(16) == b"more"
    until(lambda: bool(route.unheard), sender, route)


def test_a_broadcast_needs_no_ear(sender: Sender):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("", 0))
        receiver.settimeout(PATIENCE_S)
        route = Route(("127.255.255.255", receiver.getsockname()[1]))
        sender.watch((route,))
        sender.send(b"all!", (route,))
        sender.look_back()
        assert receiver.recv(16) == b"all!"
    assert route.failures == {}


def test_who_is_no_longer_sent_to_is_no_longer_watched(sender: Sender, gone: Route):
    sender.watch((gone,))
    until(lambda: bool(gone.unheard), sender, gone)
    sender.watch(())
    before = dict(gone.failures)
    for _ in range(20):
        sender.send(b"data", (gone,))
        sender.look_back()
    assert gone.failures == before


def test_the_table_of_destinations_names_them(sender: Sender, gone: Route):
    destinations = Destinations()
    with listening() as receiver:
        for address in (gone.address, receiver.getsockname()):
            destinations.add_target(Target(*address), address[0])
        destinations.refresh(0)
        sender.watch(destinations.everyone)
        until(lambda: bool(destinations.unheard), sender, *destinations.everyone)
        assert destinations.unheard == (gone.address,)
