"""What python-osc would cost in our place, and what the player is for:  python -m tests.bench.osc"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median, pstdev
from time import perf_counter_ns, process_time
from timeit import Timer

from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient

from limen.gates.records import Edge, Event, Readings, Why
from limen.gates.settings import GATES
from limen.outlets.driver import Driver
from limen.outlets.osc import OscSettings, Rate, Target, open_osc
from limen.outlets.osc.datagram import Datagram, VectorDatagram
from limen.outlets.osc.destinations import Destinations
from limen.outlets.osc.outlet import OscOutlet
from limen.outlets.osc.sender import Route, Sender, open_socket
from limen.outlets.player import Player, Timing
from limen.streams import STREAMS, Stream
from tests.bench import Result, report

ADDRESS = "/limen/1/value/eda"
PEERS = 8
FAN_OUTS = 4000
RADIO_S = 0.03  # how irregularly packets arrive, at most
WEARERS = 8
BEATS_S = 12.0
STREAMED_S = 60
NO_WHY = Why(0.0, 0.0, "", (), "", False, False, 0.0, "", "")


def built(address: str, values: tuple[float, ...]) -> bytes:
    """What one has to write with python-osc for the same bytes."""
    builder = OscMessageBuilder(address)
    for value in values:
        builder.add_arg(value, "f")
    return builder.build().dgram


def fastest(
    statements: Sequence[str], names: dict[str, object], rounds: int = 40, number: int = 2000
) -> list[float]:
    """Seconds of each statement, the best of many short rounds in which they take turns."""
    timers = [Timer(statement, globals=names) for statement in statements]
    best = [float("inf")] * len(timers)
    for _ in range(rounds):
        for place, timer in enumerate(timers):
            best[place] = min(best[place], timer.timeit(number) / number)
    return best


def encoding() -> list[Result]:
    """One message with one float and one with three, rewritten, against a new one by python-osc."""
    results: list[Result] = []
    for datagram, values in (
        (Datagram("/limen/1/value/eda", "f"), (0.25,)),
        (VectorDatagram("/limen/1/value/acc", "fff"), (0.25, -1.0, 0.5)),
    ):
        names = {"ours": datagram, "built": built, "address": datagram.address, "values": values}
        ours_s, theirs_s = fastest((f"ours.set({', '.join(map(str, values))})", "built(address, values)"), names)
        assert bytes(datagram.data) == built(datagram.address, values)
        name = f"encoding {datagram.types}"
        results += [
            Result(f"{name}, rewritten in place", ours_s * 1e6, "µs"),
            Result(f"{name}, python-osc", theirs_s * 1e6, "µs"),
            Result(f"{name}, how many times cheaper", theirs_s / ours_s, "×", 30, at_least=True),
        ]
    return results


@contextlib.contextmanager
def receivers(count: int) -> Iterator[list[socket.socket]]:
    """Open sockets on loopback with room for everything."""
    with contextlib.ExitStack() as stack:
        socks = []
        for _ in range(count):
            sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.bind(("127.0.0.1", 0))
            socks.append(sock)
        yield socks


def drain(socks: list[socket.socket]) -> None:
    """Throw away what arrived."""
    for sock in socks:
        with contextlib.suppress(BlockingIOError):
            while True:
                sock.recv(2048, socket.MSG_DONTWAIT)


def fan_out() -> list[Result]:
    """One value to eight destinations; the two take turns, so that both see the same machine."""
    with receivers(PEERS) as socks:
        addresses = [sock.getsockname() for sock in socks]
        routes = [Route(address) for address in addresses]
        clients = [SimpleUDPClient(*address) for address in addresses]
        datagram, sender = Datagram(ADDRESS, "f"), Sender(open_socket())
        ours: list[int] = []
        theirs: list[int] = []
        gc.disable()

        def by_us(value: float) -> None:
            datagram.set(value)
            sender.send(datagram.data, routes)

        def by_them(value: float) -> None:
            for client in clients:
                client.send_message(ADDRESS, value)

        rounds = [(by_us, ours), (by_them, theirs)]
        for place in range(FAN_OUTS):
            for send, spent in rounds:
                began = perf_counter_ns()
                send(place / FAN_OUTS)
                spent.append(perf_counter_ns() - began)
            rounds.reverse()
            if place % 50 == 0:
                drain(socks)
        gc.enable()
        sender.close()
        for client in clients:
            client._sock.close()
    at = FAN_OUTS * 99 // 100
    ours_us, theirs_us = sorted(ours)[at] / 1e3, sorted(theirs)[at] / 1e3
    return [
        Result("fan-out to 8, p99, ours", ours_us, "µs"),
        Result("fan-out to 8, p99, python-osc", theirs_us, "µs"),
        Result("fan-out to 8, p99, share of python-osc", ours_us / theirs_us, "", 0.5),
        Result("fan-out to 8, median, share of python-osc", median(ours) / median(theirs), ""),
    ]


def heartbeats(seed: int) -> list[int]:
    """The samples at which one simulated heart beats, breathing at 0.25 Hz."""
    dice, at, beats = random.Random(seed), 0.3, []
    while at < BEATS_S:
        beats.append(round(at * STREAMS[Stream.BVP].rate_hz))
        at += dice.gauss(0.8, 0.05)
    return beats


def listen(sock: socket.socket, heard: dict[str, list[float]]) -> None:
    """Note the kernel's time of every trigger until an empty datagram comes."""
    while True:
        data, extra, *_ = sock.recvmsg(2048, 64)
        if not data:
            return
        path = data[: data.index(b"\x00")].decode()
        if "/trig/" in path:
            seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
            heard[path].append(seconds + nanoseconds / 1e9)


