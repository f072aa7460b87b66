"""A capture played as a session: the same samples as were heard live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from limen.gates.records import Samples
from limen.inlets.band.assemble import Assembler
from limen.inlets.band.capture import Link, read_capture
from limen.inlets.band.codec import Notification
from limen.inlets.band.settings import BandSettings


def samples_from_capture(
    path: Path, settings: BandSettings | None = None, wearer: int = 1
) -> Iterator[tuple[float, Samples]]:
    """Play a capture as fast as it is asked for: each record with the monotonic time it was known at (s).

    Raises SessionError as `read_capture` does.
    """
    assembler = Assembler(wearer, settings)
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
            if isinstance(event, Samples):
                yield at, event
