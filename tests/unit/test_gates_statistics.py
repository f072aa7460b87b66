import numpy as np
import pytest

from limen.gates.statistics import RunningMedian, WinsorisedMean


def fed(values, window=100, least=0.01, start=None):
    statistics = WinsorisedMean(window, least, start)
    for value in values:
        statistics.update(float(value))
    return statistics


def test_mean_and_deviation_are_those_of_the_numbers():
    found = fed(np.random.default_rng(1).normal(5.0, 2.0, 20_000), window=2000)
    assert found.mean == pytest.approx(5.0, abs=0.3)
    assert found.deviation == pytest.approx(2.0 * np.sqrt(2 / np.pi), rel=0.15)  # mean absolute, not standard


def test_the_first_number_starts_the_mean_unless_a_start_is_given():
    assert fed([7.0]).mean == 7.0
    assert fed([7.0], start=0.0).mean == pytest.approx(0.03)  # clipped at three least deviations


def test_a_constant_keeps_the_least_deviation():
    found = fed([3.0] * 5000, least=0.25)
    assert found.mean == 3.0
    assert found.deviation == 0.25


def test_an_artefact_moves_the_mean_by_no_more_than_the_clip():
    found = fed(np.random.default_rng(2).normal(0.0, 1.0, 1000), window=500)
    before, deviation = found.mean, found.deviation
    found.update(1e9)
    assert found.mean - before == pytest.approx(3 * deviation / 500)


def test_a_lasting_change_is_followed_in_the_end():
    found = fed([0.0] * 500 + [10.0] * 3000, window=200, least=0.1)
    assert found.mean == pytest.approx(10.0, abs=0.2)


def test_it_learns_until_its_window_is_full_and_again_after_a_restart():
    found = fed(range(99), window=100)
    assert found.learning
    assert found.count == 99
    found.update(1.0)
    assert not found.learning
    found.restart(1000)
    assert found.learning
    before = found.mean
    found.update(before + found.deviation)
    assert found.mean == pytest.approx(before + found.deviation / 2, rel=0.2)
    for _ in range(98):
        found.update(1.0)
    assert not found.learning


def test_a_baseline_shorter_than_the_window_is_learned_when_it_has_been_seen():
    found = fed(range(100), window=100)
    found.restart(10)
    for _ in range(8):
        found.update(1.0)
    assert found.learning
    found.update(1.0)
    assert not found.learning
    assert found.count == 10


def test_what_was_kept_is_not_learned_again():
    first, second = fed(range(30), window=100), WinsorisedMean(100, 1.0)
    second.restore(first.snapshot())
    assert not second.learning
    assert second.count == 30


def test_a_snapshot_restores_everything_that_counts():
    random = np.random.default_rng(3).normal(0.0, 1.0, 300)
    first, second = fed(random), WinsorisedMean(100, 0.01)
    second.restore(first.snapshot())
    for value in (0.3, -8.0, 2.2):
        first.update(value)
        second.update(value)
    assert first.snapshot() == second.snapshot()


def test_a_restored_deviation_is_never_less_than_the_least():
    found = WinsorisedMean(100, 0.5)
    found.restore((1.0, 0.0, 400))
    assert found.deviation == 0.5
    assert not found.learning


def test_a_running_median_is_the_lower_middle_of_the_last_numbers():
    median = RunningMedian(3)
    assert (len(median), median.median) == (0, 0.0)
    seen = []
    for value in (5.0, 1.0, 9.0, 2.0, 2.0):
        median.push(value)
        seen.append(median.median)
    assert seen == [5.0, 1.0, 5.0, 2.0, 2.0]
    assert median.last(2) == [2.0, 2.0]
    assert median.last(9) == [2.0, 2.0, 9.0]
    median.clear()
    assert len(median) == 0