async def beat(timing: Timing, port: int, beats: dict[int, list[int]]) -> None:
    """Send the beats of all wearers in packets that arrive as a band's do."""
    loop = asyncio.get_running_loop()
    spec = STREAMS[Stream.BVP]
    player = Player(timing)
    target = Target("127.0.0.1", port, Rate.GATES)
    osc = await open_osc(OscSettings(targets=(target,)), wearers=tuple(beats))
    driver = Driver(player, (osc.outlet,))
    start = loop.time() + 0.1
    arrivals: list[tuple[float, int, int]] = []
    for wearer in beats:
        shift, dice = wearer * spec.packet_s / WEARERS, random.Random(wearer)
        player.clock[wearer] = lambda stream, index, at=start + shift: at + index / STREAMS[stream].rate_hz
        for packet in range(int(BEATS_S / spec.packet_s) + 1):
            arrival = start + shift + (packet + 1) * spec.packet_s + dice.random() * RADIO_S
            arrivals.append((arrival, wearer, packet))
    for arrival, wearer, packet in sorted(arrivals):
        await asyncio.sleep(max(0.0, arrival - loop.time()))
        first = packet * spec.samples_per_packet
        for index in beats[wearer]:
            if first <= index < first + spec.samples_per_packet:
                driver.push([Edge(wearer, "pulse", Stream.BVP, 1, index, index / 64, 0.8, NO_WHY)])
    await asyncio.sleep(0.4)
    driver.close()
    await osc.close()


def interval_errors(timing: Timing) -> list[float]:
    """How much longer each interval was for the receiver than between the samples of its two beats, in ms."""
    beats = {wearer: heartbeats(wearer) for wearer in range(1, WEARERS + 1)}
    heard: dict[str, list[float]] = defaultdict(list)
    with receivers(1) as (sock,):
        sock.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        listener = threading.Thread(target=listen, args=(sock, heard))
        listener.start()
        asyncio.run(beat(timing, sock.getsockname()[1], beats))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", sock.getsockname())
        listener.join()
    errors: list[float] = []
    for wearer, indices in beats.items():
        times = heard[f"/limen/{wearer}/trig/pulse"]
        assert len(times) == len(indices), "every beat arrives once"
        for place in range(1, len(times)):
            sampled = (indices[place] - indices[place - 1]) / 64
            errors.append((times[place] - times[place - 1] - sampled) * 1000)
    return errors


