from __future__ import annotations

import struct

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from tests.unit.osc_help import Recorder, Room, Wire

from limen.gates.settings import GATES
from limen.outlets.osc.arguments import listener, number
from limen.outlets.osc.control import ControlInput
from limen.outlets.osc.patterns import matches
from limen.outlets.osc.settings import OscSettings

LAPTOP = ("192.168.4.20", 50123)


def message(address: str, *arguments: object, types: str = "") -> bytes:
    builder = OscMessageBuilder(address)
    for place, argument in enumerate(arguments):
        builder.add_arg(argument, types[place] if types else None)  # type: ignore[arg-type]
    return builder.build().dgram


def bundle(*elements: bytes, timetag: int = 1) -> bytes:
    parts = b"".join(struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\x00" + struct.pack(">Q", timetag) + parts


class Desk:
    def __init__(self, wearers: tuple[int, ...] = (1, 2), places: int = 32) -> None:
        self.now = 1000.0
        self.box, self.room, self.wire = Recorder(), Room(places), Wire()
        self.control = ControlInput(
            OscSettings(),
            self.box,
            self.room,
            self.wire,  # type: ignore[arg-type]
            lambda: self.now,
            wearers=wearers,
        )

    def hear(self, data: bytes, sender: tuple[str, int] = LAPTOP) -> list[tuple[tuple[str, int], str, tuple]]:
        self.control.datagram_received(data, sender)
        return self.wire.take()

    def errors(self, data: bytes) -> list[str]:
        return [arguments[1] for _, path, arguments in self.hear(data) if path == "/limen/box/error"]


@pytest.mark.parametrize("name", ["start", "stop", "mark", "calibrate", "save"])
def test_commands_do_what_the_buttons_do(name: str):
    desk = Desk()
    assert desk.hear(message(f"/limen/box/{name}")) == []
    assert desk.hear(message(f"/limen/box/{name}", 1.0)) == []
    assert desk.box.calls == [(name,)] * 2


def test_a_touch_button_that_comes_up_does_nothing():
    desk = Desk()
    for released in (0, 0.0, False, "0"):
        desk.hear(message("/limen/box/mark", released))
    assert desk.box.calls == []


def test_a_bang_is_a_press():
    desk = Desk()
    desk.hear(b"/limen/box/start\x00\x00\x00\x00,I\x00\x00")
    desk.hear(b"/limen/box/start\x00\x00\x00\x00")
    assert desk.box.calls == [("start",)] * 2


def test_status_goes_to_who_asked():
    desk = Desk()
    desk.hear(message("/limen/box/status"))
    assert desk.box.calls == [("status",)]
    assert desk.room.dumped == [LAPTOP, (LAPTOP[0], 9000)]


@pytest.mark.parametrize(
    ("argument", "types", "value"),
    [
        (1, "i", 1.0),
        (1.5, "f", 1.5),
        (1.25, "d", 1.25),
        (1, "h", 1.0),
        (True, "T", 1.0),
        ("0.5", "s", 0.5),
        ("0,5", "s", 0.5),
        (" 1.5 ", "s", 1.5),
    ],
)
def test_every_way_to_write_a_number_is_understood(argument: object, types: str, value: float):
    desk = Desk()
    desk.hear(message("/limen/1/gate/rise/sensitivity", argument, types=types))
    assert desk.box.calls == [(1, "rise", "sensitivity", value)]


def test_values_are_clamped_and_answered_on_the_same_address():
    desk = Desk()
    answers = desk.hear(message("/limen/1/gate/rise/sensitivity", 7.0))
    assert desk.box.calls == [(1, "rise", "sensitivity", 2.0)]
    address = "/limen/1/gate/rise/sensitivity"
    assert answers == [(LAPTOP, address, (2.0,)), ((LAPTOP[0], 9000), address, (2.0,))]


@pytest.mark.parametrize(("sent", "held"), [(1, 1), (0, 0), ("off", 0), (0.2, 0), (0.9, 1), (5, 1), (False, 0)])
def test_enable_is_a_switch(sent: object, held: int):
    desk = Desk()
    answers = desk.hear(message("/limen/2/gate/breath/enable", sent))
    assert desk.box.calls == [(2, "breath", "enable", held)]
    assert answers[0] == (LAPTOP, "/limen/2/gate/breath/enable", (held,))


def test_a_pattern_reaches_all_that_it_names():
    desk = Desk()
    desk.hear(message("/limen/*/gate/*/enable", 0))
    assert desk.box.calls == [(n, gate, "enable", 0.0) for n in (1, 2) for gate in GATES]
    desk.box.calls.clear()
    desk.hear(message("/limen/[1]/gate/{tap,tilt}/ho?d", 1.0))
    assert desk.box.calls == [(1, "tap", "hold", 1.0), (1, "tilt", "hold", 1.0)]


@pytest.mark.parametrize("argument", ["fast", "nan", "inf", float("nan"), float("inf")])
def test_what_is_no_number_is_answered_with_what_to_send(argument: object):
    desk = Desk()
    (wrong, _) = desk.errors(message("/limen/1/gate/rise/hold", argument))
    assert wrong == "send one number from 0 to 60 s"
    assert desk.box.calls == []


def test_ping_is_answered_with_the_same_arguments_at_the_same_port_only():
    desk = Desk()
    desk.control.datagram_received(message("/limen/box/ping", 7, 0.5, "hi", True), LAPTOP)
    assert desk.wire.take() == [(LAPTOP, "/limen/box/pong", (7, 0.5, "hi", True))]
    assert desk.wire.raw[-1][16:] == message("/limen/box/ping", 7, 0.5, "hi", True)[16:]


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ((), (LAPTOP[0], 9000)),
        ((9100,), (LAPTOP[0], 9100)),
        (("9100",), (LAPTOP[0], 9100)),
        ((9100.0,), (LAPTOP[0], 9100)),
        (("192.168.4.33",), ("192.168.4.33", 9000)),
        (("192.168.4.33", 9100), ("192.168.4.33", 9100)),
        ((9100, "192.168.4.33"), ("192.168.4.33", 9100)),
        (("localhost", 9100), (LAPTOP[0], 9100)),
        (("127.0.0.1",), (LAPTOP[0], 9000)),
    ],
)
def test_subscribe_takes_host_and_port_in_any_order(arguments: tuple[object, ...], where: tuple[str, int]):
    desk = Desk()
    assert desk.hear(message("/limen/box/subscribe", *arguments)) == []
    assert desk.room.subscribed == [where]
    desk.hear(message("/limen/box/unsubscribe", *arguments))
    assert desk.room.subscribed == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("8.8.8.8",),
        ("255.255.255.255",),
        ("192.168.4.255",),
        ("224.0.0.1",),
        ("0.0.0.0",),
        ("www.example.org",),
        (53,),
        (70000,),
        (-1,),
    ],
)
def test_nobody_else_can_be_flooded(arguments: tuple[object, ...]):
    desk = Desk()
    assert desk.errors(message("/limen/box/subscribe", *arguments))
    assert desk.room.subscribed == []


