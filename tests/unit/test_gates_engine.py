from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.gate_streams import (
    EVERY_GATE,
    UP,
    cut,
    edges,
    in_order,
    one,
    play,
    play_rows,
    read_out,
    spans,
    statuses,
    wearer,
)

from limen.errors import UsageError
from limen.gates import GATES, Calibration, Engine, Readings, Samples
from limen.streams import STREAMS, Stream


def told(events):
    return [(edge.gate, edge.index, edge.bit, edge.why) for edge in edges(events)]


def test_every_sample_is_read_out_once_as_value_and_as_level():
    rows = wearer(20)
    events = play_rows(rows)
    for stream, values in rows.items():
        assert read_out(events, "value", stream) == list(enumerate(values))
        levels = read_out(events, "level", stream)
        assert [index for index, _ in levels] == list(range(len(values)))
        assert all(0.0 <= level <= 1.0 for _, level in levels)


def test_without_readings_the_edges_are_the_same():
    rows = wearer(60)
    bare = play_rows(rows, Engine(settings=EVERY_GATE, readings=False))
    assert not [event for event in bare if isinstance(event, Readings)]
    assert told(bare) == told(play_rows(rows, Engine(settings=EVERY_GATE)))


def test_the_wearer_is_named_in_everything():
    engine = Engine(wearer=7)
    assert {event.wearer for event in play(engine, in_order(cut(Stream.BVP, wearer(20)[Stream.BVP])))} == {7}


def test_a_true_rate_moves_times_and_no_bits():
    rows = wearer(60)
    true = {stream: 0.5 * STREAMS[stream].rate_hz for stream in Stream}
    slow, plain = edges(play_rows(rows, Engine(rates=true))), edges(play_rows(rows))
    assert [(edge.gate, edge.index) for edge in slow] == [(edge.gate, edge.index) for edge in plain]
    assert [edge.t for edge in slow] == pytest.approx([2 * edge.t for edge in plain])


def test_a_stream_that_was_not_announced_is_not_heard():
    engine = Engine(streams=[Stream.EDA])
    assert engine.feed(Samples(1, Stream.ACC, 0, [UP] * 100)) == []
    assert engine.condition("move") == "stale"


@pytest.mark.parametrize("stream", Stream)
def test_a_single_stream_does_not_wait_for_the_others(stream):
    events = one(stream, wearer(60)[stream])
    assert len(read_out(events, "value", stream)) >= 240


def test_a_stream_that_fell_silent_without_a_word_delays_the_others_by_no_more_than_patience():
    rows = wearer(60)
    engine = Engine()
    events = [event for samples in cut(Stream.BVP, rows[Stream.BVP]) for event in engine.feed(samples[1])]
    last, _ = read_out(events, "value", Stream.BVP)[-1]
    assert last / 64 == pytest.approx(60 - 16, abs=1)


def test_finishing_judges_the_rest_in_order_of_what_leans_on_what():
    seconds = 20
    rng = np.random.default_rng(1)
    rows = wearer(seconds)
    shaken = [tuple(row) for row in (rng.normal(0, 0.4, (seconds * 32, 3)) + np.array(UP)).tolist()]
    engine = Engine()
    engine.feed(Samples(1, Stream.EDA, 0, rows[Stream.EDA][:20]))  # and nothing after five seconds
    engine.feed(Samples(1, Stream.ACC, 0, shaken))
    engine.feed(Samples(1, Stream.BVP, 0, rows[Stream.BVP]))
    late = [edge for edge in edges(engine.finish(), "pulse") if edge.t > 10]
    assert late
    assert all(edge.why.marked for edge in late)


def test_after_finishing_it_can_go_on():
    rows = wearer(60)
    records = in_order(*(cut(stream, rows[stream]) for stream in rows))
    engine = Engine()
    events = [event for samples in records[:200] for event in engine.feed(samples)]
    events += engine.finish()
    assert told(events + play(engine, records[200:])) != []


def test_conditions_are_one_word_each_and_follow_the_signal():
    engine = Engine()
    assert {engine.condition(name) for name in GATES if name != "breath"} == {"stale"}
    assert engine.condition("breath") == "disabled"
    rows = wearer(60)
    play(engine, in_order(*(cut(stream, rows[stream]) for stream in rows)))
    seen = {name: engine.condition(name) for name in GATES}
    assert set(seen.values()) <= {"on", "off", "learning", "disabled"}
    assert seen["warming"] in {"learning", "on"}
    for name, gate in engine.gates.items():
        assert (seen[name] == "on") is bool(gate.bit)
    end = len(rows[Stream.EDA])
    engine.feed(Samples(1, Stream.EDA, end, [0.0] * 12))
    engine.feed(Samples(1, Stream.ACC, len(rows[Stream.ACC]), [UP] * 96))
    assert engine.worn == 0
    assert engine.condition("rise") == "not-worn"
    assert engine.condition("tap") == "not-worn"


