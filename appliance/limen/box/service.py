"""What systemd is told: that the box is ready, what it is doing, and that it is alive.

The beat is no timer. It is given only if the loop turned, the driver's grid ran and samples that came from a band
went through the engine since the last one. No band is no fault: then only the loop and the driver are asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Notify = Callable[[str], object]

BEATS_PER_TIMEOUT: Final = 3  # systemd's own advice is two; one may then be missed


def as_service() -> bool:
    """Whether systemd started this program, and is told how it stands."""
    return "NOTIFY_SOCKET" in os.environ


def notifier() -> Notify:
    """The way to tell systemd; where there is none, or not its Python module, nothing is told."""
    if not as_service():
        return lambda _: None
    try:
        from systemd import daemon  # noqa: PLC0415  (only a box installs it)
    except ImportError:
        return lambda _: None
    return daemon.notify  # type: ignore[no-any-return]


def watchdog_s() -> float | None:
    """How often systemd wants to hear a beat, in seconds; None where it does not."""
    text = os.environ.get("WATCHDOG_USEC", "")
    mine = os.environ.get("WATCHDOG_PID") in (None, str(os.getpid()))
    return int(text) / 1e6 if text.isdecimal() and int(text) > 0 and mine else None


@dataclass(frozen=True, slots=True)
class Pulse:
    """Counters along the data's way: datagram ticks of the outlet, packets that came in, records judged."""

    ticks: int
    packets: int
    records: int


def beats(before: Pulse, now: Pulse) -> bool:
    """Whether the path is alive between two looks at it."""
    outlet_ran = now.ticks > before.ticks
    judged = now.records > before.records or now.packets == before.packets
    return outlet_ran and judged
