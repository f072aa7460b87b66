"""What an edge says is true: the numbers on both edges, what they were made of, and the words."""

import re

import pytest
from tests.gate_streams import EVERY_GATE, cut, edges, in_order, multiplied_out, play, play_rows, settings, wearer

from limen.gates import GATES, Engine, Samples
from limen.streams import Stream

FORCED = {"stale", "not-worn", "disabled", "jump", "no-beat", "longest-on", "ended"}


@pytest.fixture(scope="module")
def told():
    """All edges of ten minutes, once with every gate's own rule, once with duty targets, with fixed numbers..."""
    rows = wearer(600)
    duties = {name: settings(name, duty=0.2)[name] for name, spec in GATES.items() if spec.takes_duty}
    fixed = {
        name: settings(name, threshold=spec.threshold_range[0] * 2)[name]
        for name, spec in GATES.items()
        if spec.threshold_range
    }
    turned = {name: settings(name, sensitivity=0.7, enable=True)[name] for name in GATES}
    found = []
    for chosen in (EVERY_GATE, duties, fixed, turned):
        found += edges(play_rows(rows, Engine(settings=chosen, readings=False)))
    lossy = in_order(*(cut(stream, rows[stream], lost=lambda index: index % 700 > 500) for stream in rows))
    return found + edges(play(Engine(settings=EVERY_GATE, readings=False), lossy))


def test_every_gate_is_told_of_on_both_edges(told):
    assert {(edge.gate, edge.bit) for edge in told} == {(gate, bit) for gate in GATES for bit in (0, 1)}


def test_the_value_stands_where_the_edge_says(told):
    for edge in told:
        if edge.why.guard in FORCED:
            assert edge.bit == 0
        elif edge.bit or edge.gate == "rise":
            assert edge.why.value >= edge.why.threshold, edge
        else:
            assert edge.why.value <= edge.why.threshold, edge


def test_the_terms_make_the_threshold(told):
    for edge in told:
        if edge.gate == "pulse":  # its terms are ratios of two moving powers
            assert multiplied_out(edge.why) == pytest.approx(edge.why.threshold, rel=1e-9)
        else:
            assert multiplied_out(edge.why) == edge.why.threshold, edge


def test_the_margin_is_what_lies_between_value_and_threshold(told):
    for edge in told:
        distance = abs(edge.why.value - edge.why.threshold)
        if edge.gate == "pulse":
            assert edge.why.margin == distance / edge.why.threshold
        elif edge.gate in {"rise", "warming", "cooling"}:
            assert edge.why.margin == distance / 2
        else:
            assert 0.0 <= edge.why.margin <= distance
        assert edge.why.margin_unit


def test_the_sentence_names_gate_edge_and_numbers(told):
    for edge in told:
        why = edge.why
        assert why.sentence.startswith(f"{edge.gate.capitalize()} {'on' if edge.bit else 'off'}: ")
        assert why.sentence.endswith(".")
        assert ("arm moving" in why.sentence) is why.marked
        assert ("still learning" in why.sentence) is why.learning
        if not why.guard and (edge.gate, edge.bit) != ("still", 0):
            assert any(
                f" {abs(why.value):.{digits}f} " in why.sentence.replace("° ", " ") for digits in range(4)
            ) or (edge.gate == "breath" and f" {why.value:.2f}," in why.sentence), edge


def test_no_sentence_names_an_emotion(told):
    words = " ".join({edge.why.sentence.lower() for edge in told})
    words += " ".join(spec.says for spec in GATES.values())
    for word in ("emotion", "arousal", "stress", "excite", "calm", "nervous", "fear", "mood", "feel", "anxi"):
        assert word not in words


def test_a_forced_edge_gives_its_reason_in_words(told):
    reasons = {edge.why.guard: edge.why.sentence for edge in told if edge.why.guard}
    assert "stale" in reasons
    for guard, sentence in reasons.items():
        assert not re.search(rf"\b{guard}\b", sentence) or guard == "stale"
        assert len(sentence) > 15


def test_the_end_of_a_signal_shuts_what_is_open():
    engine = Engine(streams=[Stream.ACC])
    engine.feed(Samples(1, Stream.ACC, 0, [(0.0, 0.0, 1.0)] * 320))
    (shut,) = edges(engine.close(), "still")
    assert (shut.bit, shut.index, shut.why.guard) == (0, 320, "ended")
    assert "the signal ended" in shut.why.sentence
