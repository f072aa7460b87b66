"""What holds for faults whatever the readings say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from limen.box.faults import Fault
from limen.box.health import Card, Changes, Clock, Health, Heat, Memory, Radio, Standing, Supply, changes
from limen.box.health.standing import RULES

CLOCK = Clock(rtc=False, is_set=False, unix=0.0)
MAYBE = st.none() | st.booleans()


def _amount(*near: float) -> st.SearchStrategy[float | None]:
    return st.none() | st.sampled_from(near) | st.floats(0, 1e6)


PARTS = {
    "clock": st.builds(Clock, rtc=st.booleans(), is_set=st.booleans(), unix=st.just(0.0)),
    "supply": st.builds(Supply, low=MAYBE),
    "heat": st.builds(Heat, celsius=_amount(74.9, 75.0, 79.9, 80.0), throttled=MAYBE),
    "card": st.builds(
        Card,
        free_mb=_amount(499.0, 500.0, 519.0, 520.0),
        reserve_mb=st.sampled_from((None, 500.0)),
        read_only=MAYBE,
        errors=st.none() | st.integers(0, 3),
    ),
    "memory": st.builds(Memory, available_mb=_amount(39.0, 40.0, 59.0, 60.0), own_mb=_amount(192.0, 192.1)),
    "radio": st.builds(Radio, bluetooth=MAYBE, wifi=MAYBE),
}
LOOK = st.fixed_dictionaries(PARTS)
STEP_S = st.sampled_from((0.0, 0.5, 1.0, 10.0, 31.0, 61.0)) | st.floats(0, 100)


@st.composite
def evenings(draw: st.DrawFn) -> list[Health]:
    """Readings in order, as uneven and as flickering as they like."""
    t, readings = 0.0, []
    for step, parts in draw(st.lists(st.tuples(STEP_S, LOOK), max_size=40)):
        t += step
        readings.append(Health(t=t, **parts))
    return readings


def _steps(readings: list[Health]) -> list[Changes]:
    standing, steps = Standing(), []
    for health in readings:
        steps.append(changes(standing, health))
        standing = steps[-1].standing
    return steps


@given(evenings())
def test_what_is_told_adds_up_to_what_stands(readings):
    told: set[Fault] = set()
    for step in _steps(readings):
        assert not told & set(step.appeared)
        assert told.issuperset(step.cleared)
        told = (told | set(step.appeared)) - set(step.cleared)
        assert told == step.standing.faults


@given(evenings())
def test_a_fault_is_told_no_oftener_than_its_patience_allows(readings):
    since: dict[Fault, float] = {}
    for health, step in zip(readings, _steps(readings), strict=True):
        for fault in step.cleared:
            assert health.t - since[fault] >= RULES[fault].clears_s
        for fault in step.appeared:
            assert health.t - since.get(fault, 0.0) >= RULES[fault].appears_s
        since |= dict.fromkeys((*step.appeared, *step.cleared), health.t)


@given(evenings(), LOOK)
def test_what_stays_as_it_is_is_believed_in_two_minutes_and_told_once(readings, parts):
    start = readings[-1].t if readings else 0.0
    lasting = [Health(t=start + t, **parts) for t in (0.0, 60.0, 120.0, 180.0, 240.0)]
    *_, believed, then, last = _steps([*readings, *lasting])
    assert believed.standing.contradicted == {}
    assert believed.standing == then.standing == last.standing
    assert (then.appeared, then.cleared, last.appeared, last.cleared) == ((), (), (), ())


@given(evenings())
def test_what_is_not_offered_is_no_fault(readings):
    start = readings[-1].t if readings else 0.0
    nothing = [Health(t=start + t, clock=CLOCK) for t in (0.0, 120.0)]
    assert _steps([*readings, *nothing])[-1].standing == Standing()
