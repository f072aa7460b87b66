import math

import numpy as np
import pytest
from tests.gate_streams import UP, clock, edges, one, settings, spans

from limen.gates import Calibration, Engine, Samples
from limen.gates.movement import MovementHistory
from limen.streams import STREAMS, Stream

RATE = STREAMS[Stream.ACC].rate_hz


def shake(seconds, height, hz=2.0):
    return [(0.0, height * math.sin(2 * math.pi * hz * t), 1.0) for t in clock(Stream.ACC, seconds)]


def tilted(degrees_):
    return (math.sin(math.radians(degrees_)), 0.0, math.cos(math.radians(degrees_)))


def test_an_arm_at_rest_is_still_and_nothing_else():
    events = one(Stream.ACC, [UP] * 10 * RATE)
    assert [(edge.gate, edge.bit) for edge in edges(events)] == [("still", 1)]
    assert edges(events)[0].t == 2.0


@pytest.mark.parametrize("length", [0.987, 1.0, 1.009])
def test_noise_of_one_step_moves_nothing_on_any_calibration(length):
    noise = np.random.default_rng(1).integers(-1, 2, (600 * RATE, 3)) / 64
    values = [tuple(row) for row in (noise + np.array([0.0, 0.0, length])).tolist()]
    found = edges(one(Stream.ACC, values), "move", "tap", "tilt", "accent")
    assert found == []


def test_movement_opens_move_and_accent_and_ends_still():
    events = one(Stream.ACC, [UP] * 10 * RATE + shake(5, 0.4) + [UP] * 10 * RATE)
    ((on, off),) = spans(events, "move")
    assert 10.0 < on.t < 10.3
    assert 15.0 < off.t < 17.5
    assert spans(events, "accent")[0][0].t <= on.t
    still = edges(events, "still")
    assert [edge.bit for edge in still] == [1, 0, 1]
    assert still[1].t == on.t
    assert still[2].t == pytest.approx(off.t + 2.0, abs=0.3)


def test_accent_asks_for_more_where_there_is_much_movement():
    busy = one(Stream.ACC, shake(90, 0.2))
    assert edges(busy, "accent")[-1].bit == 0
    assert edges(one(Stream.ACC, shake(90, 0.2) + shake(1, 1.0)), "accent")[-1].t > 90.0


def test_a_rotation_is_movement_though_the_length_stays_the_same():
    values = [tilted(60 * math.sin(2 * math.pi * t)) for t in clock(Stream.ACC, 10)]
    assert np.allclose([math.hypot(*value) for value in values], 1.0)
    assert edges(one(Stream.ACC, values), "move")[0].bit == 1


def test_taps_are_jumps_of_half_a_g_at_most_five_a_second():
    values = [UP] * 10 * RATE
    for index in range(100, 200, 6):
        values[index] = (0.0, 0.6, 1.0)
    rises = [edge.index for edge in edges(one(Stream.ACC, values), "tap") if edge.bit]
    assert rises[0] == 100
    assert len(rises) > 5
    assert min(np.diff(rises)) >= 0.2 * RATE


def test_tilt_compares_with_the_pose_of_the_first_ten_seconds():
    events = one(Stream.ACC, [UP] * 15 * RATE + [tilted(35)] * 5 * RATE + [tilted(10)] * 5 * RATE)
    ((on, off),) = spans(events, "tilt")
    assert 15.0 < on.t < 17.0
    assert 20.0 < off.t < 22.0
    assert on.why.value == pytest.approx(30.0, abs=2.0)
    assert not on.why.learning
    pose = {term.name: term.value for term in on.why.terms}
    assert (pose["pose-x"], pose["pose-y"], pose["pose-z"]) == pytest.approx(UP)


@pytest.mark.parametrize("seconds", [2.0, 5.0, 20.0])
def test_a_calibration_takes_a_new_pose_and_is_done_when_it_says(seconds):
    engine = Engine(streams=[Stream.ACC])
    one(Stream.ACC, [UP] * 15 * RATE, engine)
    engine.calibrate(seconds)
    assert engine.gates["tilt"].learning
    one(Stream.ACC, [tilted(90)] * 25 * RATE, engine, first=15 * RATE)
    assert not engine.gates["tilt"].learning
    assert engine.calibration().pose[0] > 0.6
    assert engine.gates["tilt"].value < 20


def test_a_restored_pose_is_kept_even_after_a_calibration_was_begun():
    engine = Engine(streams=[Stream.ACC])
    engine.calibrate(60.0)
    one(Stream.ACC, [UP] * 5 * RATE, engine)
    engine.restore(Calibration(tilted(90), {}))
    one(Stream.ACC, [UP] * 15 * RATE, engine, first=5 * RATE)
    assert engine.calibration().pose == tilted(90)
    assert engine.gates["tilt"].value == pytest.approx(90.0)


def test_no_pose_and_no_gravity_make_no_angle():
    engine = Engine(streams=[Stream.ACC])
    one(Stream.ACC, [(0.0, 0.0, 0.0)] * 20 * RATE, engine)
    assert engine.gates["tilt"].value == 0.0


def test_an_artefact_does_not_deafen_accent():
    quiet, loud = [UP] * 60 * RATE, [(2.0, -2.0, 2.0), (-2.0, 2.0, -2.0)] * (RATE // 2)
    thresholds = []
    for middle in ([UP] * RATE, loud):
        engine = Engine(streams=[Stream.ACC], settings=settings("move"))
        one(Stream.ACC, quiet + middle + [UP] * 5 * RATE, engine)
        thresholds.append(engine.gates["accent"].threshold.on)
    assert thresholds[1] <= 1.25 * thresholds[0]


def test_the_history_of_movement_forgets_what_is_old_and_what_never_came():
    history = MovementHistory()
    turn = MovementHistory.SECONDS * RATE

    def put(index, moving):
        history.room(index, 1)[index % turn] = moving

    for index in range(100):
        put(index, index == 50)
    assert history.any(50, 50)
    assert history.any(-20, 60)
    assert not history.any(51, 99)
    assert not history.any(60, 50)
    assert not history.any(turn + 45, turn + 55)  # nothing came there yet
    put(turn + 100, moving=True)
    assert not history.any(turn + 45, turn + 55)  # nothing ever came there
    assert history.any(turn + 45, turn + 100)
    put(10 * turn + 7, moving=False)
    assert not history.any(9 * turn + 8, 10 * turn + 7)


def test_movement_before_a_long_gap_marks_nothing_after_it():
    engine = Engine(streams=[Stream.ACC, Stream.EDA])
    one(Stream.ACC, shake(64, 0.5), engine)
    end = 64 * RATE
    engine.feed(Samples(1, Stream.ACC, end + 60 * RATE, (), 60 * RATE))
    step = 0.05
    values = [2.0] * 4 * 100 + [2.0 + step * i for i in range(8)] + [2.4] * 40
    events = engine.feed(Samples(1, Stream.EDA, 0, values)) + engine.finish()
    rises = [edge for edge in edges(events, "rise") if edge.bit]
    assert [edge.why.marked for edge in rises] == [False]
