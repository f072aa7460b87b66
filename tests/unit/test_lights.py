"""What lights: bits, hands and answers."""

from __future__ import annotations

import pytest

from limen.box.scene import scene
from limen.box.states import Band, Phase, State
from limen.gates import GATES
from limen.panel.bits import GATE_WORDS, LED_GATES, Bits
from limen.panel.gestures import HOLD_S, Hands, press
from limen.panel.lights import SWING_S, Answer, Signal, Touch, frame
from limen.panel.names import BUTTON_LED, ROW, Button, Led
from limen.panel.rhythm import DIM, LONG_S, Rhythm, codes, gaps
from limen.streams import Stream

LINKED = State(Phase.LINKED, (Band.LINKED,))


def row(signals: dict[Stream, Signal], touch: Touch, now: float) -> list[float]:
    return [frame(scene(LINKED, 0.0, signals), touch, now).levels[led] for led in ROW]


def test_the_row_shows_the_bits():
    heard = dict(zip(Stream, (Signal.OPEN, Signal.SHUT, Signal.LEARNING, Signal.STALE), strict=True))
    assert row(heard, Touch(), 0.0) == [1.0, DIM, DIM, 0.0]
    assert row(heard, Touch(), LONG_S + 0.1) == [1.0, DIM, 0.0, 0.0]


def test_dim_is_seen_and_not_taken_for_lit():
    assert 0.02 <= DIM <= 0.2


def test_steady_lights_never_wake_the_panel():
    assert frame(scene(LINKED, 0.0), Touch(), 3.0).until == float("inf")


def test_a_rhythm_tells_when_it_changes():
    assert gaps(1).at(0.0) == (1.0, LONG_S)
    assert frame(scene(State(), 10.0), Touch(), 10.0).until == pytest.approx(10.45)


def test_codes_are_long_flashes_then_short_ones():
    lit = [length for level, length in codes([(2, 3)]).steps if level]
    assert [length == LONG_S for length in lit] == [True, True, False, False, False]


def test_a_cycle_begins_again():
    rhythm = Rhythm(((1.0, 1.0), (0.0, 2.0)))
    assert [rhythm.at(s)[0] for s in (0.0, 0.5, 1.0, 2.9, 3.0, 301.5)] == [1.0, 1.0, 0.0, 0.0, 1.0, 0.0]


def test_the_row_fills_while_a_button_is_held_and_its_own_led_flickers():
    hands, _ = press(Hands(), Button.POWER, 0.0)
    touch = Touch(hands, Led.POWER, 0.0)
    shown = [frame(scene(LINKED, 0.0), touch, s) for s in (0.5, 0.9, 1.5, 2.0, 2.5, HOLD_S - 0.01)]
    assert [sum(f.levels[led] for led in ROW) for f in shown] == [0, 1, 2, 3, 4, 4]
    flicker = {frame(scene(LINKED, 0.0), touch, 1.0 + n * 0.05).levels[Led.POWER] for n in range(10)}
    assert flicker == {0.0, 1.0}


@pytest.mark.parametrize("button", Button)
def test_a_button_that_is_down_turns_its_led_over(button):
    hands, _ = press(Hands(), button, 5.0)
    before = frame(scene(LINKED, 0.0), Touch(), 5.0).levels
    after = frame(scene(LINKED, 0.0), Touch(hands, BUTTON_LED[button], 5.0), 5.0).levels
    assert {led for led in Led if before[led] != after[led]} == {BUTTON_LED[button]}


def test_the_shortest_tap_is_still_seen_after_it_is_over():
    touch = Touch(Hands(), Led.POWER, 5.0)
    assert frame(scene(LINKED, 0.0), touch, 5.1).levels[Led.POWER] == 0.0
    assert frame(scene(LINKED, 0.0), touch, 5.2).levels[Led.POWER] == 1.0


@pytest.mark.parametrize(("answer", "swings"), [(Answer.DONE, 1), (Answer.HOLD_DONE, 2), (Answer.REFUSED, 3)])
def test_answers_are_told_apart_by_counting_swings(answer, swings):
    touch = Touch(answer=answer, answered_at=0.0)
    seen = [tuple(row(dict.fromkeys(Stream, Signal.SHUT), touch, (n + 0.5) * SWING_S)) for n in range(8)]
    assert seen == [(1, 0, 1, 0), (0, 1, 0, 1)] * swings + [(DIM,) * 4] * (8 - 2 * swings)


def test_bits_open_when_played_and_only_of_the_gates_that_leds_show():
    bits = Bits()
    assert set(bits.signals().values()) == {Signal.STALE}
    for gate in ("pulse", "constrict"):
        bits.word(1, gate, "off")
        bits.edge(1, gate, int(gate == "constrict"))
    assert bits.signal(Stream.BVP) is Signal.SHUT
    bits.edge(1, "pulse", 1)
    assert bits.signal(Stream.BVP) is Signal.OPEN
    bits.edge(1, "pulse", 0)
    assert bits.signal(Stream.BVP) is Signal.SHUT


def test_the_best_news_of_several_wearers_shows():
    bits = Bits()
    bits.word(1, "rise", "not-worn")
    assert bits.signal(Stream.EDA) is Signal.LEARNING
    bits.word(2, "rise", "off")
    assert bits.signal(Stream.EDA) is Signal.SHUT
    bits.edge(2, "rise", 1)
    assert bits.signal(Stream.EDA) is Signal.OPEN
    bits.gone(2)
    assert bits.signal(Stream.EDA) is Signal.LEARNING


def test_either_of_warming_and_cooling_lights_temp():
    bits = Bits()
    for gate in ("warming", "cooling"):
        bits.word(1, gate, "off")
    bits.edge(1, "cooling", 1)
    assert bits.signal(Stream.TEMP) is Signal.OPEN


def test_the_gates_that_leds_show_are_gates_of_their_signal():
    assert all(GATES[gate].stream is stream for stream, gates in LED_GATES.items() for gate in gates)
    assert set(LED_GATES) == set(Stream)


def test_every_word_of_the_engine_has_a_light():
    assert set(GATE_WORDS) == {"on", "off", "learning", "not-worn", "stale", "disabled"}
