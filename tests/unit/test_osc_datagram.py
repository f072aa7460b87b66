from __future__ import annotations

import math
import struct

import pytest
from pythonosc.osc_message import OscMessage

from limen.outlets.osc.addresses import ADDRESSES, INCOMING, OUTGOING, Kind
from limen.outlets.osc.datagram import TEXT_LIMIT, Datagram, TextDatagram, VectorDatagram


def test_rewriting_touches_nothing_but_the_payload():
    datagram = VectorDatagram("/limen/1/value/acc", "fff")
    buffer, before = datagram.data, bytes(datagram.data)
    assert datagram.set(0.25, -1.0, 2.0)
    assert datagram.data is buffer
    assert bytes(buffer[:-12]) == before[:-12]
    assert buffer[-12:] == struct.pack(">fff", 0.25, -1.0, 2.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e39])
def test_what_no_receiver_can_use_is_refused_and_leaves_the_last_value(bad: float):
    datagram = VectorDatagram("/a", "fff")
    datagram.set(1.0, 2.0, 3.0)
    assert not datagram.set(4.0, 5.0, bad)
    assert OscMessage(bytes(datagram.data)).params == [1.0, 2.0, 3.0]
    single = Datagram("/a", "f")
    single.set(1.0)
    assert not single.set(bad)
    assert OscMessage(bytes(single.data)).params == [1.0]


def test_integers_beyond_32_bits_are_refused():
    datagram = Datagram("/a", "i")
    assert datagram.set(2**31 - 1)
    assert not datagram.set(2**31)
    assert OscMessage(bytes(datagram.data)).params == [2**31 - 1]


def test_nothing_is_filled_before_it_is_set():
    assert not Datagram("/a", "i").filled
    assert not TextDatagram("/a").filled


def test_text_is_ascii_on_the_wire_and_bounded():
    text = TextDatagram("/limen/1/why/rise")
    text.set("0.12 µS rose by 3 × its noise, 31 °C −2 ±1 \x00…")
    assert OscMessage(bytes(text.data)).params == ["0.12 uS rose by 3 x its noise, 31 degC -2 +/-1 ?"]
    text.set("a" * 5000)
    assert OscMessage(bytes(text.data)).params == ["a" * TEXT_LIMIT]


def test_the_same_text_is_not_built_twice():
    text = TextDatagram("/limen/box/state")
    text.set("playing")
    data = text.data
    text.set("playing")
    assert text.data is data
    text.set("linked")
    assert OscMessage(bytes(text.data)).params == ["linked"]


def test_what_leaves_is_of_types_that_every_receiver_takes():
    for row in OUTGOING:
        assert row.types == "any" or set(row.types) <= set("ifs"), row


def test_addresses_are_those_that_the_design_promises():
    out = {path for row in OUTGOING for path in row.paths("/limen", (1,))}
    assert {"/limen/1/gate/pulse", "/limen/1/trig/tap", "/limen/1/level/eda", "/limen/1/value/hr"} <= out
    assert {"/limen/1/why/rise", "/limen/1/age/temp", "/limen/1/mark", "/limen/box/alive"} <= out
    assert {f"/limen/1/{name}" for name in ("link", "worn", "battery")} <= out
    ways_in = {path for row in INCOMING for path in row.paths("/limen", (2,))}
    assert {f"/limen/2/gate/rise/{key}" for key in ("sensitivity", "hold", "rest", "enable")} <= ways_in
    commands = ["start", "stop", "mark", "calibrate", "status", "save", "ping", "subscribe", "unsubscribe"]
    assert {f"/limen/box/{name}" for name in commands} <= ways_in
    assert len(ADDRESSES) == len({row.template for row in ADDRESSES})
    assert all(row.lowest is not None and row.highest is not None for row in INCOMING if row.kind is Kind.SETTING)


def test_the_prefix_can_be_another():
    assert next(OUTGOING[0].paths("/show/e4", (3,))) == "/show/e4/3/gate/pulse"
