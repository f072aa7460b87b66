import math

import numpy as np
import pytest
from tests.gate_streams import one, read_out, statuses

from limen.gates import Engine, Samples
from limen.gates.intake import Intake
from limen.streams import STREAMS, Stream


def eda(first, values, lost=0):
    return Samples(1, Stream.EDA, first, values, lost)


def judged(*records):
    """What an EDA intake lets through: values by index, and where it went stale."""
    intake = Intake(Stream.EDA)
    for record in records:
        intake.accept(record)
    values, stale = {}, []
    for run in intake.queue:
        values |= dict(enumerate(run.values, run.first))
        stale += [run.first] if run.stale else []
    return values, stale, intake


def test_contiguous_records_pass_as_they_came():
    values, stale, intake = judged(eda(0, [1.0, 2.0]), eda(2, [3.0]))
    assert values == {0: 1.0, 1: 2.0, 2: 3.0}
    assert stale == []
    assert intake.is_fresh


def test_lost_samples_are_held_at_the_last_value():
    values, stale, _ = judged(eda(0, [1.0, 2.0]), eda(5, [3.0], lost=3))
    assert values == {0: 1.0, 1: 2.0, 2: 2.0, 3: 2.0, 4: 2.0, 5: 3.0}
    assert stale == []


def test_nothing_is_held_before_the_first_sample():
    values, stale, intake = judged(eda(9, (), lost=9))
    assert (values, stale) == ({}, [])
    assert not intake.is_fresh
    values, stale, intake = judged(eda(9, (), lost=9), eda(40, [1.0], lost=31))
    assert (values, stale) == ({40: 1.0}, [])
    assert intake.is_fresh


def test_after_four_seconds_of_holding_eda_is_stale_until_it_comes_back():
    values, stale, intake = judged(eda(0, [1.0]), eda(18, (), lost=17))
    assert sorted(values) == list(range(17))
    assert stale == [17]
    assert not intake.is_fresh
    values, stale, intake = judged(eda(0, [1.0]), eda(18, (), lost=17), eda(30, [2.0], lost=12))
    assert sorted(values) == [*range(17), 30]
    assert intake.is_fresh


@pytest.mark.parametrize("cuts", [(40,), (10, 40), (16, 17, 18, 40), (17, 40), tuple(range(2, 41))])
def test_a_loss_said_in_parts_is_the_same_loss(cuts):
    parts, said = [], 1
    for end in cuts:
        parts.append(eda(end, (), lost=end - said))
        said = end
    values, stale, _ = judged(eda(0, [1.0]), *parts, eda(40, [2.0]))
    assert sorted(values) == [*range(17), 40]
    assert stale == [17]


def test_a_loss_said_with_the_next_values_is_the_same_loss():
    assert (
        judged(eda(0, [1.0]), eda(6, [2.0], lost=5))[:2]
        == judged(eda(0, [1.0]), eda(4, (), lost=3), eda(6, [2.0], lost=2))[:2]
    )


def test_samples_that_come_twice_are_taken_once():
    values, _, intake = judged(eda(0, [1.0, 2.0]), eda(1, [9.0, 3.0]), eda(0, [7.0]))
    assert values == {0: 1.0, 1: 2.0, 2: 3.0}
    assert intake.overlaps == 2


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_count_as_lost(bad):
    values, _, intake = judged(eda(0, [1.0, bad, 3.0, bad]), eda(4, [5.0]))
    assert values == {0: 1.0, 1: 1.0, 2: 3.0, 3: 3.0, 4: 5.0}
    assert intake.refused == 2


def test_one_bad_axis_loses_the_triple():
    intake = Intake(Stream.ACC)
    intake.accept(Samples(1, Stream.ACC, 0, [(0.0, 0.0, 1.0), (0.0, math.nan, 1.0)]))
    assert list(intake.queue[0].values) == [(0.0, 0.0, 1.0), (0.0, 0.0, 1.0)]


@pytest.mark.parametrize("huge", [1e308, -1e308, 1e5, -1e5])
@pytest.mark.parametrize("stream", Stream)
def test_values_are_clamped_to_the_sensors_range(stream, huge):
    spec = STREAMS[stream]
    value = (huge,) * 3 if spec.axes == 3 else huge
    intake = Intake(stream)
    intake.accept(Samples(1, stream, 0, [value, value]))
    limit = spec.highest if huge > 0 else spec.lowest
    assert list(intake.queue[0].values) == [(limit,) * 3 if spec.axes == 3 else limit] * 2


def test_a_record_is_not_changed_by_being_taken():
    values = [1.0, 2.0]
    engine = Engine(streams=[Stream.EDA])
    engine.feed(eda(0, values))
    engine.feed(eda(5, [3.0], lost=3))
    assert values == [1.0, 2.0]


def test_freshness_is_told_when_it_changes():
    engine = Engine(streams=[Stream.BVP])
    events = one(Stream.BVP, [0.0] * 64, engine)
    events += engine.feed(Samples(1, Stream.BVP, 256, (), 192))
    events += one(Stream.BVP, [0.0] * 64, engine, first=320)
    assert statuses(events, "fresh/bvp") == [(1, 0.0), (0, 2.0), (1, 5.0)]


def test_a_stale_gate_is_shut_and_says_so():
    engine = Engine(streams=[Stream.ACC])
    shaken = [(0.0, math.sin(i), 1.0) for i in range(200)]
    one(Stream.ACC, shaken, engine)
    assert engine.gates["move"].bit == 1
    events = engine.feed(Samples(1, Stream.ACC, 264, (), 64))
    closed = [event for event in events if getattr(event, "gate", "") == "move"]
    assert [(edge.bit, edge.index, edge.why.guard) for edge in closed] == [(0, 232, "stale")]
    assert engine.condition("move") == "stale"


def test_held_samples_are_read_out_too():
    engine = Engine(streams=[Stream.TEMP])
    events = one(Stream.TEMP, [30.0], engine) + one(Stream.TEMP, [31.0], engine, first=3)
    assert read_out(events, "value", Stream.TEMP) == [(0, 30.0), (1, 30.0), (2, 30.0), (3, 31.0)]


def test_numpy_values_are_taken_like_floats():
    plain = one(Stream.EDA, [1.0, 2.0, 3.0])
    arrays = one(Stream.EDA, np.array([1.0, 2.0, 3.0]))
    assert (
        read_out(plain, "value", Stream.EDA)
        == read_out(arrays, "value", Stream.EDA)
        == [(0, 1.0), (1, 2.0), (2, 3.0)]
    )
