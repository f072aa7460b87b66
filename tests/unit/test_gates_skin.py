import numpy as np
import pytest
from tests.gate_streams import (
    clock,
    edges,
    one,
    play_rows,
    quantised,
    response,
    settings,
    share_open,
    spans,
    statuses,
)

from limen.gates import Engine, Samples
from limen.streams import Stream


def conductance(seconds, *responses, level=2.0, slope=0.0):
    """Responses as (onset in s, µS) on a level that drifts."""
    t = clock(Stream.EDA, seconds)
    return quantised(level + slope * t + sum(response(t, *each) for each in responses), Stream.EDA).tolist()


def eda_only(**changed):
    return Engine(streams=[Stream.EDA], settings=settings("rise", **changed))


def test_a_response_opens_within_two_seconds_of_its_onset():
    ((on, off),) = spans(one(Stream.EDA, conductance(60, (30, 0.3))), "rise")
    assert 30.0 < on.t < 32.0
    assert off.t - on.t < 15.0
    assert on.why.value >= on.why.threshold == pytest.approx(0.03)


def test_a_response_below_the_threshold_opens_nothing():
    assert edges(one(Stream.EDA, conductance(60, (30, 0.02)))) == []


@pytest.mark.parametrize("level", [0.2, 2.0, 15.0])
def test_a_slow_drift_is_no_rise_at_any_level(level):
    assert edges(one(Stream.EDA, conductance(300, level=level, slope=0.004))) == []


@pytest.mark.parametrize("seed", range(5))
def test_ten_minutes_of_one_step_noise_give_no_rise(seed):
    noise = np.random.default_rng(seed).integers(-1, 2, 4 * 600) * 0.00128
    assert edges(one(Stream.EDA, (1.0 + noise).tolist())) == []


def test_many_responses_raise_the_threshold_and_an_explicit_one_stays():
    often = [(onset, 0.2) for onset in range(10, 300, 8)]
    raised = edges(one(Stream.EDA, conductance(300, *often)), "rise")[-1]
    assert raised.why.threshold > 0.03
    fixed = edges(one(Stream.EDA, conductance(300, *often), eda_only(threshold=0.05)), "rise")
    assert {edge.why.threshold for edge in fixed if edge.bit} == {0.05}


def test_a_rise_that_does_not_end_is_shut_after_fifteen_seconds():
    ((on, off),) = spans(one(Stream.EDA, conductance(15, (12, 0.1)) + [2.4] * 100), "rise")
    assert off.t - on.t == 15.0
    assert off.why.guard == "longest-on"
    assert "15 s or more" in off.why.sentence


def test_a_hold_beyond_fifteen_seconds_is_kept():
    ((on, off),) = spans(one(Stream.EDA, conductance(15, (12, 0.1)) + [2.4] * 200, eda_only(hold_s=30.0)), "rise")
    assert off.t - on.t == 30.0


def test_shutting_is_told_with_the_fall_it_waited_for():
    engine = eda_only()
    events = one(Stream.EDA, conductance(33, (30, 0.3)), engine)
    engine.set("rise", "sensitivity", 2.0)  # the way down was agreed when it opened
    events += one(Stream.EDA, conductance(60, (30, 0.3))[33 * 4 :], engine, first=33 * 4)
    ((on, off),) = spans(events, "rise")
    assert off.why.threshold == pytest.approx(0.3 * on.why.threshold)
    assert off.why.value >= off.why.threshold
    assert "fell" in off.why.sentence


def test_a_contact_step_is_no_rise_and_five_seconds_after_it_are_not_read():
    stepped = [2.0] * 80 + [8.0] * 10 + [8.5] * 30
    assert edges(one(Stream.EDA, stepped)) == []


def test_a_contact_step_shuts_an_open_gate():
    values = conductance(32, (30, 0.4)) + [9.0] * 20
    ((_, off),) = spans(one(Stream.EDA, values), "rise")
    assert off.index == 32 * 4
    assert off.why.guard == "jump"
    assert "10 µS/s" in off.why.sentence


def test_the_band_is_off_the_wrist_after_two_seconds_without_contact_and_worn_after_five_with():
    values = [1.0] * 40 + [0.0] * 40 + [1.0] * 40
    assert statuses(one(Stream.EDA, values), "worn") == [(1, 4.75), (0, 11.75), (1, 24.75)]


def test_touching_for_a_moment_is_not_wearing():
    values = [0.0] * 40 + ([1.0] * 10 + [0.0] * 4) * 10
    assert statuses(one(Stream.EDA, values), "worn") == [(0, 1.75)]


def test_losing_contact_shuts_and_putting_on_is_no_rise():
    values = conductance(32, (30, 0.4)) + [0.0] * 40 + conductance(60)
    events = one(Stream.EDA, values)
    ((_, off),) = spans(events, "rise")
    assert off.why.guard == "not-worn"
    assert off.index == 32 * 4


def test_no_gate_opens_while_the_band_is_off():
    t = clock(Stream.ACC, 60)
    shaken = [(0.0, float(y), 1.0) for y in 0.5 * np.sin(2 * np.pi * 2 * t)]
    events = play_rows({Stream.ACC: shaken, Stream.EDA: [1.0] * 80 + [0.0] * 80 + [1.0] * 80})
    off, on = [(value, when) for value, when in statuses(events, "worn")][1:]
    assert (off, on) == ((0, 21.75), (1, 44.75))
    found = edges(events, "move")
    assert [edge.bit for edge in found] == [1, 0, 1]
    assert found[1].why.guard == "not-worn"
    assert found[1].t == off[1] + 4.0
    assert found[2].t == on[1] + 4.0
    assert share_open(events, "move", 26, 48) == 0.0


def rising_while(shaking):
    engine = Engine(streams=[Stream.ACC, Stream.EDA])
    t = clock(Stream.ACC, 60)
    height = np.where((t > 27) & (t < 34), 0.5, 0.0) * shaking
    arm = [(0.0, float(y), 1.0) for y in height * np.sin(2 * np.pi * 2 * t)]
    events = engine.feed(Samples(1, Stream.ACC, 0, arm))
    return events + engine.feed(Samples(1, Stream.EDA, 0, conductance(60, (30, 0.3)))) + engine.finish()


def test_a_moving_arm_marks_a_rise_and_never_silences_it():
    (still, _), (moving, _) = *spans(rising_while(0), "rise"), *spans(rising_while(1), "rise")
    assert still.index == moving.index
    assert (still.why.marked, moving.why.marked) == (False, True)
    assert "arm moving" in moving.why.sentence
    assert "arm" not in still.why.sentence


def test_an_artefact_does_not_deafen_it():
    clean = conductance(200, *((onset, 0.2) for onset in range(20, 190, 15)))
    knocked = [*clean[:400], *[20 * value for value in clean[400:404]], *clean[404:]]
    first, second = (edges(one(Stream.EDA, values), "rise") for values in (clean, knocked))
    assert [(edge.t, edge.bit) for edge in first if edge.t > 125] == [
        (edge.t, edge.bit) for edge in second if edge.t > 125
    ]
