"""Every gate's value and threshold at every sample, for pictures and for how fragile a bit is.

The session is fed one sample at a time and the gates are looked at in between. That changes no bit: the engine
gives the same edges however its input is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat

from limen.gates import GATES, Edge, Engine, GateSettings
from limen.inlets.packets import packets
from limen.inlets.session import Session
from limen.streams import STREAMS, Stream


@dataclass(slots=True)
class GateTrace:
    """One gate over a session: times in s, value, on-threshold, and the blocks (from, to) in which it was on.

    `distance` is the margin at each sample at which the gate was shut: how much every sample would have had to
    be different for it to open, in `margin_unit`.
    """

    t: list[float] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    distance: list[float] = field(default_factory=list)
    margin_unit: str = ""
    blocks: list[tuple[float, float]] = field(default_factory=list)


def trace(
    session: Session, settings: Mapping[str, GateSettings], span: tuple[float, float]
) -> dict[str, GateTrace]:
    """Run the session and keep what lies within `span` seconds."""
    engine = Engine(1, settings, streams=session.data, rates=session.rates, readings=False)
    traces = {name: GateTrace() for name in GATES}
    opened: dict[str, float] = {}
    first, last = span

    def note(edge: Edge) -> None:
        if edge.bit:
            opened[edge.gate] = edge.t
        elif edge.t > first and opened[edge.gate] < last:
            traces[edge.gate].blocks.append((max(first, opened.pop(edge.gate)), min(last, edge.t)))

    def sizes(stream: Stream) -> Iterator[int]:
        """Whole packets up to the span, single samples within it."""
        spec = STREAMS[stream]
        yield from repeat(spec.samples_per_packet, int(first / spec.packet_s))
        yield from repeat(1)

    for due, samples in packets(session, sizes=sizes):
        if due > last + 20.0:
            break
        for event in engine.feed(samples):
            if isinstance(event, Edge):
                note(event)
        t = samples.first / STREAMS[samples.stream].rate_hz
        if first <= t <= last:
            for name, gate in engine.gates.items():
                if gate.stream is samples.stream and gate.enabled:
                    value, threshold = engine.standing(name)
                    traces[name].t.append(t)
                    traces[name].value.append(value)
                    traces[name].threshold.append(threshold)
                    if not gate.bit:
                        distance, traces[name].margin_unit = gate.margin(value, threshold)
                        traces[name].distance.append(distance)
    for event in engine.close():
        if isinstance(event, Edge):
            note(event)
    return traces
