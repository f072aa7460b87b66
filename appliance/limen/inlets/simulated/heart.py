"""The simulated heart and the pulse at the wrist: beats that breathe, a pulse that swells and shrinks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from limen.inlets.session import Array
from limen.inlets.simulated.motion import swing, swings
from limen.inlets.simulated.noise import Wander, generator, window
from limen.inlets.simulated.script import Body, Constrict, Happening, Quicken
from limen.inlets.simulated.wear import worn
from limen.streams import STREAMS, Stream

RATE_HZ: Final = STREAMS[Stream.BVP].rate_hz
SLOWEST_HZ: Final = 0.5
STEPS_PER_UNIT: Final = 100
RATE_NOISE_HZ: Final = 0.05  # makes successive intervals differ by some 5 ms beside breath and drift
NOISE: Final = 0.6  # BVP units
NOISE_OFF: Final = 0.3
UNITS_PER_G: Final = 150.0  # how far a swing of 1 g throws the signal; real sessions reach ten times a pulse
BREATH_PULSE: Final = 0.08  # shares of a pulse by which its height and its baseline follow the breath
BREATH_BASE: Final = 0.08
QUICKEN_FLANK_S: Final = 5.0
CONSTRICT_FLANK_S: Final = 1.5


def _wave() -> Array:
    """One beat from foot to foot, 1 high: a steep rise, two shoulders, a sharp trough.

    The places and widths were set beside the mean beat of two real wrists.
    """
    phase = np.arange(512) / 512

    def hump(at: float, width: float) -> Array:
        away = (phase - at + 0.5) % 1.0 - 0.5
        return np.asarray(np.exp(-((away / width) ** 2) / 2), dtype=np.float64)

    wave = 0.50 * hump(0.28, 0.09) + 0.55 * hump(0.52, 0.15) - 0.50 * hump(0.0, 0.07)
    wave = np.roll(wave, -int(np.argmin(wave)))
    return np.asarray((wave - wave.mean()) / np.ptp(wave), dtype=np.float64)


WAVE: Final = _wave()


class Heart:
    """Gives the blood volume pulse and when beats and breaths began, block by block; blocks follow each other."""

    def __init__(self, seed: int, body: Body) -> None:
        self._seed = seed
        self._body = body
        self._drift = Wander(seed, "heart", (0.025, 97.0), (0.015, 31.0), (0.01, 10.3))
        steadiness = body.breaths_per_min / 60
        self._unevenness = Wander(seed, "breath", (0.5 * steadiness, 47.0), (0.3 * steadiness, 29.0))
        self._swell = Wander(seed, "pulse", (0.08, 67.0), (0.05, 23.0))
        self._phase = float(generator(seed, "first beat").uniform(0.0, 1.0))

    def block(
        self, number: int, first: int, count: int, happenings: Sequence[Happening]
    ) -> tuple[Array, Array, Array]:
        """`count` samples of BVP from sample `first`; the feet of the beats and the breaths begun in them, in s."""
        ends = np.arange(first, first + count + 1) / RATE_HZ
        t = ends[:-1]
        chance = generator(self._seed, "bvp", number)
        turns = self._body.breaths_per_min / 60 * ends + self._unevenness.at(ends)
        breath = np.sin(math.tau * turns[:-1])
        hz = self._body.bpm / 60 * (1.0 + self._drift.at(t) + self._body.respiratory * breath)
        height = self._body.pulse * (1.0 + self._swell.at(t) - BREATH_PULSE * breath)
        for happening in happenings:
            if isinstance(happening, Quicken):
                bump = window(t, happening.at_s, happening.at_s + happening.for_s, QUICKEN_FLANK_S)
                hz += happening.by_bpm / 60 * bump
            elif isinstance(happening, Constrict):
                bump = window(t, happening.at_s, happening.at_s + happening.for_s, CONSTRICT_FLANK_S)
                height *= 1.0 - happening.depth * bump
        hz += chance.normal(0.0, RATE_NOISE_HZ, count)
        phase = self._phase + np.concatenate([[0.0], np.cumsum(np.maximum(hz, SLOWEST_HZ) / RATE_HZ)])
        self._phase = float(phase[-1] % 1.0)
        on = worn(t, happenings)
        bvp = height * (WAVE[(phase[:-1] % 1.0 * len(WAVE)).astype(np.intp)] + BREATH_BASE * breath)
        bvp += UNITS_PER_G * swing(self._seed, swings(happenings), t)[:, 0]
        bvp *= on
        bvp += chance.normal(0.0, 1.0, count) * np.where(on, NOISE, NOISE_OFF)
        spec = STREAMS[Stream.BVP]
        bvp = np.clip(np.rint(bvp * STEPS_PER_UNIT) / STEPS_PER_UNIT, spec.lowest, spec.highest)
        if first == 0:
            bvp[: spec.samples_per_packet] = -0.0  # the band's first packet carries no signal
        beats = _passes(ends, phase)
        return bvp, beats[worn(beats, happenings)], _passes(ends, turns)


def _passes(t: Array, turns: Array) -> Array:
    """The times at which a rising count of turns passes whole numbers."""
    whole = np.arange(math.floor(turns[0]) + 1, math.floor(turns[-1]) + 1)
    return np.interp(whole, turns, t)
