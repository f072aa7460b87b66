import math
from dataclasses import replace

import pytest
from tests.band_air import Air, jittery
from tests.band_packing import pack_bvp

from limen.inlets.band.capture import Head, Link, Mark
from limen.inlets.band.codec import Notification
from limen.inlets.band.decode import findings
from limen.inlets.band.profile import CHARACTERISTICS, Characteristic
from limen.streams import Stream

HEADS = [
    Head("advertisement", {"name": "Empatica E4 43d011", "address": "00:07:80:00:00:01"}),
    Head("device", {"serial": "43d011", "firmware": "2.1.0"}),
    Head(
        "gatt",
        [
            {"characteristic": CHARACTERISTICS[Characteristic.COMMAND].uuid, "properties": ["write"]},
            {"characteristic": "00003ea2-0000-1000-8000-00805f9b34fb", "properties": ["notify"]},
        ],
    ),
    Head("mtu", 23),
    Head("start", {"command": "time", "hex": "0100f15365", "response": True, "worked": True}),
]


def answers(lines):
    return {finding.question: finding.answer for finding in findings(lines)}


def answer(lines, word):
    (found,) = [told for question, told in answers(lines).items() if word in question]
    return found


def test_an_empty_capture_settles_nothing_and_says_why():
    for finding in findings([]):
        assert finding.answer is None
        assert finding.evidence


def test_heads_are_told():
    assert answer(HEADS, "name") == "43d011"
    assert answer(HEADS, "Device Information") == "firmware, serial"
    assert answer(HEADS, "beyond those in use") == "1 others; command ['write']"
    assert answer(HEADS, "MTU") == "yes"
    assert answer(HEADS, "start command") == "time, written with response"


@pytest.mark.parametrize("value", [None, 7, "text", [], [[]], {}, {"name": []}])
@pytest.mark.parametrize("key", ["advertisement", "device", "gatt", "mtu", "start"])
def test_heads_of_another_make_harm_nothing(key, value):
    assert len(findings([Head(key, value)])) == len(findings([]))


def test_counters_rate_lengths_and_byte_order_are_found():
    lines = Air(ppm=45, delay=jittery(4)).notifications(300)
    assert answer(lines, "bvp packet counter") == "6 bit at byte 19, +1 per packet"
    assert answer(lines, "acc packet counter") == "16 bit at byte 18, little-endian, +1 per packet"
    assert answer(lines, "eda packet counter") == "16 bit at byte 18, big-endian, +6 per packet"
    assert answer(lines, "temp packet counter") == "32 bit at byte 16, little-endian, +1 per packet"
    assert float(answer(lines, "true rate of bvp").split()[0]) == pytest.approx(63.9971, abs=0.0007)
    assert answer(lines, "20 bytes") == "yes"
    assert answer(lines, "byte order has TEMP") == "little"
    assert answer([*lines, replace(lines[-1], data=b"odd")], "20 bytes") == "no"


def pulse(form, *, polarity, green, seconds=120):
    """Notifications of light that beats: 66 a minute, up in a fifth of the time, down in the rest."""
    levels = []
    for k in range(seconds * 64):
        phase = (k * 66 / 60 / 64) % 1
        swing = math.cos(math.pi * (phase / 0.2 if phase < 0.2 else (1 - phase) / 0.8))
        levels.append(round(-polarity * 40 * swing))
    counts = levels if form == "level" else [b - a for a, b in zip([0, *levels], levels, strict=False)]
    lines = [Notification(0.0, Characteristic.BVP, bytes(20))]
    for packet in range(len(counts) // 11):
        fields = []
        for count in counts[packet * 11 : packet * 11 + 11]:
            pair = (count, round(count / 4))
            fields += pair if green == 0 else pair[::-1]
        lines.append(Notification((packet + 1) * 11 / 64, Characteristic.BVP, pack_bvp(fields, packet + 1)))
    return lines


@pytest.mark.parametrize("form", ["delta", "level"])
def test_differences_are_told_from_levels(form):
    assert answer(pulse(form, polarity=-1, green=0), "differences or levels") == form


@pytest.mark.parametrize("green", [0, 1])
@pytest.mark.parametrize("polarity", [1, -1])
def test_channel_and_polarity_are_told(green, polarity):
    lines = pulse("delta", polarity=polarity, green=green)
    assert answer(lines, "which way up") == f"channel {green}, polarity {polarity:+d}"
    assert answer(lines, "first BVP packet") == "yes"


@pytest.mark.parametrize(
    ("marks", "falls"),
    [
        (("worn", "off"), "yes"),
        (("off", "worn"), "no"),
        (("resistor 100000", "resistor 1000000"), "yes"),
        (("resistor", "resistor lots"), None),
    ],
)
def test_marks_tell_the_direction_of_eda(marks, falls):
    low = Air(streams=(Stream.EDA,)).notifications(60)
    high = [replace(n, at=n.at + 60, data=b"\x80" * 20) for n in low]
    lines = [Mark(1000.0, marks[0]), *low, Mark(1060.0, marks[1]), *high]
    assert answer(lines, "fall as") == falls


def test_button_and_battery_are_shown_as_they_came():
    lines = [
        Notification(1.0, Characteristic.BUTTON, b"\x01" + bytes(19)),
        Notification(2.0, Characteristic.BUTTON, b"\x05"),
        Notification(3.0, Characteristic.BATTERY, b"\x50"),
    ]
    assert answer(lines, "button") == "0x01, 0x05"
    assert answer(lines, "battery") == "one byte of percent"
    assert answer([*lines, Notification(4.0, Characteristic.BATTERY, b"\x0f\xa0")], "battery") == (
        "1/2 bytes of something else"
    )


def test_coming_back_after_a_walk_is_told():
    walk = [Link(0.0, up=True), Mark(10.0, "walk away"), Link(15.0, up=False)]
    assert answer(walk, "come back") == "no"
    assert answer([*walk, Link(40.0, up=True)], "come back") == "yes"
    assert answer([Link(0.0, up=True), Link(5.0, up=False)], "come back") is None
