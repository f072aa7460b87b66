"""What must always hold between the engine's events and the wire."""

from __future__ import annotations

import re
import struct
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message_builder import OscMessageBuilder
from tests.unit.osc_help import Wire, edge, reading, readings

from limen.gates.records import Edge
from limen.outlets.osc.addresses import OUTGOING
from limen.outlets.osc.datagram import FLOAT_MAX, Datagram, TextDatagram, VectorDatagram, ascii_text
from limen.outlets.osc.destinations import Destinations
from limen.outlets.osc.outlet import OscOutlet
from limen.outlets.osc.patterns import matches
from limen.outlets.osc.settings import Delivery, OscSettings, Rate, Target
from limen.outlets.player import Player, Timing, default_delays
from limen.streams import STREAMS, Stream

NUMERIC = [row for row in OUTGOING if row.types and set(row.types) <= set("if")]
GATES_PLAYED = ("pulse", "tap", "move", "rise")
LONGEST_D = max(default_delays().values())


# --- the player ------------------------------------------------------------------------------------------

step = st.one_of(
    st.tuples(st.just("edge"), st.sampled_from(GATES_PLAYED), st.integers(0, 300)),
    st.tuples(st.just("value"), st.sampled_from(("bvp", "eda")), st.integers(0, 300)),
    st.tuples(st.just("wait"), st.floats(0, 0.5), st.just(0)),
    st.tuples(st.just("anchor"), st.floats(-5, 5), st.just(0)),
    st.tuples(st.just("mode"), st.sets(st.sampled_from(GATES_PLAYED)), st.just(0)),
)


@given(st.lists(step, max_size=60), st.sampled_from((0.0, 0.04)))
def test_edges_are_played_exactly_once_in_order_and_in_time_whatever_the_clock_does(steps, grid):
    player, now = Player(grid_s=grid), 50.0
    pushed: dict[str, list[Edge]] = defaultdict(list)
    played: dict[str, list[Edge]] = defaultdict(list)
    pushed_at: dict[int, float] = {}
    last = now

    def run(until: float) -> None:
        nonlocal last
        while (due := player.next_due()) is not None and due <= until:
            now = max(due, last)
            assert now >= last
            last = now
            edges_over = False
            for event in player.pop_due(now):
                assert not (edges_over and isinstance(event, Edge))
                if isinstance(event, Edge):
                    played[event.gate].append(event)
                    assert now <= pushed_at[id(event)] + LONGEST_D + 1e-9
                else:
                    edges_over = True

    for what, argument, index in steps:
        if what == "edge":
            event = edge(argument, len(pushed[argument]) % 2, index)
            pushed[argument].append(event)
            pushed_at[id(event)] = now
            player.push(event, now)
        elif what == "value":
            player.push(readings(argument, index, *[1.0] * 11), now)
        elif what == "wait":
            now += argument
            run(now)
            last = max(last, now)
        elif what == "anchor":
            player.clock[1] = lambda stream, index, start=now + argument: start + index / STREAMS[stream].rate_hz
        else:
            player.timing = Timing(steady=frozenset(argument))
    run(now + 2 * LONGEST_D)
    assert player.next_due() is None
    assert {gate: [id(e) for e in edges] for gate, edges in played.items()} == {
        gate: [id(e) for e in edges] for gate, edges in pushed.items() if edges
    }
    assert player.counts.dropped_edges == 0


