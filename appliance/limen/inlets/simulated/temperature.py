"""The simulated skin's temperature, as the thermopile sees it: ramps, and the room's when the band is off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from limen.inlets.session import Array
from limen.inlets.simulated.noise import Wander, generator
from limen.inlets.simulated.script import Body, Happening, Warm
from limen.inlets.simulated.wear import worn
from limen.streams import STREAMS, Stream

RATE_HZ: Final = STREAMS[Stream.TEMP].rate_hz
ZERO_HUNDREDTHS: Final = (
    27315  # steps are 0.02 °C; the lattice counts from absolute zero, hence the vendor's odd hundredths
)
NOISE_STEPS: Final = 0.1  # 85 % of successive samples of real sessions are equal
WARM_UP_TAU_S: Final = 90.0
COOL_DOWN_TAU_S: Final = 60.0


class Warmth:
    """Gives temperature in °C, block by block; blocks follow each other."""

    def __init__(self, seed: int, body: Body) -> None:
        self._seed = seed
        self._body = body
        self._drift = Wander(seed, "temp drift", (0.04, 601.0))
        self._share = 1.0  # of the way from room to skin temperature

    def block(self, number: int, first: int, count: int, happenings: Sequence[Happening]) -> Array:
        """`count` samples from sample `first`, on the sensor's lattice."""
        t = np.arange(first, first + count) / RATE_HZ
        skin = self._body.skin_degc + self._drift.at(t)
        for warm in happenings:
            if isinstance(warm, Warm):
                skin += warm.by_degc * np.clip((t - warm.at_s) / warm.for_s, 0.0, 1.0)
        share = self._shares(worn(t, happenings).tolist())
        degc = self._body.room_degc + share * (skin - self._body.room_degc)
        steps = (degc * 100 + ZERO_HUNDREDTHS) / 2
        steps += generator(self._seed, "temp", number).normal(0.0, NOISE_STEPS, count)
        return (np.rint(steps) * 2 - ZERO_HUNDREDTHS) / 100

    def _shares(self, on: list[bool]) -> Array:
        warm_up = math.exp(-1 / (WARM_UP_TAU_S * RATE_HZ))
        cool_down = math.exp(-1 / (COOL_DOWN_TAU_S * RATE_HZ))
        shares = []
        share = self._share
        for touching in on:
            share = 1.0 - (1.0 - share) * warm_up if touching else share * cool_down
            shares.append(share)
        self._share = share
        return np.array(shares)
