"""What flows through Limen: samples in; edges, readings and states out. All frozen, all without I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from limen.streams import Stream

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Samples:
    """A run of samples of one stream, as it came from an inlet.

    `first` is the index of `values[0]`, counted from the start of the session at the stream's rate; all streams
    of a session share the same zero, so index / rate is a time that can be compared between them. `lost` is how
    many samples are missing immediately before `first`; they will be held, not skipped. `values` are physical
    (µS, °C, g, BVP units): floats, or (x, y, z) triples for ACC. With no values at all, a record says only that
    `lost` samples before `first` will never come (a stall): every inlet says so in time, see `limen.inlets`.
    """

    wearer: int
    stream: Stream
    first: int
    values: Sequence[float] | Sequence[Triple]
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """One number that a threshold was made of, with its unit."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Why:
    """Everything that made a bit what it is; replaying the same samples gives the same record.

    `value` was compared with `threshold`, both in `unit`; `terms` are what the threshold was made of. `guard`
    names what besides the comparison decided ("" if nothing did: min-on, longest-on, stale, not-worn, disabled).
    `marked` says that the arm moved, `learning` that the threshold's statistics are still young. `margin` is the
    smallest change of every input sample that would have flipped the comparison with the threshold held still,
    in `margin_unit`. `sentence` says it in words and is literally true.
    """

    value: float
    threshold: float
    unit: str
    terms: tuple[Term, ...]
    guard: str
    marked: bool
    learning: bool
    margin: float
    margin_unit: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A gate changed. `index` counts samples of `stream`; `t` is seconds from the session's start.

    `carry` is what a trigger on this edge carries: for `pulse` the interval to the beat before, in seconds
    (0.0 where there is none), for all others 1.0.
    """

    wearer: int
    gate: str
    stream: Stream
    bit: int
    index: int
    t: float
    carry: float
    why: Why


@dataclass(frozen=True, slots=True)
class Readings:
    """A continuous value at contiguous samples, of which `first` is the first one's index.

    `name` is a stream or "hr". `values` are physical, as in `Samples`; `levels`, from 0 to 1, say where each stands
    in its own range, and are as many or none. `rate_hz` is the stream's true rate. One record for a packet,
    because two hundred numbers a second and wearer are read out and few of them leave.
    """

    wearer: int
    name: str
    stream: Stream
    first: int
    values: Sequence[float | Triple]
    levels: Sequence[float]
    rate_hz: float


@dataclass(slots=True)
class Reading:
    """One sample of `Readings`, as it is played: `t` is seconds from the start, `level` None where there is none.

    Not frozen, for speed alone: up to a hundred are played in each second of each wearer, and nobody changes one.
    """

    wearer: int
    name: str
    stream: Stream
    index: int
    t: float
    values: tuple[float, ...]
    level: float | None


@dataclass(frozen=True, slots=True)
class Status:
    """A state of the wearer's signals changed: `name` is "worn" or "fresh/<stream>", `value` 0 or 1."""

    wearer: int
    name: str
    stream: Stream
    value: int
    index: int
    t: float


Event = Edge | Readings | Status
"""What the engine gives."""

Played = Edge | Reading | Status
"""What the player gives, when it is due."""
