"""What each check takes, what it refuses, and that a refusal says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from limen.box.config.problem import RefusedError
from limen.box.config.validators import ADDRESS, FOLDER, HOST, NAME, PREFIX, SWITCH, number, one_of, whole


@pytest.mark.parametrize(
    ("text", "value"), [("on", True), ("Yes", True), ("TRUE", True), ("off", False), ("no", False)]
)
def test_ok_switch(text, value):
    assert SWITCH.read(text) is value


@pytest.mark.parametrize("text", ["", "1", "0", "enabled", "y", "onn"])
def test_fail_switch(text):
    with pytest.raises(RefusedError, match="neither on nor off"):
        SWITCH.read(text)


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), ("9000", 9000), ("65535", 65535), ("9e3", 9000), ("+80", 80)]
)
def test_ok_whole(text, value):
    assert whole(1, 65535).read(text) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0", "too small"),
        ("65536", "too large"),
        ("1.5", "not a whole number"),
        ("010", "octal"),
        ("0x10", "no unit"),
        ("12:34", "no unit"),
        ("1_000", "no unit"),
        ("nine", "not a number"),
        ("", "not a number"),
        ("9000 s", "no unit"),
        ("1e999", "too large"),
    ],
)
def test_fail_whole(text, why):
    with pytest.raises(RefusedError, match=why):
        whole(1, 65535).read(text)


@pytest.mark.parametrize(
    ("unit", "text", "value"),
    [
        ("s", "0.25", 0.25),
        ("s", "250 ms", 0.25),
        ("s", "70ms", 0.07),
        ("s", "0.5 min", 30.0),
        ("s", ".5 s", 0.5),
        ("µS", "0.05 µS", 0.05),
        ("µS", "0.05 \u03bcS", 0.05),
        ("µS", "0.05 uS", 0.05),
        ("µS", "50 nS", 0.05),
        ("g", "0.1 g", 0.1),
        ("g", "100 mg", 0.1),
        ("°", "30 °", 30.0),
        ("°", "30 deg", 30.0),
        ("°C", "0.1 °C", 0.1),
        ("°C", "0.1 degC", 0.1),
        ("°C", "0.1 K", 0.1),
        ("×", "0.75 ×", 0.75),
        ("×", "75 %", 0.75),
        ("share", "15 %", 0.15),
        ("share", "0.15", 0.15),
        ("MB", "1.5 GB", 1500.0),
        ("", "2e0", 2.0),
    ],
)
def test_ok_number(unit, text, value):
    assert number(unit, 0.0, 2000.0).read(text) == value


@pytest.mark.parametrize(
    ("unit", "text", "why"),
    [
        ("s", "250 us", "but this is in s"),
        ("s", "0.25 S", "but this is in s"),
        ("s", "2 Hz", "but this is in s"),
        ("µS", "0.05 mS", "but this is in µS"),
        ("µS", "30 mV", "but this is in µS"),
        ("g", "1 kg", "but this is in g"),
        ("°C", "30 °", "but this is in °C"),
        ("share", "15 s", "but this is a share"),
        ("", "2 ×", "has no unit"),
        ("s", "0,25", "decimal comma"),
        ("s", "quick", "not a number"),
        ("s", "nan", "not a number"),
        ("s", "inf", "not a number"),
        ("s", ".inf", "not a number"),
        ("s", "٣", "not a number"),
        ("s", "-1", "too small"),
        ("s", "1e9", "too large"),
        ("s", "1e9999", "is in"),
        ("s", "1" * 5000, "not a number"),
    ],
)
def test_fail_number(unit, text, why):
    with pytest.raises(RefusedError, match=why):
        number(unit, 0.0, 2000.0).read(text)


def test_a_wrong_unit_is_answered_with_the_right_ones():
    with pytest.raises(RefusedError) as refused:
        number("µS", 0.0, 1.0).read("30 mV")
    assert refused.value.remedy == "write a number in µS or uS or nS"


@pytest.mark.parametrize(
    ("unit", "value"), [("s", 0.11), ("µS", -0.00128), ("share", 0.15), ("MB", 500), ("", 1.0)]
)
def test_what_a_number_shows_reads_back(unit, value):
    check = number(unit, -1000, 1000)
    assert check.read(check.show(value)) == value


@pytest.mark.parametrize("text", ["full", "SMOOTH", "Gates"])
def test_ok_one_of(text):
    assert one_of("full", "smooth", "gates").read(text) == text.lower()


def test_fail_one_of_suggests_what_was_meant():
    with pytest.raises(RefusedError) as refused:
        one_of("full", "smooth", "gates").read("smoth")
    assert refused.value.remedy == "write smooth (full, smooth or gates)"


@pytest.mark.parametrize("text", ["/limen", "/stage/left", "/L-1_a"])
def test_ok_prefix(text):
    assert PREFIX.read(text) == text


@pytest.mark.parametrize(
    "text", ["", "/", "limen", "/limen/", "//x", "/a b", "/a*", "/{a}", "/é", "/a#b", "/" + "x" * 64]
)
def test_fail_prefix(text):
    with pytest.raises(RefusedError):
        PREFIX.read(text)


@pytest.mark.parametrize(
    "text", ["192.168.4.20", "127.0.0.1", "239.9.9.9", "laptop.local", "localhost", "max-4", "a_b"]
)
def test_ok_host(text):
    assert HOST.read(text) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("192.168.4", "not an IPv4"),
        ("192.168.4.256", "not an IPv4"),
        ("192.168.04.1", "not an IPv4"),
        ("0.0.0.0", "nobody's"),
        ("255.255.255.255", "broadcast"),
        ("fe80::1", "not an IPv4"),
        ("10.0.0.1:9000", "not an IPv4"),
        ("-laptop", "neither"),
        ("my laptop", "neither"),
        ("a..b", "neither"),
        ("", "neither"),
        ("x" * 64, "neither"),
        ("a." * 200, "neither"),
    ],
)
def test_fail_host(text, why):
    with pytest.raises(RefusedError, match=why):
        HOST.read(text)


@pytest.mark.parametrize("text", ["00:07:80:f2:17:76", "00-07-80-F2-17-76"])
def test_ok_address(text):
    assert ADDRESS.read(text) == "00:07:80:F2:17:76"


@pytest.mark.parametrize(
    "text", ["", "00:07:80:F2:17", "00:07:80:F2:17:7G", "000780F21776", "00:07:80:F2:17:76:00"]
)
def test_fail_address(text):
    with pytest.raises(RefusedError, match="not a Bluetooth address"):
        ADDRESS.read(text)


@pytest.mark.parametrize("text", ["/srv/sessions", "evening", "../a b/é"])
def test_ok_folder(text):
    assert FOLDER.read(text) == Path(text)


@pytest.mark.parametrize("text", ["", "~/x", "a\0b", "a\nb", "x" * 256, "\ud800"])
def test_fail_folder(text):
    with pytest.raises(RefusedError):
        FOLDER.read(text)


@pytest.mark.parametrize("text", ["Empatica", "Empatica E4 a1b2c3", "é" * 14])
def test_ok_name(text):
    assert NAME.read(text) == text


@pytest.mark.parametrize("text", ["", "x" * 30, "é" * 15, "a\tb"])
def test_fail_name(text):
    with pytest.raises(RefusedError):
        NAME.read(text)
