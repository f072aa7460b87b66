"""The part of the scheme that follows from the table of gates: one section for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from limen.box.config.scheme import Given, Leaf, Section
from limen.box.config.validators import SWITCH, number
from limen.gates.settings import (
    DUTY_RANGE,
    GATES,
    HOLD_RANGE_S,
    REST_RANGE_S,
    SENSITIVITY_RANGE,
    GateSettings,
    GateSpec,
)

GateTable = Mapping[str, GateSettings]

DEFAULT_GATES: Final[GateTable] = MappingProxyType({name: spec.defaults for name, spec in GATES.items()})

_NO_THRESHOLD: Final = dict.fromkeys(
    ("threshold", "duty"), "delete it: this gate compares two moving values and has no one number to fix"
)
_FIELDS: Final = MappingProxyType({"hold": "hold_s", "rest": "rest_s"})


def changed(table: GateTable, changes: Mapping[str, Given]) -> GateTable:
    """Return `table` with `changes` (gate to key to value, keys as in the file).

    A changed threshold ends a duty target, and the other way round.
    """
    return MappingProxyType({name: _change(old, changes.get(name, {})) for name, old in table.items()})


def _change(old: GateSettings, given: Given) -> GateSettings:
    values: dict[str, Any] = {_FIELDS.get(name, name): value for name, value in given.items()}
    if "threshold" in values or "duty" in values:
        values = {"threshold": None, "duty": None} | values
    return replace(old, **values)


def _one_rule(given: Given) -> Iterator[tuple[str, str, str]]:
    if "threshold" in given and "duty" in given:
        yield "duty", "duty and threshold both replace the gate's rule", "keep one of the two"


def _gate(spec: GateSpec) -> Section:
    default = spec.defaults
    keys = {
        "enable": Leaf(SWITCH, default.enable, "does this gate play"),
        "sensitivity": Leaf(
            number("", *SENSITIVITY_RANGE),
            default.sensitivity,
            "multiplies the on-threshold: 0.5 opens sooner",
        ),
        "hold": Leaf(number("s", *HOLD_RANGE_S), default.hold_s, "least time on"),
        "rest": Leaf(number("s", *REST_RANGE_S), default.rest_s, "least time off"),
    }
    if spec.threshold_range:
        low, high = spec.threshold_range
        keys["threshold"] = Leaf(
            number(spec.unit, low, high),
            None,
            "a fixed on-threshold in place of the gate's rule",
            f"{low:g} {spec.unit}",
        )
    if spec.takes_duty:
        keys["duty"] = Leaf(
            number("share", *DUTY_RANGE),
            None,
            "share of time to be open, in place of the gate's rule",
            "15 %",
        )
    absent = {} if spec.threshold_range else _NO_THRESHOLD
    if spec.threshold_range and not spec.takes_duty:
        absent = {"duty": "delete it: this gate compares a time, which a share of time cannot steer"}
    return Section(
        MappingProxyType(keys),
        f"{spec.says} ({spec.stream})",
        rules=(_one_rule,),
        absent=MappingProxyType(absent),
    )


def gates_section(says: str, like: str = "") -> Section:
    """Return the section with one section per gate; its value is the changes that `changed` takes."""
    return Section(MappingProxyType({name: _gate(spec) for name, spec in GATES.items()}), says, like=like)
