from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

import pytest
from tests.band_air import Air, held_between, jittery, spelled
from tests.band_packing import pack_eda

from limen.gates.records import Samples
from limen.inlets.band.assemble import Assembler, Battery, Press
from limen.inlets.band.codec import Notification
from limen.inlets.band.eda import EdaConversion, EdaForm
from limen.inlets.band.profile import Characteristic
from limen.inlets.band.settings import BandSettings
from limen.streams import STREAMS, Stream

SPELLED = (Stream.ACC, Stream.EDA, Stream.TEMP)


def by_stream(events):
    streams = defaultdict(list)
    for event in events:
        if isinstance(event, Samples):
            streams[event.stream].append(event)
    return streams


def keeps_its_promises(events):
    """A stream begins at 0 and goes on without a gap that is not told."""
    for records in by_stream(events).values():
        assert records[0].first - records[0].lost == 0
        for before, after in pairwise(records):
            assert after.first - after.lost == before.first + len(before.values)
            assert after.lost >= 0


def play(notifications, settings=None):
    assembler = Assembler(1, settings)
    events = []
    for notification in notifications:
        events.extend(assembler.receive(notification))
    keeps_its_promises(events)
    return assembler, events


def flattened(events):
    """Per stream, every index with its value, None where it was lost: cutting does not show."""
    streams = {}
    for stream, records in by_stream(events).items():
        row = []
        for record in records:
            row.extend([None] * record.lost)
            row.extend(record.values)
        streams[stream] = row
    return streams


@pytest.mark.parametrize("counters", [True, False])
@pytest.mark.parametrize("seed", range(2))
def test_jitter_and_retries_lose_nothing(counters, seed):
    air = Air(counters=counters, delay=jittery(seed), ppm=45)
    assembler, events = play(air.notifications(300))
    for stream, records in by_stream(events).items():
        assert sum(record.lost for record in records) == 0, stream
        assert records[0].first == 0
        assert assembler.tally(stream).late == 0
        if stream in SPELLED:
            for record in records:
                assert spelled(record) == list(range(record.first, record.first + len(record.values)))


@pytest.mark.parametrize("ppm", [-45.0, 45.0])
@pytest.mark.parametrize("seed", range(2))
def test_sample_times_are_within_half_a_sample_with_jitter_drift_loss_and_bursts(ppm, seed):
    jitter, burst = jittery(seed), held_between(1300.0, 1300.8)
    air = Air(
        ppm=ppm,
        delay=lambda sent: max(jitter(sent), burst(sent)),
        lost=lambda stream, packet: packet > 12 and (packet * 7919 + seed) % 50 == 0,
    )
    assembler = Assembler(1)
    for notification in air.notifications(600):
        for event in assembler.receive(notification):
            newest = event.first + len(event.values) - 1
            true = air.taken(event.stream, newest)
            if true > air.start + 60:
                assert abs(assembler.time_of(event.stream, newest) - true) * STREAMS[event.stream].rate_hz < 0.5