def jitter() -> list[Result]:
    """The rhythm of beats as a receiver hears it."""
    steady = pstdev(interval_errors(Timing()))
    immediate = pstdev(interval_errors(Timing(steady=frozenset())))
    # A beat's sample is up to half a sample off the beat itself: 1/64 s × sqrt(2/12) for an interval.
    with_samples = (steady**2 + (1000 / 64) ** 2 / 6) ** 0.5
    return [
        Result("interval jitter, steady", steady, "ms SD", 6),
        Result("interval jitter, immediate", immediate, "ms SD"),
        Result("interval jitter, steady, and the 1/64 s of sampling", with_samples, "ms SD"),
    ]


def second_of_events(second: int) -> list[tuple[float, list[Event]]]:
    """One wearer's packets of a second: all values and levels, a beat, an edge on every gate."""
    out: list[tuple[float, list[Event]]] = []
    for stream, spec in STREAMS.items():
        first, last = second * spec.rate_hz, (second + 1) * spec.rate_hz
        packet: list[Event] = []
        value = 0.5 if spec.axes == 1 else (0.5,) * spec.axes
        begun = first
        for index in range(first, last):
            t = index / spec.rate_hz
            if index % spec.rate_hz == 0:
                names = [name for name, gate in GATES.items() if gate.stream is stream]
                packet += [Edge(1, name, stream, second % 2, index, t, 1.0, NO_WHY) for name in names]
            if (index + 1) % spec.samples_per_packet == 0 or index + 1 == last:
                count = index + 1 - begun
                packet.append(
                    Readings(1, stream.value, stream, begun, [value] * count, [0.5] * count, spec.rate_hz)
                )
                out.append(((index + 1) / spec.rate_hz, packet))
                packet, begun = [], index + 1
    return sorted(out, key=lambda item: item[0])


def stream(rate: Rate, port: int) -> float:
    """CPU seconds per second of stream, from events to datagrams, all gates, one destination.

    The clock is turned by hand from one due time to the next, as the driver's timer would, so that waiting and the
    waking of an idle processor are not counted.
    """
    now, start = 1000.0, 1000.0
    player = Player()
    player.clock[1] = lambda stream, index: start + index / STREAMS[stream].rate_hz
    outlet = OscOutlet(OscSettings(), Sender(open_socket()), Destinations(), clock=lambda: now)
    outlet.target(Target("127.0.0.1", port, rate), "127.0.0.1")
    player.grid_s = outlet.grid_s
    packets = [item for second in range(STREAMED_S) for item in second_of_events(second)]
    began = process_time()
    for arrival, events in packets:
        for event in events:
            player.push(event, now)
        while (now := min(player.next_due() or outlet.next_due(), outlet.next_due())) <= start + arrival:
            if played := player.pop_due(now):
                outlet.play(played, now)
            outlet.run_due(now)
        now = start + arrival
    used = process_time() - began
    outlet.close()
    return used / STREAMED_S


def cpu() -> list[Result]:
    """What player and outlet cost together, sockets included."""
    with receivers(1) as socks:
        port = socks[0].getsockname()[1]
        smooth, full = (min(stream(rate, port) for _ in range(3)) for rate in (Rate.SMOOTH, Rate.FULL))
    return [
        Result("CPU per second of stream, one smooth destination", smooth * 1000, "ms"),
        Result("CPU per second of stream, one full destination", full * 1000, "ms"),
    ]


def run() -> list[Result]:
    """Everything, about a minute."""
    return [*encoding(), *fan_out(), *jitter(), *cpu()]


if __name__ == "__main__":
    report("OSC", run())
