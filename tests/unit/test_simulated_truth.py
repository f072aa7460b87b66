import numpy as np
import pytest

from limen.errors import UsageError
from limen.inlets.simulated import (
    Body,
    Constrict,
    Move,
    Press,
    Quicken,
    Respond,
    Script,
    SimulatedWearer,
    Tap,
    Tilt,
    Warm,
)
from limen.streams import Stream


def played(*happenings, seconds=90.0, seed=11, **body):
    wearer = SimulatedWearer(seed, script=Script(happenings, body=Body(**body)))
    return wearer.session(seconds).data, wearer.truth(seconds)


def test_beats_are_the_feet_of_the_pulse():
    data, truth = played()
    bvp = data[Stream.BVP]
    beats = truth.beats[(truth.beats > 1) & (truth.beats < 89)]
    assert 60 / np.diff(beats).mean() == pytest.approx(68, abs=5)
    for beat in beats:
        at = round(beat * 64)
        lowest = at - 16 + int(np.argmin(bvp[at - 16 : at + 17]))
        assert abs(lowest - beat * 64) <= 3


def test_the_heart_quickens_with_each_breath_in():
    _, truth = played(seconds=300)
    intervals = np.diff(truth.beats)
    middles = (truth.beats[1:] + truth.beats[:-1]) / 2
    turns = np.interp(middles, truth.breaths, np.arange(len(truth.breaths))) % 1.0
    inside = (middles > truth.breaths[0]) & (middles < truth.breaths[-1])
    fast, slow = intervals[inside & (turns < 0.5)], intervals[inside & (turns >= 0.5)]
    assert slow.mean() - fast.mean() > 0.03
    assert np.std(intervals) > 0.02


def test_a_quickened_heart_beats_faster_for_its_time_only():
    _, truth = played(Quicken(30, 30, 25))

    def bpm(start: float, end: float) -> float:
        beats = truth.beats[(truth.beats > start) & (truth.beats < end)]
        return 60 / np.diff(beats).mean()

    assert bpm(38, 52) - bpm(5, 28) > 18
    assert abs(bpm(62, 88) - bpm(5, 28)) < 8


def test_a_constricted_pulse_is_smaller_by_its_depth():
    data, truth = played(Constrict(40, 20, 0.5))
    bvp = data[Stream.BVP]
    before, within = np.ptp(bvp[20 * 64 : 38 * 64]), np.ptp(bvp[43 * 64 : 57 * 64])
    assert 0.4 < within / before < 0.65
    assert truth.constrictions == ((40.0, 60.0),)


@pytest.mark.parametrize("rise_s", [1.0, 2.0, 5.0])
def test_a_response_peaks_after_its_rise_with_its_amplitude_and_decays(rise_s):
    data, truth = played(Respond(30, 0.4, rise_s))
    eda = data[Stream.EDA]
    peak = int(np.argmax(eda[30 * 4 : 50 * 4]))
    assert abs(peak / 4 - rise_s) <= 1.0
    assert eda[30 * 4 + peak] - eda[30 * 4] == pytest.approx(0.4, abs=0.03)
    assert abs(eda[60 * 4] - eda[30 * 4]) < 0.12
    assert truth.responses == ((30.0, 0.4),)


def test_a_tap_is_a_jump_where_it_was_and_nowhere_else():
    data, truth = played(Tap(20), Tap(20.7), Tap(59.99))
    acc = data[Stream.ACC]
    jumps = np.flatnonzero(np.linalg.norm(np.diff(acc, axis=0), axis=1) >= 0.5) + 1
    assert set(np.round(jumps / 32, 1)) <= {20.0, 20.1, 20.7, 20.8, 60.0, 60.1}
    for tap in truth.taps:
        assert np.any(np.abs(jumps / 32 - tap) <= 1 / 32)


def test_a_tilt_turns_gravity_by_its_angle_and_back():
    data, truth = played(Tilt(30, 10, 60))
    acc = data[Stream.ACC]

    def angle(start: int, end: int) -> float:
        pose, there = acc[10 * 32 : 12 * 32].mean(axis=0), acc[start * 32 : end * 32].mean(axis=0)
        return np.degrees(np.arccos(pose @ there / np.linalg.norm(pose) / np.linalg.norm(there)))

    assert 48 < angle(33, 37) < 70
    assert angle(45, 47) < 8
    assert truth.tilts == ((30.0, 40.0),)
    assert truth.moves == ((30.0, 31.0), (39.0, 40.0))


def test_a_movement_moves_and_throws_the_pulse():
    data, truth = played(Move(30, 5, 0.6))
    length = np.linalg.norm(data[Stream.ACC], axis=1)
    assert np.std(length[31 * 32 : 34 * 32]) > 10 * np.std(length[20 * 32 : 29 * 32])
    assert np.std(data[Stream.BVP][31 * 64 : 34 * 64]) > 1.5 * np.std(data[Stream.BVP][20 * 64 : 29 * 64])
    assert truth.moves == ((30.0, 35.0),)


def test_warmth_goes_by_its_amount_and_stays():
    data, truth = played(Warm(20, 20, 0.8), Warm(60, 10, -0.5))
    temp = data[Stream.TEMP]
    assert np.mean(temp[42 * 4 : 58 * 4]) - np.mean(temp[: 20 * 4]) == pytest.approx(0.8, abs=0.1)
    assert np.mean(temp[72 * 4 : 88 * 4]) - np.mean(temp[42 * 4 : 58 * 4]) == pytest.approx(-0.5, abs=0.1)
    assert truth.warmings == ((20.0, 40.0),)
    assert truth.coolings == ((60.0, 70.0),)


def test_presses_become_tags():
    wearer = SimulatedWearer(1, script=Script((Press(12.5),)))
    assert wearer.session(20).tags == wearer.truth(20).presses == (12.5,)


@pytest.mark.parametrize(
    ("happenings", "says"),
    [
        ((Move(55, 10),), "does not lie within"),
        ((Tap(-1),), "does not lie within"),
        ((Warm(5, 10, 0.5),), "cool as much as it warms"),
        ((Respond(5, 0.3, 9.0),), "rise_s"),
    ],
)
def test_a_scene_that_cannot_repeat_is_refused(happenings, says):
    with pytest.raises(UsageError, match=says):
        Script(happenings, length_s=60)
