"""Real sessions through the inverse codec and back: what the wearer's own signals do to the decoder."""

from itertools import pairwise

import pytest
from tests.band_packing import pack_acc, pack_bvp, pack_temp

from limen.gates.records import Samples
from limen.inlets.band.assemble import Assembler
from limen.inlets.band.codec import Notification
from limen.inlets.band.profile import Characteristic

SECONDS = 300


def rows(recordings, name, file):
    lines = (recordings / "Stress-Predict-Dataset" / name / file).read_text().split("\n")[2:]
    return [line.strip() for line in lines if line.strip()]


def heard(characteristic, packets, packet_s):
    assembler = Assembler(1)
    values = []
    for k, data in enumerate(packets):
        notification = Notification((k + 1) * packet_s, Characteristic(characteristic), data)
        for event in assembler.receive(notification):
            if isinstance(event, Samples) and event.values:
                values.extend(event.values)
    return assembler, values


def chunks(values, size):
    return [values[k : k + size] for k in range(0, len(values) // size * size, size)]


@pytest.mark.parametrize("name", ["S06", "S34"])
def test_acc_and_temp_come_back_sample_for_sample(recordings, name):
    acc = [tuple(int(float(axis)) for axis in row.split(",")) for row in rows(recordings, name, "ACC.csv")]
    acc = acc[: SECONDS * 32 // 6 * 6]
    packets = [pack_acc(six, k.to_bytes(2, "little")) for k, six in enumerate(chunks(acc, 6))]
    _, values = heard("acc", packets, 6 / 32)
    assert [tuple(round(64 * axis) for axis in triple) for triple in values] == acc

    temp = [float(row) for row in rows(recordings, name, "TEMP.csv")][: SECONDS * 4]
    counts = [round((degrees + 273.15) / 0.02) for degrees in temp]
    packets = [pack_temp(eight, k.to_bytes(4, "little")) for k, eight in enumerate(chunks(counts, 8))]
    _, values = heard("temp", packets, 2.0)
    # Exports cut the second decimal off above 32 °C, so that some read 0.01 lower than the sensor's own step.
    assert values == pytest.approx(temp[: len(values)], abs=0.0101)


@pytest.mark.parametrize("name", ["S06", "S34"])
def test_light_that_falls_with_each_beat_is_suggested_to_be_turned_over(recordings, name):
    bvp = [float(row) for row in rows(recordings, name, "BVP.csv")][: 600 * 64]
    light = [round(-value / 2) for value in bvp]
    deltas = [max(-64, min(63, after - before)) for before, after in pairwise(light)]
    packets = [
        pack_bvp([count for delta in eleven for count in (delta // 4, delta)], k)
        for k, eleven in enumerate(chunks(deltas, 11))
    ]
    assembler, _ = heard("bvp", packets, 11 / 64)
    suggestion = assembler.optical.suggestion()
    assert (suggestion.channel, suggestion.polarity) == (1, -1)
