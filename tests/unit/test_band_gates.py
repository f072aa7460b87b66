"""A band heard live and its capture played back give the same edges, through losses, stalls and a reconnect."""

from itertools import pairwise

import pytest
from tests.band_air import held_between, jittery
from tests.band_packing import pack_acc, pack_bvp, pack_eda, pack_temp

from limen.gates.engine import Engine
from limen.gates.records import Edge, Samples
from limen.inlets.band.assemble import Assembler
from limen.inlets.band.capture import CaptureWriter, Link
from limen.inlets.band.codec import Notification
from limen.inlets.band.profile import Characteristic
from limen.inlets.band.replay import samples_from_capture
from limen.inlets.reader import read_session
from limen.streams import STREAMS, Stream

SECONDS = 240


def worn(folder):
    """Notifications of a real session, with jitter, a stall, losses and a reconnect in the middle."""
    data = read_session(folder).data
    light = [round(-float(value) / 2) for value in data[Stream.BVP][: SECONDS * 64 + 1]]
    deltas = [max(-64, min(63, after - before)) for before, after in pairwise(light)]
    rows = {
        Stream.BVP: [(delta, delta // 4) for delta in deltas],
        Stream.ACC: [tuple(round(64 * float(axis)) for axis in row) for row in data[Stream.ACC][: SECONDS * 32]],
        Stream.EDA: [round(1e6 / max(float(value), 0.06)) for value in data[Stream.EDA][: SECONDS * 4]],
        Stream.TEMP: [round((float(value) + 273.15) / 0.02) for value in data[Stream.TEMP][: SECONDS * 4]],
    }
    sent = []
    for stream, values in rows.items():
        count = STREAMS[stream].samples_per_packet
        sent += [
            ((k + 1) * STREAMS[stream].packet_s, stream, k, values[k * count : (k + 1) * count])
            for k in range(len(values) // count)
            if k % 97 != 50
        ]
    lines: list[Notification | Link] = [Link(0.0, up=True)]
    jitter, stall = jittery(1), held_between(60.0, 63.0)
    last, up = 0.0, True
    for at, stream, k, values in sorted(sent, key=lambda each: each[:2]):
        last = max(last, at + max(jitter(at), stall(at)))
        if 120.0 < at < 135.0:
            if up:
                lines.append(Link(at, up=False))
            up = False
            continue
        if not up:
            lines.append(Link(at - 0.01, up=True))
            up = True
        lines.append(Notification(last, Characteristic(stream), _pack(stream, k, values)))
    return lines


def _pack(stream, k, values):
    match stream:
        case Stream.BVP:
            return pack_bvp([count for pair in values for count in pair], k)
        case Stream.ACC:
            return pack_acc(values, k.to_bytes(2, "little"))
        case Stream.EDA:
            return pack_eda(values, k.to_bytes(2, "big"))
        case Stream.TEMP:
            return pack_temp(values, k.to_bytes(4, "little"))


def edges(records):
    engine = Engine(readings=False)
    events = [event for record in records for event in engine.feed(record)]
    return [event for event in events + engine.finish() if isinstance(event, Edge)]


def live(lines, every):
    """As the box hears it: something asks for what has fallen due every so often."""
    assembler, now = Assembler(1), 0.0
    for line in lines:
        while now < line.at:
            yield from assembler.tick(now)
            now += every
        if isinstance(line, Notification):
            yield from (event for event in assembler.receive(line) if isinstance(event, Samples))
        elif line.up:
            yield from assembler.reconnected(line.at)


@pytest.mark.parametrize("name", ["S06"])
def test_live_and_played_back_are_the_same_to_the_last_edge(recordings, tmp_path, name):
    lines = worn(recordings / "Stress-Predict-Dataset" / name)
    path = tmp_path / "worn.e4raw"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        writer = CaptureWriter(file)
        for line in lines:
            writer.write(line)
    played = edges(samples for _, samples in samples_from_capture(path))
    assert played == edges(live(lines, 0.1))
    assert played == edges(live(lines, 0.7))
    assert {edge.gate for edge in played} >= {"pulse", "move", "still"}
    assert sum(edge.gate == "pulse" and edge.bit for edge in played) > SECONDS / 2
