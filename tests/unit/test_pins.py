"""The pin map: one file, found by the installed package, checked before a pin is driven."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from gpiozero.pins.pi import PiBoardInfo

from limen.errors import PanelError
from limen.panel import pinfile
from limen.panel.names import Button, Led
from limen.panel.pins import PIN_FILE, load_pins

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "firmware" / "pins.toml"


def test_the_package_reads_the_file_in_firmware_and_no_copy():
    assert PIN_FILE.is_symlink()
    assert PIN_FILE.resolve() == SOURCE


def test_the_wheel_carries_it():
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["limen"]
    assert PIN_FILE.relative_to(ROOT / "appliance" / "limen").as_posix() in data


def test_it_is_toml_and_both_readers_agree():
    assert pinfile.read() == tomllib.loads(SOURCE.read_text())


def test_every_button_and_led_has_a_pin():
    pins = load_pins()
    assert set(pins.buttons) == set(Button)
    assert set(pins.leds) == set(Led)


@pytest.mark.parametrize("revision", [0x902120, 0xA020D3, 0xC03111, 0xD04170], ids=["zero 2", "3B+", "4", "5"])
def test_the_header_positions_in_its_comments_are_true(revision):
    header = PiBoardInfo.from_revision(revision).headers["J8"].pins
    said = re.findall(r"^\w+ = (\d+) +# pin (\d+)", SOURCE.read_text(), re.MULTILINE)
    assert len(said) == len(Button) + len(Led)
    assert [header[int(place)].name for _, place in said] == [f"GPIO{gpio}" for gpio, _ in said]


def test_the_pin_that_wakes_a_board_is_power():
    assert load_pins().buttons[Button.POWER] == 3


@pytest.mark.parametrize(
    ("line", "instead", "says"),
    [
        ("power = 17", "power = 27", "power = 27 is there twice"),
        ("power = 17", "power = 14", "belongs to the serial console"),
        ("power = 17", "power = 4", "an LED needs one that is pulled down"),
        ("start = 5", "start = 20", "a button needs one that is pulled up"),
        ("start = 5", "start = 1", "belongs to a HAT's identity"),
        ("start = 5", "go = 5", "[buttons] must name mark, power, start; see ['go', 'start']"),
        ("start = 5", "start = five", "neither [section] nor key = whole number"),
        ("start = 5", "start 5", "neither [section] nor key = whole number"),
        ("start = 5", "start = ²", "neither [section] nor key = whole number"),
        ("[buttons]", "", "neither [section] nor key = whole number"),
    ],
)
def test_a_wrong_map_is_refused_in_one_line(tmp_path, line, instead, says):
    path = tmp_path / "pins.toml"
    path.write_text(SOURCE.read_text().replace(line, instead, 1))
    with pytest.raises(PanelError) as refused:
        load_pins(path)
    assert says in str(refused.value)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_map_is_refused(tmp_path):
    with pytest.raises(PanelError, match="put back the file"):
        load_pins(tmp_path / "pins.toml")