def test_when_all_places_are_taken_the_sender_is_told():
    desk = Desk(places=0)
    assert "places" in desk.errors(message("/limen/box/subscribe"))[0]


def test_what_the_box_refuses_is_told_to_the_sender():
    desk = Desk()
    desk.box.fails = "no band is linked; put one on"
    assert desk.errors(message("/limen/box/start"))[0] == desk.box.fails


def test_an_unknown_address_is_answered_with_the_nearest():
    desk = Desk()
    (to, path, arguments), _ = desk.hear(message("/limen/1/gate/rise/sensitivty", 1.0))
    assert (to, path) == (LAPTOP, "/limen/box/error")
    assert arguments == (
        "/limen/1/gate/rise/sensitivty",
        "no such address; did you mean /limen/1/gate/rise/sensitivity?",
    )


def test_replies_of_another_box_are_not_answered():
    desk = Desk()
    for data in (message("/limen/box/error", "/x", "no"), message("/limen/box/pong"), message("/limen/1/link", 1)):
        assert desk.hear(data) == []


def test_errors_are_few_however_many_mistakes():
    desk = Desk()
    count = sum(len(desk.errors(message("/nothing/here"))) for _ in range(500))
    assert 0 < count <= 2 * 10
    desk.now += 10
    assert desk.errors(message("/nothing/here"))


def test_a_flood_is_dropped_and_another_sender_still_heard():
    desk = Desk()
    for _ in range(5000):
        desk.hear(message("/limen/box/stop"))
    assert desk.control.counts.flooded > 4000
    desk.hear(message("/limen/box/start"), ("192.168.4.21", 50000))
    assert desk.box.calls[-1] == ("start",)
    desk.now += 1
    desk.hear(message("/limen/box/mark"))
    assert desk.box.calls[-1] == ("mark",)


def test_memory_does_not_grow_with_the_number_of_senders():
    desk = Desk()
    for host in range(1000):
        desk.hear(message("/nothing"), (f"10.0.{host // 250}.{host % 250 + 1}", 50000))
    assert len(desk.control._allowances._of) <= 64
    assert len(desk.control._routes) <= 130


