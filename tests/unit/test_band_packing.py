"""The virtual band's inverse codec, against vectors made by hand and against the recordings it is fed with."""

from __future__ import annotations

import struct
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.virtualbox.band import packing, tape

FIELDS = [sign * n for n in range(1, 10) for sign in (1, -1)] + [63, -64, 0, 1]
GOLDEN = "03fc17e07f427c0bec37a0fe447813ddfc000065"


def fields_of(packet: bytes) -> list[int]:
    """Another way than packing's: cut the bits as text."""
    bits = "".join(f"{byte:08b}" for byte in packet)
    return [int(bits[at : at + 7], 2) - 128 * int(bits[at]) for at in range(0, 154, 7)]


def test_bvp_golden_vector() -> None:
    assert packing.pack_bvp(FIELDS, 37).hex() == GOLDEN


@given(st.lists(st.integers(-64, 63), min_size=22, max_size=22), st.integers(0, 1000))
def test_bvp_keeps_every_field_and_counts_in_six_bits(fields: list[int], counter: int) -> None:
    packet = packing.pack_bvp(fields, counter)
    assert len(packet) == packing.PACKET_BYTES
    assert fields_of(packet) == fields
    assert packet[-1] & 0x3F == counter % 64
    assert packing.stamp("bvp", packing.pack_bvp(fields, 0), counter) == packet


def test_acc_is_six_signed_triples_and_a_counter() -> None:
    packet = packing.pack_acc([(1, -1, 127), (-128, 0, 64)] * 3, 0x0102)
    assert packet.hex() == "01ff7f800040" * 3 + "0201"
    assert packing.stamp("acc", packet, 0x0102, "big").hex().endswith("0102")


def test_temp_is_eight_little_endian_counts_of_a_fiftieth_kelvin() -> None:
    assert packing.raw_temp(33.17) == 15316
    assert packing.pack_temp([15316] * 8, 5).hex() == "d43b" * 8 + "05000000"
    # Exports cut 34.51 down to 34.50; it is the same count.
    assert packing.raw_temp(34.50) == packing.raw_temp(34.51)


def test_eda_is_six_groups_of_24_bits() -> None:
    assert packing.pack_eda([1, 2, 0xABCDEF, 4, 5, 6], 7).hex() == "000001000002abcdef0000040000050000060700"
    assert packing.raw_eda_inverse24be(1.0) == 1_000_000
    assert packing.raw_eda_inverse24be(0.0) == packing.EDA_MOST


@given(st.floats(0.06, 100.0))
def test_eda_conversions_can_be_turned_back(microsiemens: float) -> None:
    ohms = packing.raw_eda_inverse24be(microsiemens)
    assert 1e6 / ohms == pytest.approx(microsiemens, rel=1e-4)
    upper, lower = divmod(packing.raw_eda_split12(microsiemens), 1 << 12)
    back = packing.SPLIT12_WINDOW_US * upper + packing.SPLIT12_STEP_US * (packing.SPLIT12_TOP - lower)
    assert back == pytest.approx(microsiemens, abs=packing.SPLIT12_STEP_US)


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: packing.pack_bvp([64] + [0] * 21, 0),
        lambda: packing.pack_bvp([0] * 21, 0),
        lambda: packing.pack_acc([(128, 0, 0)] * 6, 0),
        lambda: packing.pack_temp([0x10000] * 8, 0),
        lambda: packing.pack_eda([-1] * 6, 0),
        lambda: packing.pack_battery(101),
    ],
)
def test_what_a_band_cannot_say_is_refused(impossible: object) -> None:
    assert callable(impossible)
    with pytest.raises(ValueError, match="given"):
        impossible()


def test_a_recording_goes_in_and_comes_out(recordings: Path) -> None:
    session = recordings / "Stress-Predict-Dataset" / "S06"
    packets = tape.record(session, start_s=60, seconds=120)

    def column(name: str, skip: int, cell: int = 0) -> list[float]:
        lines = (session / f"{name}.csv").read_text().splitlines()[2 + skip :]
        return [float(line.split(",")[cell]) for line in lines]

    acc = packets["acc"]
    x = [struct.unpack_from("b", acc, at + 3 * n)[0] for at in range(0, len(acc), 20) for n in range(6)]
    assert x == column("ACC", 60 * 32)[: len(x)]
    assert len(x) == 120 * 32

    temp = packets["temp"]
    raws = [struct.unpack_from("<H", temp, at + 2 * n)[0] for at in range(0, len(temp), 20) for n in range(8)]
    for raw, printed in zip(raws, column("TEMP", 60 * 4), strict=False):
        assert raw * 0.02 - 273.15 == pytest.approx(printed, abs=0.0101)


@given(st.lists(st.floats(-30, 30), min_size=11, max_size=200))
def test_the_light_channels_follow_the_pulse(bvp: list[float]) -> None:
    first = list(accumulate(tape.light_deltas(bvp)[0::2]))
    assert first == pytest.approx([-value for value in bvp], abs=1)
