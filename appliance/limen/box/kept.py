"""What a box was doing and what it was taught, and how that is said in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final, TypeVar

from limen.gates import GATES, Calibration
from limen.gates.settings import HOLD_RANGE_S, REST_RANGE_S, SENSITIVITY_RANGE

T = TypeVar("T")

VERSION: Final = 1

# What can be set live on a gate, and between which numbers.
KNOBS: Final[Mapping[str, tuple[float, float]]] = {
    "sensitivity": SENSITIVITY_RANGE,
    "hold": HOLD_RANGE_S,
    "rest": REST_RANGE_S,
    "enable": (0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class KeptBand:
    """A band that was used: the address to find it by, and its name for people."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """All that survives a power cut; keys are wearers' numbers.

    `reboots` counts restarts of the box for a band's sake since one last streamed for long.
    `gates` holds only what was changed live: wearer, gate, then sensitivity, hold and rest (in s) or enable (0, 1).
    """

    playing: bool = False
    marks: int = 0
    reboots: int = 0
    bands: Mapping[int, KeptBand] = field(default_factory=dict)
    calibrations: Mapping[int, Calibration] = field(default_factory=dict)
    gates: Mapping[int, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)


def as_json(kept: Kept) -> dict[str, Any]:
    """Say it in JSON's words."""
    return {
        "playing": kept.playing,
        "marks": kept.marks,
        "reboots": kept.reboots,
        "bands": {str(n): {"address": band.address, "name": band.name} for n, band in kept.bands.items()},
        "calibrations": {
            str(n): {
                "pose": None if found.pose is None else list(found.pose),
                "statistics": {gate: list(numbers) for gate, numbers in found.statistics.items()},
            }
            for n, found in kept.calibrations.items()
        },
        "gates": {str(n): {gate: dict(knobs) for gate, knobs in table.items()} for n, table in kept.gates.items()},
    }


def from_json(said: Any) -> Kept:
    """Understand it again. Raises ValueError, TypeError or KeyError where it does not say what it should.

    Gates and knobs that this version does not have are left out: they were kept by another.
    """
    return Kept(
        playing=_is(bool, said["playing"]),
        marks=_is(int, said["marks"]),
        reboots=_is(int, said.get("reboots", 0)),  # the first versions did not count them
        bands={int(n): KeptBand(_is(str, b["address"]), _is(str, b["name"])) for n, b in said["bands"].items()},
        calibrations={int(n): _calibration(found) for n, found in said["calibrations"].items()},
        gates={
            int(n): {gate: _knobs(knobs) for gate, knobs in table.items() if gate in GATES}
            for n, table in said["gates"].items()
        },
    )


def _calibration(said: Any) -> Calibration:
    pose = said["pose"]
    if pose is not None:
        x, y, z = (_number(axis) for axis in pose)
        pose = (x, y, z)
    statistics = {}
    for gate, (mean, deviation, count) in said["statistics"].items():
        if gate in GATES:
            statistics[gate] = (_number(mean), _number(deviation), _is(int, count))
    return Calibration(pose, statistics)


def _knobs(said: Any) -> dict[str, float]:
    return {
        knob: max(KNOBS[knob][0], min(KNOBS[knob][1], _number(value)))
        for knob, value in said.items()
        if knob in KNOBS
    }


def _is(kind: type[T], value: Any) -> T:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is not {kind.__name__}")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not isfinite(value):
        raise ValueError(f"{value!r} is not a finite number")
    return float(value)
