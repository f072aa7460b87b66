from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.band_air import Air, jittery
from tests.band_packing import pack_acc, pack_bvp, pack_eda, pack_temp

from limen.gates.records import Samples
from limen.inlets.band.assemble import Assembler
from limen.inlets.band.codec import AccPacket, BvpPacket, EdaPacket, Notification, TempPacket, decode
from limen.inlets.band.ladder import Action, Failure, Situation, next_step
from limen.inlets.band.optical import OpticalEstimate, OpticalSettings
from limen.inlets.band.profile import Characteristic
from limen.streams import STREAMS, Stream

int8 = st.integers(-128, 127)


def exactly(count, element):
    return st.tuples(*[element] * count)


@given(exactly(22, st.integers(-64, 63)), st.integers(0, 63))
def test_bvp_round_trip(fields, counter):
    assert decode(Characteristic.BVP, pack_bvp(fields, counter)) == BvpPacket(fields, counter)


@given(exactly(6, exactly(3, int8)), st.binary(min_size=2, max_size=2))
def test_acc_round_trip(triples, trailer):
    assert decode(Characteristic.ACC, pack_acc(triples, trailer)) == AccPacket(triples, trailer)


@given(exactly(6, st.integers(0, 2**24 - 1)), st.binary(min_size=2, max_size=2))
def test_eda_round_trip(groups, trailer):
    assert decode(Characteristic.EDA, pack_eda(groups, trailer)) == EdaPacket(groups, trailer)


@given(exactly(8, st.integers(0, 2**16 - 1)), st.binary(min_size=4, max_size=4))
def test_temp_round_trip_in_both_orders(counts, trailer):
    little = decode(Characteristic.TEMP, pack_temp(counts, trailer))
    big = decode(Characteristic.TEMP, pack_temp(counts, trailer, big=True))
    assert isinstance(little, TempPacket)
    assert isinstance(big, TempPacket)
    assert little.little == big.big == counts
    assert little.trailer == trailer


happenings = st.lists(
    st.tuples(
        st.sampled_from([*Characteristic, "reconnected", "tick"]),
        st.floats(0.0, 20.0),
        st.one_of(st.binary(min_size=20, max_size=20), st.binary(max_size=30)),
    ),
    max_size=60,
)


@given(happenings)
@settings(max_examples=200)
def test_any_bytes_at_any_time_keep_the_promises_and_stay_in_range(script):
    assembler, now = Assembler(1), 1000.0
    reached = dict.fromkeys(Stream, 0)
    for what, after, data in script:
        now += after
        if what == "tick":
            events = assembler.tick(now)
        elif what == "reconnected":
            events = assembler.reconnected(now)
        else:
            events = assembler.receive(Notification(now, what, data))
        for event in events:
            if not isinstance(event, Samples):
                continue
            assert event.first - event.lost == reached[event.stream]
            assert event.lost >= 0
            reached[event.stream] = event.first + len(event.values)
            spec = STREAMS[event.stream]
            for value in event.values:
                for axis in value if isinstance(value, tuple) else (value,):
                    assert spec.lowest <= axis <= spec.highest


@given(
    st.lists(st.tuples(st.integers(-64, 63), st.integers(-64, 63)), min_size=30, max_size=200),
    st.lists(st.integers(1, 40), min_size=1),
)
def test_the_pulse_does_not_depend_on_how_light_is_cut(pairs, cuts):
    whole, cut = OpticalEstimate(OpticalSettings()), OpticalEstimate(OpticalSettings())
    flat = [count for pair in pairs for count in pair]
    pieces, at = [], 0
    for size in cuts:
        pieces.extend(cut.take(flat[2 * at : 2 * (at + size)]))
        at += size
    pieces.extend(cut.take(flat[2 * at :]))
    assert tuple(pieces) == whole.take(flat)


@given(st.integers(0, 1000), st.sets(st.integers(11, 60), max_size=12), st.booleans())
@settings(max_examples=40, deadline=None)
def test_indices_are_the_bands_own_whatever_is_lost(seed, lost, counters):
    """With counters exactly; without them never out by more than was lost."""
    air = Air(counters=counters, delay=jittery(seed), lost=lambda stream, packet: packet in lost)
    assembler = Assembler(1)
    for notification in air.notifications(20):
        for event in assembler.receive(notification):
            if isinstance(event, Samples) and event.stream is Stream.ACC and event.values:
                x, y, _ = event.values[0]
                true = round(64 * x) + 128 * round(64 * y)
                if counters:
                    assert event.first == true
                else:
                    assert 0 <= true - event.first <= 6 * len(lost) or abs(true - event.first) <= 6


@given(st.sampled_from(list(Failure)), st.integers(0, 3), st.booleans(), st.floats(0, 1e7))
def test_the_ladder_always_knows_a_step_and_tells_a_remedy_once(failure, reboots, others, now):
    steps = [next_step(k, failure, now, Situation(others, reboots)) for k in range(1, 60)]
    assert all(0.0 <= step.wait_s <= 4.0 for step in steps)
    news = [step.action for step in steps if step.news]
    assert len(news) == len(set(news))
    remedies = list(Action)
    assert all(remedies.index(a) < remedies.index(b) for a, b in pairwise(news))
