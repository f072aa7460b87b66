"""A recorded session as the packets that a band would have sent while it was made. Pure but for reading the files.

ACC and TEMP are exactly those of the session. EDA goes through the inverse of a chosen conversion. BVP is one
derived signal and the air carries two light channels, so the channels are made up: the first falls by the BVP's
own units at each beat, the second by a fraction of them, and both are sent as differences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from . import packing

SECOND_CHANNEL_SWING: Final = 0.3  # of the first: red light carries less pulse than green

T = TypeVar("T")

Tape = dict[str, bytes]
"""For each stream its packets, one after another, with counters from 0."""


def record(
    session: Path,
    start_s: int = 0,
    seconds: int | None = None,
    raw_eda: Callable[[float], int] = packing.raw_eda_inverse24be,
) -> Tape:
    """The packets of `seconds` of an export from `start_s` on; whole packets only.

    Raises ValueError where the session holds nothing there.
    """

    def rows(name: str) -> list[list[float]]:
        rate = packing.RATES_HZ[name]
        lines = (session / f"{name.upper()}.csv").read_text().split("\n")[2:]
        last = None if seconds is None else (start_s + seconds) * rate
        return [[float(cell) for cell in line.split(",")] for line in lines[start_s * rate : last] if line.strip()]

    bvp = light_deltas([row[0] for row in rows("bvp")])
    acc = [(int(x), int(y), int(z)) for x, y, z in rows("acc")]
    eda = [raw_eda(row[0]) for row in rows("eda")]
    temp = [packing.raw_temp(row[0]) for row in rows("temp")]
    tape = {
        "bvp": _packets(packing.pack_bvp, bvp, packing.BVP_FIELDS),
        "acc": _packets(packing.pack_acc, acc, packing.ACC_SAMPLES),
        "eda": _packets(packing.pack_eda, eda, packing.EDA_SAMPLES),
        "temp": _packets(packing.pack_temp, temp, packing.TEMP_SAMPLES),
    }
    if not all(tape.values()):
        raise ValueError(f"{session}: no whole packet of every stream from second {start_s} on")
    return tape


def light_deltas(bvp: Iterable[float]) -> list[int]:
    """Differences of two light channels, in turn, whose running sums follow -BVP as fast as 7 bits allow."""
    levels = [0, 0]
    fields = []
    for value in bvp:
        for channel, swing in enumerate((1.0, SECOND_CHANNEL_SWING)):
            delta = max(-64, min(63, round(-value * swing) - levels[channel]))
            levels[channel] += delta
            fields.append(delta)
    return fields


def _packets(pack: Callable[[Sequence[T], int], bytes], values: Sequence[T], size: int) -> bytes:
    whole = range(len(values) // size)
    return b"".join(pack(values[n * size : (n + 1) * size], n) for n in whole)
