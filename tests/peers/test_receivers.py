"""Programs that nobody here wrote hear every outgoing message: address, type and value, once, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from limen.cli import main
from limen.cli.gates import edges_of
from limen.gates import GATES
from limen.inlets.reader import read_session
from limen.inlets.simulated import SimulatedWearer
from limen.inlets.writer import write_session
from tests.peers.kinds import OscDump
from tests.peers.ourselves import send_ours
from tests.peers.outgoing import PULSE, PULSE_TRIGGER, beats, every_address
from tests.peers.receiver import Heard, Receiver
from tests.peers.wire import Message, send_raw

pytestmark = pytest.mark.peers

PER_SECOND = 500.0
PACED_S = 4.0


@dataclass(frozen=True)
class Source:
    """Who sends: `send(messages, ports)` puts every message on every port, in order, then returns."""

    name: str
    send: Callable[[list[Message], list[int]], None]


def _by_hand(messages: list[Message], ports: list[int]) -> None:
    send_raw(messages, ports, PER_SECOND)


def _by_the_outlet(messages: list[Message], ports: list[int]) -> None:
    send_ours(messages, ports, PER_SECOND)


# What is asserted below does not depend on who packed the bytes.
SOURCES = [Source("packed by hand", _by_hand), Source("the outlet", _by_the_outlet)]


@pytest.fixture(params=SOURCES, ids=lambda source: str(source.name))
def source(request: pytest.FixtureRequest) -> Source:
    chosen: Source = request.param
    return chosen


def assert_same(receiver: Receiver, heard: list[Heard], sent: list[Message]) -> None:
    """All of `sent`, nothing else, nothing twice; in order, within an address at least."""
    if not receiver.ordered:
        heard = sorted(heard, key=lambda one: one.address)
        sent = sorted(sent, key=lambda one: one.address)
    wrong = [(got, want) for got, want in zip(heard, sent, strict=False) if not receiver.same(got, want)]
    assert not wrong, f"{receiver.name} heard {wrong[0][0]} for {wrong[0][1]} ({len(wrong)} differ)"
    assert len(heard) == len(sent), f"{receiver.name} heard {len(heard)} of {len(sent)}"


def test_every_address_arrives_with_its_type_and_value(receiver: Receiver, source: Source) -> None:
    sent = every_address()
    source.send(sent, [receiver.port])
    assert_same(receiver, receiver.finish(), sent)


def test_edges_and_triggers_arrive_exactly_once_and_in_order(receiver: Receiver, source: Source) -> None:
    sent = beats(100)
    source.send(sent, [receiver.port])
    heard = receiver.finish()
    assert_same(receiver, heard, sent)
    bits = [one.args[0] for one in heard if one.address == PULSE]
    assert [bit for bit, _ in groupby(bits)] == bits
    intervals = [one.args[0] for one in heard if one.address == PULSE_TRIGGER]
    assert len(set(intervals)) == 100


def test_500_messages_a_second_reach_all_at_once_without_loss(
    all_receivers: list[Receiver], source: Source
) -> None:
    beat = beats(int(PER_SECOND * PACED_S / 3))
    source.send(beat, [receiver.port for receiver in all_receivers])
    arrived = {receiver: receiver.finish() for receiver in all_receivers}
    lost = {one.name: len(beat) - len(heard) for one, heard in arrived.items()}
    assert Counter(lost) == Counter(dict.fromkeys(lost, 0))
    for receiver, heard in arrived.items():
        assert_same(receiver, heard, beat)


@pytest.mark.parametrize("spoil", ["lost", "twice", "swapped", "other type", "other value"])
def test_what_is_wrong_on_the_way_is_noticed(receive: Callable[[type[Receiver]], Receiver], spoil: str) -> None:
    sent = beats(4)
    spoiled = {
        "lost": sent[:3] + sent[4:],
        "twice": sent[:3] + sent[2:],
        "swapped": [*sent[:2], sent[3], sent[2], *sent[4:]],
        "other type": [sent[0]._replace(types="f"), *sent[1:]],
        "other value": [sent[0], sent[1]._replace(args=(0.501,)), *sent[2:]],
    }[spoil]
    oscdump = receive(OscDump)
    _by_hand(spoiled, [oscdump.port])
    with pytest.raises(AssertionError, match="oscdump heard"):
        assert_same(oscdump, oscdump.finish(), sent)


def test_a_session_that_is_played_arrives_edge_by_edge(all_receivers: list[Receiver], tmp_path: Path) -> None:
    """The whole path: a session through `limen play`, eight times as fast; states are refreshed, triggers never."""
    folder = tmp_path / "evening"
    write_session(folder, SimulatedWearer(5).session(40.0))
    quiet = tmp_path / "limen.yaml"
    quiet.write_text("osc:\n  control: off\n", encoding="utf-8")
    words = ["play", str(folder), "--speed", "8", "--config", str(quiet)]
    for receiver in all_receivers:
        words += ["--to", f"127.0.0.1:{receiver.port}"]
    assert main(words) == 0
    defaults = {name: spec.defaults for name, spec in GATES.items()}
    edges = list(edges_of(read_session(folder), defaults))
    for receiver in all_receivers:
        heard = receiver.finish()
        for gate in GATES:
            bits = [edge.bit for edge in edges if edge.gate == gate]
            triggers = [one for one in heard if one.address == f"/limen/1/trig/{gate}"]
            assert len(triggers) == sum(bits), f"{receiver.name}: {gate}"
            states = [one.args[0] for one in heard if one.address == f"/limen/1/gate/{gate}"]
            changes = [bit for bit, _ in groupby([0, *states])]
            assert changes[1:] == bits, f"{receiver.name}: {gate}"
