"""Every outgoing address of the design, with a value of the right type for each; and a run of beats."""

from __future__ import annotations

from limen.gates.settings import GATES
from limen.streams import STREAMS, Stream
from tests.peers.wire import Arg, Message

PULSE = "/limen/1/gate/pulse"
PULSE_TRIGGER = "/limen/1/trig/pulse"


def _m(address: str, types: str, *args: Arg) -> Message:
    return Message(address, types, args)


def every_address() -> list[Message]:
    """Return one message or more for every address that Limen sends, wearers 1 and 2."""
    out: list[Message] = []
    for wearer in (1, 2):
        at = f"/limen/{wearer}"
        for place, gate in enumerate(GATES):
            carry = 0.7265625 if gate == "pulse" else 1.0
            out += [
                _m(f"{at}/gate/{gate}", "i", 1),
                _m(f"{at}/trig/{gate}", "f", carry),
                _m(f"{at}/gate/{gate}", "i", 0),
                _m(
                    f"{at}/why/{gate}",
                    "s",
                    f"{gate} on: 0.{place}12 uS rose above 0.05 uS; 3 x its noise, ok",
                ),
            ]
        for place, stream in enumerate(STREAMS):
            out.append(_m(f"{at}/level/{stream}", "f", place / 3))
            physical = (0.015625, -1.0, 1.984375) if stream is Stream.ACC else (-12.34 + 7 * place,)
            out.append(_m(f"{at}/value/{stream}", "f" * len(physical), *physical))
            out.append(_m(f"{at}/age/{stream}", "i", 40 + place))
        out += [
            _m(f"{at}/value/hr", "f", 82.58064516129032),
            _m(f"{at}/link", "i", 1),
            _m(f"{at}/worn", "i", 0),
            _m(f"{at}/battery", "f", 0.8700000047683716),
            _m(f"{at}/mark", "i", 2147483647),
        ]
    out += [
        _m("/limen/box/alive", "i", 86_400),
        _m("/limen/box/state", "s", "playing"),
        _m("/limen/box/faults", "s", "undervoltage card-full"),
        _m("/limen/box/error", "ss", "/limen/1/gate/pluse/hold", "no gate is called pluse"),
    ]
    return out


def beats(count: int) -> list[Message]:
    """Return the edges and triggers of `count` beats, each with another interval, to tell them apart."""
    out: list[Message] = []
    for beat in range(count):
        out += [
            _m(PULSE, "i", 1),
            _m(PULSE_TRIGGER, "f", 0.5 + beat / 1024),
            _m(PULSE, "i", 0),
        ]
    return out
