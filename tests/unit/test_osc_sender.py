from __future__ import annotations

import errno
import logging
import socket

import pytest

from limen.errors import OutletError
from limen.outlets.osc.sender import HEALED_AFTER, Route, Sender, open_socket


def listen() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(5)
    return sock


class Failing:
    """A socket that says `number` for the given addresses."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.sent: list[tuple[str, int]] = []

    def sendto(self, data: bytes, address: tuple[str, int]) -> int:
        if self.number:
            raise OSError(self.number, "as told")
        self.sent.append(address)
        return len(data)

    def close(self) -> None:
        pass


def test_a_closed_port_neither_raises_nor_keeps_the_others_waiting():
    with listen() as closed:
        gone = Route(closed.getsockname())
    with listen() as receiver:
        sender, open_route = Sender(open_socket()), Route(receiver.getsockname())
        for number in range(20):
            sender.send(bytes([number]) * 4, (gone, open_route))
        assert [receiver.recv(16)[0] for _ in range(20)] == list(range(20))
        assert open_route.sent == 20
        sender.close()


def test_a_host_that_cannot_be_reached_is_counted_and_not_raised():
    with listen() as receiver:
        sender, open_route = Sender(open_socket("127.0.0.1")), Route(receiver.getsockname())
        afar = Route(("192.0.2.1", 9000))  # cannot be reached from a socket bound to loopback
        sender.send(b"once", (afar, open_route))
        assert receiver.recv(16) == b"once"
        assert afar.failed == 1
        assert afar.sent == 0
        sender.close()


def test_what_is_too_long_is_counted():
    sender, route = Sender(open_socket()), Route(("127.0.0.1", 9))
    sender.send(bytes(70_000), (route,))
    assert route.failures == {"EMSGSIZE": 1}
    sender.close()


def test_a_receiver_that_does_not_read_stalls_nobody():
    with listen() as deaf, listen() as receiver:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sender = Sender(open_socket())
        routes = (Route(deaf.getsockname()), Route(receiver.getsockname()))
        for number in range(500):
            sender.send(number.to_bytes(4, "big"), routes)
            assert receiver.recv(16) == number.to_bytes(4, "big")
        sender.close()


def test_broadcast_is_allowed():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("", 0))
        receiver.settimeout(5)
        sender = Sender(open_socket())
        route = Route(("127.255.255.255", receiver.getsockname()[1]))
        sender.send(b"all!", (route,))
        assert receiver.recv(16) == b"all!"
        sender.close()


def test_the_socket_never_waits_and_is_marked_for_the_voice_queue():
    with open_socket() as sock:
        assert sock.getblocking() is False
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY) == 6
        assert sock.getsockopt(socket.IPPROTO_IP, socket.IP_TOS) == 0xC0


def test_a_port_that_is_taken_says_so():
    with listen() as taken, pytest.raises(OutletError, match="cannot be opened"):
        open_socket("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    "number",
    [
        errno.ECONNREFUSED,
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.EAGAIN,
        errno.ENOBUFS,
        errno.EPERM,
        errno.ENETDOWN,
        errno.EMSGSIZE,
    ],
)
def test_every_failure_is_counted_by_its_name_and_never_retried(number: int):
    sock, route = Failing(number), Route(("10.0.0.1", 9000))
    Sender(sock).send(b"data", (route,))  # type: ignore[arg-type]
    assert route.failures == {errno.errorcode[number]: 1}
    assert sock.sent == []


def test_the_first_failure_warns_repeats_do_not_and_recovery_is_told(caplog: pytest.LogCaptureFixture):
    sock, route = Failing(errno.EHOSTUNREACH), Route(("10.0.0.1", 9000))
    sender = Sender(sock)  # type: ignore[arg-type]
    with caplog.at_level(logging.DEBUG):
        for _ in range(5):
            sender.send(b"data", (route,))
        sock.number = 0
        for _ in range(HEALED_AFTER):
            sender.send(b"data", (route,))
    levels = [record.levelname for record in caplog.records]
    assert levels == ["WARNING", "DEBUG", "DEBUG", "DEBUG", "DEBUG", "INFO"]
    assert route.failed == 5
