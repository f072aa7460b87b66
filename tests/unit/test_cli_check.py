"""`limen check`, as a person sees it."""

from __future__ import annotations

import argparse

import pytest

from limen.box.config import default_config_yaml
from limen.cli import check
from limen.errors import UsageError


def _run(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    check.add_arguments(parser)
    return check.run(parser.parse_args(argv))


def test_a_right_file_says_what_will_happen(tmp_path, capsys):
    path = tmp_path / "limen.yaml"
    path.write_text(
        """\
osc:
  targets: [{host: 192.168.4.20, rate: gates}]
gates:
  rise: {threshold: 50 nS, sensitivity: 0.8}
  move: {duty: 15 %}
  tap: {enable: no}
wearers:
  - number: 1
  - number: 2
    source: session
    session: evening
""",
        encoding="utf-8",
    )
    assert _run(str(path)) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[0] == f"{path}: right"
    assert "to 192.168.4.20:9000, gates" in out
    assert "threshold 0.05 µS × 0.8" in out
    assert "open about 15 % of the time" in out
    assert "off: tap, breath" in out
    assert "wearer 2: the session" in out
    assert "gates as wearer 1" in out
    assert f"note: {tmp_path / 'evening'} (wearer 2) is not on this machine" in out


def test_a_wrong_file_is_2_and_lines_on_standard_error(tmp_path, capsys):
    path = tmp_path / "limen.yaml"
    path.write_text("osc:\n  port: 0\n  prt: 1\n")
    assert _run(str(path)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(": ")[0] for line in err.splitlines()] == [f"{path}:2", f"{path}:3"]


def test_the_example_is_printed(capsys):
    assert _run("--example") == 0
    assert capsys.readouterr().out == default_config_yaml()


def test_no_file_is_a_usage_error():
    with pytest.raises(UsageError, match="--example"):
        _run()
