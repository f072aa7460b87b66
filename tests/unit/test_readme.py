"""README tells the truth: addresses, gates, commands, links, and the lines that can be typed as they are."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT

from limen.cli import main
from limen.cli.commands import COMMANDS
from limen.gates import GATES
from limen.outlets.osc import addresses as a
from limen.outlets.osc.settings import CONTROL_PORT, OUT_PORT, PREFIX
from limen.streams import STREAMS

README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "examples").glob("*.md"))]


def table(first_heading: str) -> list[list[str]]:
    """The rows of the table whose first column has this heading, cell by cell."""
    head = README.index(f"| {first_heading} |")
    lines = README[head:].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def spans(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def paths(cell: str) -> Iterator[str]:
    """Whole addresses; the first is written out, and the others stand in the place of its last part."""
    first, *others = spans(cell)
    siblings = first[: first.rindex("/") + 1]
    for path in (first, *(siblings + other for other in others)):
        if path.endswith("/value/<stream>"):
            yield from (path.replace("<stream>", stream) for stream in STREAMS)
        else:
            yield path


def named(row: a.Address) -> str:
    return PREFIX + row.template.format(n="<n>", gate="<gate>", stream="<stream>")


@pytest.mark.parametrize(
    ("heading", "rows"), [(f"to port {OUT_PORT}", a.OUTGOING), (f"to the box's port {CONTROL_PORT}", a.INCOMING)]
)
def test_the_tables_of_addresses_name_each_once_and_no_other(heading: str, rows: tuple[a.Address, ...]):
    written = [path for cells in table(heading) for path in paths(cells[0])]
    assert sorted(written) == sorted(named(row) for row in rows)


def test_the_types_are_those_that_are_sent():
    types = {named(row): row.types for row in a.OUTGOING}
    for cells in table(f"to port {OUT_PORT}"):
        written = list(paths(cells[0]))
        if "/value/" in written[0]:
            assert cells[1] == "f (acc fff)"
            assert {types.pop(path) for path in written} == {"f", "fff"}
        else:
            assert cells[1].split() == [types.pop(path) for path in written]
    assert types == {}


def test_the_table_of_gates_names_them_in_order():
    assert [gate for cells in table("gate") for gate in spans(cells[0])] == list(GATES)


def lines_of_shell() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def limen_lines() -> list[list[str]]:
    """The words after `limen` of every line of shell that has it."""
    words = [shlex.split(line, comments=True) for line in lines_of_shell()]
    return [rest for first, *rest in words if Path(first).name == "limen"]


def test_every_command_is_shown_and_no_other():
    assert {words[0] for words in limen_lines() if not words[0].startswith("-")} == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_options_that_are_named_beside_a_command_are_its_own(command: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    known = set(re.findall(r"--[a-z]+", capsys.readouterr().out))
    lines = [line for line in lines_of_shell() if re.match(rf"\S*limen {command}\b", line)]
    assert {option for line in lines for option in re.findall(r"--[a-z]+", line)} <= known | {"--help"}


# What plays until somebody ends it, or needs a file of the reader's, is run elsewhere.
@pytest.mark.parametrize(
    "line",
    [
        line
        for line in lines_of_shell()
        if line.startswith(".venv/bin/") and not re.search(r"\bdemo\b|SESSION|limen\.yaml", line)
    ],
)
def test_what_can_be_typed_as_it_is_does_what_it_says(line: str):
    typed = line.replace(".venv/bin/", f"{BIN}/")
    done = subprocess.run(typed, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout
    assert done.stderr == ""


def test_the_targets_of_make_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    said = set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE))
    assert said
    assert said <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_files_that_are_named_exist(page: Path):
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    files = re.findall(r"`((?:[\w.-]+/)+[\w-]+\.(?:pd|scd|md))`", text)
    assert [one for one in links + files if not (page.parent / one).exists()] == []
