"""The simulated skin's conductance: a drifting level, responses on it, contact and its loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from limen.inlets.session import Array
from limen.inlets.simulated.noise import Wander, generator
from limen.inlets.simulated.script import REACH_S, Body, Happening, Respond
from limen.inlets.simulated.wear import contact_s, worn
from limen.streams import STREAMS, Stream

RATE_HZ: Final = STREAMS[Stream.EDA].rate_hz
STEPS_PER_US: Final = 100_000 / 128  # 0.00128 µS, written so that a step is the double nearest to its decimals
NOISE_STEPS: Final = 0.6  # successive samples of real sessions differ by a median of one step
CONTACT_TAU_S: Final = 0.5
# A bi-exponential that decays four times as slowly as it rises: with this ratio the peak lies 1.85 rise constants
# after the onset, and half of it is gone again within about one and a half times the rise.
DECAY_RATIO: Final = 4.0
PEAK_AT: Final = math.log(DECAY_RATIO) * DECAY_RATIO / (DECAY_RATIO - 1)
PEAK: Final = math.exp(-PEAK_AT / DECAY_RATIO) - math.exp(-PEAK_AT)


def response(since_s: Array, rise_s: float) -> Array:
    """The shape of a response, 0 at its onset and 1 at its peak `rise_s` later; `since_s` not negative."""
    u = since_s * (PEAK_AT / rise_s)
    return np.asarray((np.exp(-u / DECAY_RATIO) - np.exp(-u)) / PEAK, dtype=np.float64)


class Skin:
    """Gives conductance in µS, block by block."""

    def __init__(self, seed: int, body: Body) -> None:
        self._seed = seed
        self._body = body
        self._drift = Wander(seed, "eda drift", (0.04, 211.0), (0.01, 73.0))

    def block(self, number: int, first: int, count: int, happenings: Sequence[Happening]) -> Array:
        """`count` samples from sample `first`, on the sensor's lattice; exactly 0 off the wrist."""
        t = np.arange(first, first + count) / RATE_HZ
        level = self._body.skin_us * (1.0 + self._drift.at(t))
        for happening in happenings:
            if isinstance(happening, Respond):
                start, end = np.searchsorted(t, (happening.at_s, happening.at_s + REACH_S)).tolist()
                shape = response(t[start:end] - happening.at_s, happening.rise_s)
                level[start:end] += happening.amplitude_us * shape
        steps = level * STEPS_PER_US
        steps += generator(self._seed, "eda", number).normal(0.0, NOISE_STEPS, count)
        steps *= 1.0 - np.exp(-contact_s(t, happenings) / CONTACT_TAU_S)
        steps[~worn(t, happenings)] = 0.0
        return np.maximum(np.rint(steps), 0.0) / STEPS_PER_US
