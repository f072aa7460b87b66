"""What a configuration says, key by key, and what is said of a wrong one."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from limen.box.config import Config, check_file, load_config
from limen.box.config.osc import Osc, Target, Timing
from limen.box.config.wearers import Wearer
from limen.errors import ConfigError
from limen.gates.settings import GATES


@pytest.fixture
def write(tmp_path):
    """Writes a configuration and returns its path."""

    def write(text: str) -> Path:
        path = tmp_path / "limen.yaml"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


@pytest.fixture
def said(write):
    """What is said of a wrong configuration, without the file's name."""
    return lambda text: [str(problem).removeprefix(problem.file) for problem in check_file(write(text))]


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n", "---\n", "osc:\n", "{}", "wearers:\n"],
)
def test_what_is_left_out_is_the_default(write, text):
    assert load_config(write(text)) == Config()


def test_no_file_is_the_default():
    assert load_config(None) == Config()


def test_osc(write):
    config = load_config(
        write("""\
            osc:
              prefix: /stage
              port: 57120
              control: no
              delivery: Broadcast
              why: yes
              targets:
                - {host: 192.168.4.20}
                - host: max.local
                  port: 7400
                  rate: gates
            """)
    )
    assert config.osc == Osc(
        prefix="/stage",
        port=57120,
        control=False,
        delivery="broadcast",
        why=True,
        targets=(Target(host="192.168.4.20", port=57120), Target(host="max.local", port=7400, rate="gates")),
    )


def test_timing(write):
    config = load_config(write("timing: {allowance: 60 ms, tap: immediate, rise: steady}"))
    assert config.timing == Timing(allowance_s=0.06, steady=frozenset(("pulse", "rise", "warming", "cooling")))


def test_gates_with_units(write):
    gates = load_config(
        write("""\
            gates:
              rise: {sensitivity: 0.8, hold: 500 ms, rest: 1 min, threshold: 80 nS}
              move: {enable: off, duty: 15 %}
            """)
    ).gates
    assert gates["rise"] == replace(
        GATES["rise"].defaults, sensitivity=0.8, hold_s=0.5, rest_s=60.0, threshold=0.08
    )
    assert gates["move"] == replace(GATES["move"].defaults, enable=False, duty=0.15)
    assert gates["tap"] == GATES["tap"].defaults


def test_a_wearer_changes_the_gates_of_the_box_key_by_key(write):
    config = load_config(
        write("""\
            gates:
              rise: {hold: 1, threshold: 0.1}
            wearers:
              - number: 1
              - number: 2
                gates: {rise: {duty: 0.2}, breath: {enable: on}}
            """)
    )
    first, second = config.wearers
    assert first.gates == config.gates
    assert second.gates["rise"] == replace(config.gates["rise"], threshold=None, duty=0.2)
    assert second.gates["rise"].hold_s == 1.0
    assert second.gates["breath"].enable


def test_wearers_of_every_source(write, tmp_path):
    config = load_config(
        write("""\
            wearers:
              - {number: 3, address: 10:07:20:12:34:56}
              - {number: 4, name: Empatica E4 a1}
              - {number: 1, source: session, session: sessions/evening}
              - {number: 2, source: simulated, seed: 7}
            """)
    )
    assert config.wearers == (
        Wearer(number=3, address="10:07:20:12:34:56"),
        Wearer(number=4, name="Empatica E4 a1"),
        Wearer(number=1, source="session", session=tmp_path / "sessions" / "evening"),
        Wearer(number=2, source="simulated", seed=7),
    )


def test_band_and_the_rest(write, tmp_path):
    config = load_config(
        write("""\
            band:
              start: 02
              write: with-response
              recover: link
              eda: {conversion: split12, offset: 2, high: 500 nS, low: -1.28 nS}
              bvp: {channel: odd, polarity: inverted, samples: level}
              temp: {byte_order: big}
            calibration: {seconds: 1.5 min}
            recorder: {folder: kept, raw: off, reserve: 2 GB}
            panel: {enable: false}
            rehearsal: {enable: true}
            """)
    )
    assert (config.band.start, config.band.write, config.band.recover) == ("02", "with-response", "link")
    assert (config.band.eda.offset, config.band.eda.high, config.band.eda.low) == (2.0, 0.5, -0.00128)
    assert (config.band.bvp.channel, config.band.temp.byte_order) == ("odd", "big")
    assert config.calibration.seconds == 90.0
    assert (config.recorder.folder, config.recorder.raw, config.recorder.reserve_mb) == (
        tmp_path / "kept",
        False,
        2000,
    )
    assert (config.panel.enable, config.rehearsal.enable) == (False, True)


