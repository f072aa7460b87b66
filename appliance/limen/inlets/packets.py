"""Cut arrays of samples into records as the band packs them, in the order in which they would come.

A recorded session and the simulated wearer both leave through here, so both keep what `limen.inlets` promises.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, Final

import numpy as np

from limen.gates.records import Samples
from limen.inlets.session import Array, Session
from limen.streams import STREAMS, Stream, StreamSpec

BLOCK_SAMPLES: Final = 4096  # turned into Python numbers at a time, so that a day's session needs no copy

Packet = tuple[float, Samples]
Sizes = Callable[[Stream], Iterator[int]]


def packets(session: Session, wearer: int = 1, sizes: Sizes | None = None) -> Iterator[Packet]:
    """Give a session's samples as (due time, record), in order of due time.

    A record is due, in seconds from the start, when its newest sample has ended. `sizes` gives each stream's
    packet lengths in samples, the band's own where it gives none or no more; none is longer than the stream may
    fall behind. Lost samples (NaN) leave as `lost`; a stream that ends before the others is lost from there on.
    """
    end_s = session.duration_s
    return in_order(
        cut(stream, _blocks(values, _padding(len(values), STREAMS[stream], end_s)), wearer, sizes)
        for stream, values in session.data.items()
    )


def longest(stream: Stream) -> Iterator[int]:
    """The longest packets there may be, for who wants the bits at once and no matter of when: they are the same."""
    spec = STREAMS[stream]
    return repeat(int(spec.stale_after_s * spec.rate_hz))


def in_order(streams: Iterable[Iterator[Packet]]) -> Iterator[Packet]:
    """Merge the packets of several streams by due time; at the same time the stream named first goes first."""
    return heapq.merge(*streams, key=itemgetter(0))


def cut(stream: Stream, blocks: Iterable[Array], wearer: int, sizes: Sizes | None = None) -> Iterator[Packet]:
    """Cut one stream's blocks, each the continuation of the one before it, into packets.

    How the samples are divided into blocks makes no difference to what comes out.
    """
    spec = STREAMS[stream]
    limit = int(spec.stale_after_s * spec.rate_hz)
    wanted = chain(sizes(stream) if sizes else (), repeat(spec.samples_per_packet))
    size = _next_size(wanted, limit)
    rows: list[Any] = []
    damaged = False
    first = said = 0
    for block in chain(blocks, (None,)):
        at = 0
        if block is not None:
            damaged = bool(np.isnan(block).any()) or (damaged and _any_lost(rows))
            rows += block.tolist() if spec.axes == 1 else zip(*block.T.tolist(), strict=True)
        while len(rows) - at >= size or (block is None and at < len(rows)):
            values = rows[at : at + size]
            at += len(values)
            due = (first + len(values)) / spec.rate_hz
            if damaged:
                for start, run in _runs(values):
                    yield due, Samples(wearer, stream, first + start, run, first + start - said)
                    said = first + start + len(run)
            else:
                yield due, Samples(wearer, stream, first, values, first - said)
                said = first + len(values)
            first += len(values)
            size = _next_size(wanted, limit)
            if first - said + size > limit:
                yield due, Samples(wearer, stream, first, (), first - said)
                said = first
        del rows[:at]
    if first > said:
        yield first / spec.rate_hz, Samples(wearer, stream, first, (), first - said)


def _next_size(wanted: Iterator[int], limit: int) -> int:
    return max(1, min(next(wanted), limit))


def _is_lost(value: Any) -> bool:
    return any(map(math.isnan, value)) if isinstance(value, tuple) else math.isnan(value)


def _any_lost(rows: list[Any]) -> bool:
    return any(map(_is_lost, rows))


def _runs(values: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    """Give each unbroken run of samples with where in the packet it starts."""
    run: list[Any] = []
    for at, value in enumerate(values):
        if not _is_lost(value):
            run.append(value)
        elif run:
            yield at - len(run), run
            run = []
    if run:
        yield len(values) - len(run), run


def _padding(samples: int, spec: StreamSpec, end_s: float) -> int:
    """How many samples to declare lost after a stream's end: none where it only ends on its own packet."""
    missing_s = end_s - samples / spec.rate_hz
    return int(missing_s * spec.rate_hz) if missing_s > spec.stale_after_s else 0


def _blocks(values: Array, padding: int) -> Iterator[Array]:
    for start in range(0, len(values), BLOCK_SAMPLES):
        yield values[start : start + BLOCK_SAMPLES]
    for start in range(0, padding, BLOCK_SAMPLES):
        yield np.full((min(BLOCK_SAMPLES, padding - start), *values.shape[1:]), math.nan)
