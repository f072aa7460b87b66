"""Made-up signals for the gates, and ways to cut, lose and feed them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from limen.gates import GATES, Edge, Engine, Event, GateSettings, Readings, Samples, Status, Why
from limen.gates.gate import NEVER_QUIET
from limen.streams import STREAMS, Stream

Rows = Mapping[Stream, list[Any]]
UP = (0.0, 0.0, 1.0)
NOWHERE = (0.0, 0.0, 0.0)

EVERY_GATE: Mapping[str, GateSettings] = {name: replace(spec.defaults, enable=True) for name, spec in GATES.items()}


def settings(gate: str, **changed: Any) -> dict[str, GateSettings]:
    """Defaults for all gates but one."""
    return {gate: replace(GATES[gate].defaults, **changed)}


def quantised(values: np.ndarray, stream: Stream) -> np.ndarray:
    """Rounded to the sensor's step and clipped to its range."""
    spec = STREAMS[stream]
    return np.clip(np.round(values / spec.resolution) * spec.resolution, spec.lowest, spec.highest)


def clock(stream: Stream, seconds: float) -> np.ndarray:
    """The times of a stream's samples, in seconds."""
    return np.arange(int(seconds * STREAMS[stream].rate_hz)) / STREAMS[stream].rate_hz


def pulse_wave(seconds: float, bpm: float = 72.0, height: float = 100.0, sway: float = 0.05) -> np.ndarray:
    """BVP of a steady heart whose beats follow the breath a little."""
    t = clock(Stream.BVP, seconds)
    phase = 2 * np.pi * (bpm / 60 * t + sway * np.sin(2 * np.pi * 0.25 * t))
    return height / 2 * (np.sin(phase) + 0.35 * np.sin(2 * phase + 0.8) + 0.1 * np.sin(3 * phase + 1.9))


def beat_times(seconds: float, bpm: float = 72.0, sway: float = 0.05) -> np.ndarray:
    """When the phase of `pulse_wave` passes a whole number."""
    fine = np.arange(0, seconds, 0.001)
    turns = bpm / 60 * fine + sway * np.sin(2 * np.pi * 0.25 * fine)
    return fine[1:][np.floor(turns[1:]) > np.floor(turns[:-1])]


def response(t: np.ndarray, onset: float, height: float) -> np.ndarray:
    """A skin conductance response: up in about two seconds, down in about ten."""
    after = np.clip(t - onset, 0, None)
    shape = np.exp(-after / 5.0) - np.exp(-after / 0.8)
    return height * shape / 0.57


def wearer(seconds: float, seed: int = 1) -> dict[Stream, list[Any]]:
    """All four streams of somebody who moves, knocks, tilts, warms, cools and responds."""
    rng = np.random.default_rng(seed)
    bvp = pulse_wave(seconds, bpm=float(rng.uniform(60, 85)))
    t = clock(Stream.BVP, seconds)
    bvp = bvp * (1 - 0.4 * ((t % 40) > 33)) + 25 * np.sin(2 * np.pi * 0.25 * t) + rng.normal(0, 1.0, len(t))

    t = clock(Stream.ACC, seconds)
    angle = np.radians(50) * np.clip(np.sin(2 * np.pi * t / 45), 0, 0.9)
    arm = np.stack([np.sin(angle), np.zeros_like(t), np.cos(angle)], axis=1) + rng.normal(0, 0.006, (len(t), 3))
    moving = (t % 17) > 13.5
    arm[moving] += 0.35 * np.sin(2 * np.pi * 2.3 * t[moving])[:, None] * np.array([0.2, 1.0, 0.4])
    arm[:: 32 * 11] += np.array([0.0, 0.9, 0.3])

    t = clock(Stream.EDA, seconds)
    eda = 2.0 + 0.3 * np.sin(2 * np.pi * t / 300) + rng.normal(0, 0.001, len(t))
    for onset in np.arange(9, seconds, 13) + rng.uniform(0, 3, len(np.arange(9, seconds, 13))):
        eda += response(t, onset, float(rng.uniform(0.05, 0.5)))

    t = clock(Stream.TEMP, seconds)
    temp = 33.0 + 0.4 * np.sin(2 * np.pi * t / 180) + rng.normal(0, 0.005, len(t))
    return {
        Stream.BVP: quantised(bvp, Stream.BVP).tolist(),
        Stream.ACC: [tuple(row) for row in quantised(arm, Stream.ACC).tolist()],
        Stream.EDA: quantised(eda, Stream.EDA).tolist(),
        Stream.TEMP: quantised(temp, Stream.TEMP).tolist(),
    }


