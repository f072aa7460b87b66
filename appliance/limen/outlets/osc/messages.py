"""The datagrams of one wearer and of the box, built at the start and only rewritten after that."""

from __future__ import annotations

from collections.abc import Iterator

from limen.gates.settings import GATES
from limen.outlets.osc import addresses as a
from limen.outlets.osc.datagram import AgeDatagram, AnyDatagram, Datagram, TextDatagram, VectorDatagram
from limen.streams import STREAMS


def _numbers(row: a.Address, path: str) -> Datagram:
    return Datagram(path, row.types)


def _values(row: a.Address, path: str) -> Datagram | VectorDatagram:
    return VectorDatagram(path, row.types) if len(row.types) > 1 else Datagram(path, row.types)


class WearerMessages:
    """All that is said about one wearer; `n` counts from 1."""

    def __init__(self, prefix: str, n: int) -> None:
        self.gate = {g: _numbers(a.GATE, a.GATE.path(prefix, n=n, gate=g)) for g in GATES}
        self.trig = {g: _numbers(a.TRIG, a.TRIG.path(prefix, n=n, gate=g)) for g in GATES}
        self.why = {g: TextDatagram(a.WHY.path(prefix, n=n, gate=g), a.WHY.types) for g in GATES}
        self.level = {s.value: _numbers(a.LEVEL, a.LEVEL.path(prefix, n=n, stream=s)) for s in STREAMS}
        self.value = {name: _values(row, row.path(prefix, n=n)) for name, row in a.VALUES.items()}
        self.link = _numbers(a.LINK, a.LINK.path(prefix, n=n))
        self.worn = _numbers(a.WORN, a.WORN.path(prefix, n=n))
        self.battery = _numbers(a.BATTERY, a.BATTERY.path(prefix, n=n))
        self.mark = _numbers(a.MARK, a.MARK.path(prefix, n=n))
        self.age = {stream: AgeDatagram(a.AGE.path(prefix, n=n, stream=stream), a.AGE.types) for stream in STREAMS}
        self.bits = dict.fromkeys(GATES, 0)
        for gate in self.gate.values():
            gate.set(0)
        self.link.set(0)
        self.worn.set(0)
        self.mark.set(0)

    def continuous(self) -> Iterator[Datagram | VectorDatagram]:
        """What is sent as each destination's rate says."""
        yield from self.level.values()
        yield from self.value.values()

    def states(self) -> Iterator[Datagram]:
        """What is sent again every second, gates first."""
        yield from self.gate.values()
        yield from (self.link, self.worn, self.battery, self.mark)
        yield from self.age.values()


class BoxMessages:
    """All that is said about the box itself."""

    def __init__(self, prefix: str) -> None:
        self.alive = _numbers(a.ALIVE, a.ALIVE.path(prefix))
        self.state = TextDatagram(a.STATE.path(prefix))
        self.faults = TextDatagram(a.FAULTS.path(prefix))

    def states(self) -> Iterator[AnyDatagram]:
        """What is sent again every second."""
        yield from (self.alive, self.state, self.faults)
