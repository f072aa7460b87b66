import numpy as np
import pytest
from tests.gate_streams import clock, edges, one, pulse_wave, settings

from limen.gates import Engine
from limen.streams import STREAMS, Stream

RATE = STREAMS[Stream.BVP].rate_hz


def breathing(seconds, per_minute, height=60.0):
    t = clock(Stream.BVP, seconds)
    return pulse_wave(seconds) + height * np.sin(2 * np.pi * per_minute / 60 * t)


def breath(**changed):
    return Engine(streams=[Stream.BVP], settings=settings("breath", enable=True, **changed))


@pytest.mark.parametrize("per_minute", [8, 15, 24])
def test_it_follows_a_slow_swing_of_the_baseline(per_minute):
    found = edges(one(Stream.BVP, breathing(120, per_minute).tolist(), breath()), "breath")
    opened = [edge for edge in found if edge.bit and edge.t > 30]
    assert len(opened) == pytest.approx(90 * per_minute / 60, abs=2)


def test_it_is_off_unless_asked_for():
    assert edges(one(Stream.BVP, breathing(60, 15).tolist()), "breath") == []


def test_switched_on_late_it_settles_for_ten_seconds_first():
    engine = Engine(streams=[Stream.BVP])
    values = (breathing(60, 15) + 500.0).tolist()
    one(Stream.BVP, values[: 30 * RATE], engine)
    engine.set("breath", "enable", 1)
    found = edges(one(Stream.BVP, values[30 * RATE :], engine, first=30 * RATE), "breath")
    assert found[0].t >= 40.0
    fresh = one(Stream.BVP, values[30 * RATE :], breath(), first=30 * RATE)
    assert [edge.index for edge in found] == [edge.index for edge in edges(fresh, "breath")]


def test_turning_it_while_it_runs_does_not_settle_it_anew():
    engine = breath()
    values = breathing(60, 15).tolist()
    one(Stream.BVP, values[: 30 * RATE], engine)
    engine.set("breath", "hold", 0.5)
    found = edges(one(Stream.BVP, values[30 * RATE :], engine, first=30 * RATE), "breath")
    assert found[0].t < 34.0


def test_it_shuts_below_its_mean_and_opens_above():
    for edge in edges(one(Stream.BVP, breathing(60, 15).tolist(), breath()), "breath"):
        assert edge.why.value >= edge.why.threshold if edge.bit else edge.why.value <= edge.why.threshold
