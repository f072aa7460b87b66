"""Every OSC address that leaves or enters a box, in one table: encoder, control, documentation and tests read it.

A template's `{n}` is the wearer, from 1; `{gate}` a gate's name; `{stream}` bvp, acc, eda or temp.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from limen.gates.settings import GATES, HOLD_RANGE_S, REST_RANGE_S, SENSITIVITY_RANGE
from limen.outlets.osc.settings import PREFIX
from limen.streams import STREAMS, Stream


class Kind(StrEnum):
    """How an address behaves."""

    STATE = "state"  # out: on change, and again every second
    TRIGGER = "trigger"  # out: once, never repeated
    CONTINUOUS = "continuous"  # out: at the rate of the destination's class
    TEXT = "text"  # out: with the edge that it explains
    REPLY = "reply"  # out: to the sender of a message only
    COMMAND = "command"  # in
    SETTING = "setting"  # in: clamped to its range; the resulting value is answered on the same address


@dataclass(frozen=True, slots=True)
class Address:
    """One row: `types` are OSC type tags ("" none, "any", brackets for optional), the range is in `unit`."""

    template: str
    kind: Kind
    types: str
    meaning: str
    unit: str = ""
    lowest: float | None = None
    highest: float | None = None

    @property
    def incoming(self) -> bool:
        """Whether it is sent to the box (on port 9001); all others leave it (to port 9000)."""
        return self.kind in (Kind.COMMAND, Kind.SETTING)

    def path(self, prefix: str = PREFIX, *, n: int = 1, gate: str = "", stream: str = "") -> str:
        """The concrete address."""
        return prefix + self.template.format(n=n, gate=gate, stream=stream)

    def paths(self, prefix: str, wearers: Iterable[int]) -> Iterator[str]:
        """All concrete addresses of this row, for these wearers."""
        gates = tuple(GATES) if "{gate}" in self.template else ("",)
        streams = tuple(STREAMS) if "{stream}" in self.template else ("",)
        for n in wearers if "{n}" in self.template else (1,):
            for gate in gates:
                for stream in streams:
                    yield self.path(prefix, n=n, gate=gate, stream=stream)


def _value(name: str, unit: str, lowest: float, highest: float, meaning: str, types: str = "f") -> Address:
    return Address(f"/{{n}}/value/{name}", Kind.CONTINUOUS, types, meaning, unit, lowest, highest)


def _value_of(stream: Stream, meaning: str) -> Address:
    spec = STREAMS[stream]
    return _value(stream.value, spec.unit, spec.lowest, spec.highest, meaning, "f" * spec.axes)


GATE: Final = Address("/{n}/gate/{gate}", Kind.STATE, "i", "the gate's bit, on its edge and every second", "", 0, 1)
TRIG: Final = Address(
    "/{n}/trig/{gate}",
    Kind.TRIGGER,
    "f",
    "once per rising edge; pulse carries the beat interval in seconds (0 where there is none), others 1.0",
    "s",
    0,
)
LEVEL: Final = Address(
    "/{n}/level/{stream}", Kind.CONTINUOUS, "f", "where the signal stands in its own recent range", "", 0, 1
)
WHY: Final = Address("/{n}/why/{gate}", Kind.TEXT, "s", "why the gate changed, as a sentence; off by default")
LINK: Final = Address("/{n}/link", Kind.STATE, "i", "whether the band is connected", "", 0, 1)
WORN: Final = Address("/{n}/worn", Kind.STATE, "i", "whether the band is on an arm", "", 0, 1)
BATTERY: Final = Address("/{n}/battery", Kind.STATE, "f", "the band's battery", "", 0, 1)
AGE: Final = Address("/{n}/age/{stream}", Kind.STATE, "i", "time since the stream's last packet", "ms", 0)
MARK: Final = Address("/{n}/mark", Kind.STATE, "i", "how many marks were set", "", 0)
ALIVE: Final = Address("/box/alive", Kind.STATE, "i", "since the daemon began or reloaded", "s", 0)
STATE: Final = Address("/box/state", Kind.STATE, "s", "the name of the state that the box is in")
FAULTS: Final = Address(
    "/box/faults", Kind.STATE, "s", "what is wrong with the box, by name; none when all is well"
)
ERROR: Final = Address("/box/error", Kind.REPLY, "ss", "the message's address; what was wrong and what to send")
PONG: Final = Address("/box/pong", Kind.REPLY, "any", "the arguments of the ping")

VALUES: Final = {
    "bvp": _value_of(Stream.BVP, "blood volume pulse, without a unit"),
    "acc": _value_of(Stream.ACC, "acceleration x, y, z"),
    "eda": _value_of(Stream.EDA, "skin conductance"),
    "temp": _value_of(Stream.TEMP, "skin temperature"),
    "hr": _value("hr", "bpm", 0, 300, "heart rate"),
}

START: Final = Address("/box/start", Kind.COMMAND, "", "start playing, as the button does")
STOP: Final = Address("/box/stop", Kind.COMMAND, "", "stop playing, as the button does")
SET_MARK: Final = Address("/box/mark", Kind.COMMAND, "", "set a mark")
CALIBRATE: Final = Address("/box/calibrate", Kind.COMMAND, "", "take the next minute as the baseline")
STATUS: Final = Address("/box/status", Kind.COMMAND, "", "send every state to the sender")
SAVE: Final = Address("/box/save", Kind.COMMAND, "", "keep what was set")
PING: Final = Address("/box/ping", Kind.COMMAND, "any", "answered by /box/pong with the same arguments")
SUBSCRIBE: Final = Address(
    "/box/subscribe",
    Kind.COMMAND,
    "[s][i]",
    "unicast to [host] [port] for 10 s; the sender, port 9000 by default",
)
UNSUBSCRIBE: Final = Address("/box/unsubscribe", Kind.COMMAND, "[s][i]", "no more of that")


def _setting(key: str, types: str, unit: str, limits: tuple[float, float], meaning: str) -> Address:
    return Address(f"/{{n}}/gate/{{gate}}/{key}", Kind.SETTING, types, meaning, unit, *limits)


SETTINGS: Final = {
    "sensitivity": _setting(
        "sensitivity", "f", "×", SENSITIVITY_RANGE, "multiplies the on-threshold: 0.5 opens sooner, 2 later"
    ),
    "hold": _setting("hold", "f", "s", HOLD_RANGE_S, "least time on"),
    "rest": _setting("rest", "f", "s", REST_RANGE_S, "least time off"),
    "enable": _setting("enable", "i", "", (0, 1), "whether the gate plays"),
}

OUTGOING: Final = (
    *(GATE, TRIG, LEVEL, *VALUES.values(), WHY),
    *(LINK, WORN, BATTERY, AGE, MARK),
    *(ALIVE, STATE, FAULTS, ERROR, PONG),
)
INCOMING: Final = (
    *(START, STOP, SET_MARK, CALIBRATE, STATUS, SAVE, PING, SUBSCRIBE, UNSUBSCRIBE),
    *SETTINGS.values(),
)
ADDRESSES: Final = OUTGOING + INCOMING
