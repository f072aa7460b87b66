import numpy as np
import pytest

from limen.gates.rings import DelayRing, LowRing, MeanRing


def test_the_mean_ring_gives_the_mean_of_its_window_and_of_what_came_while_it_fills():
    ring, values = MeanRing(4), np.random.default_rng(1).normal(0, 1, 50)
    for n, value in enumerate(values, 1):
        assert ring.push(value) == pytest.approx(values[max(0, n - 4) : n].mean())
        assert ring.full is (n >= 4)


def test_an_artefact_leaves_the_mean_ring_without_a_trace():
    ring = MeanRing(7)
    for value in [1e15] * 20 + [0.1] * 14:
        mean = ring.push(value)
    assert mean == pytest.approx(0.1, rel=1e-15)


def test_a_cleared_mean_ring_begins_anew():
    ring = MeanRing(3)
    for value in (9.0, 9.0, 9.0, 9.0):
        ring.push(value)
    ring.clear()
    assert not ring.full
    assert ring.push(1.0) == 1.0


def test_the_low_ring_gives_the_lowest_and_can_be_armed_anew():
    ring = LowRing(3)
    assert [ring.push(value) for value in (5.0, 3.0, 4.0, 6.0, 7.0, 8.0)] == [5.0, 3.0, 3.0, 3.0, 4.0, 6.0]
    ring.refill(10.0)
    assert ring.push(12.0) == 10.0


def test_the_delay_ring_gives_back_what_was_pushed_so_long_ago():
    ring = DelayRing(3)
    assert [ring.push(value) for value in (1.0, 2.0, 3.0, 4.0, 5.0)] == [0.0, 0.0, 0.0, 1.0, 2.0]
    assert ring.full
    ring.clear()
    assert [ring.push(value) for value in (6.0, 7.0, 8.0, 9.0)] == [0.0, 0.0, 0.0, 6.0]
