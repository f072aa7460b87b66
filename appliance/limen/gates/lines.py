"""An edge as a line of JSON: what `limen gates` prints and what a recording keeps."""

from __future__ import annotations

from typing import Any

from limen.gates.records import Edge


def as_json(edge: Edge) -> dict[str, Any]:
    """What a line holds; `t` is seconds from the session's start."""
    why = edge.why
    return {
        "wearer": edge.wearer,
        "gate": edge.gate,
        "bit": edge.bit,
        "t": round(edge.t, 6),
        "value": why.value,
        "threshold": why.threshold,
        "unit": why.unit,
        "margin": why.margin,
        "margin_unit": why.margin_unit,
        "marked": why.marked,
        "learning": why.learning,
        "guard": why.guard,
        "terms": {term.name: term.value for term in why.terms},
        "why": why.sentence,
    }
