"""The default scene through the gates: what a demonstration shows, held against what really happened."""

from itertools import takewhile

import numpy as np
import pytest

from limen.gates import GATES, Edge, Engine
from limen.inlets.simulated import SimulatedWearer

LENGTH_S = 350.0
SEEDS = [1, 2, 3]


@pytest.fixture(scope="module", params=SEEDS)
def scene(request):
    """Rising edges by gate, and the truth."""
    wearer = SimulatedWearer(request.param)
    engine = Engine()
    rising = {name: [] for name in GATES}
    for _, samples in takewhile(lambda chunk: chunk[0] <= LENGTH_S, wearer.chunks()):
        for event in engine.feed(samples):
            if isinstance(event, Edge) and event.bit:
                rising[event.gate].append(event.t)
    return {name: np.array(times) for name, times in rising.items()}, wearer.truth(LENGTH_S)


def near(times, moments, before, after):
    return np.array([np.any((times >= moment - before) & (times <= moment + after)) for moment in moments])


def test_every_gate_that_is_on_opens_within_seventy_five_seconds(scene):
    rising, _ = scene
    late = [name for name, spec in GATES.items() if spec.defaults.enable and not np.any(rising[name] < 75)]
    assert late == []


def test_the_pulse_meets_the_true_beats_where_the_arm_is_still(scene):
    rising, truth = scene
    still = [
        beat
        for beat in truth.beats
        if 10 < beat < LENGTH_S - 2
        and not any(start - 1 < beat < end + 3 for start, end in truth.moves)
        and not any(off - 1 < beat < off + 10 for _, off in truth.worn)
        and not any(start - 8 < beat < start + 10 for start, _ in truth.worn)
        and not any(start < beat < end for start, end in truth.constrictions)
    ]
    assert len(still) > 100
    assert near(rising["pulse"], still, 0.0, 0.35).mean() > 0.97


def test_responses_are_risen_to_and_little_else(scene):
    rising, truth = scene
    onsets = [onset for onset, _ in truth.responses if onset < LENGTH_S - 5]
    assert near(rising["rise"], onsets, 0.0, 3.0).mean() >= 0.9
    assert near(np.array(onsets), rising["rise"], 3.0, 0.0).mean() >= 0.9


def test_taps_and_tilts_are_met(scene):
    rising, truth = scene
    taps = [tap for tap in truth.taps if tap < LENGTH_S - 2]
    tilts = [start for start, _ in truth.tilts if start < LENGTH_S - 5]
    assert near(rising["tap"], taps, 0.02, 0.1).all()
    assert near(rising["tilt"], tilts, 0.0, 1.5).all()
