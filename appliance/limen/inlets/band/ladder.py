"""What to do next when the link to a band fails, as one table. Pure: the caller acts, waits and logs.

Radios of this kind get stuck in ways that only a stronger remedy clears, so the gentler ones come first. What
would disturb other bands (the adapter, bluetoothd, the box) is left out while another one plays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Failure(StrEnum):
    """Why the band is not streaming."""

    NOT_SEEN = "not seen"  # no advertisement: off, away or recording; nothing here is broken
    BUSY = "busy"  # BlueZ has another operation in progress
    DROPPED = "dropped"  # the link broke while connecting, or afterwards
    TIMEOUT = "timeout"  # connecting, or a call to BlueZ, did not come back
    STALE = "stale"  # BlueZ claims a connection, or services, that are not there
    SILENT = "silent"  # connected and started, yet no samples
    ADAPTER = "adapter"  # no adapter, or it is switched off
    DAEMON = "daemon"  # bluetoothd is not on the bus


class Action(StrEnum):
    """The remedies, the gentlest first."""

    RETRY = "retry"
    DROP = "drop the stale connection"
    FORGET = "forget the band and find it again"
    POWER_CYCLE = "switch the adapter off and on"
    RESTART = "restart bluetoothd"
    REBOOT = "restart the box"


@dataclass(frozen=True, slots=True)
class Rung:
    """A remedy, the failure in a row that brings it on, and how long it takes to show (s)."""

    action: Action
    at: int
    settle_s: float
    shared: bool


# Four tries before anything is touched, then two on each rung. With a connect bounded to 20 s and waits of at
# most 4 s, the adapter's turn comes after 9 × 20 + 8 × 4 s = 3.5 min and the last rung's after
# 13 × 20 + 12 × 4 s = 5.1 min; failures that report at once get there within 12 × 4 = 48 s.
LADDER: Final = (
    Rung(Action.RETRY, 1, 0.0, shared=False),
    Rung(Action.DROP, 5, 0.5, shared=False),
    Rung(Action.FORGET, 7, 0.5, shared=False),
    Rung(Action.POWER_CYCLE, 9, 2.0, shared=True),
    Rung(Action.RESTART, 11, 3.0, shared=True),
    Rung(Action.REBOOT, 13, 0.0, shared=True),
)
_RUNGS: Final = {rung.at: rung for rung in LADDER}
_AT: Final = {rung.action: rung.at for rung in LADDER}
ROUND: Final = 14  # after as many failures the ladder begins anew: what did not help may help now

BACK_OFF_S: Final[Mapping[Failure, float]] = MappingProxyType(
    {
        Failure.NOT_SEEN: 0.0,  # the scan itself takes its time
        Failure.BUSY: 0.5,
        Failure.DROPPED: 0.25,
        Failure.TIMEOUT: 0.1,  # has been waiting already
        Failure.STALE: 0.25,
        Failure.SILENT: 0.5,
        Failure.ADAPTER: 1.0,
        Failure.DAEMON: 1.0,
    }
)
BACK_OFF_FACTOR: Final = 2.0
LONGEST_BACK_OFF_S: Final = 4.0  # a band that is back should play within 10 s: wait 4, connect and start in 5

# Retrying cannot help against these, so they begin further up.
STARTS_AT: Final[Mapping[Failure, Action]] = MappingProxyType(
    {Failure.STALE: Action.DROP, Failure.ADAPTER: Action.POWER_CYCLE, Failure.DAEMON: Action.RESTART}
)

MAX_REBOOTS: Final = 2
REBOOT_UPTIME_S: Final = 600.0  # before the first; four times as long before the second: 10 and 40 min
REBOOT_UPTIME_FACTOR: Final = 4.0
FORGIVE_REBOOTS_S: Final = 600.0  # streaming for this long sets the count of reboots back to none


@dataclass(frozen=True, slots=True)
class Situation:
    """What bounds the remedies.

    `others_streaming`: another band plays; `reboots`: how often the box has been restarted for this;
    `last_resort`: nothing stronger than this is tried.
    """

    others_streaming: bool = False
    reboots: int = 0
    last_resort: Action = Action.REBOOT


@dataclass(frozen=True, slots=True)
class Step:
    """What to do now, and how long to wait before the next try (s).

    `news` is true when the remedy comes on for the first time since the band last played: log it at WARNING,
    repeats at DEBUG.
    """

    action: Action
    wait_s: float
    news: bool


def next_step(failures: int, failure: Failure, now: float, situation: Situation | None = None) -> Step:
    """Choose the remedy after so many failures in a row (from 1), the last of this class.

    `now` is monotonic seconds, which on Linux is the box's uptime and bounds reboots.
    """
    wait_s = min(BACK_OFF_S[failure] * BACK_OFF_FACTOR ** min(failures - 1, 10), LONGEST_BACK_OFF_S)
    first = failures == 1
    if failure is Failure.NOT_SEEN:
        return Step(Action.RETRY, wait_s, news=first)
    skipped = _AT[STARTS_AT.get(failure, Action.RETRY)] - 1
    rounds, position = divmod(failures - 1, ROUND - skipped)
    rung = _RUNGS.get(skipped + position + 1)
    if rung is None:
        return Step(Action.RETRY, wait_s, news=first)
    if not _allowed(rung, now, situation or Situation()):
        return Step(Action.RETRY, LONGEST_BACK_OFF_S, news=first)
    return Step(rung.action, max(wait_s, rung.settle_s), news=rounds == 0)


def _allowed(rung: Rung, now: float, situation: Situation) -> bool:
    if rung.at > _AT[situation.last_resort] or (rung.shared and situation.others_streaming):
        return False
    if rung.action is not Action.REBOOT:
        return True
    uptime_s = REBOOT_UPTIME_S * REBOOT_UPTIME_FACTOR**situation.reboots
    return situation.reboots < MAX_REBOOTS and now >= uptime_s
