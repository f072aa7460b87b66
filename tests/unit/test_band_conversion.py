import pytest
from tests.band_packing import pack_temp

from limen.inlets.band.codec import decode
from limen.inlets.band.eda import EDA_STEP_US, EdaConversion, EdaDirection, EdaForm
from limen.inlets.band.profile import Characteristic
from limen.inlets.band.temp import ByteOrder, TempOrder, celsius

SKIN = (15316, 15317, 15317, 15316, 15316, 15318, 15317, 15316)


def temp(counts, *, big=False):
    return decode(Characteristic.TEMP, pack_temp(counts, bytes(4), big=big))


def test_inverse_takes_raw_as_ohms():
    assert EdaConversion().reading(1_000_000) == 1.0
    assert EdaConversion().reading(0xFFFFFF) == pytest.approx(0.0596, abs=1e-4)


def test_split_moves_by_the_makers_step_and_rises_as_the_upper_half_falls():
    split = EdaConversion(EdaForm.SPLIT)
    worn, off = 1000 << 12 | 2, 1650 << 12 | 2
    assert split.reading(off) == pytest.approx(0.0, abs=0.01)
    assert split.reading(worn) == pytest.approx(0.83, abs=0.01)
    assert split.reading(worn - (1 << 12)) - split.reading(worn) == pytest.approx(EDA_STEP_US)


@pytest.mark.parametrize("form", list(EdaForm))
@pytest.mark.parametrize("raw", [0, 1, 4095, 4096, 1 << 23, (1 << 24) - 1])
def test_every_count_reads_within_the_range(form, raw):
    assert 0.0 <= EdaConversion(form).reading(raw) <= 100.0


def test_open_electrodes_read_nothing_once_their_count_is_known():
    conversion = EdaConversion(open_raw=6_600_000)
    assert conversion.reading(6_700_000) == 0.0
    assert conversion.reading(1_000_000) == 1.0
    rising = EdaConversion(EdaForm.RAW, raw_falls=False, open_raw=100)
    assert rising.reading(90) == 0.0
    assert rising.reading(1 << 23) == 50.0


def worn_and_off(worn_level, off_level):
    """Half a minute off, a minute worn, half a minute off: open electrodes are still, skin is not."""
    off = [tuple(off_level + (k + j) % 2 for j in range(6)) for k in range(20)]
    worn = [tuple(worn_level + 40 * ((7 * k + j) % 5) for j in range(6)) for k in range(40)]
    return off + worn + off


@pytest.mark.parametrize(("worn", "off", "falls"), [(4_100_000, 6_600_000, True), (900_000, 20_000, False)])
def test_direction_is_found_from_putting_on_and_taking_off(worn, off, falls):
    direction = EdaDirection()
    for groups in worn_and_off(worn, off):
        direction.hear(groups)
    assert direction.falls is falls


def test_direction_is_not_guessed_from_skin_alone():
    direction = EdaDirection()
    for groups in worn_and_off(4_100_000, 6_600_000)[20:60]:
        direction.hear(groups)
    assert direction.falls is None


def test_counts_are_hundredths_of_a_degree():
    assert [celsius(count) for count in SKIN[:3]] == [33.17, 33.19, 33.19]
    assert celsius(0) == -40.0
    assert celsius(0xFFFF) == 115.0


@pytest.mark.parametrize("big", [False, True])
def test_byte_order_is_right_from_the_first_packet_and_decided_after_three(big):
    order = TempOrder()
    for k in range(3):
        assert not order.decided
        assert order.counts(temp(SKIN, big=big)) == SKIN, k
    assert order.decided
    assert order.order is (ByteOrder.BIG if big else ByteOrder.LITTLE)


def test_one_strange_packet_does_not_turn_the_order():
    order = TempOrder()
    for _ in range(5):
        order.counts(temp(SKIN))
    order.counts(temp(SKIN, big=True))
    assert order.counts(temp(SKIN)) == SKIN


def test_a_fixed_order_is_kept():
    order = TempOrder(ByteOrder.BIG)
    for _ in range(5):
        order.counts(temp(SKIN))
    assert order.order is ByteOrder.BIG