WRONG = [
    ("osc:\n  prt: 1", 2, "osc.prt", "there is no such key", "write port:"),
    ("osc:\n  control-port: 1", 2, "osc.control-port", "there is no such key", "write control_port:"),
    ("OSC: {}", 1, "OSC", "there is no such key", "write osc:"),
    ("port: 9000", 1, "port", "there is no such key; it belongs to osc", "write it there"),
    (
        "osc:\n  wearers: []",
        2,
        "osc.wearers",
        "there is no such key; it belongs to the top, without indent",
        "write it there",
    ),
    ("osc: {port: 0}", 1, "osc.port", "'0' is too small", "write a whole number from 1 to 65535"),
    ("osc:\n  port:", 2, "osc.port", "it has no value", "write a whole number from 1 to 65535, or delete the line"),
    (
        "osc: {port: [1]}",
        1,
        "osc.port",
        "it holds keys or a list, where one value belongs",
        "write a whole number from 1 to 65535",
    ),
    ("osc:\n  why: on\n  why: on", 3, "osc.why", "it is here twice, first in line 2", "keep one of the two"),
    ("osc: 9000", 1, "osc", "it is not a section", "write keys below it, such as prefix:"),
    ("- osc", 1, "(file)", "it is not a section", "write keys below it, such as osc:"),
    ("wearers: {number: 1}", 1, "wearers", "it is not a list", "start each entry with '- '"),
    ("wearers: []", 1, "wearers", "it has 0 entries", "write 1 to 16"),
    ("wearers:\n- source: band", 2, "wearers[1].number", "it is missing", "write number: 1"),
    ("? [a]\n: 1", 1, "(file)", "a key here is not a word", "write one word and a colon"),
    (
        "osc: {port: 9001}",
        1,
        "osc.port",
        "port and control_port are the same, so the box would hear itself",
        "write two different ports",
    ),
    (
        "osc: {targets: [{host: a}, {host: a, port: 9000}]}",
        1,
        "osc.targets[2].host",
        "a:9000 is in the list already",
        "keep one of the two",
    ),
    (
        "gates: {rise: {threshold: 30 mV}}",
        1,
        "gates.rise.threshold",
        "'30 mV' is in 'mV', but this is in µS",
        "write a number in µS or uS or nS",
    ),
    ("gates: {tilt: {threshold: 10}}", 1, "gates.tilt.threshold", "'10' is too small", "write 15 to 170 °"),
    (
        "gates: {rise: {threshold: 1, duty: 0.1}}",
        1,
        "gates.rise.duty",
        "duty and threshold both replace the gate's rule",
        "keep one of the two",
    ),
    (
        "gates: {pulse: {duty: 0.1}}",
        1,
        "gates.pulse.duty",
        "there is no such key",
        "delete it: this gate compares two moving values and has no one number to fix",
    ),
    ("gates: {tap: {hold: 61}}", 1, "gates.tap.hold", "'61' is too large", "write 0 to 60 s"),
    ("gates: {tap: {sensitivity: 3}}", 1, "gates.tap.sensitivity", "'3' is too large", "write 0.5 to 2"),
    (
        "wearers: [{number: 1}, {number: 1}]",
        1,
        "wearers[2].number",
        "1 is already that of wearers[1]",
        "give each its own",
    ),
    (
        "wearers: [{number: 1, seed: 3}]",
        1,
        "wearers[1].seed",
        "it is only for source: simulated, and this is band",
        "delete one, or change source",
    ),
    (
        "wearers: [{number: 1, source: session}]",
        1,
        "wearers[1].source",
        "it is session, but no session is named",
        "write session: and the path of its folder",
    ),
    (
        "wearers: [{number: 1, name: E, address: '00:00:00:00:00:00'}]",
        1,
        "wearers[1].name",
        "address already says which band",
        "keep one of the two",
    ),
]


@pytest.mark.parametrize(("text", "line", "path", "what", "remedy"), WRONG)
def test_one_thing_wrong_is_said_in_one_line(said, text, line, path, what, remedy):
    assert said(text) == [f":{line}: {path}: {what}; {remedy}"]


def test_every_problem_is_listed_in_the_order_of_lines(write):
    path = write("""\
        gates:
          rise: {hold: 2 Hz}
        osc:
          port: nine
          delivery: multicast
        wearers:
          - number: 1
            seed: 3
        """)
    with pytest.raises(ConfigError) as error:
        load_config(path)
    lines = str(error.value).splitlines()
    assert [line.removeprefix(str(path)).split(": ")[:2] for line in lines] == [
        [":2", "gates.rise.hold"],
        [":4", "osc.port"],
        [":5", "osc.delivery"],
        [":8", "wearers[1].seed"],
    ]


def test_a_refused_value_is_complained_of_once(said):
    assert len(said("wearers: [{number: 1, source: session, session: ''}]")) == 1
    assert len(said("osc: {port: x, control_port: y}")) == 2
    assert len(said("wearers: [{number: x}, {number: x}]")) == 2
