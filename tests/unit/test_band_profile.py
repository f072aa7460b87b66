import pytest

from limen.inlets.band.profile import (
    CHARACTERISTICS,
    Characteristic,
    Start,
    characteristic_of,
    is_band_name,
    start_bytes,
)


def test_start_command_carries_the_time_little_endian():
    assert start_bytes(Start.TIME, 1_700_000_000) == bytes.fromhex("0100f15365")
    assert start_bytes(Start.BARE, 1_700_000_000) == b"\x02"


def test_characteristics_are_found_by_uuid_in_any_case():
    for name, spec in CHARACTERISTICS.items():
        assert characteristic_of(spec.uuid.upper()) is name
    assert characteristic_of("00003ea2-0000-1000-8000-00805f9b34fb") is None
    assert CHARACTERISTICS[Characteristic.BVP].uuid == "00003ea1-0000-1000-8000-00805f9b34fb"


@pytest.mark.parametrize("name", ["Empatica E4", "Empatica E4 43d011", "EMPATICA E4"])
def test_a_band_is_known_by_the_beginning_of_its_name(name):
    assert is_band_name(name)


@pytest.mark.parametrize("name", [None, "", "E4", "Geberit AC PRO"])
def test_other_names_are_not_a_band(name):
    assert not is_band_name(name)