def test_settings_at_the_start_and_while_playing_do_the_same():
    rows = {Stream.ACC: wearer(60)[Stream.ACC]}
    chosen = {"move": replace(GATES["move"].defaults, sensitivity=2.0, hold_s=1.0, rest_s=3.0)}
    turned = Engine(streams=rows)
    for key, value in (("sensitivity", 2.0), ("hold", 1.0), ("rest", 3.0)):
        turned.set("move", key, value)
    assert told(play_rows(rows, turned)) == told(play_rows(rows, Engine(streams=rows, settings=chosen)))


def test_a_longer_hold_and_rest_are_kept_from_the_next_sample_on():
    rows = {Stream.ACC: wearer(120)[Stream.ACC]}
    engine = Engine(streams=rows)
    engine.set("accent", "hold", 2.0)
    engine.set("accent", "rest", 5.0)
    open_times = spans(play_rows(rows, engine), "accent")
    assert min(off.t - on.t for on, off in open_times) >= 2.0
    assert min(after[0].t - before[1].t for before, after in pairwise(open_times)) >= 5.0


def test_a_calibration_ends_when_its_seconds_of_signal_have_come():
    engine = Engine(streams=[Stream.ACC])
    one(Stream.ACC, [UP] * 320, engine)
    assert engine.calibrating_s == 0.0
    engine.calibrate(5.0)
    assert engine.calibrating_s == 5.0
    assert statuses(one(Stream.ACC, [UP] * 128, engine, first=320), "calibrated") == []
    assert engine.calibrating_s == 1.0
    assert statuses(one(Stream.ACC, [UP] * 32, engine, first=448), "calibrated") == [(1, 15.0)]
    assert engine.calibrating_s == 0.0


def test_a_calibration_makes_the_statistics_young():
    rows = wearer(180)
    engine = Engine()
    play_rows(rows, engine)
    assert not engine.gates["rise"].learning
    engine.calibrate(10.0)
    assert engine.gates["rise"].learning
    assert engine.gates["accent"].learning


def test_a_baseline_ends_the_learning_of_every_gate_that_learns_from_it():
    rows = wearer(120)
    engine = Engine()
    begun = done = False
    for samples in in_order(*(cut(stream, rows[stream]) for stream in rows)):
        if not begun and samples.first > 20 * STREAMS[samples.stream].rate_hz:
            engine.calibrate(60.0)
            begun = True
        done = bool(statuses(engine.feed(samples), "calibrated"))
        if done:
            break
    assert done
    taught = [name for name in engine.calibration().statistics if engine.gates[name].enabled]
    assert "rise" in taught
    assert [name for name in taught if engine.gates[name].learning] == []


def test_a_calibration_restored_elsewhere_goes_on_where_it_was():
    rows = wearer(180)
    first, second = Engine(), Engine()
    play_rows(rows, first)
    kept = first.calibration()
    second.restore(kept)
    assert second.calibration() == kept
    for name in kept.statistics:
        assert second.gates[name].threshold.on == first.gates[name].threshold.on
    assert not second.gates["tilt"].learning


def test_restoring_ignores_gates_that_learn_nothing_now():
    engine = Engine()
    engine.restore(Calibration(None, {"tap": (1.0, 1.0, 100), "nothing": (1.0, 1.0, 1)}))
    assert engine.gates["tap"].threshold.on == 0.5


def test_standing_gives_value_and_threshold_of_now():
    engine = Engine()
    play_rows(wearer(60), engine)
    for name in GATES:
        value, threshold = engine.standing(name)
        assert np.isfinite(value)
        assert np.isfinite(threshold)
    assert engine.standing("tap")[1] == 0.5


def test_the_pulse_stands_above_its_threshold_while_it_is_up():
    engine = Engine(streams=[Stream.BVP])
    seen = set()
    for _, samples in cut(Stream.BVP, wearer(30)[Stream.BVP], sizes=[1] * 2000):
        engine.feed(samples)
        value, threshold = engine.standing("pulse")
        if samples.first > 640:
            seen.add((engine.gates["pulse"].bit, value > threshold))
    assert {(1, True), (0, False)} <= seen


def test_overlapping_samples_are_counted():
    engine = Engine(streams=[Stream.EDA])
    one(Stream.EDA, [1.0] * 10, engine)
    one(Stream.EDA, [1.0] * 10, engine, first=4)
    assert engine.overlaps == 6


def test_what_cannot_be_is_a_usage_error_that_names_what_can():
    with pytest.raises(UsageError, match="accent"):
        Engine().set("wink", "hold", 1.0)
