"""The performer's page: two sides of A5, and what it says of lights, times and codes is what the tables say."""

import math
import re

from tests.conftest import ROOT

from limen.box.config import Config
from limen.box.faults import FAULTS
from limen.outlets.osc.settings import OUT_PORT
from limen.panel.bits import LED_GATES
from limen.panel.gestures import HOLD_S, SHORT_S
from limen.panel.names import ROW

PAGE = (ROOT / "docs" / "performer.md").read_text(encoding="utf-8")
TURN = "## When something goes wrong"

# Taken from the page as WeasyPrint sets it: A5, margins of 10 mm, DejaVu Sans at 9 pt, 1.25 lines apart, which is a
# wide letter; tables with thin rules. Heights are in lines of text.
SIDE_LINES = 47.5
LINE_CHARACTERS, ITEM_CHARACTERS, ROW_CHARACTERS = 76, 70, 74
HEADING_LINES, ROW_LINES, GAP_LINES = 2.2, 1.2, 0.35


def height(markdown: str) -> float:
    """How high a part of the page is when it is printed."""
    lines = 0.0
    for block in re.split(r"\n\n|\n(?=\d\. )", markdown.strip()):
        text = re.sub(r"\]\(\S+\)|[*`\[]|\s*\n\s*", lambda found: " " if "\n" in found[0] else "", block)
        if block.startswith("#"):
            lines += HEADING_LINES
        elif block.startswith("|"):
            rows = [row for row in block.splitlines() if not row.startswith("| ---")]
            lines += sum(math.ceil(len(row.strip("| ")) / ROW_CHARACTERS) for row in rows) * ROW_LINES + GAP_LINES
        elif re.match(r"\d\. ", block):
            lines += math.ceil(len(text) / ITEM_CHARACTERS)
        else:
            lines += math.ceil(len(text) / LINE_CHARACTERS) + GAP_LINES
    return lines


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose first column has this heading."""
    table = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_it_fits_on_two_sides_and_is_turned_where_something_goes_wrong() -> None:
    front, back = PAGE.split(TURN)
    assert SIDE_LINES - 5 < height(front) <= SIDE_LINES
    assert height(TURN + back) <= SIDE_LINES


def test_every_code_of_the_power_light_is_there_with_whether_it_stops_the_show() -> None:
    told: dict[tuple[int, int], bool] = {}
    for codes, wrong, _ in rows("long + short"):
        for long, short in re.findall(r"(\d) \+ (\d|any)", codes):
            known = [spec.code for spec in FAULTS.values() if spec.code[0] == int(long)]
            told |= {code: "show stops" in wrong for code in known if short in {"any", str(code[1])}}
    assert told == {spec.code: spec.stops for spec in FAULTS.values()}


def test_its_times_are_those_of_the_panel() -> None:
    assert f"let go within {SHORT_S:g} s" in PAGE
    assert f"*Hold*: {HOLD_S:g} s" in PAGE
    assert f"{Config().calibration.seconds / len(ROW):g} s a light" in " ".join(PAGE.split())


def test_its_lights_are_the_bits_that_they_show() -> None:
    for stream, gates in LED_GATES.items():
        assert f"{stream.name} {' or '.join(f'`{gate}`' for gate in gates)}" in " ".join(PAGE.split())
    assert f"port **{OUT_PORT}**" in PAGE
