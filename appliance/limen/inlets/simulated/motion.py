"""The simulated arm: gravity that turns, swings, knocks, and the accelerometer's own noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from limen.export import ACC_COUNTS_PER_G
from limen.inlets.session import Array
from limen.inlets.simulated.noise import Wander, generator, window
from limen.inlets.simulated.script import Happening, Move, StrapOff, Tap, Tilt
from limen.streams import STREAMS, Stream

RATE_HZ: Final = STREAMS[Stream.ACC].rate_hz
NOISE_COUNTS: Final = 0.4  # with rounding on top, the half count that each axis of a still real band shows
POSE: Final = np.array([0.10, -0.30, 0.95]) / math.hypot(0.10, -0.30, 0.95)
TURN_S: Final = 1.0
SWING_HZ: Final = (0.7, 3.0)
SWING_FLANK_S: Final = 0.25
SWING_SINES: Final = 3
KNOCK: Final = (1.0, -0.55, 0.2)  # shares of its strength in successive samples
KNOCK_AXIS: Final = np.array([0.3, 0.2, 0.93])
HANDLING_S: Final = 1.5
HANDLING_G: Final = 0.5

# Two directions at right angles to the pose, to turn in.
_ASIDE: Final = np.cross(POSE, [1.0, 0.0, 0.0]) / np.linalg.norm(np.cross(POSE, [1.0, 0.0, 0.0]))
_ACROSS: Final = np.cross(_ASIDE, POSE)


def swings(happenings: Sequence[Happening]) -> list[Move]:
    """All swings of the arm, those of taking the band off and putting it on again among them."""
    moves = [happening for happening in happenings if isinstance(happening, Move)]
    for off in happenings:
        if isinstance(off, StrapOff):
            moves.append(Move(off.at_s - HANDLING_S, HANDLING_S, HANDLING_G))
            moves.append(Move(off.at_s + off.for_s, HANDLING_S, HANDLING_G))
    return moves


def swing(seed: int, moves: Sequence[Move], t: Array) -> Array:
    """What the swings add to each axis at the times `t`, as (n, 3) in g."""
    total = np.zeros((len(t), 3))
    for move in moves:
        start, end = np.searchsorted(t, (move.at_s, move.at_s + move.for_s)).tolist()
        if start == end:
            continue
        within = t[start:end]
        chance = generator(seed, "swing", round(move.at_s * 1000))
        hz = chance.uniform(*SWING_HZ, (SWING_SINES, 3))
        phase = chance.uniform(0.0, math.tau, (SWING_SINES, 3))
        waves = np.sin(math.tau * hz * (within - move.at_s)[:, None, None] + phase).sum(axis=1)
        shape = window(within, move.at_s, move.at_s + move.for_s, SWING_FLANK_S)
        total[start:end] += move.strength_g * shape[:, None] * waves / math.sqrt(SWING_SINES)
    return total


class Arm:
    """Gives the accelerometer's counts, block by block."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._sway = Wander(seed, "sway", (math.radians(2.0), 41.0), (math.radians(1.5), 17.0))
        self._roll = Wander(seed, "roll", (math.radians(2.0), 53.0))

    def block(self, number: int, first: int, count: int, happenings: Sequence[Happening]) -> Array:
        """`count` samples from sample `first`, as (n, 3) in g on the sensor's lattice."""
        t = np.arange(first, first + count) / RATE_HZ
        angle = self._sway.at(t)
        for tilt in happenings:
            if isinstance(tilt, Tilt):
                turned = window(t, tilt.at_s, tilt.at_s + tilt.for_s, TURN_S)
                angle += math.radians(tilt.angle_deg) * turned
        roll = self._roll.at(t)
        counts = (np.cos(angle) * np.cos(roll))[:, None] * POSE
        counts += (np.sin(angle) * np.cos(roll))[:, None] * _ACROSS + np.sin(roll)[:, None] * _ASIDE
        counts += swing(self._seed, swings(happenings), t)
        for tap in happenings:
            if isinstance(tap, Tap):
                for after, share in enumerate(KNOCK):
                    at = math.ceil(tap.at_s * RATE_HZ) + after - first
                    if 0 <= at < count:
                        counts[at] += share * tap.strength_g * KNOCK_AXIS
        counts *= ACC_COUNTS_PER_G
        counts += generator(self._seed, "acc", number).normal(0.0, NOISE_COUNTS, counts.shape)
        return np.clip(np.rint(counts), -128, 127) / ACC_COUNTS_PER_G
