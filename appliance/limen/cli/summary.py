"""What a session's gates did, how sure they were, and what turning the knob would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from rich.console import Console
from rich.progress import track
from rich.table import Table

from limen.cli.gates import edges_of
from limen.gates import GATES, Edge, GateSettings
from limen.inlets.session import Session
from limen.streams import STREAMS

KNOB: Final = (0.5, 0.7, 1.0, 1.4, 2.0)
NEARLY_SILENT_PER_MIN: Final = 0.3


@dataclass(frozen=True, slots=True)
class GateSummary:
    """One gate over one session.

    `per_minute` rising edges, `duty` share of time on, `median_on_s`, `marked` share of rising edges under
    movement; `margin` is the median margin of all edges in `margin_unit`, `margin_steps` the same in steps of the
    sensor (None where the unit is not the sensor's). `knob` is the rate at each sensitivity of KNOB.
    """

    gate: str
    per_minute: float
    duty: float
    median_on_s: float
    marked: float
    margin: float
    margin_unit: str
    margin_steps: float | None
    knob: tuple[float, ...]


def summarise(
    session: Session, settings: Mapping[str, GateSettings], *, watched: bool = False
) -> list[GateSummary]:
    """Run the session once per position of the knob; `watched` shows a progress bar on stderr."""
    runs: dict[float, list[Edge]] = {}
    console = Console(stderr=True, quiet=not watched)
    for factor in track(KNOB, "turning the knob", console=console, transient=True):
        turned = {name: replace(one, sensitivity=one.sensitivity * factor) for name, one in settings.items()}
        runs[factor] = list(edges_of(session, turned))
    found = [(name, [edge for edge in runs[1.0] if edge.gate == name]) for name in settings]
    minutes = session.duration_s / 60
    return [
        _one(name, edges, session.duration_s, tuple(_rises(runs[factor], name) / minutes for factor in KNOB))
        for name, edges in found
        if settings[name].enable and GATES[name].stream in session.data
    ]


def _rises(edges: Sequence[Edge], gate: str) -> int:
    return sum(edge.bit for edge in edges if edge.gate == gate)


def _one(gate: str, edges: Sequence[Edge], duration_s: float, knob: tuple[float, ...]) -> GateSummary:
    rises = [edge for edge in edges if edge.bit]
    lengths = [off.t - on.t for on, off in zip(rises, (edge for edge in edges if not edge.bit), strict=False)]
    margins = [edge.why.margin for edge in edges]
    unit = edges[0].why.margin_unit if edges else ""
    spec = STREAMS[GATES[gate].stream]
    margin = median(margins) if margins else 0.0
    return GateSummary(
        gate,
        knob[KNOB.index(1.0)],
        sum(lengths) / duration_s,
        median(lengths) if lengths else 0.0,
        sum(edge.why.marked for edge in rises) / len(rises) if rises else 0.0,
        margin,
        unit,
        margin / spec.resolution if unit == spec.unit else None,
        knob,
    )


def knob_in_words(knob: tuple[float, ...]) -> str:
    """What turning sensitivity would do, from rates at half and double."""
    sooner, now, later = knob[0], knob[KNOB.index(1.0)], knob[-1]
    if now == 0 and sooner == 0:
        return "silent, and half the threshold would not wake it"
    if now == 0:
        return f"silent; half the threshold gives {sooner:.1f} a minute"
    if sooner < 1.15 * now and later > 0.85 * now:
        return "the knob hardly matters here"
    return f"half the threshold ×{sooner / now:.1f}, double ×{later / now:.1f}"


def print_summary(session: Session, settings: Mapping[str, GateSettings]) -> None:
    """Print the table on standard output."""
    console = Console()
    summaries = summarise(session, settings, watched=Console(stderr=True).is_terminal)
    table = Table(
        title=f"{session.name}, {session.duration_s / 60:.1f} min", box=None, title_justify="left", pad_edge=False
    )
    for heading in ("gate", "per min", "open", "median on", "arm moving", "margin", *(f"at ×{k:g}" for k in KNOB)):
        table.add_column(heading, justify="left" if heading == "gate" else "right", no_wrap=True)
    table.add_column("turning the knob", no_wrap=True)
    for one in summaries:
        steps = f" ({one.margin_steps:.1f} steps)" if one.margin_steps is not None else ""
        table.add_row(
            one.gate,
            f"{one.per_minute:.2f}",
            f"{one.duty:.1%}",
            f"{one.median_on_s:.2f} s",
            f"{one.marked:.0%}",
            f"{one.margin:.3g} {one.margin_unit}{steps}",
            *(f"{rate:.1f}" for rate in one.knob),
            knob_in_words(one.knob),
        )
    console.print(table, soft_wrap=True)
    if any(one.gate == "rise" and one.per_minute < NEARLY_SILENT_PER_MIN for one in summaries):
        print(
            "rise is nearly silent here. About one person in seven gives almost no such responses at any threshold;"
            "\ntry gates.rise.duty, which opens for a share of the time instead."
        )
