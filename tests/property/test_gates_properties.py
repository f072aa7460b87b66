"""What must hold of the gates whatever comes."""

import gc
import math
import sys
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.gate_streams import (
    EVERY_GATE,
    ask_always,
    cut,
    edges,
    in_order,
    multiplied_out,
    play,
    quantised,
    spans,
    wearer,
)

from limen.gates import GATES, Edge, Engine, Readings, Samples, Status
from limen.gates.rings import DelayRing, LowRing, MeanRing
from limen.gates.statistics import WinsorisedMean
from limen.gates.threshold import AdaptiveThreshold, DutyThreshold
from limen.streams import STREAMS, Stream

SECONDS = 60
FORCED = {"stale", "not-worn", "disabled", "jump", "no-beat"}
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@cache
def scene(seed):
    """A minute of somebody who takes the band off in between."""
    rows = wearer(SECONDS, seed)
    for index in range(30 * 4, 36 * 4):
        rows[Stream.EDA][index] = 0.0
    return rows


def bits(events):
    """Everything but the readings, in an order that does not depend on packets."""
    told = [event for event in events if isinstance(event, Edge | Status)]
    return sorted(told, key=lambda event: (event.t, getattr(event, "gate", ""), event.stream, repr(event)))


def losses():
    """Runs of lost samples as (start, length) in seconds, some longer than a stream is held."""
    run = st.tuples(st.floats(0, SECONDS), st.sampled_from([0.02, 0.3, 1.0, 1.1, 4.0, 4.3, 9.0]))
    return st.lists(run, max_size=3)


def lost_in(runs, stream):
    rate = STREAMS[stream].rate_hz
    gone = {index for start, length in runs for index in range(int(start * rate), int((start + length) * rate) + 1)}
    return gone.__contains__


def packet_sizes(stream):
    spec = STREAMS[stream]
    return st.lists(st.integers(1, int(spec.stale_after_s * spec.rate_hz)), min_size=1, max_size=12)


@examples(max_examples=25)
@given(
    seed=st.integers(1, 3),
    runs=st.fixed_dictionaries({stream: losses() for stream in Stream}),
    sizes=st.fixed_dictionaries({stream: packet_sizes(stream) for stream in Stream}),
    late=st.fixed_dictionaries({stream: st.floats(0, 3) for stream in Stream}),
)
def test_any_cutting_and_any_lateness_give_the_same_bits(seed, runs, sizes, late):
    rows = scene(seed)
    lost = {stream: lost_in(runs[stream], stream) for stream in Stream}
    plain = in_order(*(cut(stream, rows[stream], lost=lost[stream]) for stream in Stream))
    streams = []
    for stream in Stream:
        pieces = cut(
            stream, rows[stream], sizes[stream] * (1 + len(rows[stream]) // sum(sizes[stream])), lost[stream]
        )
        streams.append((due + late[stream], samples) for due, samples in pieces)
    other = in_order(*streams)
    assert bits(play(Engine(settings=EVERY_GATE, readings=False), other)) == bits(
        play(Engine(settings=EVERY_GATE, readings=False), plain)
    )


KNOBS = st.fixed_dictionaries(
    {
        "sensitivity": st.floats(0.5, 2.0),
        "hold_s": st.sampled_from([0.0, 0.25, 3.0]),
        "rest_s": st.sampled_from([0.0, 0.5]),
        "enable": st.sampled_from([True, True, True, False]),
        "duty": st.sampled_from([None, None, 0.2]),
    }
)


@examples(max_examples=15)
@given(seed=st.integers(1, 3), knobs=st.fixed_dictionaries(dict.fromkeys(GATES, KNOBS)))
def test_a_step_that_is_spared_would_have_changed_nothing(seed, knobs):
    chosen = {
        name: replace(spec.defaults, **(knobs[name] if spec.takes_duty else knobs[name] | {"duty": None}))
        for name, spec in GATES.items()
    }
    rows = scene(seed)

    def everything(prepare=lambda gate: None):
        engine = Engine(settings=chosen)
        for gate in engine.gates.values():
            prepare(gate)
        told = play(engine, in_order(*(cut(stream, rows[stream]) for stream in rows)))
        return told, [engine.standing(gate) for gate in GATES], engine.calibration()

    assert everything(ask_always) == everything()


@examples(max_examples=5)
@given(seed=st.integers(1, 3), runs=losses())
def test_replaying_the_records_gives_everything_again(seed, runs):
    rows = scene(seed)
    records = in_order(*(cut(stream, rows[stream], lost=lost_in(runs, stream)) for stream in Stream))
    first = play(Engine(settings=EVERY_GATE), records)
    assert play(Engine(settings=EVERY_GATE), records) == first
    assert any(isinstance(event, Edge) for event in first)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=60), st.data())
