"""Numbers that may carry a unit: "250 ms", "0.05 uS", "15 %"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from limen.box.config.problem import RefusedError, shown

# For each unit that keys are documented in: what may be written, and what one of it is worth. Both code
# points for micro are here (U+00B5 and the Greek letter), since keyboards differ.
UNITS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "s": {"s": "1", "ms": "0.001", "min": "60"},
        "µS": {"µS": "1", "\u03bcS": "1", "uS": "1", "nS": "0.001"},
        "g": {"g": "1", "mg": "0.001"},
        "°": {"°": "1", "deg": "1"},
        "°C": {"°C": "1", "degC": "1", "K": "1"},
        "×": {"×": "1", "x": "1", "%": "0.01"},
        "share": {"%": "0.01"},
        "%": {"%": "1"},
        "MB": {"MB": "1", "GB": "1000"},
        "": {},
    }
)
_NUMBER: Final = re.compile(r"([-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?)\s*(.*)", re.DOTALL)
_LONGEST: Final = 40
_DECIMAL_COMMA: Final = re.compile(r"[-+]?[0-9]+,[0-9]+")


def quantity(text: str, unit: str) -> float:
    """Return the number in `text`, converted to `unit`, one of `UNITS`; a number alone is in `unit` already.

    Conversion is decimal, so that "70 ms" is 0.07 and not its neighbour. Raises `RefusedError`.
    """
    if _DECIMAL_COMMA.match(text):
        raise RefusedError(f"{shown(text)} has a decimal comma", "write a point, as in 0.05")
    found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if not found:
        raise RefusedError(f"{shown(text)} is not a number")
    number, written = found.groups()
    worth = UNITS[unit].get(written) if written else "1"
    if worth is None:
        raise RefusedError(f"{shown(text)} is in {shown(written)}, {_belongs(unit)}", _advice(unit))
    return float(Decimal(number) * Decimal(worth))


def _belongs(unit: str) -> str:
    if not UNITS[unit]:
        return "but this number has no unit"
    return "but this is a share" if unit == "share" else f"but this is in {unit}"


def _advice(unit: str) -> str:
    names = [name for name in UNITS[unit] if name != "\u03bcS"]
    return f"write a number in {' or '.join(names)}" if names else "write the number alone"
