"""What can be wrong with a band, and is switched while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .packing import Order


@dataclass(frozen=True, slots=True)
class Faults:
    """All faults of one band; the values here are a band without any. Times in seconds."""

    lose_every: int = 0  # every so many-th packet is lost on the air; its counter is missing, too
    off_on_link_loss: bool = False  # firmware that switches itself off when the link breaks
    recording_after_s: float | None = None  # nobody came: memory mode, no more advertising (a real one: 40)
    write: str = "both"  # what 3e71 takes: "both", "command" (without response only), "request"
    start: str = "time"  # what starts the streams: "time" (01 + clock), "two" (a single 02)
    lengths: tuple[int, ...] = field(default=())  # cut the next packets to these lengths, one after another
    stalled: bool = False  # packets are held back; when it ends, all at once
    counter_order: Order = "little"
    button_repeats: int = 1  # how often the event of one press is sent

    def changed(self, changes: dict[str, Any]) -> Faults:
        """These with some changed; a name that is no fault raises TypeError."""
        if "lengths" in changes:
            changes = changes | {"lengths": tuple(changes["lengths"])}
        return replace(self, **changes)
