import numpy as np
import pytest
from tests.band_air import Air, jittery

from limen.errors import SessionError
from limen.gates.records import Samples
from limen.inlets.band.assemble import Assembler
from limen.inlets.band.capture import (
    FIRST_LINE,
    CaptureWriter,
    Head,
    Link,
    Mark,
    Unread,
    read_capture,
)
from limen.inlets.band.codec import Notification
from limen.inlets.band.profile import Characteristic
from limen.inlets.band.replay import is_capture, samples_from_capture, session_from_capture
from limen.inlets.packets import packets
from limen.streams import Stream

LINES = [
    Head("advertisement", {"name": "Empatica E4 43d011", "rssi": -61}),
    Link(5012.25, up=True),
    Notification(5012.871093 + 1e-10, Characteristic.BVP, bytes.fromhex("03fc17e07f")),
    Notification(0.1 + 0.2, Characteristic.BATTERY, b""),
    Mark(5030.5, "resistor 470000"),
    Link(5040.0, up=False),
]


def write(path, lines):
    with path.open("a", encoding="utf-8", newline="\n") as file:
        writer = CaptureWriter(file)
        for line in lines:
            writer.write(line)
        writer.sync()


def test_what_was_written_is_read_back_to_the_last_bit(tmp_path):
    path = tmp_path / "first.e4raw"
    write(path, LINES)
    assert list(read_capture(path)) == LINES


def test_a_capture_is_continued_without_a_second_first_line(tmp_path):
    path = tmp_path / "first.e4raw"
    write(path, LINES)
    write(path, LINES)
    assert list(read_capture(path)) == LINES + LINES
    assert path.read_text().count(FIRST_LINE) == 1


def test_a_line_cut_anywhere_costs_only_itself(tmp_path):
    path = tmp_path / "first.e4raw"
    write(path, LINES)
    whole = path.read_bytes()
    begin = whole.rindex(b"\n", 0, -1) + 1
    for end in range(begin + 1, len(whole)):
        path.write_bytes(whole[:end])
        *lines, cut = read_capture(path)
        assert lines == LINES[:-1]
        assert isinstance(cut, Unread)


def test_lines_that_make_no_sense_are_told_and_passed_over(tmp_path):
    path = tmp_path / "first.e4raw"
    write(path, LINES[:1])
    with path.open("ab") as file:
        file.write(
            b"note x bvp 00\nnote 1.0 bvp 0\nnote 1.0 new 00\nlink 1.0 maybe\nhead a {\nlater 1\n\xff\xfe\n\n"
        )
    write(path, LINES[1:])
    lines = list(read_capture(path))
    assert [line for line in lines if not isinstance(line, Unread)] == LINES
    assert sum(isinstance(line, Unread) for line in lines) == 8


def test_marks_stay_on_one_line(tmp_path):
    path = tmp_path / "first.e4raw"
    write(path, [Mark(1.0, "two\nlines")])
    assert list(read_capture(path)) == [Mark(1.0, "two lines")]


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x00\x01"])
def test_what_is_no_capture_is_refused_by_name(tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(SessionError, match="other: not a capture"):
        list(read_capture(path))
    with pytest.raises(SessionError, match="cannot be read"):
        list(read_capture(tmp_path / "missing"))


def test_a_capture_plays_exactly_what_was_heard_live(tmp_path):
    path = tmp_path / "live.e4raw"
    first, second = (
        Air(delay=jittery(1)).notifications(60),
        Air(start=1090.0, delay=jittery(2)).notifications(30),
    )
    assembler, live, now = Assembler(1), [], 1000.0
    lines = [Link(1000.0, up=True), *first, Link(1062.0, up=False), Link(1089.0, up=True), *second]
    for line in lines:
        while now < line.at:
            live.extend(assembler.tick(now))
            now += 0.13
        if isinstance(line, Notification):
            live.extend(assembler.receive(line))
        elif line.up:
            live.extend(assembler.reconnected(line.at))
    write(path, lines)
    played = [samples for _, samples in samples_from_capture(path)]
    assert played == [event for event in live if isinstance(event, Samples)]
    assert any(samples.values == () for samples in played)


def test_a_capture_is_a_session_with_lost_samples_and_presses(tmp_path):
    path = tmp_path / "evening.e4raw"
    air = Air(lost=lambda stream, packet: packet == 20)
    write(
        path, [Link(999.0, up=True), *air.notifications(30), Notification(1030.0, Characteristic.BUTTON, b"\x01")]
    )
    assert is_capture(path)
    session = session_from_capture(path)
    assert session.name == "evening"
    assert set(session.data) == set(Stream)
    acc = session.data[Stream.ACC]
    assert acc.shape[1] == 3
    assert np.isnan(acc).any(axis=1).sum() == 6
    assert session.tags == pytest.approx([30.0], abs=0.2)
    played = [each for _, each in samples_from_capture(path) if each.stream is Stream.ACC and each.values]
    again = [each for _, each in packets(session) if each.stream is Stream.ACC and each.values]
    assert [value for each in played for value in each.values] == [value for each in again for value in each.values]


def test_a_capture_in_which_nothing_was_heard_is_no_session(tmp_path):
    path = tmp_path / "nobody.e4raw"
    write(path, [LINES[0], Link(1.0, up=True)])
    with pytest.raises(SessionError, match="without a single sample"):
        session_from_capture(path)
    assert not is_capture(tmp_path / "missing")
    assert not is_capture(tmp_path)
