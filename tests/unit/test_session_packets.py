import numpy as np

from limen.inlets.packets import packets
from limen.inlets.session import Session
from limen.streams import STREAMS, Stream

NAN = float("nan")


def session(**data) -> Session:
    arrays = {Stream(name): np.asarray(values, dtype=float) for name, values in data.items()}
    return Session("made", 0.0, {stream: float(STREAMS[stream].rate_hz) for stream in arrays}, arrays)


def ramp(seconds: float, stream: Stream) -> np.ndarray:
    count = int(seconds * STREAMS[stream].rate_hz)
    return np.repeat(np.arange(count)[:, None], 3, axis=1) / 64 if stream is Stream.ACC else np.arange(count) / 8


def test_packets_are_the_bands_and_due_when_their_newest_sample_has_ended():
    whole = session(**{stream: ramp(12, stream) for stream in Stream})
    got = list(packets(whole, wearer=3))
    assert [due for due, _ in got] == sorted(due for due, _ in got)
    assert {samples.wearer for _, samples in got} == {3}
    for stream, spec in STREAMS.items():
        mine = [(due, samples) for due, samples in got if samples.stream is stream]
        assert {len(samples.values) for _, samples in mine[:-1]} == {spec.samples_per_packet}
        assert all(due == (samples.first + len(samples.values)) / spec.rate_hz for due, samples in mine)
        assert all(samples.lost == 0 for _, samples in mine)


def test_values_are_plain_numbers_and_triples():
    whole = session(bvp=ramp(1, Stream.BVP), acc=ramp(1, Stream.ACC))
    for _, samples in packets(whole):
        kind = tuple if samples.stream is Stream.ACC else float
        assert all(type(value) is kind for value in samples.values)
    first = next(samples for _, samples in packets(whole) if samples.stream is Stream.ACC)
    assert first.values[1] == (1 / 64, 1 / 64, 1 / 64)
    assert type(first.values[1][0]) is float


def test_lost_samples_leave_as_lost():
    values = [1.0, 2.0, NAN, NAN, 5.0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 13.0]
    records = [samples for _, samples in packets(session(eda=values))]
    assert [(r.first, r.values, r.lost) for r in records] == [(0, [1.0, 2.0], 0), (4, [5.0], 2), (12, [13.0], 7)]


def test_a_triple_that_lacks_an_axis_is_lost():
    values = ramp(0.25, Stream.ACC)
    values[3, 1] = NAN
    records = [samples for _, samples in packets(session(acc=values))]
    assert [(r.first, len(r.values), r.lost) for r in records] == [(0, 3, 0), (4, 2, 1), (6, 2, 0)]


def test_a_stream_that_ends_early_is_declared_lost_in_time():
    got = list(packets(session(acc=ramp(5, Stream.ACC), bvp=ramp(60, Stream.BVP))))
    said = 5.0
    for due, samples in got:
        if samples.stream is Stream.ACC:
            said = samples.first / 32 if not samples.values else said
        elif due > 5:
            assert due - said <= STREAMS[Stream.ACC].stale_after_s
    assert said == 60.0


def test_streams_that_end_on_their_own_packets_lose_nothing():
    whole = session(bvp=ramp(20, Stream.BVP), eda=ramp(18, Stream.EDA), temp=ramp(16, Stream.TEMP))
    assert sum(samples.lost for _, samples in packets(whole)) == 0


def test_a_stream_that_starts_late_is_declared_lost_until_then():
    late = np.concatenate([np.full(40, NAN), ramp(10, Stream.EDA)])
    records = [samples for _, samples in packets(session(eda=late))]
    assert records[0].values == ()
    assert sum(record.lost for record in records) == 40
    assert next(record.first for record in records if record.values) == 40


def test_sizes_that_run_out_give_way_to_the_bands():
    got = [len(r.values) for _, r in packets(session(bvp=ramp(2, Stream.BVP)), sizes=lambda _: iter([1, 5, 1000]))]
    assert got[:3] == [1, 5, 64]
    assert set(got[3:-1]) == {11}
