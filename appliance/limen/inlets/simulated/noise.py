"""Chance that is always the same for the same seed, however far ahead and in whatever order it is asked for."""

from __future__ import annotations

import math
import zlib

import numpy as np

from limen.inlets.session import Array


def generator(seed: int, purpose: str, number: int = 0) -> np.random.Generator:
    """A generator of its own for each purpose and number (of a block, a turn, a happening)."""
    return np.random.default_rng((seed % 2**64, zlib.crc32(purpose.encode()), number % 2**64))


class Wander:
    """A slow drift around 0, made of sines of the given (amplitude, period in s), with phases from the seed."""

    def __init__(self, seed: int, purpose: str, *sines: tuple[float, float]) -> None:
        phases = generator(seed, purpose).uniform(0.0, math.tau, len(sines)).tolist()
        self._sines = [
            (amplitude, math.tau / period_s, phase)
            for (amplitude, period_s), phase in zip(sines, phases, strict=True)
        ]

    def at(self, t: Array) -> Array:
        """Where it is at the times `t` in seconds."""
        total = np.zeros(len(t))
        for amplitude, omega, phase in self._sines:
            total += amplitude * np.sin(omega * t + phase)
        return total


def window(t: Array, start_s: float, end_s: float, flank_s: float) -> Array:
    """0 outside, 1 inside, with cosine flanks of up to `flank_s` that lie within."""
    flank = min(flank_s, (end_s - start_s) / 2)
    inside = np.clip(np.minimum(t - start_s, end_s - t) / flank, 0.0, 1.0) if flank > 0 else np.zeros(len(t))
    return np.asarray((1.0 - np.cos(np.pi * inside)) / 2, dtype=np.float64)
