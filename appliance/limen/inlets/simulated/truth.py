"""What really happened to the simulated wearer, to hold the gates against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from limen.inlets.session import Array
from limen.inlets.simulated.motion import TURN_S, swings
from limen.inlets.simulated.script import Constrict, Happening, Press, Respond, Tap, Tilt, Warm, end_s
from limen.inlets.simulated.wear import off_wrist, worn

Interval = tuple[float, float]


@dataclass(frozen=True)
class Truth:
    """All times in seconds from the start; intervals are (from, until), in order.

    `beats` are the feet of the pulse and `responses` (onset, amplitude in µS), both only while the band is worn.
    `breaths` are the beginnings of each breath in. `moves` are all times at which the arm moves: swings, turning to
    a tilt and back, handling the band; taps are apart. `tilts` reach from the beginning of the turn to the end of
    the turn back.
    """

    beats: Array
    breaths: Array
    responses: tuple[tuple[float, float], ...]
    constrictions: tuple[Interval, ...]
    moves: tuple[Interval, ...]
    taps: tuple[float, ...]
    tilts: tuple[Interval, ...]
    warmings: tuple[Interval, ...]
    coolings: tuple[Interval, ...]
    worn: tuple[Interval, ...]
    presses: tuple[float, ...]


def truth_of(happenings: Sequence[Happening], beats: Array, breaths: Array, duration_s: float) -> Truth:
    """Put together what happened before `duration_s`."""
    happenings = sorted((h for h in happenings if h.at_s < duration_s), key=lambda h: h.at_s)
    responses = [h for h in happenings if isinstance(h, Respond)]
    seen = worn(np.array([response.at_s for response in responses]), happenings).tolist()
    tilts = [h for h in happenings if isinstance(h, Tilt)]
    turns = [(h.at_s, h.at_s + min(TURN_S, h.for_s / 2)) for h in tilts]
    turns += [(end_s(h) - min(TURN_S, h.for_s / 2), end_s(h)) for h in tilts]
    moves = [(move.at_s, end_s(move)) for move in swings(happenings)]
    ramps = [h for h in happenings if isinstance(h, Warm)]
    return Truth(
        beats=beats[beats < duration_s],
        breaths=breaths[breaths < duration_s],
        responses=tuple((h.at_s, h.amplitude_us) for h, on in zip(responses, seen, strict=True) if on),
        constrictions=tuple((h.at_s, end_s(h)) for h in happenings if isinstance(h, Constrict)),
        moves=_joined(turns + moves),
        taps=tuple(h.at_s for h in happenings if isinstance(h, Tap)),
        tilts=tuple((h.at_s, end_s(h)) for h in tilts),
        warmings=tuple((h.at_s, end_s(h)) for h in ramps if h.by_degc > 0),
        coolings=tuple((h.at_s, end_s(h)) for h in ramps if h.by_degc < 0),
        worn=_gaps(_joined(off_wrist(happenings)), duration_s),
        presses=tuple(h.at_s for h in happenings if isinstance(h, Press)),
    )


def _joined(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def _gaps(intervals: Sequence[Interval], duration_s: float) -> tuple[Interval, ...]:
    edges = [0.0, *(edge for interval in intervals for edge in interval), duration_s]
    return tuple(
        (start, min(end, duration_s)) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end
    )
