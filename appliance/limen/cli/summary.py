"""What a session's gates did, how sure they were, and what turning the knob would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from rich.console import Console
from rich.progress import track

from limen.cli.gates import edges_of
from limen.cli.trace import GateTrace, trace
from limen.gates import GATES, Edge, GateSettings
from limen.inlets.session import Session
from limen.streams import STREAMS

KNOB: Final = (0.5, 0.7, 1.0, 1.4, 2.0)
NEARLY_SILENT_PER_MIN: Final = 0.3


@dataclass(frozen=True, slots=True)
class GateSummary:
    """One gate over one session.

    `per_minute` rising edges, `duty` share of time on, `median_on_s`, `marked` share of rising edges under
    movement. `margin` is the median, over the time it was shut, of how much every sample would have had to differ
    for it to open, in `margin_unit`; `margin_steps` the same in steps of the sensor and `fragile` the share of
    that time with less than one step (both None where the unit is not the sensor's). `knob` is the rate at each
    sensitivity of KNOB, whatever sensitivity is set.
    """

    gate: str
    per_minute: float
    duty: float
    median_on_s: float
    marked: float
    margin: float
    margin_unit: str
    margin_steps: float | None
    fragile: float | None
    knob: tuple[float, ...]


def summarise(
    session: Session, settings: Mapping[str, GateSettings], *, watched: bool = False
) -> list[GateSummary]:
    """Run the session once per position of the knob; `watched` shows a progress bar on stderr."""
    runs: dict[float, list[Edge]] = {}
    console = Console(stderr=True, quiet=not watched)
    for factor in track(KNOB, "turning the knob", console=console, transient=True):
        turned = {name: replace(one, sensitivity=factor) for name, one in settings.items()}
        runs[factor] = list(edges_of(session, turned))
    as_set = list(edges_of(session, settings))
    found = [(name, [edge for edge in as_set if edge.gate == name]) for name in settings]
    traces = trace(session, settings, (0.0, session.duration_s))
    minutes = session.duration_s / 60
    return [
        _one(
            name,
            edges,
            traces[name],
            session.duration_s,
            tuple(_rises(runs[factor], name) / minutes for factor in KNOB),
        )
        for name, edges in found
        if settings[name].enable and GATES[name].stream in session.data
    ]


def _rises(edges: Sequence[Edge], gate: str) -> int:
    return sum(edge.bit for edge in edges if edge.gate == gate)


def _one(
    gate: str, edges: Sequence[Edge], found: GateTrace, duration_s: float, knob: tuple[float, ...]
) -> GateSummary:
    rises = [edge for edge in edges if edge.bit]
    lengths = [off.t - on.t for on, off in zip(rises, (edge for edge in edges if not edge.bit), strict=False)]
    spec = STREAMS[GATES[gate].stream]
    unit = found.margin_unit or spec.unit
    margin = median(found.distance) if found.distance else 0.0
    in_steps = unit == spec.unit
    fragile = sum(one < spec.resolution for one in found.distance) / max(1, len(found.distance))
    return GateSummary(
        gate,
        60 * len(rises) / duration_s,
        sum(lengths) / duration_s,
        median(lengths) if lengths else 0.0,
        sum(edge.why.marked for edge in rises) / len(rises) if rises else 0.0,
        margin,
        unit,
        margin / spec.resolution if in_steps else None,
        fragile if in_steps else None,
        knob,
    )


def knob_in_words(knob: tuple[float, ...], now: float) -> str:
    """What setting sensitivity to half and to double would do to the rate, which is `now`."""
    sooner, later = knob[0], knob[-1]
    if now == 0 and sooner == 0:
        return "silent, and 0.5 would not wake it"
    if now == 0:
        return f"silent; 0.5: {sooner:.1f} a minute"
    if sooner < 1.15 * now and later > 0.85 * now:
        return "the knob hardly matters here"
    return f"0.5: {sooner:.1f} a minute; 2: {later:.1f} a minute"


def print_summary(session: Session, settings: Mapping[str, GateSettings]) -> None:
    """Print the table on standard output."""
    summaries = summarise(session, settings, watched=Console(stderr=True).is_terminal)
    print(f"{session.name}, {session.duration_s / 60:.1f} min")
    print(
        f"{'gate':<10}{'per min':>8}{'open':>7}{'median on':>11}{'arm moving':>12}  "
        f"{'margin':<24}{'fragile':>8}  turning the knob (sensitivity)"
    )
    for one in summaries:
        steps = f" ({one.margin_steps:.1f} steps)" if one.margin_steps is not None else ""
        fragile = "" if one.fragile is None else f"{one.fragile:.1%}"
        margin = f"{one.margin:.2g} {one.margin_unit}{steps}"
        print(
            f"{one.gate:<10}{one.per_minute:>8.2f}{one.duty:>7.1%}{one.median_on_s:>9.2f} s{one.marked:>12.0%}  "
            f"{margin:<24}{fragile:>8}  {knob_in_words(one.knob, one.per_minute)}"
        )
    print(
        "\nper min: times it opened; open: share of the time; arm moving: share of openings under movement;"
        "\nmargin: by how much every sample would have had to differ for a shut gate to open, as a median;"
        "\nfragile: the share of that time in which one step of the sensor would have done."
    )
    if any(one.gate == "rise" and one.per_minute < NEARLY_SILENT_PER_MIN for one in summaries):
        print(
            "rise is nearly silent here. About one person in seven gives almost no such responses at any threshold;"
            "\ntry gates.rise.duty, which opens for a share of the time instead."
        )
