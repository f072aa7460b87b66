import random

import pytest

from limen.inlets.band.sampleclock import BLOCKS, SampleClock
from limen.streams import STREAMS, Stream


def packets(stream, seconds, *, ppm=0.0, start=1000.0, first=0):
    """The newest index of each packet and the true time of that sample."""
    spec = STREAMS[stream]
    period = (1 + ppm * 1e-6) / spec.rate_hz
    for newest in range(spec.samples_per_packet - 1, int(seconds * spec.rate_hz), spec.samples_per_packet):
        yield first + newest, start + newest * period


def jitter(draw):
    """A link's delay: some milliseconds mostly, a connection's retries sometimes."""
    return draw.uniform(0.0, 0.03) + (draw.expovariate(10) if draw.random() < 0.1 else 0.0)


def error(clock, stream, newest, true):
    """Of the newest sample's time, in sample periods."""
    return abs(clock.time_of(newest) - true) * STREAMS[stream].rate_hz


@pytest.mark.parametrize("stream", list(Stream))
@pytest.mark.parametrize("ppm", [-45.0, 0.0, 45.0])
@pytest.mark.parametrize("seed", range(2))
def test_half_an_hour_of_jitter_and_drift_stays_within_half_a_sample(stream, ppm, seed):
    draw = random.Random(seed)
    clock = SampleClock(STREAMS[stream].rate_hz)
    worst = 0.0
    arrival = 0.0
    for newest, true in packets(stream, 1800, ppm=ppm):
        arrival = max(arrival, true + jitter(draw))
        clock.hear(newest, arrival)
        if true > 1000.0 + 30.0:
            worst = max(worst, error(clock, stream, newest, true))
    assert worst < 0.5
    if stream in {Stream.BVP, Stream.ACC}:
        assert clock.drift_ppm == pytest.approx(ppm, abs=10)


def test_a_burst_of_three_seconds_moves_nothing():
    clock = SampleClock(64)
    for newest, true in packets(Stream.BVP, 300):
        held = 1203.0 if 1200.0 <= true < 1203.0 else true
        clock.hear(newest, held)
        assert error(clock, Stream.BVP, newest, true) < 0.05


@pytest.mark.parametrize("jump", [-3600.0, -0.5, 0.25, 5.0, 3600.0])
def test_a_jump_of_the_clock_is_followed(jump):
    draw = random.Random(1)
    clock = SampleClock(64)
    for newest, true in packets(Stream.BVP, 300, ppm=45):
        shift = jump if true > 1150.0 else 0.0
        clock.hear(newest, true + shift + draw.uniform(0, 0.02))
        if true < 1150.0 or true > 1150.0 + 15.0:
            assert error(clock, Stream.BVP, newest, true + shift) < 0.5 or true < 1030.0


def test_drift_survives_a_restart():
    clock = SampleClock(64)
    for newest, true in packets(Stream.BVP, 300, ppm=45):
        clock.hear(newest, true)
    assert clock.drift_ppm == pytest.approx(45, abs=1)
    clock.restart()
    for newest, true in packets(Stream.BVP, 55, ppm=45, start=2000.0, first=64000):
        clock.hear(newest, true + 0.4)
    assert clock.drift_ppm == pytest.approx(45, abs=1)
    assert clock.time_of(newest) == pytest.approx(true + 0.4, abs=1e-3)


def test_index_and_time_are_each_others_inverse():
    clock = SampleClock(64)
    for newest, true in packets(Stream.BVP, 200, ppm=45):
        clock.hear(newest, true)
    for index in (0.0, 12345.5, 1e7):
        assert clock.index_at(clock.time_of(index)) == pytest.approx(index, abs=1e-5)


def test_memory_is_bounded():
    clock = SampleClock(4)
    for newest, true in packets(Stream.TEMP, 3 * 3600):
        clock.hear(newest, true)
    assert len(clock._blocks) == BLOCKS
