"""A simulated wearer: deterministic, seeded, and aware of its own truth."""

from limen.inlets.simulated.script import (
    LIVELY,
    Body,
    Constrict,
    Happening,
    Move,
    Press,
    Quicken,
    Respond,
    Script,
    StrapOff,
    Tap,
    Tilt,
    Warm,
)
from limen.inlets.simulated.truth import Truth
from limen.inlets.simulated.wearer import SimulatedWearer

__all__ = [
    "LIVELY",
    "Body",
    "Constrict",
    "Happening",
    "Move",
    "Press",
    "Quicken",
    "Respond",
    "Script",
    "SimulatedWearer",
    "StrapOff",
    "Tap",
    "Tilt",
    "Truth",
    "Warm",
]