def test_statistics_are_the_same_one_by_one_and_by_the_packet(values, data):
    one_by_one, by_packet = WinsorisedMean(7, 0.01), WinsorisedMean(7, 0.01)
    cut = data.draw(st.integers(0, len(values)))
    trail = by_packet.trail(values[:cut]) + by_packet.trail(values[cut:])
    for value, after in zip(values, trail, strict=True):
        one_by_one.update(value)
        assert (one_by_one.mean, one_by_one.deviation) == after
    assert one_by_one.snapshot() == by_packet.snapshot()


@given(st.lists(FINITE, min_size=1, max_size=300), st.integers(1, 50), st.none() | st.just(0.0))
def test_statistics_stay_finite_and_within_what_they_were_given(values, window, start):
    found = WinsorisedMean(window, 0.01, start)
    for value in values:
        found.update(value)
        assert math.isfinite(found.mean)
        assert math.isfinite(found.deviation)
        assert found.deviation >= 0.01
    seen = [*values, *([] if start is None else [start])]
    rounding = 1e-9 * max(map(abs, seen))
    assert min(seen) - rounding <= found.mean <= max(seen) + rounding


@pytest.mark.parametrize("window", [2, 10, 640])
def test_statistics_survive_the_ends_of_the_range_for_long(window):
    found = WinsorisedMean(window, 0.01)
    for n in range(100_000):
        found.update(1.7e308 if n % 2 else -1.7e308)
    assert math.isfinite(found.mean)
    assert math.isfinite(found.deviation)


@examples(max_examples=50)
@given(st.lists(st.floats(-4000, 4000), min_size=1, max_size=50), st.integers(1, 9), st.floats(-4000, 4000))
def test_rings_do_not_drift(values, size, last):
    mean, low, delay = MeanRing(size), LowRing(size), DelayRing(size)
    everything = values * 20 + [last] * 2 * size
    for value in everything:
        found = mean.push(value), low.push(value), delay.push(value)
    assert found == (pytest.approx(last, rel=1e-12), last, last)


@examples(max_examples=50)
@given(st.lists(FINITE, min_size=1, max_size=100), st.floats(0.01, 0.9), st.sampled_from([0.5, 1.0, 2.0]))
def test_thresholds_stay_finite_in_order_and_above_their_floor(values, share, sensitivity):
    kept = WinsorisedMean(100, 0.01, start=0.0)
    for threshold in (
        AdaptiveThreshold(kept, "g", floor=0.1, by_mean=1.0, by_deviation=2.0, off_ratio=0.5),
        DutyThreshold(share, kept, "g", rate_hz=4, start=0.2, floor=0.1, off_ratio=0.5),
    ):
        threshold.sensitivity = sensitivity
        threshold.refresh()
        for value in values:
            threshold.learn(value, int(value >= threshold.on))
            assert math.isfinite(threshold.on)
            assert 0.1 * sensitivity <= threshold.on
            assert threshold.off <= threshold.on


EXTREMES = {
    Stream.BVP: st.sampled_from([0.0, 1e308, -1e308, 5e-324, 3276.7, -3276.8]) | FINITE,
    Stream.ACC: st.tuples(*[st.sampled_from([0.0, -2.0, 1e308, -1e308]) | FINITE] * 3),
    Stream.EDA: st.sampled_from([0.0, 0.05, 100.0, -1e308, 1e308]) | FINITE,
    Stream.TEMP: st.sampled_from([-40.0, 115.0, 1e308]) | FINITE,
}


