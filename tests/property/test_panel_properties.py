"""Whatever hands do and whatever happens to a box: one gesture a press, a defined state, a pattern of its own."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from limen.box.faults import FAULTS, Fault
from limen.box.scene import scene
from limen.box.states import FACTS, LOOKS, Band, Event, Kind, Phase, State, accepts, next_state
from limen.panel.gestures import HOLD_S, SHORT_S, Hands, press, release, wait
from limen.panel.lights import Answer, Signal, Touch, frame
from limen.panel.names import BUTTON_LED, Button, Led
from limen.panel.rhythm import Rhythm
from limen.streams import Stream

moves = st.tuples(st.sampled_from(["down", "up", "wait"]), st.sampled_from(Button), st.floats(0.0, 4.0))
events = st.builds(
    Event,
    st.sampled_from(Kind),
    wearer=st.integers(0, 4),
    band=st.sampled_from(Band),
    fault=st.sampled_from(Fault),
    play=st.booleans(),
)
states = st.builds(
    State,
    phase=st.sampled_from(Phase),
    bands=st.lists(st.sampled_from(Band), min_size=1, max_size=3).map(tuple),
    play=st.booleans(),
    faults=st.frozensets(st.sampled_from(Fault)),
    ready=st.booleans(),
    rehearsal=st.booleans(),
)
signals = st.fixed_dictionaries({stream: st.sampled_from(Signal) for stream in Stream})


@given(st.lists(moves, max_size=40))
def test_a_press_makes_at_most_one_gesture(story):
    hands, now, made, presses = Hands(), 0.0, 0, 0
    for what, button, later in story:
        now += later
        before = hands
        if what == "wait":
            hands, gesture = wait(hands, now)
        else:
            hands, gesture = {"down": press, "up": release}[what](hands, button, now)
        presses += bool(hands.down - before.down)
        made += gesture is not None
        assert made <= presses
        assert bool(hands.down) == (hands.button is not None)


@given(st.lists(moves, max_size=40), st.lists(st.floats(0.0, 160.0), max_size=20))
def test_how_often_the_clock_is_looked_at_changes_no_gesture_but_its_time(story, looks):
    def gestures(looks):
        now, told = 0.0, []
        for what, button, later in story:
            now += later
            told.append((now, what, button))
        told = [item for item in told if item[1] != "wait"] + [(look, "wait", None) for look in looks]
        hands, made = Hands(), []
        for at, what, button in sorted(told, key=lambda item: item[0]):
            if what == "wait":
                hands, gesture = wait(hands, at)
            else:
                hands, gesture = {"down": press, "up": release}[what](hands, button, at)
            if gesture:
                made.append(gesture)
        return made + [gesture for _, gesture in [wait(hands, 1000.0)] if gesture]

    assert gestures(looks) == gestures([])


@given(st.integers(1, 3), st.booleans(), st.lists(events, max_size=40))
def test_any_events_lead_to_a_defined_state_that_tells_the_truth(wearers, rehearsal, happened):
    state = State(bands=(Band.SOUGHT,) * wearers, rehearsal=rehearsal)
    for event in happened:
        before, state = state, next_state(state, event)
        stopped = any(FAULTS[fault].stops for fault in state.faults)
        assert len(state.bands) == wearers
        assert set(scene(state, 0.0).leds) == set(Led)
        match state.phase:
            case Phase.BOOTING:
                assert not state.ready
            case Phase.SEARCHING:
                assert not state.linked
                assert not state.play
            case Phase.LINKED:
                assert state.linked
                assert not state.play
            case Phase.PLAYING:
                assert not state.missing
                assert state.play
            case Phase.PLAYING_LOST:
                assert state.missing
                assert state.play
            case Phase.CALIBRATING:
                assert state.linked
            case Phase.REPLAYING:
                assert state.play
                assert rehearsal
            case Phase.FAULT:
                assert stopped
            case Phase.HALTING:
                assert before.phase is Phase.HALTING or event.kind is Kind.HALT
        if stopped:
            assert state.phase in {Phase.FAULT, Phase.REPLAYING, Phase.HALTING}
        assert not state.sends or state.phase in {
            Phase.PLAYING,
            Phase.PLAYING_LOST,
            Phase.CALIBRATING,
            Phase.REPLAYING,
        }


@given(states, events)
def test_what_has_no_place_changes_nothing(state, event):
    if event.kind not in FACTS and not accepts(state, event.kind):
        assert next_state(state, event) == state


@given(states, signals, st.floats(0, 1e6), st.floats(0, 100))
def test_any_scene_has_a_brightness_for_every_led_and_an_end(state, heard, since, age):
    now = since + age
    shown = frame(scene(state, since, heard), Touch(), now)
    assert set(shown.levels) == set(Led)
    assert all(0.0 <= level <= 1.0 for level in shown.levels.values())
    assert shown.until > now or math.isclose(shown.until, now)


@given(states, signals, st.floats(0, 100), st.sampled_from(Button), st.floats(0, HOLD_S, exclude_max=True))
def test_a_button_that_is_down_shows_within_a_tenth_of_a_second_in_every_state(state, heard, since, button, age):
    seen = scene(state, since, heard)
    down_at = since + 5.0
    hands, _ = press(Hands(), button, down_at)
    touch = Touch(hands, BUTTON_LED[button], down_at)
    before = frame(seen, Touch(), down_at).levels
    first = frame(seen, touch, down_at).levels
    assert abs(first[BUTTON_LED[button]] - before[BUTTON_LED[button]]) > 0.5
    if age > SHORT_S + 1e-6:
        row = [frame(seen, touch, down_at + age).levels[Led(stream)] for stream in Stream]
        assert row == sorted(row, reverse=True)
        assert row[0] == 1.0


@given(states, signals, st.sampled_from(Answer))
def test_an_answer_shows_at_once_in_every_state(state, heard, answer):
    seen, changed = scene(state, 0.0, heard), False
    for later in (0.0, 0.13):
        plain = frame(seen, Touch(), 7.0 + later).levels
        told = frame(seen, Touch(answer=answer, answered_at=7.0), 7.0 + later).levels
        changed |= told != plain
    assert changed


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 3)), min_size=1, max_size=8),
    st.floats(0, 1000),
)
def test_a_rhythm_stays_as_it_said(steps, seconds):
    rhythm = Rhythm(tuple(steps))
    level, stays = rhythm.at(seconds)
    assert level in {step[0] for step in steps}
    assert 0 < stays <= max(step[1] for step in steps)


def test_every_phase_has_a_look():
    assert set(LOOKS) == set(Phase)
