import pytest

from limen.inlets.band.counters import PROVEN, CounterForm, PacketCounter, candidates
from limen.streams import Stream


def packet(trailer: bytes, body: int) -> bytes:
    """20 bytes that end in the trailer, unlike the packet before them."""
    return body.to_bytes(20 - len(trailer), "big") + trailer


def counting(size, order, start, step, length):
    return [((start + k * step) % (1 << 8 * size)).to_bytes(size, order) for k in range(length)]


def heard(stream, trailers, expected=1.0):
    counter = PacketCounter(stream)
    said = [counter.hear(packet(trailer, k), expected) for k, trailer in enumerate(trailers)]
    return counter, [None if each is None else each.packets for each in said]


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("step", [1, 6])
@pytest.mark.parametrize("start", [0, 250, 65530])
def test_sixteen_bit_counters_are_found_whatever_their_order_and_step(order, step, start):
    counter, said = heard(Stream.EDA, counting(2, order, start, step, 300))
    assert counter.form == CounterForm(18, 2, order, 16, step)
    assert said == [None] * PROVEN + [1] * (300 - PROVEN)


@pytest.mark.parametrize("order", ["little", "big"])
def test_thirty_two_bits_are_found_before_the_narrower_readings_inside_them(order):
    counter, _ = heard(Stream.TEMP, counting(4, order, 65500, 8, 100))
    assert counter.form == CounterForm(16, 4, order, 32, 8)


def test_six_bits_of_a_bvp_packet():
    counter, said = heard(Stream.BVP, [bytes([0b11000000 | k % 64]) for k in range(200)])
    assert counter.form == CounterForm(19, 1, "little", 6, 1)
    assert set(said[PROVEN:]) == {1}


def test_a_nibble_is_found_where_only_that_counts():
    counter, said = heard(Stream.BVP, [bytes([0b00110000 | k % 16]) for k in range(200)])
    assert counter.form is not None
    assert counter.form.bits == 4
    assert set(said[20:]) == {1}


def test_a_byte_beside_a_constant_is_not_taken_for_sixteen_bits_at_its_wrap():
    _, said = heard(Stream.ACC, [bytes([7, k % 256]) for k in range(600)])
    assert set(said[PROVEN:]) == {1}


@pytest.mark.parametrize("trailer", [lambda k: b"\x00\x00", lambda k: bytes([k * k % 251, k * 97 % 241])])
def test_an_opaque_trailer_is_never_trusted(trailer):
    counter, said = heard(Stream.ACC, [trailer(k) for k in range(500)])
    assert counter.form is None
    assert set(said) == {None}


def test_a_counter_that_stands_still_loses_its_trust():
    counter, _ = heard(Stream.EDA, [*counting(2, "little", 0, 1, 20), b"\x13\x00"])
    assert counter.form is None


def test_lost_packets_are_counted():
    counter, _ = heard(Stream.EDA, counting(2, "little", 0, 1, 20))
    assert counter.hear(packet((23).to_bytes(2, "little"), 99), 4.0).packets == 4


def test_the_same_packet_again_is_no_advance():
    trailers = counting(2, "little", 0, 1, 20)
    counter, _ = heard(Stream.EDA, trailers)
    assert counter.hear(packet(trailers[-1], 19), 0.1, repeated=True).packets == 0


@pytest.mark.parametrize("lost", [1, 30, 63, 64, 65, 200])
@pytest.mark.parametrize("late", [0.0, 10.0, 55.0])
def test_time_tells_how_often_a_narrow_counter_wrapped(lost, late):
    counter, _ = heard(Stream.BVP, [bytes([k % 64]) for k in range(20)])
    assert counter.hear(packet(bytes([(20 + lost) % 64]), 99), lost + 1 + late).packets == lost + 1


def test_a_counter_that_claims_more_than_time_allows_loses_its_trust():
    counter, _ = heard(Stream.EDA, counting(2, "little", 0, 1, 20))
    assert counter.hear(packet((9000).to_bytes(2, "little"), 99), 1.0) is None
    assert counter.form is None


def test_after_a_new_link_the_counter_may_begin_anywhere():
    counter, _ = heard(Stream.EDA, counting(2, "little", 0, 1, 20))
    counter.forget()
    assert counter.hear(packet((500).to_bytes(2, "little"), 99), 1.0) is None
    assert counter.hear(packet((501).to_bytes(2, "little"), 98), 1.0).packets == 1


def test_a_fixed_reading_is_trusted_at_once():
    form = CounterForm(18, 2, "big", 16, 6)
    counter = PacketCounter(Stream.EDA, form)
    assert counter.hear(packet((6).to_bytes(2, "big"), 0), 1.0) is None
    assert counter.hear(packet((18).to_bytes(2, "big"), 1), 2.0).packets == 2
    assert counter.form == form


@pytest.mark.parametrize("stream", list(Stream))
def test_the_readings_that_are_followed_are_few_and_the_widest_come_first(stream):
    bits = [form.bits for form in candidates(stream)]
    assert bits == sorted(bits, reverse=True)
    assert len(bits) <= 24
