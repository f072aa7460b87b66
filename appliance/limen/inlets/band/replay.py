"""A capture played as a session: the same samples as were heard live."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from limen.errors import SessionError
from limen.gates.records import Samples
from limen.inlets.band.assemble import Assembler, BandEvent, Press
from limen.inlets.band.capture import FIRST_LINE, Link, read_capture
from limen.inlets.band.codec import Notification
from limen.inlets.band.settings import BandSettings
from limen.inlets.session import Session
from limen.streams import STREAMS, Stream

_LOST: Final = {1: math.nan, 3: (math.nan,) * 3}


def is_capture(path: Path) -> bool:
    """Whether this file is a capture; False as well for what cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(FIRST_LINE)) == FIRST_LINE.encode()
    except OSError:
        return False


def samples_from_capture(
    path: Path, settings: BandSettings | None = None, wearer: int = 1
) -> Iterator[tuple[float, Samples]]:
    """Play a capture as fast as it is asked for: each record with the monotonic time it was known at (s).

    Raises SessionError as `read_capture` does.
    """
    for at, event in _events(path, Assembler(wearer, settings)):
        if isinstance(event, Samples):
            yield at, event


def session_from_capture(path: Path, settings: BandSettings | None = None) -> Session:
    """Read a capture as a session, lost samples as NaN, presses as tags; it starts at 0, for it knows no date.

    Raises SessionError as `read_capture` does, and where no stream was heard.
    """
    assembler = Assembler(1, settings)
    rows: dict[Stream, list[Any]] = {stream: [] for stream in Stream}
    heard: set[Stream] = set()
    tags: list[float] = []
    for _, event in _events(path, assembler):
        match event:
            case Samples(stream=stream, values=values, lost=lost):
                rows[stream] += [_LOST[STREAMS[stream].axes]] * lost
                rows[stream] += values
                if values:
                    heard.add(stream)
            case Press(at=at) if heard:
                track = assembler.track(min(heard, key=list(Stream).index))
                tags.append(track.elapsed(at))
    if not heard:
        raise SessionError(f"{path}: a capture without a single sample; see `limen capture --decode {path}`")
    return Session(
        name=path.stem,
        start_unix=0.0,
        rates={stream: float(STREAMS[stream].rate_hz) for stream in Stream if stream in heard},
        data={stream: np.array(rows[stream], dtype=np.float64) for stream in Stream if stream in heard},
        tags=tuple(tags),
    )


def _events(path: Path, assembler: Assembler) -> Iterator[tuple[float, BandEvent]]:
    events: list[BandEvent]
    for line in read_capture(path):
        match line:
            case Notification(at=at):
                events = assembler.receive(line)
            case Link(at=at, up=True):
                events = [*assembler.reconnected(at)]
            case Link(at=at, up=False):
                events = [*assembler.tick(at)]
            case _:
                continue
        for event in events:
            yield at, event
