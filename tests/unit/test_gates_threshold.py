import numpy as np
import pytest
from tests.gate_streams import play_rows, settings, share_open, wearer

from limen.gates import GATES, Engine
from limen.gates.statistics import WinsorisedMean
from limen.gates.threshold import AdaptiveThreshold, DutyThreshold, FixedThreshold


def adaptive(**changed):
    numbers = {"floor": 1.0, "by_mean": 2.0, "by_deviation": 3.0, "off_ratio": 0.5} | changed
    return AdaptiveThreshold(WinsorisedMean(50, 0.1, start=0.0), "g", **numbers)


def duty(share, **changed):
    numbers = {"rate_hz": 32, "start": 0.1, "floor": 0.05, "off_ratio": 0.6} | changed
    return DutyThreshold(share, WinsorisedMean(960, 0.005, start=0.0), "g", **numbers)


def test_a_fixed_threshold_is_its_number_times_the_sensitivity_and_learns_nothing():
    threshold = FixedThreshold(0.1, 0.6, "g")
    threshold.sensitivity = 2.0
    threshold.refresh()
    threshold.learn(99.0, 1)
    assert (threshold.on, threshold.off) == (0.2, 0.12)
    assert not threshold.learning


def test_an_adaptive_threshold_never_falls_below_its_floor():
    threshold = adaptive()
    for _ in range(500):
        threshold.learn(0.0, 0)
    assert threshold.on == 1.0
    assert threshold.off == 0.5


def test_an_adaptive_threshold_follows_mean_and_deviation_of_what_came_before():
    threshold = adaptive(by_mean=1.0, by_deviation=2.0, off_ratio=0.0, off_floor=0.5, off_by_deviation=1.0)
    for value in np.random.default_rng(1).normal(10.0, 1.0, 2000):
        threshold.learn(float(value), 0)
    mean, deviation = threshold.statistics.mean, threshold.statistics.deviation
    assert threshold.on == mean + 2 * deviation
    assert threshold.off == mean + deviation


def test_setting_the_sensitivity_keeps_the_ratio_of_on_and_off():
    threshold = adaptive()
    threshold.sensitivity = 0.5
    threshold.refresh()
    assert (threshold.on, threshold.off) == (0.5, 0.25)


@pytest.mark.parametrize("share", [0.05, 0.15, 0.4])
def test_a_duty_target_is_reached_on_any_scale(share):
    for scale in (1.0, 100.0):
        threshold = duty(share, start=0.1 * scale, floor=1e-6)
        values = scale * np.abs(np.random.default_rng(2).normal(0, 1, 32 * 900))
        opened = 0
        for n, value in enumerate(values):
            bit = int(value >= threshold.on)
            opened += bit and n >= 32 * 300
            threshold.learn(float(value), bit)
        assert opened / (32 * 600) == pytest.approx(share, abs=0.03)


def test_a_duty_target_stays_above_its_floor_and_where_it_was_while_switched_off():
    threshold = duty(0.2)
    for _ in range(30_000):
        threshold.learn(0.0, 0)
    assert threshold.on == 0.05
    threshold.learn(5.0, 1)
    reached = threshold.on
    for _ in range(10_000):
        threshold.learn(0.5, None)
    assert threshold.on == reached


@pytest.mark.parametrize(("gate", "share"), [("move", 0.15), ("accent", 0.1), ("rise", 0.2), ("constrict", 0.15)])
def test_gates_reach_their_duty_target_on_a_wearer(gate, share):
    stream = GATES[gate].stream
    rows = {stream: wearer(900)[stream]}
    events = play_rows(rows, Engine(streams=rows, settings=settings(gate, duty=share), readings=False))
    assert share_open(events, gate, 300, 900) == pytest.approx(share, abs=0.05)
