"""The table of gates and what can be set on each: names, units, defaults and limits.

Configuration, OSC control and the engine all read this table; the numbers and their evidence are explained at
the rule that uses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isnan
from types import MappingProxyType
from typing import Final

from limen.errors import UsageError
from limen.streams import Stream

SENSITIVITY_RANGE: Final = (0.5, 2.0)
HOLD_RANGE_S: Final = (0.0, 60.0)
REST_RANGE_S: Final = (0.0, 600.0)
DUTY_RANGE: Final = (0.01, 0.9)


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What a person may turn on one gate.

    `sensitivity` multiplies the on-threshold (so 0.5 opens sooner, 2 later); `hold_s` is the least time on,
    `rest_s` the least time off. At most one of `threshold` (a fixed on-threshold in the gate's unit, before
    sensitivity) and `duty` (the share of time the gate should be open) replaces the gate's own rule.
    """

    enable: bool = True
    sensitivity: float = 1.0
    hold_s: float = 0.0
    rest_s: float = 0.0
    threshold: float | None = None
    duty: float | None = None


def turned(settings: GateSettings, key: str, value: float) -> tuple[GateSettings, float]:
    """Turn `sensitivity`, `hold`, `rest` (seconds) or `enable`; returns the settings and what it was clamped to."""
    if isnan(value):
        raise UsageError(f"{key} cannot be NaN; give a number")
    if key == "enable":
        return replace(settings, enable=bool(value)), float(bool(value))
    if key == "sensitivity":
        value = _clamp(value, SENSITIVITY_RANGE)
        return replace(settings, sensitivity=value), value
    if key == "hold":
        value = _clamp(value, HOLD_RANGE_S)
        return replace(settings, hold_s=value), value
    if key == "rest":
        value = _clamp(value, REST_RANGE_S)
        return replace(settings, rest_s=value), value
    raise UsageError(f"a gate has no {key!r}; it has sensitivity, hold, rest and enable")


def _clamp(value: float, limits: tuple[float, float]) -> float:
    return max(limits[0], min(limits[1], float(value)))


@dataclass(frozen=True, slots=True)
class GateSpec:
    """One gate: the stream it listens to, the unit of its value and threshold, its defaults.

    `threshold_range` is what a fixed threshold may be, None where the rule compares two moving values and has no
    one number to fix. `takes_duty` says whether a duty target can steer it.
    """

    name: str
    stream: Stream
    unit: str
    defaults: GateSettings
    threshold_range: tuple[float, float] | None
    takes_duty: bool
    says: str


def _spec(
    name: str,
    stream: Stream,
    unit: str,
    hold_s: float,
    rest_s: float,
    threshold_range: tuple[float, float] | None,
    says: str,
    *,
    enable: bool = True,
    takes_duty: bool = True,
) -> GateSpec:
    defaults = GateSettings(enable=enable, hold_s=hold_s, rest_s=rest_s)
    return GateSpec(name, stream, unit, defaults, threshold_range, takes_duty and threshold_range is not None, says)


GATES: Final[Mapping[str, GateSpec]] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            _spec("pulse", Stream.BVP, "×", 0.11, 0.0, None, "a heartbeat's upstroke"),
            _spec("constrict", Stream.BVP, "%", 0.1, 0.1, (5.0, 90.0), "beats grew small"),
            _spec("rise", Stream.EDA, "µS", 0.25, 0.25, (0.005, 10.0), "skin conductance rose"),
            _spec("move", Stream.ACC, "g", 0.25, 0.5, (0.06, 4.0), "the arm moves"),
            _spec("still", Stream.ACC, "s", 0.25, 0.0, (0.5, 600.0), "the arm has been still", takes_duty=False),
            _spec("accent", Stream.ACC, "g", 0.1, 0.2, (0.06, 4.0), "a movement stands out"),
            _spec("tap", Stream.ACC, "g", 0.1, 0.1, (0.1, 4.0), "a knock"),
            _spec("tilt", Stream.ACC, "°", 0.25, 0.25, (15.0, 170.0), "the arm left its pose"),
            _spec("warming", Stream.TEMP, "°C", 5.0, 5.0, (0.06, 5.0), "skin is warming"),
            _spec("cooling", Stream.TEMP, "°C", 5.0, 5.0, (0.06, 5.0), "skin is cooling"),
            _spec("breath", Stream.BVP, "bvp", 0.6, 0.6, None, "breathing in (experimental)", enable=False),
        )
    }
)
