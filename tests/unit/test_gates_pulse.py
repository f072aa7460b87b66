import numpy as np
import pytest
from tests.gate_streams import beat_times, clock, edges, one, pulse_wave, read_out, settings, spans

from limen.gates import Engine, Samples
from limen.streams import STREAMS, Stream

LAGS = np.arange(-0.5, 0.5, 0.02)
RATE = STREAMS[Stream.BVP].rate_hz


def rises(events, gate="pulse"):
    return np.array([edge.t for edge in edges(events, gate) if edge.bit])


def heart_rates(events):
    """(index, beats per minute) of each."""
    return read_out(events, "value", "hr")


@pytest.mark.parametrize("bpm", [45, 72, 110, 160])
def test_every_beat_opens_once_at_a_constant_lag(bpm):
    found = rises(one(Stream.BVP, pulse_wave(60, bpm).tolist()))
    beats = beat_times(60, bpm)
    met = [np.mean([np.min(np.abs(found - beat - lag)) < 0.1 for beat in beats[5:-2]]) for lag in LAGS]
    assert len(found) == pytest.approx(len(beats[beats > 3]), abs=2)
    assert max(met) > 0.99


@pytest.mark.parametrize("gain", [0.01, 1.0, 20.0])
def test_the_rule_is_free_of_scale(gain):
    noisy = pulse_wave(120) + np.random.default_rng(1).normal(0, 8.0, 120 * RATE)
    assert (
        rises(one(Stream.BVP, (gain * noisy).tolist())).tolist() == rises(one(Stream.BVP, noisy.tolist())).tolist()
    )


def test_a_constant_has_no_pulse():
    for value in (0.0, -33.37, 3276.7):
        assert edges(one(Stream.BVP, [value] * 300 * RATE)) == []


def test_the_interval_is_carried_and_heart_rate_read_once_it_is_locked():
    events = one(Stream.BVP, pulse_wave(60, 75, sway=0.0).tolist())
    carried = [edge.carry for edge in edges(events, "pulse") if edge.bit]
    assert carried[0] == 0.0
    assert carried[1:] == pytest.approx([0.8] * (len(carried) - 1), abs=0.02)
    heart = heart_rates(events)
    assert [bpm for _, bpm in heart] == pytest.approx([75.0] * len(heart), abs=1.0)
    assert heart[0][0] == edges(events, "pulse")[6].index  # three intervals need four beats


def test_a_true_rate_corrects_interval_and_heart_rate_and_moves_no_bit():
    wave = pulse_wave(60, 75, sway=0.0).tolist()
    plain = one(Stream.BVP, wave)
    fast = one(Stream.BVP, wave, Engine(streams=[Stream.BVP], rates={Stream.BVP: 128.0}))
    assert [edge.index for edge in edges(fast)] == [edge.index for edge in edges(plain)]
    assert edges(fast, "pulse")[4].carry == pytest.approx(edges(plain, "pulse")[4].carry / 2)
    assert heart_rates(fast)[0][1] == pytest.approx(150, abs=2)


def test_heart_rate_is_read_only_where_three_intervals_agree():
    noise = np.random.default_rng(4).normal(0, 60, 300 * RATE)
    short = Engine(streams=[Stream.BVP], settings=settings("pulse", hold_s=0.1))  # shows every beat
    events = one(Stream.BVP, (pulse_wave(300) + noise).tolist(), short)
    beats = [edge for edge in edges(events, "pulse") if edge.bit]
    agreed, intervals = [], []
    for beat in beats:
        intervals = [*intervals[-4:], beat.carry] if beat.carry else []
        usual = sorted(intervals)[(len(intervals) - 1) // 2] if intervals else 0.0
        if len(intervals) >= 3 and max(abs(each - usual) for each in intervals[-3:]) <= 0.25 * usual:
            agreed.append(beat.index)
    assert 0.2 < len(agreed) / len(beats) < 0.8
    assert [index for index, _ in heart_rates(events)] == agreed


def test_no_two_beats_within_three_tenths_of_a_second():
    noise = np.random.default_rng(5).normal(0, 100, 300 * RATE)
    found = edges(one(Stream.BVP, noise.tolist()), "pulse")
    assert len(found) > 100
    assert min(np.diff([edge.t for edge in found if edge.bit])) >= 0.296


def shrinking(seconds, small_from, small_to, to=0.5):
    t = clock(Stream.BVP, seconds)
    return (pulse_wave(seconds) * np.where((t > small_from) & (t < small_to), to, 1.0)).tolist()


def test_smaller_beats_open_constrict_within_two_beats_and_larger_ones_shut_it():
    ((on, off),) = spans(one(Stream.BVP, shrinking(90, 60, 70)), "constrict")
    assert 60 < on.t < 62
    assert 70 < off.t < 72
    assert on.why.value == pytest.approx(50, abs=15)
    assert "of the 30 before it" in on.why.sentence


def test_constrict_says_of_how_many_beats_its_median_is():
    on = edges(one(Stream.BVP, shrinking(30, 18, 25)), "constrict")[0]
    count = int(on.why.sentence.split("of the ")[1].split()[0])
    assert 10 <= count < 30
    assert on.why.learning


def test_without_beats_constrict_is_shut_even_while_the_pulse_is_held():
    values = shrinking(60, 50, 60) + [0.0] * 10 * RATE
    for hold_s in (0.11, 60.0):
        events = one(Stream.BVP, values, Engine(streams=[Stream.BVP], settings=settings("pulse", hold_s=hold_s)))
        ((_, off),) = spans(events, "constrict")
        assert off.why.guard == "no-beat"
        assert 62 < off.t < 64


def test_nothing_is_decided_for_three_seconds_and_the_power_is_young_for_ten():
    found = edges(one(Stream.BVP, pulse_wave(20).tolist()), "pulse")
    assert found[0].t >= 3.0
    assert {edge.why.learning for edge in found if edge.t < 9.9} == {True}
    assert {edge.why.learning for edge in found if edge.t >= 10.0} == {False}


def test_a_pulse_that_is_cut_off_is_told_with_its_last_ratio():
    engine = Engine(streams=[Stream.BVP], settings=settings("pulse", hold_s=5.0))
    one(Stream.BVP, pulse_wave(20).tolist(), engine)
    off = edges(engine.feed(Samples(1, Stream.BVP, 22 * RATE, (), 2 * RATE)), "pulse")[-1]
    assert off.why.guard == "stale"
    assert (off.why.value, off.why.threshold) != (0.0, 1.0)
    share = sum(term.value for term in off.why.terms if term.name != "sensitivity")
    assert off.why.threshold == pytest.approx(share)


def test_an_artefact_does_not_deafen_it():
    clean = pulse_wave(60)
    knocked = clean.copy()
    knocked[30 * RATE : 31 * RATE] *= 20
    first, second = (rises(one(Stream.BVP, values.tolist())) for values in (clean, knocked))
    assert second[second > 36].tolist() == first[first > 36].tolist()
