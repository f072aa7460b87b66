import pytest
from tests.gate_streams import edges, one, pulse_wave, settings

from limen.errors import UsageError
from limen.gates import GATES, Engine, Samples
from limen.gates.gate import Context, Gate
from limen.gates.threshold import FixedThreshold
from limen.streams import STREAMS, Stream

RATE = STREAMS[Stream.ACC].rate_hz


class Plain(Gate):
    """A gate on ACC that opens at 1.0 and shuts at 0.5."""

    def __init__(self, context, hold_s=0.0, rest_s=0.0):
        plain = settings("move", hold_s=hold_s, rest_s=rest_s)["move"]
        super().__init__("move", context, plain, FixedThreshold(1.0, 0.5, "g"))

    def words_on(self, value, threshold):
        return f"{value} {threshold}"

    words_off = words_on


@pytest.fixture
def context():
    return Context(1, dict.fromkeys(Stream, float(RATE)), lambda stream, index: False)


def changes(gate, values):
    for index, value in enumerate(values):
        gate.step(index, value)
    return [(edge.index, edge.bit) for edge in gate.context.out]


def test_a_gate_opens_at_one_threshold_and_shuts_at_a_lower_one(context):
    assert changes(Plain(context), [0.9, 1.0, 0.6, 0.51, 0.5, 0.99, 1.0]) == [(1, 1), (4, 0), (6, 1)]


def test_it_stays_open_for_its_hold(context):
    assert changes(Plain(context, hold_s=0.25), [1.0] + [0.0] * 20) == [(0, 1), (8, 0)]


def test_it_stays_shut_for_its_rest_but_may_open_at_once_in_the_beginning(context):
    assert changes(Plain(context, rest_s=0.5), [1.0, 0.0] + [1.0] * 20) == [(0, 1), (1, 0), (17, 1)]


def test_a_refractory_time_counts_from_one_rise_to_the_next(context):
    gate = Plain(context)
    gate.refractory = 10
    assert changes(gate, [1.0, 0.0] * 12) == [(0, 1), (1, 0), (10, 1), (11, 0), (20, 1), (21, 0)]


def test_a_disabled_gate_says_nothing(context):
    gate = Plain(context)
    gate.apply(settings("move", enable=False)["move"])
    assert changes(gate, [5.0] * 10) == []


def test_forcing_closes_an_open_gate_in_spite_of_its_hold_and_only_once(context):
    gate = Plain(context, hold_s=1.0)
    gate.step(0, 3.0)
    gate.force_off(1, "stale")
    gate.force_off(2, "stale")
    assert [(edge.index, edge.bit, edge.why.guard) for edge in context.out] == [(0, 1, ""), (1, 0, "stale")]
    assert context.out[1].why.sentence == "Move off: no fresh samples."


def knock(at, length):
    return [(0.0, 0.0, 2.0 * (index == at)) for index in range(length)]


def test_a_tap_is_stretched_to_be_heard_and_not_doubled():
    found = edges(one(Stream.ACC, knock(100, 200)), "tap")
    assert [(edge.index, edge.bit) for edge in found] == [(100, 1), (104, 0)]


@pytest.mark.parametrize("gate", ["pulse", "tap", "breath"])
def test_switching_off_closes_at_the_next_sample_whatever_the_hold(gate):

    stream = GATES[gate].stream
    engine = Engine(streams=[stream], settings=settings(gate, hold_s=60.0, enable=True))
    values = (
        pulse_wave(25).tolist() if stream is Stream.BVP else [(1.5 * (i % 64 == 0), 0.0, 1.0) for i in range(640)]
    )
    opened = edges(engine.feed(Samples(1, stream, 0, values)), gate)
    assert [edge.bit for edge in opened] == [1]
    assert engine.set(gate, "enable", 0) == 0.0
    closed = edges(engine.feed(Samples(1, stream, len(values), values[:100])), gate)
    assert [(edge.bit, edge.index, edge.why.guard) for edge in closed] == [(0, len(values), "disabled")]
    assert engine.condition(gate) == "disabled"


def test_switching_on_again_lets_it_open():
    engine = Engine(streams=[Stream.ACC], settings=settings("tap", enable=False))
    assert edges(one(Stream.ACC, knock(100, 200), engine), "tap") == []
    engine.set("tap", "enable", 1)
    assert [edge.bit for edge in edges(one(Stream.ACC, knock(100, 200), engine, first=200), "tap")] == [1, 0]


@pytest.mark.parametrize(
    ("key", "asked", "given"),
    [
        ("sensitivity", 9.0, 2.0),
        ("sensitivity", -1, 0.5),
        ("sensitivity", 1.25, 1.25),
        ("hold", -3.0, 0.0),
        ("hold", float("inf"), 60.0),
        ("rest", 1e9, 600.0),
        ("enable", 7, 1.0),
        ("enable", 0.0, 0.0),
    ],
)
def test_what_is_set_is_clamped_and_told(key, asked, given):
    engine = Engine()
    assert engine.set("rise", key, asked) == given


@pytest.mark.parametrize(
    ("gate", "key", "value", "named"),
    [
        ("ris", "hold", 1, "pulse"),
        ("rise", "colour", 1, "sensitivity"),
        ("rise", "hold", float("nan"), "hold cannot be NaN"),
    ],
)
def test_what_cannot_be_set_is_refused_by_name(gate, key, value, named):
    with pytest.raises(UsageError, match=named):
        Engine().set(gate, key, value)


def test_a_lower_sensitivity_opens_sooner():
    values = [(0.0, 0.0, 0.0)] * 100 + [(0.0, 0.0, 0.4)] * 20
    found = {}
    for sensitivity in (0.5, 1.0, 2.0):
        engine = Engine(streams=[Stream.ACC])
        engine.set("tap", "sensitivity", sensitivity)
        found[sensitivity] = len(edges(one(Stream.ACC, values, engine), "tap"))
    assert found == {0.5: 2, 1.0: 0, 2.0: 0}