def test_a_bundle_dated_into_the_future_runs_at_once():
    desk = Desk()
    builder = OscBundleBuilder(2_000_000_000.0)  # 2033
    builder.add_content(OscMessage(message("/limen/box/start")))
    desk.hear(builder.build().dgram)
    assert desk.box.calls == [("start",)]


def test_nested_bundles_run_in_order_and_one_broken_part_does_not_hide_the_rest():
    desk = Desk()
    broken = b"/limen/box/stop\x00,iiii\x00\x00\x00"
    inner = bundle(message("/limen/box/mark"), broken, message("/limen/box/save"))
    assert desk.errors(bundle(message("/limen/box/start"), inner, message("/limen/box/calibrate")))
    assert desk.box.calls == [("start",), ("mark",), ("save",), ("calibrate",)]


def deep(levels: int) -> bytes:
    data = message("/limen/box/start")
    for _ in range(levels):
        data = bundle(data)
    return data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"/",
        b"hello",
        b"#bundle",
        b"#bundle\x00",
        b"#bundle\x00" + bytes(12),
        bundle() + struct.pack(">i", -4),
        bundle() + struct.pack(">i", -4) + bytes(8),
        bundle() + struct.pack(">i", 2**31 - 1) + b"/limen/box/start",
        bundle() + struct.pack(">i", 0),
        b"/limen/box/start",
        b"/limen/box/start\x00\x00\x00\x00,",
        b"/limen/box/start\x00\x00\x00\x00,\xff\xff\x00",
        b"/limen/box/st\xc3\x28rt\x00,\x00\x00\x00",
        b"/limen/1/gate/rise/hold\x00,b\x00\x00" + struct.pack(">i", -1),
        b"/limen/1/gate/rise/hold\x00,s\x00\x00abc",
        b"/limen/1/gate/rise/hold\x00,[[[\x00\x00\x00\x00",
        b"/limen/1/gate/rise/hold\x00,t\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff",
        b"/limen/1/gate/rise/hold\x00,c\x00\x00\x00\x00\x00\x20",
        b"/limen/1/gate/[rise/hold\x00\x00\x00\x00,f\x00\x00\x3f\x80\x00\x00",
        b"/" + b"*a" * 500 + b"\x00" * 4,
        b"/" * 1000 + b"\x00" * 4,
        message("/limen/box/ping", "x" * 1460),
        deep(9),
        deep(500),
        bytes(60_000),
        b"/" * 60_000,
        b"#bundle\x00" * 7_500,
        b"/a\x00\x00," + b"i" * 60_000,
    ],
)
def test_nothing_that_arrives_can_hurt(data: bytes):
    desk = Desk()
    desk.hear(data)
    assert desk.box.calls == []
    desk.hear(message("/limen/box/start"))
    assert desk.box.calls == [("start",)]


def test_bundles_within_bundles_are_understood_to_a_depth():
    desk = Desk()
    desk.hear(deep(8))
    assert desk.box.calls == [("start",)]


def test_one_packet_does_a_bounded_amount_of_work():
    desk = Desk()
    desk.hear(bundle(*[message("/limen/*/gate/*/*", 1.0)] * 100))
    assert len(desk.box.calls) <= 500


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*", "rise", True),
        ("r*e", "rise", True),
        ("r*s", "rise", False),
        ("????", "rise", True),
        ("???", "rise", False),
        ("[r-t]ise", "rise", True),
        ("[!r]ise", "rise", False),
        ("[a-]x", "-x", True),
        ("{rise,tap}", "tap", True),
        ("{rise,tap}", "tapx", False),
        ("{r,ri}*", "rise", True),
        ("t{a,il}{p,t}", "tilt", True),
        ("", "", True),
        ("*" * 200 + "x", "rise", False),
    ],
)
def test_patterns(pattern: str, name: str, expected: bool):
    assert matches(pattern, name) is expected


@pytest.mark.parametrize("pattern", ["[abc", "{a,b", "a]", "}", "[]"])
def test_a_pattern_with_a_lonely_bracket_is_refused(pattern: str):
    with pytest.raises(ValueError, match="partner"):
        matches(pattern, "abc")


def test_numbers_are_finite_or_none():
    assert number(10**400) is None
    assert number(None) is None
    assert number(b"1") is None
    assert number("on") == 1.0


def test_a_sender_outside_private_networks_may_subscribe_itself():
    assert listener(["203.0.113.5"], "203.0.113.5", 9000) == ("203.0.113.5", 9000)
