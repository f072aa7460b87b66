"""Page, card and wiring are drawn from the tables that the daemon runs on, and are what is in the repository."""

from __future__ import annotations

import itertools
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from limen.box.faults import FAULTS
from limen.box.states import Phase
from limen.panel.pins import load_pins

ROOT = Path(__file__).resolve().parent.parent.parent
DRAWINGS = ("docs/panel.md", "docs/card.svg", "firmware/wiring.md", "firmware/wiring.svg")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    subprocess.run([sys.executable, "-m", "tools.draw", str(folder)], cwd=ROOT, check=True)
    return folder


@pytest.mark.parametrize("name", DRAWINGS)
def test_what_is_drawn_is_what_is_here(drawn, name):
    assert (ROOT / name).read_text() == (drawn / name).read_text(), f"run  python -m tools.draw  and commit {name}"


def test_nothing_else_is_drawn(drawn):
    assert {path.relative_to(drawn).as_posix() for path in drawn.rglob("*.*")} == set(DRAWINGS)


def test_the_page_has_every_phase_and_fault(drawn):
    page = (drawn / "docs/panel.md").read_text()
    assert all(f"| `{phase}` |" in page for phase in Phase)
    assert all(f"| `{fault}` |" in page for fault in FAULTS)


@pytest.mark.parametrize("name", [name for name in DRAWINGS if name.endswith(".svg")])
def test_nothing_hangs_over_the_edge(drawn, name):
    picture = ET.parse(drawn / name).getroot()
    width, height = (float(number) for number in picture.attrib["viewBox"].split()[2:])
    for words in picture.iter("{http://www.w3.org/2000/svg}text"):
        # Sans-serif letters are about half as wide as high, bold ones a little more.
        long = 0.58 * float(words.attrib["font-size"]) * len(words.text or "")
        start = (
            float(words.attrib["x"])
            - {"start": 0, "middle": long / 2, "end": long}[words.attrib.get("text-anchor", "start")]
        )
        assert start >= 0
        assert start + long <= width, words.text
        assert 0 < float(words.attrib["y"]) < height - 1, words.text


def test_no_line_of_the_card_runs_into_the_next(drawn):
    columns: dict[str, list[tuple[float, float]]] = {}
    for words in ET.parse(drawn / "docs/card.svg").iter("{http://www.w3.org/2000/svg}text"):
        columns.setdefault(words.attrib["x"], []).append(
            (float(words.attrib["y"]), float(words.attrib["font-size"]))
        )
    for lines in columns.values():
        for (above, _), (y, size) in itertools.pairwise(sorted(lines)):
            assert y - above >= size, lines


def test_the_wiring_names_every_pin(drawn):
    pins = load_pins()
    wiring = (drawn / "firmware/wiring.svg").read_text()
    for name, gpio in [*pins.buttons.items(), *pins.leds.items()]:
        assert any(f">{word} (GPIO{gpio})<" in wiring for word in (name.value, name.name))
