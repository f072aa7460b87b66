"""What can be set on the way out: where OSC goes, and when an edge leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, get_args

from limen.box.config.scheme import Given, Items, Leaf, Section, key, part, section_of
from limen.box.config.validators import HOST, PREFIX, SWITCH, number, one_of, whole
from limen.gates.settings import GATES
from limen.streams import Stream

MOST_TARGETS: Final = 32
DEFAULT_PORT: Final = 9000
DEFAULT_CONTROL_PORT: Final = 9001
# 40 ms for the radio: what is left of a constant delay of 0.22 s after a BVP packet of 172 ms.
DEFAULT_ALLOWANCE_S: Final = 0.04
# Pulse and tap have a rhythm; EDA and TEMP come six and eight samples in a packet, whose edges would be one click.
STEADY_BY_DEFAULT: Final = frozenset(("pulse", "tap")) | {
    spec.name for spec in GATES.values() if spec.stream in (Stream.EDA, Stream.TEMP)
}

Delivery = Literal["unicast", "broadcast"]
Rate = Literal["full", "smooth", "gates"]
Play = Literal["steady", "immediate"]

_PORT: Final = whole(1, 65535)
_RATE: Final = one_of(*get_args(Rate))
_RATE_SAYS: Final = "all, values thinned out, or gates alone"


@dataclass(frozen=True, slots=True)
class Target:
    """A receiver that is sent to whether or not it asks; `port` follows `osc.port` where left out."""

    host: str = key("", HOST, "whom to send to", required=True, example="192.168.4.20")
    port: int = key(None, _PORT, "its UDP port; left out: the port above", example="9000")
    rate: Rate = key("smooth", _RATE, _RATE_SAYS)


@dataclass(frozen=True, slots=True)
class Osc:
    """Where the bits go."""

    prefix: str = key("/limen", PREFIX, "what every address starts with")
    port: int = key(DEFAULT_PORT, _PORT, "UDP port that is sent to")
    control: bool = key(True, SWITCH, "listen for commands")
    control_port: int = key(DEFAULT_CONTROL_PORT, _PORT, "UDP port that is listened on")
    delivery: Delivery = key(
        "unicast", one_of(*get_args(Delivery)), "to each receiver by itself, or always to the whole subnet"
    )
    why: bool = key(False, SWITCH, "send the sentence that explains each edge")
    keep_awake: bool = key(False, SWITCH, "send something to quiet receivers, so that no laptop's Wi-Fi dozes off")
    station_rate: Rate = key("smooth", _RATE, f"for stations and subscribers: {_RATE_SAYS}")
    targets: tuple[Target, ...] = part(
        Items(
            replace(section_of(Target, ""), build=dict),
            "receivers with a fixed address; stations on the box's own Wi-Fi need no entry",
            most=MOST_TARGETS,
        ),
        tuple,
    )


def _osc(given: Given) -> Osc:
    port = given.get("port", DEFAULT_PORT)
    targets = tuple(Target(**{"port": port, **target}) for target in given.get("targets", ()))
    return Osc(**{**given, "targets": targets})


def _hears_itself(given: Given) -> Iterator[tuple[str, str, str]]:
    out, control = given.get("port", DEFAULT_PORT), given.get("control_port", DEFAULT_CONTROL_PORT)
    if out is not None and out == control:
        name = "control_port" if "control_port" in given else "port"
        yield (
            name,
            "port and control_port are the same, so the box would hear itself",
            "write two different ports",
        )


def _sent_twice(given: Given) -> Iterator[tuple[str, str, str]]:
    seen = set()
    for place, target in enumerate(given.get("targets") or (), start=1):
        host, port = (target or {}).get("host"), (target or {}).get("port", given.get("port", DEFAULT_PORT))
        if host and (host, port) in seen:
            yield f"targets[{place}].host", f"{host}:{port} is in the list already", "keep one of the two"
        seen.add((host, port))


OSC: Final = replace(section_of(Osc, "Where the bits go, as OSC.", _hears_itself, _sent_twice), build=_osc)


@dataclass(frozen=True, slots=True)
class Timing:
    """When an edge leaves. `steady` names the gates that are played at sample time plus a constant delay."""

    allowance_s: float = DEFAULT_ALLOWANCE_S
    steady: frozenset[str] = STEADY_BY_DEFAULT


def _timing(given: Given) -> Timing:
    modes = {name: given.get(name, _play(name)) for name in GATES}
    steady = frozenset(name for name, mode in modes.items() if mode == "steady")
    return Timing(given.get("allowance", DEFAULT_ALLOWANCE_S), steady)


def _play(gate: str) -> Play:
    return "steady" if gate in STEADY_BY_DEFAULT else "immediate"


TIMING: Final = Section(
    MappingProxyType(
        {
            "allowance": Leaf(
                number("s", 0.0, 0.5),
                DEFAULT_ALLOWANCE_S,
                "what steady adds to a packet's duration for the radio",
            )
        }
        | {name: Leaf(one_of(*get_args(Play)), _play(name), spec.says) for name, spec in GATES.items()}
    ),
    "When an edge leaves: steady, a little later in the signal's rhythm; immediate, in the packets' rhythm.",
    _timing,
)