@examples(max_examples=25)
@given(
    st.fixed_dictionaries({stream: st.lists(value, min_size=1, max_size=8) for stream, value in EXTREMES.items()}),
    st.integers(20, 60),
)
def test_no_finite_input_makes_a_number_that_is_none(pattern, seconds):
    rows = {
        stream: (values * (1 + seconds * STREAMS[stream].rate_hz // len(values)))[
            : seconds * STREAMS[stream].rate_hz
        ]
        for stream, values in pattern.items()
    }
    engine = Engine(settings=EVERY_GATE)
    for event in play(engine, in_order(*(cut(stream, rows[stream]) for stream in rows))):
        if isinstance(event, Edge):
            numbers = [event.t, event.why.value, event.why.threshold, event.why.margin]
            assert all(map(math.isfinite, [*numbers, *(term.value for term in event.why.terms)]))
        elif isinstance(event, Readings):
            assert np.isfinite(event.values).all()
            assert all(0.0 <= level <= 1.0 for level in event.levels)
    kept = engine.calibration()
    assert all(math.isfinite(number) for snapshot in kept.statistics.values() for number in snapshot)


CHANGES = st.lists(
    st.tuples(
        st.floats(0, SECONDS),
        st.sampled_from(list(GATES)),
        st.one_of(
            st.tuples(st.just("sensitivity"), st.floats(0.1, 3)),
            st.tuples(st.just("hold"), st.floats(0, 8)),
            st.tuples(st.just("rest"), st.floats(0, 8)),
            st.tuples(st.just("enable"), st.integers(0, 1)),
        ),
    ),
    max_size=25,
)


@examples(max_examples=20)
@given(st.integers(1, 3), CHANGES)
def test_turning_settings_while_it_plays_breaks_nothing(seed, changes):
    rows = scene(seed)
    engine = Engine(settings=EVERY_GATE, readings=False)
    holds = {name: [spec.defaults.hold_s] for name, spec in GATES.items()}
    rests = {name: [spec.defaults.rest_s] for name, spec in GATES.items()}
    waiting = sorted(changes, key=lambda change: change[0])
    events = []
    for samples in in_order(*(cut(stream, rows[stream]) for stream in rows)):
        while waiting and waiting[0][0] <= samples.first / STREAMS[samples.stream].rate_hz:
            _, gate, (key, value) = waiting.pop(0)
            given_back = engine.set(gate, key, value)
            {"hold": holds, "rest": rests}.get(key, {gate: []})[gate].append(given_back)
        events += engine.feed(samples)
    events += engine.finish()
    for gate in GATES:
        found = edges(events, gate)
        assert [edge.bit for edge in found] == [n % 2 == 0 for n in range(len(found))]
        for on, off in spans(events, gate):
            assert off.t - on.t >= min(holds[gate]) or off.why.guard in FORCED
        for off, on in pairwise(found[1:]):
            assert off.bit or on.t - off.t >= min(rests[gate])
        for edge in found:
            assert multiplied_out(edge.why) == pytest.approx(edge.why.threshold, rel=1e-9)


@examples(max_examples=10)
@given(
    st.integers(1, 3),
    st.fixed_dictionaries({name: st.tuples(st.floats(0, 5), st.floats(0, 5)) for name in GATES}),
)
def test_no_gate_is_open_for_less_than_its_hold_or_shut_for_less_than_its_rest(seed, times):
    chosen = {
        name: replace(EVERY_GATE[name], hold_s=hold_s, rest_s=rest_s) for name, (hold_s, rest_s) in times.items()
    }
    rows = scene(seed)
    engine = Engine(settings=chosen, readings=False)
    events = play(engine, in_order(*(cut(stream, rows[stream]) for stream in rows)))
    for gate, (hold_s, rest_s) in times.items():
        for on, off in spans(events, gate):
            assert off.t - on.t >= hold_s or off.why.guard in FORCED
        found = edges(events, gate)
        for off, on in zip(found[1::2], found[2::2], strict=False):
            assert on.t - off.t >= rest_s
    for gate, refractory in (("tap", 0.2), ("pulse", 0.29)):
        rises = [edge.t for edge in edges(events, gate) if edge.bit]
        assert all(after - before >= refractory for before, after in pairwise(rises))


@examples(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(0.06, 60.0))
def test_ten_minutes_of_one_step_noise_give_no_rise(seed, level):
    step = STREAMS[Stream.EDA].resolution
    noise = np.random.default_rng(seed).integers(-1, 2, 4 * 600) * step
    values = quantised(level + noise, Stream.EDA).tolist()
    assert edges(play(Engine(streams=[Stream.EDA], readings=False), in_order(cut(Stream.EDA, values)))) == []


LONG = 200
LEARNERS = [
    *[(name, None) for name in ("accent", "rise", "breath")],
    *[(name, 0.15) for name, spec in GATES.items() if spec.takes_duty],
]
# Until the filters of a stream are clear of what came; breath's go down to a tenth of a hertz.
CLEAR_AFTER_S = {"breath": 60.0, "rise": 15.0, "warming": 45.0, "cooling": 45.0}


@cache
def long_run(seed):
    return wearer(LONG, seed)


def engine_for(gate, duty=None):
    chosen = replace(EVERY_GATE[gate], duty=duty)
    return Engine(streams=[GATES[gate].stream], settings={gate: chosen}, readings=False)


@cache
def learned(gate, duty, seed):
    """The values that moved a gate's threshold."""
    engine, stream = engine_for(gate, duty), GATES[gate].stream
    threshold, values = engine.gates[gate].threshold, []
    learn = threshold.learn
    threshold.learn = lambda value, bit: (values.append(value), learn(value, bit))[1]
    engine.feed(Samples(1, stream, 0, long_run(seed)[stream]))
    return values


@pytest.mark.parametrize(("gate", "duty"), LEARNERS)
@pytest.mark.parametrize("seed", [1, 2])
def test_one_second_of_twenty_times_the_usual_leaves_a_threshold_where_it_was(gate, duty, seed):
    values = learned(gate, duty, seed)
    per_second = max(1, round(len(values) / LONG))
    huge = 20 * float(np.percentile(np.abs(values), 99))
    at = len(values) * 2 // 3
    reached = []
    for artefact in ([], [huge] * per_second):
        threshold = engine_for(gate, duty).gates[gate].threshold
        for value in values[:at] + artefact + values[at : at + 5 * per_second]:
            threshold.learn(value, int(value >= threshold.on))
        reached.append(threshold.on)
    assert reached[1] <= 1.25 * reached[0]


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize(("seed", "at", "sign"), [(1, 90, 1), (1, 71, -1), (2, 80, 1)])
def test_one_artefact_in_the_signal_deafens_no_gate(gate, seed, at, sign):
    stream = GATES[gate].stream
    values, rate = long_run(seed)[stream], STREAMS[stream].rate_hz
    middle = np.median(values, axis=0)
    huge = middle + sign * 20 * np.percentile(np.abs(np.array(values) - middle), 99, axis=0)
    artefact = [tuple(huge.tolist()) if stream is Stream.ACC else float(huge)] * rate
    clean = engine_for(gate).feed(Samples(1, stream, 0, values))
    dirty = engine_for(gate).feed(Samples(1, stream, 0, values[: at * rate] + artefact + values[(at + 1) * rate :]))
    clear = at + 1 + CLEAR_AFTER_S.get(gate, 8.0)
    first, second = ([edge.t for edge in edges(each, gate) if edge.bit] for each in (clean, dirty))
    first, second = [t for t in first if t > clear], [t for t in second if t > clear]
    assert sum(any(abs(a - b) <= 0.5 for b in second) for a in first) >= 0.85 * len(first) - 1
    assert len(second) <= 1.15 * len(first) + 1


def test_days_of_length_neither_drift_nor_grow():
    engine = Engine(settings=EVERY_GATE)
    rows = scene(1)
    streams = {stream: rows[stream][: 20 * STREAMS[stream].rate_hz] for stream in Stream}
    told, sizes = [], []
    for day in range(0, 40, 4):
        start = day * 86400
        records = in_order(*(cut(stream, values) for stream, values in streams.items()))
        gc.collect()
        events = []
        for stream in Stream:
            events += engine.feed(Samples(1, stream, start * STREAMS[stream].rate_hz, (), 0))
        for samples in records:
            first = samples.first + start * STREAMS[samples.stream].rate_hz
            events += engine.feed(replace(samples, first=first))
        found = edges(events, "pulse", "move", "tap")
        told.append(tuple((edge.gate, round(edge.t - start, 6), edge.bit) for edge in found))
        sizes.append(sum(len(intake.queue) for intake in engine._intakes.values()))
        assert all(event.t < start + 21 for event in events if not isinstance(event, Readings))
        assert all(event.first / event.rate_hz < start + 21 for event in events if isinstance(event, Readings))
    assert len(set(told[1:])) == 1
    assert max(sizes) <= 8


def test_memory_is_taken_at_the_start_and_stays():
    engine = Engine(settings=EVERY_GATE)
    rows = scene(2)
    records = in_order(*(cut(stream, rows[stream]) for stream in Stream))
    blocks = []
    for turn in range(6):
        for samples in records:
            engine.feed(replace(samples, first=samples.first + turn * SECONDS * STREAMS[samples.stream].rate_hz))
        gc.collect()
        blocks.append(sys.getallocatedblocks())
    assert blocks[-1] - blocks[1] < 100  # one float per sample kept would be 20 000
