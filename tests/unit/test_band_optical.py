import math
import random
from itertools import pairwise

import pytest

from limen.inlets.band import optical
from limen.inlets.band.optical import (
    REST_SAMPLES,
    LightForm,
    OpticalEstimate,
    OpticalSettings,
)

RATE_HZ = 64


@pytest.mark.parametrize(
    ("hertz", "names"),
    [
        (0.5, (None, "HIGH_PASS_GAIN", "HIGH_PASS_1", "HIGH_PASS_2")),
        (8.0, ("LOW_PASS_GAIN", None, "LOW_PASS_1", "LOW_PASS_2")),
    ],
)
def test_coefficients_are_the_design_in_the_comment(hertz, names):
    k = math.tan(math.pi * hertz / RATE_HZ)
    n = 1 / (1 + math.sqrt(2) * k + k * k)
    design = (k * k * n, n, 2 * (k * k - 1) * n, (1 - math.sqrt(2) * k + k * k) * n)
    for name, value in zip(names, design, strict=True):
        if name is not None:
            assert getattr(optical, name) == pytest.approx(value, rel=1e-12)


def beats(seconds, *, steepness=6, bpm=72):
    """Systole up: a steep upstroke and a slow decay, in counts."""
    period = RATE_HZ * 60 / bpm
    level = []
    for k in range(seconds * RATE_HZ):
        phase = (k % period) / period
        level.append(30 * (phase * steepness if phase < 1 / steepness else (1 - phase) / (1 - 1 / steepness)))
    return level


def deltas(levels):
    rounded = [round(level) for level in levels]
    return [0] + [b - a for a, b in pairwise(rounded)]


def interleave(even, odd):
    return [count for pair in zip(even, odd, strict=True) for count in pair]


def play(estimate, fields, pairs=11):
    out = []
    for k in range(0, len(fields), 2 * pairs):
        out.extend(estimate.take(fields[k : k + 2 * pairs]))
    return out


def test_differences_and_levels_of_the_same_light_give_the_same_pulse():
    light = [-level for level in beats(20)]
    zero = [0] * len(light)
    from_deltas = play(OpticalEstimate(OpticalSettings()), interleave(deltas(light), zero))
    levels = [round(level) for level in light]
    from_levels = play(OpticalEstimate(OpticalSettings(form=LightForm.LEVEL)), interleave(levels, zero))
    assert from_levels == from_deltas
    assert max(from_deltas[RATE_HZ * 5 :]) > 10


def test_a_valley_of_light_is_a_rise_of_the_pulse():
    light = [-level for level in beats(20)]
    pulse = play(OpticalEstimate(OpticalSettings()), interleave(deltas(light), [0] * len(light)))
    slopes = [after - before for before, after in pairwise(pulse[RATE_HZ * 5 :])]
    assert max(slopes) > 1.5 * -min(slopes)


def test_a_steady_climb_of_light_leaves_no_level_and_days_of_it_no_drift():
    estimate = OpticalEstimate(OpticalSettings())
    pulse = play(estimate, [3, -2] * (RATE_HZ * 600))
    assert abs(pulse[-1]) == pytest.approx(abs(pulse[RATE_HZ * 60]), abs=1e-9)
    estimate.hold(REST_SAMPLES)
    assert estimate.take([0, 0]) == (0.0,)


def test_the_first_packet_only_says_where_the_light_stands():
    for form in LightForm:
        estimate = OpticalEstimate(OpticalSettings(form=form))
        assert set(estimate.take([63, -64] * 11)) == {0.0}


def test_lost_samples_are_held_however_they_are_cut():
    light = interleave(deltas(beats(6)), [0] * (6 * RATE_HZ))
    results = []
    for cuts in ([50], [1] * 50, [20, 0, 30]):
        estimate = OpticalEstimate(OpticalSettings())
        play(estimate, light)
        for samples in cuts:
            estimate.hold(samples)
        results.append(estimate.take(light[: 11 * 2]))
    assert results[0] == results[1] == results[2]


def test_hours_of_loss_cost_no_more_than_the_filter_takes_to_rest():
    one, many = (OpticalEstimate(OpticalSettings()) for _ in range(2))
    for estimate in (one, many):
        play(estimate, interleave(deltas(beats(6)), [0] * (6 * RATE_HZ)))
    one.hold(10**12)
    for _ in range(REST_SAMPLES + 7):
        many.hold(1)
    assert one.take([5, 5, -3, 2]) == many.take([5, 5, -3, 2])


@pytest.mark.parametrize("green", [0, 1])
@pytest.mark.parametrize("polarity", [1, -1])
def test_suggestion_finds_the_channel_that_swings_and_the_way_up(green, polarity):
    draw = random.Random(7)
    strong = [polarity * level + draw.gauss(0, 0.5) for level in beats(60)]
    weak = [0.2 * polarity * level + draw.gauss(0, 0.5) for level in beats(60)]
    channels = (strong, weak) if green == 0 else (weak, strong)
    estimate = OpticalEstimate(OpticalSettings())
    assert estimate.suggestion() is None
    play(estimate, interleave(deltas(channels[0]), deltas(channels[1])))
    suggestion = estimate.suggestion()
    assert (suggestion.channel, suggestion.polarity) == (green, polarity)
    assert suggestion.swing_ratio > 2


def test_one_knock_does_not_turn_the_suggestion():
    light = [-level for level in beats(90)]
    counts = deltas(light)
    counts[80 * RATE_HZ] = 63
    estimate = OpticalEstimate(OpticalSettings())
    play(estimate, interleave(counts, [0] * len(counts)))
    assert estimate.suggestion().polarity == -1


def test_a_symmetric_wave_says_nothing_about_polarity():
    light = [20 * math.sin(2 * math.pi * 1.2 * k / RATE_HZ) for k in range(60 * RATE_HZ)]
    estimate = OpticalEstimate(OpticalSettings())
    play(estimate, interleave(deltas(light), [0] * len(light)))
    assert estimate.suggestion().polarity is None