@given(st.lists(st.integers(1, 30), min_size=1, max_size=20), st.integers(0, 20))
def test_steady_edges_keep_their_intervals_however_they_are_cut_into_packets(gaps, seed):
    indices = [sum(gaps[: place + 1]) for place in range(len(gaps))]
    player, times = Player(), []
    player.clock[1] = lambda stream, index: 10.0 + index / STREAMS[stream].rate_hz
    packets: dict[int, list[int]] = defaultdict(list)
    for index in indices:
        packets[(index + seed) // 11].append(index)
    for packet, members in sorted(packets.items()):
        arrival = 10.0 + ((packet + 1) * 11 - seed) / 64
        while (due := player.next_due()) is not None and due <= arrival:
            times += [due] * len(player.pop_due(due))
        for index in members:
            player.push(edge("pulse", 1, index), arrival)
    while (due := player.next_due()) is not None:
        times += [due] * len(player.pop_due(due))
    assert len(times) == len(indices)
    offset = times[0] - indices[0] / 64
    assert all(abs(t - index / 64 - offset) < 1e-9 for t, index in zip(times, indices, strict=True))


@given(st.lists(st.integers(1, 10), min_size=1, max_size=12), st.sampled_from((0.0, 0.04)), st.integers(0, 3))
def test_every_value_leaves_at_its_own_time_however_it_is_cut_into_packets(cuts, grid, late):
    player, total = Player(grid_s=grid), sum(cuts)
    player.clock[1] = lambda stream, index: 10.0 + index / STREAMS[stream].rate_hz
    delay = default_delays()[Stream.BVP]
    played: list[tuple[float, int]] = []

    def run(until: float) -> None:
        while (due := player.next_due()) is not None and due <= until:
            played.extend((due, event.index) for event in player.pop_due(due))

    first = 0
    for count in cuts:
        # A packet is there when its last sample was taken, and up to three samples later.
        arrival = 10.0 + (first + count - 1 + late) / 64
        run(arrival)
        player.push(readings("bvp", first, *map(float, range(first, first + count))), arrival)
        first += count
    run(100.0)
    meant = [10.0 + index / 64 + delay for index in range(total)]
    if grid:
        # The newest of each slot; the clock's own rounding may put one at a slot's very edge on either side.
        assert all(at / grid == pytest.approx(round(at / grid), abs=1e-6) for at, _ in played)
        assert all(-1e-6 <= at - meant[index] <= grid + 1e-6 for at, index in played)
        assert played[-1][1] == total - 1
        assert len(played) >= (meant[-1] - meant[0]) / grid - 1
    else:
        assert [index for _, index in played] == list(range(total))
        assert [at for at, _ in played] == pytest.approx(meant, abs=1e-6)
    assert [index for _, index in played] == sorted({index for _, index in played})
    assert player.counts.dropped_readings == player.counts.late_readings == 0


# --- the encoder -----------------------------------------------------------------------------------------


def built_by_python_osc(address: str, types: str, values: tuple[object, ...]) -> bytes:
    builder = OscMessageBuilder(address)
    for tag, value in zip(types, values, strict=True):
        builder.add_arg(value, tag)  # type: ignore[arg-type]
    return builder.build().dgram


@given(st.data())
def test_a_rewritten_datagram_is_python_oscs_byte_for_byte(data):
    row = data.draw(st.sampled_from(NUMERIC))
    address = data.draw(st.sampled_from(list(row.paths("/limen", (1, 2)))))
    datagram = (Datagram if len(row.types) == 1 else VectorDatagram)(address, row.types)
    numbers = {
        "i": st.integers(-(2**31), 2**31 - 1),
        "f": st.floats(-FLOAT_MAX, FLOAT_MAX, allow_nan=False, allow_infinity=False),
    }
    for _ in range(3):  # values before leave no trace
        values = tuple(data.draw(numbers[tag]) for tag in row.types)
        assert datagram.set(*values)
        assert bytes(datagram.data) == built_by_python_osc(address, row.types, values)


@given(st.floats())
def test_a_float_either_leaves_as_finite_32_bits_or_not_at_all(value):
    datagram = Datagram("/limen/1/value/eda", "f")
    sent = datagram.set(value)
    (on_the_wire,) = struct.unpack(">f", datagram.data[-4:])
    assert abs(on_the_wire) <= FLOAT_MAX
    assert sent == (abs(value) <= FLOAT_MAX)


@given(st.lists(st.text(max_size=2000), min_size=2, max_size=2))
def test_any_text_is_a_well_formed_ascii_message(texts):
    message = TextDatagram("/limen/box/error", "ss")
    message.set(*texts)
    clean = tuple(ascii_text(text) for text in texts)
    assert bytes(message.data) == built_by_python_osc("/limen/box/error", "ss", clean)
    assert all(text.isascii() and "\x00" not in text for text in clean)


# --- destinations ----------------------------------------------------------------------------------------

ips = st.sampled_from(("10.0.0.1", "10.0.0.2", "10.0.0.3"))
ports = st.sampled_from((9000, 9001, 9002))
rates = st.sampled_from(tuple(Rate))


@given(
    st.lists(st.tuples(ips, ports, rates), max_size=6),
    st.lists(st.tuples(ips, ports, st.floats(0, 30)), max_size=6),
    st.lists(ips, max_size=6),
    st.sampled_from(tuple(Delivery)),
    st.floats(0, 30),
)
def test_nobody_gets_a_message_twice(targets, subscribers, stations, delivery, now):
    wire = Wire()
    destinations = Destinations(broadcast="10.0.0.255", delivery=delivery, stations=lambda: stations)
    outlet = OscOutlet(OscSettings(), wire, destinations, clock=lambda: now)  # type: ignore[arg-type]
    for ip, port, rate in targets:
        outlet.target(Target(ip, port, rate), ip)
    for ip, port, since in subscribers:
        destinations.subscribe(ip, port, since)
    destinations.refresh(now)
    outlet.play([edge("move", 1, 0)], now)
    heard = Counter(wire.sent)
    assert heard
    assert max(heard.values()) == 1
    hosts = {where[0] for where, _, _ in wire.sent}
    assert hosts == {"10.0.0.255"} or "10.0.0.255" not in hosts
    assert set(destinations.full).isdisjoint(destinations.smooth)


@given(st.lists(st.tuples(st.sampled_from(("edge", "value", "pass")), st.integers(1, 40)), max_size=60))
def test_triggers_are_exactly_the_rising_edges_for_every_destination(steps):
    wire, now = Wire(), 10.0
    outlet = OscOutlet(OscSettings(), wire, Destinations(), clock=lambda: now)  # type: ignore[arg-type]
    for port, rate in ((9001, Rate.FULL), (9002, Rate.SMOOTH), (9003, Rate.GATES)):
        outlet.target(Target("10.0.0.1", port, rate), "10.0.0.1")
    bit = rises = 0
    edges: list[int] = []
    for what, amount in steps:
        if what == "edge":
            bit = 1 - bit
            rises += bit
            edges.append(bit)
            outlet.play([edge("tap", bit, 0)], now)
        elif what == "value":
            outlet.play([reading("bvp", 0, float(amount))], now)
        else:
            until = now + amount / 20
            while (due := outlet.next_due()) <= until:
                now = max(now, due)
                outlet.run_due(now)
            now = until
    for port in (9001, 9002, 9003):
        heard = wire.to(port)
        assert sum(path == "/limen/1/trig/tap" for path, _ in heard) == rises
        bits = [arguments[0] for path, arguments in heard if path == "/limen/1/gate/tap"]
        changes = [b for b, before in zip(bits, [0, *bits], strict=False) if b != before]
        assert changes == edges


# --- patterns --------------------------------------------------------------------------------------------


@given(
    st.lists(st.sampled_from(("*", "?", "a", "b", "[ab]", "[!a]", "{a,bb}", "{ab,}")), max_size=8),
    st.text(alphabet="abc", max_size=8),
)
def test_patterns_match_as_the_regular_expressions_they_stand_for(tokens, name):
    meaning = {"*": ".*", "?": ".", "[!a]": "[^a]", "{a,bb}": "(a|bb)", "{ab,}": "(ab|)"}
    expected = re.fullmatch("".join(meaning.get(token, token) for token in tokens), name) is not None
    assert matches("".join(tokens), name) is expected
