import tracemalloc
from itertools import islice, takewhile

import numpy as np
import pytest

from limen.inlets.reader import read_session
from limen.inlets.simulated import LIVELY, Script, SimulatedWearer, StrapOff
from limen.inlets.writer import write_session
from limen.streams import STREAMS, Stream

LENGTH_S = 190.0
STEPS_PER_UNIT = {Stream.BVP: 100, Stream.ACC: 64, Stream.EDA: 781.25}


@pytest.fixture(scope="module")
def lively():
    return SimulatedWearer(seed=7).session(LENGTH_S)


def test_the_same_seed_gives_the_same_samples_and_another_gives_others(lively):
    again, other = SimulatedWearer(seed=7).session(LENGTH_S), SimulatedWearer(seed=8).session(LENGTH_S)
    for stream, values in lively.data.items():
        assert np.array_equal(again.data[stream], values)
        assert not np.array_equal(other.data[stream], values)


def test_how_far_ahead_it_is_asked_makes_no_difference(lively):
    for shorter_s in (10.0, 61.0):
        shorter = SimulatedWearer(seed=7).session(shorter_s)
        for stream, values in shorter.data.items():
            assert len(values) >= shorter_s * STREAMS[stream].rate_hz
            assert np.array_equal(lively.data[stream][: len(values)], values)


def test_chunks_are_the_bands_packets_in_due_order_and_the_same_samples(lively):
    chunks = list(takewhile(lambda chunk: chunk[0] <= 130, SimulatedWearer(seed=7, wearer=2).chunks()))
    assert [due for due, _ in chunks] == sorted(due for due, _ in chunks)
    for stream, spec in STREAMS.items():
        mine = [samples for _, samples in chunks if samples.stream is stream]
        assert {samples.wearer for samples in mine} == {2}
        assert {len(samples.values) for samples in mine} == {spec.samples_per_packet}
        assert not any(samples.lost for samples in mine)
        values = np.concatenate([samples.values for samples in mine])
        assert np.array_equal(values, lively.data[stream][: len(values)])


def test_hours_of_it_take_no_more_memory_than_minutes():
    chunks = SimulatedWearer(seed=1).chunks()
    tracemalloc.start()
    try:
        peaks = []
        for _ in range(4):
            tracemalloc.reset_peak()
            for _ in islice(chunks, 740 * 20):
                pass
            peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    assert max(peaks[1:]) < 1.1 * peaks[0]


def test_every_value_is_one_that_the_sensor_can_give(lively):
    for stream, values in lively.data.items():
        assert values.min() >= STREAMS[stream].lowest
        assert values.max() <= STREAMS[stream].highest
    for stream, steps in STEPS_PER_UNIT.items():
        counts = lively.data[stream] * steps
        assert np.allclose(counts, np.rint(counts), atol=1e-6)
    kelvin_steps = (lively.data[Stream.TEMP] + 273.15) / 0.02
    assert np.allclose(kelvin_steps, np.rint(kelvin_steps), atol=1e-6)


def test_it_begins_as_a_band_does(lively):
    assert lively.data[Stream.BVP][:11].tolist() == [0.0] * 11
    assert lively.data[Stream.BVP][11:40].any()
    eda = lively.data[Stream.EDA]
    assert eda[0] == 0.0
    assert np.all(np.diff(eda[:5]) > 0)


def test_still_sensors_are_as_noisy_as_real_ones():
    still = SimulatedWearer(seed=3, script=Script()).session(120).data
    assert 0.4 < np.median(np.std(still[Stream.ACC][:3840].reshape(-1, 64, 3), axis=1)) * 64 < 0.8
    assert np.median(np.abs(np.diff(still[Stream.EDA][20:]))) / 0.00128 == pytest.approx(1.0)
    assert 0.75 < np.mean(np.diff(still[Stream.TEMP]) == 0) < 0.95


def test_off_the_wrist_there_is_no_skin_and_no_pulse():
    wearer = SimulatedWearer(seed=3, script=Script((StrapOff(60, 40),)))
    data, truth = wearer.session(150).data, wearer.truth(150)
    assert np.all(data[Stream.EDA][60 * 4 : 100 * 4] == 0.0)
    assert np.all(data[Stream.EDA][1 : 60 * 4] > 0.0)
    assert np.ptp(data[Stream.BVP][62 * 64 : 100 * 64]) < 5.0
    assert data[Stream.TEMP][100 * 4] < data[Stream.TEMP][60 * 4] - 3.0
    assert data[Stream.TEMP][-1] > data[Stream.TEMP][100 * 4] + 2.0
    assert truth.worn == ((0.0, 60.0), (100.0, 150.0))
    assert not np.any((truth.beats >= 60) & (truth.beats < 100))


def test_a_session_of_it_goes_through_the_export_unchanged(lively, tmp_path):
    write_session(tmp_path / "export", lively)
    again = read_session(tmp_path / "export")
    assert again.problems == ()
    assert again.tags == lively.tags == (75.0,)
    for stream, values in lively.data.items():
        assert np.array_equal(again.data[stream], values)
    for left, right in ((again.ibi, lively.ibi), (again.hr, lively.hr)):
        assert np.allclose(left[0], right[0])
        assert np.allclose(left[1], right[1], atol=0.005)


def test_a_repeating_scene_varies_but_stays_itself():
    turn = LIVELY.length_s
    truth = SimulatedWearer(seed=5).truth(3 * turn)
    count = len(truth.taps) // 3
    first, second, third = (
        np.array(truth.taps[start : start + count]) - start // count * turn for start in (0, count, 2 * count)
    )
    for later in (second, third):
        assert np.abs(later - first).max() < 6.0
        assert not np.allclose(later, first)
    assert len({round(amplitude, 6) for _, amplitude in truth.responses}) > count
