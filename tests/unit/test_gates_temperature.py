import numpy as np
import pytest
from tests.gate_streams import clock, edges, one, quantised, settings, spans

from limen.gates import Engine
from limen.streams import Stream


def ramp(*corners):
    """Degrees by straight lines between (seconds, degrees)."""
    seconds, degrees = zip(*corners, strict=True)
    t = clock(Stream.TEMP, seconds[-1])
    return quantised(np.interp(t, seconds, degrees), Stream.TEMP).tolist()


def test_a_constant_temperature_and_noise_of_one_step_open_nothing():
    noise = np.random.default_rng(1).integers(-1, 2, 4 * 600) * 0.02
    assert edges(one(Stream.TEMP, (33.0 + noise).tolist())) == []


def test_warming_and_cooling_open_on_their_own_side_and_never_together():
    events = one(Stream.TEMP, ramp((0, 32), (60, 32), (120, 33), (240, 33), (300, 32), (400, 32)))
    ((warm_on, warm_off),) = spans(events, "warming")
    ((cool_on, cool_off),) = spans(events, "cooling")
    assert 60 < warm_on.t < 75
    assert 120 < warm_off.t < cool_on.t
    assert 240 < cool_on.t < 255
    assert 300 < cool_off.t < 345


def test_nothing_is_decided_before_thirty_four_seconds():
    events = one(Stream.TEMP, ramp((0, 25), (100, 45)))
    assert edges(events)[0].t >= 33.75


def test_the_first_five_minutes_on_the_wrist_are_marked_as_learning():
    events = one(Stream.TEMP, ramp((0, 32), (60, 33), (200, 33), (400, 33), (460, 34)))
    assert [edge.why.learning for edge in edges(events, "warming") if edge.bit] == [True, False]


@pytest.mark.parametrize("gate", ["warming", "cooling"])
def test_the_sentence_at_the_edge_says_which_way(gate):
    way = 1 if gate == "warming" else -1
    events = one(Stream.TEMP, ramp((0, 32), (60, 32), (120, 32 + way), (180, 32 + way), (260, 32 - way)))
    on, off = edges(events, gate)[:2]
    than = "warmer" if way > 0 else "cooler"
    assert f"°C {than} than 30 s ago; threshold 0.060 °C" in on.why.sentence
    assert "-" not in on.why.sentence + off.why.sentence


def test_a_fixed_threshold_replaces_the_rule():
    engine = Engine(streams=[Stream.TEMP], settings=settings("warming", threshold=1.0))
    assert edges(one(Stream.TEMP, ramp((0, 32), (60, 32), (120, 33), (240, 33)), engine), "warming") == []
