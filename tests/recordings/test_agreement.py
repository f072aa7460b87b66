"""The gates on recordings of real people, beside the vendor's beats and other people's libraries."""

from itertools import repeat

import pytest

from limen.gates import GATES, Edge, Engine
from limen.inlets.packets import packets
from limen.streams import STREAMS
from tests.bench.agreement import FOLDER, PEOPLE, agreement, shortest_on
from tests.lacking import lacking

pytestmark = [pytest.mark.peers, pytest.mark.slow]


@pytest.fixture(scope="module", params=PEOPLE)
def person(request, recordings, show):
    pytest.importorskip("biosppy", reason="needs the peers extra")
    pytest.importorskip("neurokit2", reason="needs the peers extra")
    folder = recordings / FOLDER / request.param
    if not folder.is_dir():
        lacking(f"no recording at {folder}", ci_may=True)
    found = agreement(folder)
    show(found.lines())
    return found


def test_the_pulse_meets_the_beats_that_the_vendor_accepts(person):
    assert person.beats.count > 1000
    assert person.beats.met >= 0.95
    assert person.beats.chance < 0.6


def test_rises_agree_with_biosppy_as_well_as_libraries_agree_with_each_other(person):
    assert person.responses.f1_biosppy >= 0.85
    assert person.responses.f1_biosppy >= person.responses.ceiling
    assert person.responses.chance < 0.3


def test_nothing_flickers(person):
    assert {gate: shortest_on(edges) for gate, edges in person.edges.items() if shortest_on(edges) < 0.1} == {}


def test_the_pulse_survives_noise_loss_and_gain(person):
    for found in person.flips.values():
        assert found["pulse"].f1 >= 0.9
        assert found["pulse"].share <= 0.02


def test_no_disturbance_makes_another_piece_of_any_gate(person):
    for found in person.flips.values():
        assert set(found) == set(GATES)
        assert {gate: flips.share for gate, flips in found.items() if flips.share > 0.06} == {}


def test_the_bits_are_those_of_any_other_cutting(person):
    engine = Engine(streams=person.session.data, readings=False)
    sizes = {stream: STREAMS[stream].rate_hz for stream in person.session.data}
    events = [
        event
        for _, samples in packets(person.session, sizes=lambda stream: repeat(sizes[stream]))
        for event in engine.feed(samples)
    ] + engine.close()
    found = sorted((edge.gate, edge.index, edge.bit) for edge in events if isinstance(edge, Edge))
    own = {gate: edges for gate, edges in person.edges.items() if gate != "breath"}
    expected = sorted((edge.gate, edge.index, edge.bit) for edges in own.values() for edge in edges)
    assert found == expected
