import pytest
from tests.band_packing import pack_acc, pack_bvp, pack_eda, pack_temp

from limen.inlets.band.codec import (
    AccPacket,
    BatteryPacket,
    ButtonPacket,
    BvpPacket,
    EdaPacket,
    Odd,
    TempPacket,
    decode,
)
from limen.inlets.band.profile import Characteristic
from limen.inlets.band.temp import celsius

# Published golden values: fields 1, -1, 2, -2 ... 9, -9, 63, -64, 0, 1 with counter 37; 33.17 °C.
BVP_BYTES = bytes.fromhex("03fc17e07f427c0bec37a0fe447813ddfc000065")
BVP_FIELDS = (*(sign * k for k in range(1, 10) for sign in (1, -1)), 63, -64, 0, 1)
TEMP_BYTES = bytes.fromhex("d43b" * 8 + "01000000")


def test_bvp_golden_vector():
    assert decode(Characteristic.BVP, BVP_BYTES) == BvpPacket(BVP_FIELDS, 37)
    assert pack_bvp(BVP_FIELDS, 37) == BVP_BYTES


def test_temp_golden_vector():
    packet = decode(Characteristic.TEMP, TEMP_BYTES)
    assert packet == TempPacket((15316,) * 8, (0xD43B,) * 8, bytes.fromhex("01000000"))
    assert celsius(15316) == 33.17


def test_acc_is_six_triples_and_the_trailer_is_not_a_seventh():
    data = bytes([0, 64, 192, 127, 128, 255] * 3) + b"\x0a\x0b"
    assert decode(Characteristic.ACC, data) == AccPacket(
        ((0, 64, -64), (127, -128, -1)) * 3,
        b"\x0a\x0b",
    )


def test_eda_is_six_groups_big_endian():
    data = bytes.fromhex("0f4240" * 6 + "0102")
    assert decode(Characteristic.EDA, data) == EdaPacket((1_000_000,) * 6, b"\x01\x02")


def test_button_gives_its_code_and_all_of_its_bytes():
    data = b"\x01" + bytes(19)
    assert decode(Characteristic.BUTTON, data) == ButtonPacket(1, data)


@pytest.mark.parametrize(
    ("data", "charge"),
    [
        (b"\x57", 0.87),
        (b"\x00", 0.0),
        (b"\x64", 1.0),
        (b"\x65", None),
        (b"\x0f\xa0", None),
        (bytes(20), None),
    ],
)
def test_battery_is_percent_only_where_it_can_be(data, charge):
    assert decode(Characteristic.BATTERY, data) == BatteryPacket(charge, data)


@pytest.mark.parametrize("name", ["bvp", "acc", "eda", "temp"])
@pytest.mark.parametrize("length", [0, 1, 12, 18, 19, 21, 244])
def test_any_other_length_comes_back_raw(name, length):
    data = bytes(length)
    assert decode(Characteristic(name), data) == Odd(Characteristic(name), data)


def test_packing_and_decoding_agree():
    assert decode(Characteristic.ACC, pack_acc(((1, 2, -3),) * 6, b"ab")).triples == ((1, 2, -3),) * 6
    assert decode(Characteristic.EDA, pack_eda((7,) * 6, b"ab")).groups == (7,) * 6
    assert decode(Characteristic.TEMP, pack_temp((15000,) * 8, b"abcd", big=True)).big == (15000,) * 8
