"""What is wrong now: faults that appear and clear, without a flickering reading making a flood of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from limen.box.faults import Fault
from limen.box.health.readings import Health

# The firmware slows down at 80 °C (Raspberry Pi documentation, "thermal control").
HOT_C: Final = 80.0
COOL_C: Final = 75.0
# Of the 512 MB of the smallest boards; with less left the kernel drops pages of programs and reads them again.
SCARCE_MB: Final = 40.0
ENOUGH_MB: Final = 60.0
# One wearer takes at most 64 MB; three times that is a leak.
SWOLLEN_MB: Final = 192.0
# A box without a network has no clock for the whole evening, and a light that flashes all night hides what matters:
# it is told while the box is being set up, counted from power on.
UNSET_TOLD_S: Final = 120.0
# Space above the reserve before a card is no longer full.
ROOM_MB: Final = 20.0


@dataclass(frozen=True, slots=True)
class Rule:
    """When a fault is: `bad(health, stands)`, which asks for less while it stands; seconds until it is believed."""

    bad: Callable[[Health, bool], bool]
    appears_s: float
    clears_s: float


def _hot(health: Health, stands: bool) -> bool:
    celsius, slowed = health.heat.celsius, bool(health.heat.throttled)
    # Low voltage slows down, too, and is a fault of its own.
    return (slowed and not health.supply.low) or (celsius is not None and celsius >= (COOL_C if stands else HOT_C))


def _full(health: Health, stands: bool) -> bool:
    free, reserve = health.card.free_mb, health.card.reserve_mb
    if health.card.lost:
        return False  # memory in its place is always full, and nothing can be erased to help that
    return free is not None and reserve is not None and free < reserve + (ROOM_MB if stands else 0.0)


def _scarce(health: Health, stands: bool) -> bool:
    available, own = health.memory.available_mb, health.memory.own_mb
    least = ENOUGH_MB if stands else SCARCE_MB
    return (available is not None and available < least) or (own is not None and own > SWOLLEN_MB)


def _unset(health: Health, _: bool) -> bool:
    # Where nothing is recorded, nobody reads a date.
    return not health.clock.is_set and health.card.reserve_mb is not None and health.t < UNSET_TOLD_S


# A radio may be gone for seconds while it is being restarted, or at power on; a network takes as long to set the
# clock. Low voltage comes and goes with the load within seconds: it is said at once, and stays said for half a
# minute.
RULES: Final[Mapping[Fault, Rule]] = MappingProxyType(
    {
        Fault.NO_BLUETOOTH: Rule(lambda health, _: health.radio.bluetooth is False, 20.0, 0.0),
        Fault.NO_WIFI: Rule(lambda health, _: health.radio.wifi is False, 20.0, 5.0),
        Fault.UNDERVOLTAGE: Rule(lambda health, _: bool(health.supply.low), 0.0, 30.0),
        Fault.OVERHEATED: Rule(_hot, 0.0, 30.0),
        Fault.CARD_FULL: Rule(_full, 0.0, 5.0),
        Fault.CARD_READ_ONLY: Rule(lambda health, _: bool(health.card.read_only), 0.0, 5.0),
        Fault.CARD_FAILING: Rule(lambda health, _: bool(health.card.errors), 0.0, 30.0),
        Fault.CARD_LOST: Rule(lambda health, _: health.card.lost, 0.0, 0.0),
        Fault.MEMORY: Rule(_scarce, 30.0, 60.0),
        Fault.CLOCK_UNSET: Rule(_unset, 20.0, 0.0),
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The faults that stand, and for each that the readings contradict: since when (monotonic s)."""

    faults: frozenset[Fault] = frozenset()
    contradicted: Mapping[Fault, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of it: what stands now, and what of it is news, in the order of the table of faults."""

    standing: Standing
    appeared: tuple[Fault, ...] = ()
    cleared: tuple[Fault, ...] = ()


def changes(previous: Standing, now: Health) -> Changes:
    """Return what stands after one more reading. Pure; readings are in order of `t`."""
    faults = set(previous.faults)
    contradicted: dict[Fault, float] = {}
    for fault, rule in RULES.items():
        stands = fault in previous.faults
        if rule.bad(now, stands) == stands:
            continue
        since = previous.contradicted.get(fault, now.t)
        if now.t - since < (rule.clears_s if stands else rule.appears_s):
            contradicted[fault] = since
        else:
            faults ^= {fault}
    return Changes(
        Standing(frozenset(faults), contradicted),
        appeared=tuple(fault for fault in RULES if fault in faults - previous.faults),
        cleared=tuple(fault for fault in RULES if fault in previous.faults - faults),
    )