def test_lost_packets_are_told_exactly_where_they_are_missing():
    air = Air(lost=lambda stream, packet: packet in {20, 21, 30})
    _, events = play(air.notifications(120))
    for stream, row in flattened(events).items():
        count = STREAMS[stream].samples_per_packet
        missing = {index // count for index, value in enumerate(row) if value is None}
        assert missing == {20, 21, 30}
        assert row.count(None) == 3 * count
    assert all(spelled(r)[0] == r.first for r in events if r.values and r.stream in SPELLED)


def test_without_counters_a_loss_is_believed_once_the_pace_has_confirmed_it():
    air = Air(counters=False, lost=lambda stream, packet: packet in {20, 21}, delay=jittery(5))
    _, events = play(air.notifications(120))
    streams = by_stream(events)
    for stream in (Stream.BVP, Stream.ACC):
        count = STREAMS[stream].samples_per_packet
        losses = [record for record in streams[stream] if record.lost]
        assert sum(record.lost for record in losses) == 2 * count
        assert all(20 <= record.first // count <= 30 for record in losses)
    for stream in SPELLED:
        later = [record for record in streams[stream] if record.values][30:]
        assert all(spelled(record)[0] == record.first for record in later)
        assert later


@pytest.mark.parametrize("counters", [True, False])
def test_a_burst_is_not_a_loss(counters):
    air = Air(counters=counters, delay=held_between(1030.0, 1030.9))
    _, events = play(air.notifications(60))
    assert all(event.lost == 0 for event in events)


@pytest.mark.parametrize("counters", [True, False])
def test_what_a_long_stall_held_up_comes_too_late_and_the_rest_is_in_place(counters):
    air = Air(counters=counters, delay=held_between(1030.0, 1036.0))
    assembler, events = play(air.notifications(120))
    for stream, records in by_stream(events).items():
        assert assembler.tally(stream).late > 0
        lost = sum(record.lost for record in records) / STREAMS[stream].rate_hz
        assert lost < 6.0
        if stream in SPELLED:
            assert all(spelled(record)[0] == record.first for record in records if record.values)


def test_a_silent_stream_is_told_in_time_while_the_others_play():
    air = Air()
    notifications = [n for n in air.notifications(60) if not (n.characteristic == "eda" and 1020.0 < n.at < 1050.0)]
    reached = dict.fromkeys(Stream, 0)
    assembler = Assembler(1)
    for notification in notifications:
        for event in assembler.receive(notification):
            reached[event.stream] = event.first + len(event.values)
        if notification.at > 1010.0:
            furthest = max(reached[stream] / STREAMS[stream].rate_hz for stream in Stream)
            for stream, spec in STREAMS.items():
                assert furthest - reached[stream] / spec.rate_hz <= spec.stale_after_s + 0.5


def test_a_stream_that_never_comes_is_told_too_and_one_that_is_not_expected_is_not():
    air = Air(streams=(Stream.BVP, Stream.ACC, Stream.EDA))
    _, events = play(air.notifications(60))
    assert sum(record.lost for record in by_stream(events)[Stream.TEMP]) > 4 * 50
    _, events = play(air.notifications(60), BandSettings(streams=(Stream.BVP, Stream.ACC, Stream.EDA)))
    assert Stream.TEMP not in by_stream(events)


def test_a_stream_that_starts_late_begins_with_what_it_missed():
    late = Air(streams=(Stream.TEMP,), start=1020.0)
    rest = Air(streams=(Stream.BVP, Stream.ACC, Stream.EDA))
    notifications = sorted(late.notifications(60) + rest.notifications(80), key=lambda each: each.at)
    _, events = play(notifications)
    temps = [record for record in by_stream(events)[Stream.TEMP] if record.values]
    assert temps[0].first == 20 * 4


def test_ticks_alone_tell_a_dead_link_and_give_nothing_twice():
    assembler, _ = play(Air().notifications(30))
    lost = defaultdict(int)
    for k in range(400):
        for event in assembler.tick(1030.0 + k / 10):
            assert event.values == ()
            lost[event.stream] += event.lost / STREAMS[event.stream].rate_hz
    for stream, spec in STREAMS.items():
        assert 40 - 1 - spec.stale_after_s - spec.packet_s <= lost[stream] <= 40


@pytest.mark.parametrize("away", [3.0, 61.7, 3600.0])
@pytest.mark.parametrize("counters", [True, False])
def test_after_a_reconnect_streams_go_on_where_time_has_got_to(away, counters):
    before = Air(ppm=45)
    after = Air(start=1120.0 + away, counter0=777, counters=counters, ppm=45)
    assembler = Assembler(1)
    events = []
    for notification in before.notifications(120):
        events.extend(assembler.receive(notification))
    events.extend(assembler.reconnected(1120.0 + away - 0.5))
    for notification in after.notifications(60):
        got = assembler.receive(notification)
        for event in got:
            if event.values:
                newest = event.first + len(event.values) - 1
                at = before.taken(event.stream, newest)
                assert abs(at - notification.at) <= 1.5 / STREAMS[event.stream].rate_hz
        events.extend(got)
    keeps_its_promises(events)


@pytest.mark.parametrize("counters", [True, False])
@pytest.mark.parametrize("jump", [2.0, 5.0, 100.0])
def test_streams_survive_a_jump_of_the_clock(counters, jump):
    notifications = [
        replace(n, at=n.at + (jump if n.at > 1060.0 else 0.0)) for n in Air(counters=counters).notifications(180)
    ]
    assembler, events = play(notifications)
    last = {stream: records[-1] for stream, records in by_stream(events).items()}
    for stream, record in last.items():
        assert record.values
        newest = record.first + len(record.values) - 1
        assert abs(assembler.time_of(stream, newest) - notifications[-1].at) < 2.5


@pytest.mark.parametrize("counters", [True, False])
@pytest.mark.parametrize("since", [1000.0, 1025.0])
def test_doubled_notifications_count_once(counters, since):
    once = Air(counters=counters).notifications(60)
    twice = [n for each in once for n in ([each, each] if each.at > since else [each])]
    assembler, events = play(twice)
    assert flattened(events) == flattened(play(once)[1])
    assert sum(assembler.tally(stream).duplicates for stream in Stream) == len(twice) - len(once)


def test_when_ticks_fall_does_not_matter():
    notifications = [
        n
        for n in Air(delay=jittery(3)).notifications(120)
        if not 1040.0 < n.at < 1052.0 or n.characteristic == "acc"
    ]
    results = []
    for every in (0.0, 0.1, 0.9):
        assembler, events, now = Assembler(1), [], 1000.0
        for notification in notifications:
            while every and now < notification.at:
                events.extend(assembler.tick(now))
                now += every
            events.extend(assembler.receive(notification))
        results.append(flattened(events))
    assert results[0] == results[1] == results[2]
    assert None in results[0][Stream.BVP]


def test_presses_are_told_once_and_the_battery_as_a_share():
    assembler = Assembler(3)
    press = b"\x01" + bytes(19)
    events = []
    for at in (10.0, 10.1, 10.35, 12.0):
        events.extend(assembler.receive(Notification(at, Characteristic.BUTTON, press)))
    events.extend(assembler.receive(Notification(13.0, Characteristic.BUTTON, b"\x02" + bytes(19))))
    events.extend(assembler.receive(Notification(14.0, Characteristic.BATTERY, b"\x50")))
    assert events == [Press(3, 10.0), Press(3, 12.0), Battery(3, 14.0, 0.8)]


def test_odd_lengths_are_counted_and_harm_nothing():
    notifications = Air().notifications(60)
    odd = [Notification(n.at, n.characteristic, n.data[:7]) for n in notifications[::9]]
    clean = flattened(play(notifications)[1])
    assembler, events = play(sorted(notifications + odd, key=lambda each: each.at))
    assert flattened(events) == clean
    assert sum(assembler.tally(stream).odd for stream in Stream) == len(odd)


@pytest.mark.parametrize(("form", "upside_down"), [(EdaForm.INVERSE, False), (EdaForm.RAW, True)])
def test_eda_that_reads_upside_down_is_found(form, upside_down):
    assembler = Assembler(1, BandSettings(eda=EdaConversion(form, raw_falls=False)))
    off = [[6_600_000 + j % 2 for j in range(6)] for _ in range(20)]
    worn = [[4_100_000 + 40 * ((7 * k + j) % 5) for j in range(6)] for k in range(40)]
    for k, groups in enumerate(off + worn + off):
        at, data = 1000.0 + 1.5 * k, pack_eda(groups, bytes(2))
        assembler.receive(Notification(at, Characteristic.EDA, data))
        if k == 40:
            assert assembler.eda_upside_down is None
    assert assembler.eda_upside_down is upside_down
