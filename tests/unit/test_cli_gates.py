"""`limen gates` as a user meets it: lines of JSON, a picture, a summary, and errors in one line."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from limen.cli import main
from limen.cli.gates import edges_of
from limen.cli.summary import KNOB, knob_in_words, summarise
from limen.cli.trace import trace
from limen.gates import GATES, Edge, Engine
from limen.inlets.packets import packets
from limen.inlets.reader import read_session
from limen.inlets.simulated import SimulatedWearer
from limen.inlets.writer import write_session

DEFAULTS = {name: spec.defaults for name, spec in GATES.items()}
FIELDS = {"wearer", "gate", "bit", "t", "value", "threshold", "unit", "margin", "marked", "why"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("session") / "evening"
    write_session(path, SimulatedWearer(3).session(120.0))
    return path


def test_each_edge_is_a_line_with_its_why(folder, capsys):
    assert main(["gates", str(folder), "--wearer", "4"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) > 100
    assert all(line.keys() >= FIELDS and line["wearer"] == 4 for line in lines)
    assert [line["t"] for line in lines] == sorted(line["t"] for line in lines)
    for gate in ("pulse", "move", "rise"):
        bits = [line["bit"] for line in lines if line["gate"] == gate]
        assert bits
        assert bits == [(n + 1) % 2 for n in range(len(bits))]


def test_lines_are_the_live_engines_edges(folder, capsys):
    assert main(["gates", str(folder)]) == 0
    written = [json.loads(line)["why"] for line in capsys.readouterr().out.splitlines()]
    session = read_session(folder)
    engine = Engine(1)
    live = [e for _, samples in packets(session) for e in engine.feed(samples)] + engine.close()
    assert sorted(written) == sorted(event.why.sentence for event in live if isinstance(event, Edge))


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_picture_is_drawn(folder, tmp_path, capsys, suffix):
    file = tmp_path / f"evening.{suffix}"
    assert main(["gates", str(folder), "--picture", str(file), "--span", "20:40"]) == 0
    assert "20 to 40 s" in capsys.readouterr().out
    start = file.read_bytes()[:400]
    assert start.startswith(b"\x89PNG") if suffix == "png" else b"<svg" in start or b"<?xml" in start


def test_svg_keeps_its_words_as_text(folder, tmp_path):
    file = tmp_path / "evening.svg"
    assert main(["gates", str(folder), "--picture", str(file), "--span", "0:30"]) == 0
    text = file.read_text(encoding="utf-8")
    assert "the arm moves" in text
    assert "Dashed line = threshold" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "nowhere"),
        (["{folder}", "--picture", "evening.txt"], ".png"),
        (["{folder}", "--picture", "/nowhere/evening.png", "--span", "1:2"], "cannot be written"),
        (["{folder}", "--picture", "x.png", "--span", "500:510"], "choose a span within it"),
        (["{folder}", "--config", "nowhere.yaml"], "nowhere.yaml"),
        (["{folder}", "--span", "1:2"], "add --picture"),
    ],
)
def test_what_cannot_be_is_one_line_and_status_2(folder, tmp_path, monkeypatch, capsys, arguments, says):
    monkeypatch.chdir(tmp_path)
    assert main(["gates", *(word.format(folder=folder) for word in arguments)]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("wrong", ["60", "a:b", "9:3", "-1:5"])
def test_a_wrong_span_is_refused_with_an_example(folder, capsys, wrong):
    with pytest.raises(SystemExit) as refused:
        main(["gates", str(folder), f"--span={wrong}"])
    assert refused.value.code == 2
    assert "60:180" in capsys.readouterr().err


def test_the_summary_counts_what_the_edges_say(folder):
    session = read_session(folder)
    edges = list(edges_of(session, DEFAULTS))
    for one in summarise(session, DEFAULTS):
        rises = sum(edge.bit for edge in edges if edge.gate == one.gate)
        assert one.per_minute == pytest.approx(rises / (session.duration_s / 60))
        assert one.knob[KNOB.index(1.0)] == one.per_minute
        assert 0 <= one.duty <= 1
        assert 0 <= one.marked <= 1
        assert one.margin >= 0
    by_name = {one.gate: one for one in summarise(session, DEFAULTS)}
    assert by_name["tap"].knob[0] >= by_name["tap"].knob[-1]
    assert "breath" not in by_name


def test_the_summary_prints_every_gate_that_plays(folder, capsys):
    assert main(["gates", str(folder), "--summary"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n{name} " in out for name in GATES if name != "breath")


@pytest.mark.parametrize(
    ("knob", "words"),
    [
        ((0.0, 0.0, 0.0, 0.0, 0.0), "silent, and 0.5 would not wake it"),
        ((2.0, 0.5, 0.0, 0.0, 0.0), "silent; 0.5: 2.0 a minute"),
        ((70.0, 70.0, 70.0, 70.0, 69.0), "the knob hardly matters here"),
        ((4.0, 3.0, 2.0, 1.0, 0.5), "0.5: 4.0 a minute; 2: 0.5 a minute"),
    ],
)
def test_the_knob_in_words(knob, words):
    assert knob_in_words(knob, knob[2]) == words


def test_the_knob_is_what_would_be_set_whatever_is_set_now(folder):
    session = read_session(folder)
    turned = {name: replace(one, sensitivity=2.0) for name, one in DEFAULTS.items()}
    now, before = ({one.gate: one for one in summarise(session, each)} for each in (turned, DEFAULTS))
    assert now["move"].knob == before["move"].knob
    assert [now["move"].per_minute, before["move"].per_minute] == [before["move"].knob[-1], now["move"].knob[2]]


def test_a_trace_holds_the_same_blocks_as_the_edges(folder):
    session = read_session(folder)
    traces = trace(session, DEFAULTS, (30.0, 90.0))
    edges = [edge for edge in edges_of(session, DEFAULTS) if edge.gate == "move"]
    for start, end in traces["move"].blocks:
        if start > 30.0 and end < 90.0:
            assert any(edge.bit and edge.t == start for edge in edges)
            assert any(not edge.bit and edge.t == end for edge in edges)
    found = traces["move"]
    assert len(found.t) == len(found.value) == len(found.threshold)
    assert min(found.t) >= 30.0
    assert max(found.t) <= 90.0
