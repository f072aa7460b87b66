"""What must hold for any bytes at the control input; quick tests and the fuzzer both ask it."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.osc_help import Recorder, Room, Wire

from limen.outlets.osc.control import ControlInput
from limen.outlets.osc.settings import OscSettings

SENDER = ("192.168.4.20", 50123)
MOST_ACTIONS = 500  # a sender's burst
MOST_REPLIES = 2 * (250 + 10)  # answers and errors, each to two ports
START = b"/limen/box/start\x00\x00\x00\x00,\x00\x00\x00"

SEEDS = (
    START,
    b"/limen/box/ping\x00,ifs\x00\x00\x00\x00\x00\x00\x00\x07\x3f\x00\x00\x00hi\x00\x00",
    b"/limen/box/subscribe\x00\x00\x00\x00,si\x0010.0.0.12\x00\x00\x00\x00\x00\x23\x28",
    b"/limen/*/gate/{rise,t[ai]*}/hold\x00\x00\x00\x00,f\x00\x00\x3f\x80\x00\x00",
    b"/limen/1/gate/rise/enable\x00\x00\x00,T\x00\x00",
    b"/limen/1/gate/rise/rest\x00,s\x00\x000,5\x00",
    b"#bundle\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x18" + START,
)


def checker() -> Callable[[bytes], None]:
    """A check of one datagram after the other.

    Each must not raise, do a bounded number of actions, send a bounded number of well-formed replies, subscribe
    nobody but a single machine, and leave an input that understands a plain message.
    """
    box, room, wire = Recorder(), Room(), Wire()
    now = [1000.0]
    control = ControlInput(OscSettings(), box, room, wire, lambda: now[0], wearers=(1, 2, 3))  # type: ignore[arg-type]

    def check(data: bytes) -> None:
        now[0] += 60.0  # every allowance is whole again
        for past in (box.calls, room.subscribed, room.dumped, wire.sent, wire.raw):
            past.clear()
        control.datagram_received(data, SENDER)
        assert len(box.calls) <= MOST_ACTIONS
        assert len(wire.sent) <= MOST_REPLIES
        assert all(1024 <= port <= 65535 and not host.endswith(".255") for host, port in room.subscribed)
        now[0] += 60.0
        box.calls.clear()
        control.datagram_received(START, SENDER)
        assert box.calls == [("start",)]

    return check
