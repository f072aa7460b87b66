"""One look at a box, as values. None is: not offered here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NOT_OFFERED: Final = "not offered here"


@dataclass(frozen=True, slots=True)
class Supply:
    """Whether the voltage is too low (below about 4.65 V); `ever`: since the first reading."""

    low: bool | None = None
    ever_low: bool | None = None


@dataclass(frozen=True, slots=True)
class Heat:
    """Of the processor; whether the firmware slows it down. `ever`: since the first reading."""

    celsius: float | None = None
    throttled: bool | None = None
    ever_throttled: bool | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What holds sessions and settings. `errors` counts those of all ext4 file systems since they were checked.

    `lost`: since power on it was made anew, or nothing holds them but memory.
    """

    free_mb: float | None = None
    reserve_mb: float | None = None
    read_only: bool | None = None
    errors: int | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """What the machine can still give, and what this process holds (RSS), in MB."""

    available_mb: float | None = None
    own_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Radio:
    """Whether there is a Bluetooth adapter, and whether the access point's interface is up."""

    bluetooth: bool | None = None
    wifi: bool | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock (Unix seconds), good for labels only; `is_set`: by a network, or from a clock that is kept."""

    rtc: bool
    is_set: bool
    unix: float


@dataclass(frozen=True, slots=True)
class Health:
    """One look; `t` is monotonic time in seconds, counted from power on."""

    t: float
    clock: Clock
    supply: Supply = Supply()
    heat: Heat = Heat()
    card: Card = Card()
    memory: Memory = Memory()
    radio: Radio = Radio()


def described(health: Health) -> str:
    """One line for the log."""
    return f"{health.t:.1f} s: " + "; ".join(
        (
            f"supply {_said(health.supply.low, 'too low', 'fine')}{' (was too low)' * _was(health.supply)}",
            f"heat {_measured(health.heat.celsius, '.1f', '°C')}{', slowed down' * bool(health.heat.throttled)}",
            f"card {_measured(health.card.free_mb, '.0f', 'MB free')}{', read-only' * bool(health.card.read_only)}"
            + ", lost" * health.card.lost
            + (f", {health.card.errors} errors" if health.card.errors else ""),
            f"memory {_measured(health.memory.available_mb, '.0f', 'MB free')}, "
            f"own {_measured(health.memory.own_mb, '.1f', 'MB')}",
            f"Bluetooth {_said(health.radio.bluetooth, 'there', 'missing')}",
            f"Wi-Fi {_said(health.radio.wifi, 'up', 'down')}",
            f"clock {'set' if health.clock.is_set else 'not set'}",
        )
    )


def _was(supply: Supply) -> bool:
    return bool(supply.ever_low) and not supply.low


def _said(value: bool | None, yes: str, no: str) -> str:
    return NOT_OFFERED if value is None else yes if value else no


def _measured(value: float | None, form: str, unit: str) -> str:
    return NOT_OFFERED if value is None else f"{value:{form}} {unit}"