def cut(
    stream: Stream, values: list[Any], sizes: Iterable[int] = (), lost: Callable[[int], bool] = lambda index: False
) -> Iterator[tuple[float, Samples]]:
    """Records of one stream with when each is due; what is lost is said at the end of its packet."""
    spec = STREAMS[stream]
    wanted = iter(sizes)
    at = said = 0
    while at < len(values):
        end = min(len(values), at + next(wanted, spec.samples_per_packet))
        due = end / spec.rate_hz
        run = at
        while run < end:
            stop = run
            while stop < end and lost(stop) == lost(run):
                stop += 1
            if not lost(run):
                yield due, Samples(1, stream, run, values[run:stop], run - said)
                said = stop
            run = stop
        if said < end:
            yield due, Samples(1, stream, end, (), end - said)
            said = end
        at = end


def in_order(*streams: Iterator[tuple[float, Samples]]) -> list[Samples]:
    """Records of several streams by when they are due."""
    order = list(Stream)
    due = [item for stream in streams for item in stream]
    return [samples for _, samples in sorted(due, key=lambda item: (item[0], order.index(item[1].stream)))]


def play(engine: Engine, records: Iterable[Samples]) -> list[Event]:
    """Feed everything and finish."""
    events = [event for samples in records for event in engine.feed(samples)]
    return events + engine.finish()


def play_rows(rows: Rows, engine: Engine | None = None) -> list[Event]:
    """Feed whole streams in the band's own packets."""
    return play(engine or Engine(streams=rows), in_order(*(cut(stream, rows[stream]) for stream in rows)))


def one(stream: Stream, values: Iterable[Any], engine: Engine | None = None, first: int = 0) -> list[Event]:
    """Feed one stream's samples to an engine that has no other."""
    return (engine or Engine(streams=[stream])).feed(Samples(1, stream, first, list(values)))


def edges(events: Iterable[Event], *gates: str) -> list[Edge]:
    """The edges among the events, of some gates or of all, by time."""
    found = [event for event in events if isinstance(event, Edge) and (not gates or event.gate in gates)]
    return sorted(found, key=lambda edge: (edge.t, edge.gate))


def read_out(events: Iterable[Event], kind: str, name: str) -> list[tuple[int, Any]]:
    """(index, value) of each sample of a continuous value, or of its level."""
    runs = [event for event in events if isinstance(event, Readings) and event.name == name]
    return [item for run in runs for item in enumerate(getattr(run, f"{kind}s"), run.first)]


def ask_always(gate: Any) -> None:
    """Let a gate be asked about every sample, as if no value were sure to change nothing."""
    gate.quiet = lambda: NEVER_QUIET
    gate.wait = lambda: 0
    gate.learns_below = lambda: -math.inf
    gate.quiet_along = lambda: (NOWHERE, -math.inf)


def statuses(events: Iterable[Event], name: str) -> list[tuple[int, float]]:
    """(value, time) of each status of that name."""
    return [(event.value, event.t) for event in events if isinstance(event, Status) and event.name == name]


def spans(events: Iterable[Event], gate: str) -> list[tuple[Edge, Edge]]:
    """Each time a gate was open, from edge to edge."""
    found = edges(events, gate)
    return list(zip(found[::2], found[1::2], strict=False))


def share_open(events: Iterable[Event], gate: str, start_s: float, end_s: float) -> float:
    """The share of the time from start to end that a gate was open."""
    found = edges(events, gate)
    closing = [edge.t for edge in found[1::2]] + [end_s] * (len(found) % 2)
    opening = [edge.t for edge in found[::2]]
    return sum(max(0.0, min(off, end_s) - max(on, start_s)) for on, off in zip(opening, closing, strict=True)) / (
        end_s - start_s
    )


def multiplied_out(why: Why) -> float:
    """A threshold made again from its terms, as `Threshold.terms` says."""
    terms = {term.name: term.value for term in why.terms}
    if "fixed" in terms or "reached" in terms:
        base = terms.get("fixed", terms.get("reached", 0.0))
    elif "two-thirds-of-a-second" in terms:
        base = terms["two-thirds-of-a-second"] + terms["offset"]
    else:
        raised = terms.get("times-mean", 1.0) * terms["mean"] + terms["times-deviation"] * terms["deviation"]
        base = max(terms.get("floor", -math.inf), raised)
    return base * terms["sensitivity"] * terms.get("off-share", 1.0)
