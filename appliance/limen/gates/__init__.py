"""Pure: samples in, edges out. No I/O, no clock, no asyncio; memory is taken once.

The way through: `intake` (holds lost samples) → `engine` (which sample may be judged when) → a front per stream
(`pulse`, `motion`, `skin`, `temperature`: filters and values) → `gate` (comparison, guards, why) with a
`threshold` that learns after it decided.
"""

from limen.gates.engine import Calibration, Engine
from limen.gates.records import Edge, Event, Played, Reading, Readings, Samples, Status, Term, Triple, Why
from limen.gates.settings import GATES, GateSettings, GateSpec, turned

__all__ = [
    "GATES",
    "Calibration",
    "Edge",
    "Engine",
    "Event",
    "GateSettings",
    "GateSpec",
    "Played",
    "Reading",
    "Readings",
    "Samples",
    "Status",
    "Term",
    "Triple",
    "Why",
    "turned",
]
