"""What the OSC tests share: events, a network of lists, a box that writes down what it was told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from pythonosc.osc_message import OscMessage

from limen.errors import LimenError
from limen.gates.records import Edge, Reading, Readings, Why
from limen.gates.settings import GATES
from limen.outlets.osc.sender import Address, Route
from limen.streams import STREAMS, Stream

WHY = Why(0.5, 0.25, "µS", (), "", False, False, 0.25, "µS", "Rise on: 0.50 µS is above 0.25 µS.")


def edge(gate: str, bit: int, index: int, *, wearer: int = 1, carry: float = 1.0) -> Edge:
    stream = GATES[gate].stream
    return Edge(wearer, gate, stream, bit, index, index / STREAMS[stream].rate_hz, carry, WHY)


def reading(name: str, index: int, *values: float, level: float | None = None, wearer: int = 1) -> Reading:
    stream = Stream(name) if name in list(Stream) else Stream.BVP
    return Reading(wearer, name, stream, index, index / STREAMS[stream].rate_hz, values, level)


def readings(name: str, first: int, *values: float, levels: Sequence[float] = (), wearer: int = 1) -> Readings:
    stream = Stream(name)
    return Readings(wearer, name, stream, first, values, levels, STREAMS[stream].rate_hz)


def clock_from(start: float):
    """A band whose sample 0 was taken at `start`, local time."""

    def due(stream: Stream, index: int) -> float:
        return start + index / STREAMS[stream].rate_hz

    return due


class Wire:
    """Stands where the sender stands and keeps (where, address, arguments) of everything."""

    def __init__(self) -> None:
        self.sent: list[tuple[Address, str, tuple[object, ...]]] = []
        self.raw: list[bytes] = []

    def send(self, data: bytes | bytearray, routes: Iterable[Route]) -> None:
        message = OscMessage(bytes(data))
        self.raw.append(bytes(data))
        for route in routes:
            route.sent += 1
            self.sent.append((route.address, message.address, tuple(message.params)))

    def send_all(self, datagrams: Iterable[bytes | bytearray], routes: Collection[Route]) -> None:
        for data in datagrams:
            self.send(data, routes)

    def watch(self, routes: Iterable[Route]) -> None:
        pass

    def look_back(self) -> None:
        pass

    def close(self) -> None:
        self.sent.append((("", 0), "closed", ()))

    def to(self, port: int) -> list[tuple[str, tuple[object, ...]]]:
        return [(path, arguments) for where, path, arguments in self.sent if where[1] == port]

    def take(self) -> list[tuple[Address, str, tuple[object, ...]]]:
        sent, self.sent = self.sent, []
        return sent


class Recorder:
    """A box that does nothing but remember; `fails` is what it complains about."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.fails: str = ""

    def start(self) -> None:
        if self.fails:
            raise LimenError(self.fails)
        self.calls.append(("start",))

    def stop(self) -> None:
        self.calls.append(("stop",))

    def mark(self) -> None:
        self.calls.append(("mark",))

    def calibrate(self) -> None:
        self.calls.append(("calibrate",))

    def status(self) -> None:
        self.calls.append(("status",))

    def save(self) -> None:
        self.calls.append(("save",))

    def set_gate(self, wearer: int, gate: str, key: str, value: float) -> float:
        self.calls.append((wearer, gate, key, value))
        return value


class Room:
    """An audience that remembers who came; at most `places`."""

    def __init__(self, places: int = 32) -> None:
        self.places = places
        self.subscribed: list[Address] = []
        self.dumped: list[Address] = []

    def subscribe(self, ip: str, port: int) -> bool:
        if len(self.subscribed) >= self.places:
            return False
        self.subscribed.append((ip, port))
        return True

    def unsubscribe(self, ip: str, port: int) -> None:
        if (ip, port) in self.subscribed:
            self.subscribed.remove((ip, port))

    def listening_at(self, ip: str) -> tuple[Address, ...]:
        return ((ip, 9000),)

    def dump(self, addresses: Iterable[Address]) -> None:
        self.dumped += addresses
