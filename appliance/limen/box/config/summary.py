"""Says in a few lines what a configuration will do: who is played, which gates, and who hears it."""

from __future__ import annotations

from collections.abc import Iterator

from limen.box.config.config import Config
from limen.box.config.osc import Osc
from limen.box.config.wearers import Wearer
from limen.gates.settings import GATES, GateSettings


def summary(config: Config) -> Iterator[str]:
    """Yield lines for a person to read; a last few name folders that are not on this machine."""
    yield from _delivery(config.osc)
    for place, wearer in enumerate(config.wearers):
        same = next((w for w in config.wearers[:place] if w.gates == wearer.gates), None)
        gates = f"gates as wearer {same.number}" if same else "gates:"
        yield f"  wearer {wearer.number}: {_source(wearer, config.band.name)}; {gates}"
        if not same:
            yield from _gates(wearer, config.timing.steady)
    if config.recorder.enable:
        yield f"  recorded: yes, {'with' if config.recorder.raw else 'without'} the band's raw packets"
    else:
        yield "  recorded: no"
    yield from _elsewhere(config)


def _delivery(osc: Osc) -> Iterator[str]:
    stations = f"port {osc.port}, addresses under {osc.prefix}"
    if osc.delivery == "broadcast":
        yield f"  sent: to everybody on the subnet, {stations}"
    else:
        yield f"  sent: to every station on the box's Wi-Fi and to subscribers, {stations}"
    for target in osc.targets:
        if osc.delivery == "broadcast":
            yield f"  note: with delivery: broadcast nothing goes to the target {target.host}:{target.port}"
        else:
            yield f"  sent: to {target.host}:{target.port}, {target.rate}"
    yield f"  commands: on port {osc.control_port}" if osc.control else "  commands: not listened for"


def _source(wearer: Wearer, prefix: str) -> str:
    if wearer.source == "session":
        return f"the session {wearer.session}"
    if wearer.source == "simulated":
        return f"simulated, seed {wearer.number if wearer.seed is None else wearer.seed}"
    return f"the band {wearer.address}" if wearer.address else f"a band named {wearer.name or prefix}…"


def _gates(wearer: Wearer, steady: frozenset[str]) -> Iterator[str]:
    for name, gate in wearer.gates.items():
        if gate.enable:
            timing = "steady" if name in steady else "immediate"
            dwell = f"on at least {gate.hold_s:g} s, off at least {gate.rest_s:g} s"
            yield f"    {name:<10} {_threshold(name, gate)}; {dwell}; {timing}"
    off = [name for name, gate in wearer.gates.items() if not gate.enable]
    if off:
        yield f"    off: {', '.join(off)}"


def _threshold(name: str, gate: GateSettings) -> str:
    times = f" × {gate.sensitivity:g}" if gate.sensitivity != 1.0 else ""
    if gate.duty is not None:
        return f"open about {100 * gate.duty:g} % of the time{times and f', threshold{times}'}"
    if gate.threshold is not None:
        return f"threshold {gate.threshold:g} {GATES[name].unit}{times}"
    return f"its own threshold{times}"


def _elsewhere(config: Config) -> Iterator[str]:
    for wearer in config.wearers:
        if wearer.session and not wearer.session.is_dir():
            yield f"  note: {wearer.session} (wearer {wearer.number}) is not on this machine"
