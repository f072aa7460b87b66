"""The state table, told as what a performer goes through; and its patterns, told apart by counting."""

from __future__ import annotations

import itertools
import math

import pytest

from limen.box.faults import FAULTS, Fault
from limen.box.scene import bands, health, scene
from limen.box.states import GESTURES, Band, Event, Kind, Phase, State, accepts, next_state
from limen.panel.names import ROW, Gesture, Led
from limen.panel.rhythm import EVEN, FLASH, FLUTTER, LONG_S, MEDIUM_S, OFF, ON, SHORT_S, Rhythm, gaps
from limen.streams import Stream

READY = Event(Kind.READY)
HERE = Event(Kind.BAND, wearer=1, band=Band.LINKED)
AWAY = Event(Kind.BAND, wearer=1, band=Band.SOUGHT)
ASLEEP = Event(Kind.BAND, wearer=1, band=Band.ASLEEP)
START, STOP, PLAY = Event(Kind.START), Event(Kind.STOP), Event(Kind.PLAY)
FORGET, MARK, CALIBRATE, HALT = (Event(kind) for kind in (Kind.FORGET, Kind.MARK, Kind.CALIBRATE, Kind.HALT))


def states(*story: Event, start: State | None = None) -> list[State]:
    return list(itertools.accumulate(story, next_state, initial=start or State()))


def after(*story: Event, start: State | None = None) -> State:
    return states(*story, start=start)[-1]


def told(*story: Event, start: State | None = None) -> list[str]:
    return [state.name for state in states(*story, start=start)][1:]


def failed(fault: Fault) -> Event:
    return Event(Kind.FAILED, fault=fault)


def cleared(fault: Fault) -> Event:
    return Event(Kind.CLEARED, fault=fault)


def test_an_evening():
    assert told(READY, ASLEEP, HERE, CALIBRATE, Event(Kind.CALIBRATED), START, MARK, AWAY, HERE, START, HALT) == [
        "searching",
        "searching",
        "linked",
        "calibrating",
        "linked",
        "playing",
        "playing",
        "playing-lost",
        "playing",
        "linked",
        "halting",
    ]


def test_a_box_that_was_playing_when_the_plug_was_pulled_plays_on():
    assert told(Event(Kind.READY, play=True), HERE) == ["playing-lost", "playing"]


def test_start_before_the_band_is_there_plays_as_soon_as_it_is():
    assert told(READY, START, HERE) == ["searching", "playing-lost", "playing"]


def test_start_without_a_band_rehearses_where_that_is_set():
    state = State(rehearsal=True)
    assert told(READY, START, HERE, START, start=state) == ["searching", "replaying", "replaying", "linked"]
    assert told(READY, PLAY, Event(Kind.REPLAYED), start=state) == ["searching", "replaying", "searching"]
    assert told(READY, HERE, START, start=state)[-1] == "playing"


def test_a_radio_that_is_dead_is_no_reason_not_to_rehearse():
    dead, whole = failed(Fault.NO_BLUETOOTH), cleared(Fault.NO_BLUETOOTH)
    state = State(rehearsal=True)
    assert told(READY, dead, START, START, whole, start=state)[1:] == [
        "fault no-bluetooth",
        "replaying",
        "fault no-bluetooth",
        "searching",
    ]
    assert told(READY, dead, PLAY, Event(Kind.REPLAYED), start=state)[-2:] == ["replaying", "fault no-bluetooth"]
    assert not accepts(after(READY, dead), Kind.START), "there is nothing to rehearse with"
    refused = after(READY, dead, failed(Fault.CONFIG_REFUSED), start=state)
    assert not accepts(refused, Kind.START), "and a program that cannot play cannot rehearse"
    resuming = after(Event(Kind.READY, play=True), dead, start=state)
    assert not accepts(resuming, Kind.START), "it plays on as soon as the radio is back; a press does not end that"
    assert after(whole, HERE, start=resuming).sends
    assert not after(STOP, whole, HERE, start=resuming).sends, "who says stop is heard in any trouble"


def test_one_of_several_bands_lost_while_playing():
    second = Event(Kind.BAND, wearer=2, band=Band.LINKED)
    trio = State(bands=(Band.SOUGHT,) * 2)
    assert told(READY, HERE, START, second, AWAY, HERE, start=trio) == [
        "searching",
        "linked",
        "playing-lost",
        "playing",
        "playing-lost",
        "playing",
    ]


def test_calibrating_while_playing_goes_on_playing():
    calibrating = told(READY, HERE, START, CALIBRATE, MARK, Event(Kind.CALIBRATED))
    assert calibrating[-3:] == ["calibrating", "calibrating", "playing"]
    assert told(READY, HERE, CALIBRATE, START, Event(Kind.CALIBRATED))[-1] == "playing"


def test_an_end_that_comes_late_ends_nothing_else():
    state = State(rehearsal=True)
    assert told(READY, START, START, HERE, START, Event(Kind.REPLAYED), AWAY, start=state)[-2:] == [
        "playing",
        "playing-lost",
    ]
    assert told(READY, Event(Kind.READY, play=True), HERE) == ["searching", "searching", "linked"]


def test_calibrating_ends_with_its_last_band():
    assert told(READY, HERE, CALIBRATE, AWAY)[-1] == "searching"
    assert told(READY, HERE, START, CALIBRATE, AWAY)[-1] == "playing-lost"


def test_forgetting_ends_playing_and_searches():
    assert told(READY, HERE, START, FORGET)[-1] == "searching"


def test_a_fault_that_stops_the_show_is_named_and_the_show_comes_back():
    story = READY, HERE, START, failed(Fault.BLUETOOTH_SILENT), AWAY, cleared(Fault.BLUETOOTH_SILENT), HERE
    assert told(*story)[-4:] == ["playing", "fault bluetooth-silent", "playing-lost", "playing"]


def test_a_radio_that_looks_for_one_band_in_vain_takes_nothing_from_those_that_play():
    two = State(bands=(Band.SOUGHT, Band.SOUGHT))
    assert told(READY, HERE, START, failed(Fault.BLUETOOTH_SILENT), start=two)[-1] == "playing-lost"


def test_two_faults_are_both_named_and_both_must_go():
    story = READY, failed(Fault.CONFIG_REFUSED), failed(Fault.NO_BLUETOOTH), cleared(Fault.NO_BLUETOOTH)
    assert told(*story)[-2:] == ["fault no-bluetooth config-refused", "fault config-refused"]


def test_a_fault_at_start_ends_in_starting():
    story = failed(Fault.CONFIG_REFUSED), cleared(Fault.CONFIG_REFUSED), READY
    assert told(*story) == ["fault config-refused", "booting", "searching"]


@pytest.mark.parametrize("fault", [fault for fault in Fault if not FAULTS[fault].stops])
def test_no_other_fault_stops_the_show(fault):
    assert told(READY, HERE, START, failed(fault), MARK, cleared(fault))[-3:] == ["playing"] * 3


def test_only_so_many_faults_stop_the_show():
    assert {fault for fault in Fault if FAULTS[fault].stops} == {
        Fault.NO_BLUETOOTH,
        Fault.BLUETOOTH_SILENT,
        Fault.CONFIG_REFUSED,
    }


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.HALTING])
def test_power_shuts_down_from_everywhere(phase):
    state = State(phase=phase, ready=True)
    assert next_state(state, HALT).phase is Phase.HALTING
    assert told(READY, HERE, START, start=next_state(state, HALT)) == ["halting"] * 3


def test_every_gesture_is_a_command():
    assert {GESTURES[gesture] for gesture in Gesture} == {
        event.kind for event in (START, FORGET, MARK, CALIBRATE, HALT)
    }


@pytest.mark.parametrize(
    ("story", "refused"),
    [
        ((), {Kind.START, Kind.FORGET, Kind.MARK, Kind.CALIBRATE}),
        ((READY,), {Kind.MARK, Kind.CALIBRATE}),
        ((READY, START), {Kind.CALIBRATE}),
        ((READY, HERE), set()),
        ((READY, HERE, START), set()),
        ((READY, HERE, CALIBRATE), {Kind.CALIBRATE}),
        ((READY, failed(Fault.CONFIG_REFUSED)), {Kind.START, Kind.FORGET, Kind.MARK, Kind.CALIBRATE}),
        ((HALT,), {Kind.START, Kind.FORGET, Kind.MARK, Kind.CALIBRATE, Kind.HALT}),
    ],
)
def test_what_a_hand_asks_in_vain(story, refused):
    state = State()
    for event in story:
        state = next_state(state, event)
    assert {kind for kind in GESTURES.values() if not accepts(state, kind)} == refused


def test_a_band_of_nobody_is_passed_over():
    state = next_state(State(), READY)
    for wearer in (0, 2, -1):
        assert next_state(state, Event(Kind.BAND, wearer=wearer, band=Band.LINKED)) == state


# --- patterns ------------------------------------------------------------------------------------------------


def read(rhythm: Rhythm) -> str:
    """A rhythm as an eye reads it: short, medium and long, light and dark, from nowhere in particular."""
    words = []
    for level, length in rhythm.steps:
        size = next((n for n, s in (("s", SHORT_S), ("m", MEDIUM_S), ("l", LONG_S)) if length <= s * 1.01), "L")
        if words and words[-1][0] == ("+" if level else "-"):
            words[-1] = ("+" if level else "-") + "L"
        else:
            words.append(("+" if level else "-") + size)
    if len(words) > 2 and words[0][0] == words[-1][0]:
        words[0] = words.pop()[0] + "L"
    return min(" ".join(words[n:] + words[:n]) for n in range(len(words)))


def in_the_dark(state: State) -> tuple[str, ...]:
    """What is seen of a state by somebody who knows neither colours nor places: the rhythms that are there."""
    leds = scene(state, 0.0).leds
    return tuple(sorted(read(leds[led]) for led in (Led.POWER, Led.LINK, Led.PLAY) if leds[led] != OFF))


def situations() -> dict[str, State]:
    """Every state that a performer must tell from every other."""
    sought, asleep, linked = Band.SOUGHT, Band.ASLEEP, Band.LINKED
    found = {
        "booting": State(),
        "searching": State(Phase.SEARCHING),
        "press the band's button": State(Phase.SEARCHING, (asleep,)),
        "linked": State(Phase.LINKED, (linked,)),
        "playing": State(Phase.PLAYING, (linked,), play=True),
        "calibrating": State(Phase.CALIBRATING, (linked,)),
        "calibrating while playing": State(Phase.CALIBRATING, (linked,), play=True),
        "replaying": State(Phase.REPLAYING, play=True),
        "halting": State(Phase.HALTING),
        "playing, no band": State(Phase.PLAYING_LOST, play=True),
        "playing, no band, press its button": State(Phase.PLAYING_LOST, (asleep,), play=True),
    }
    for here, away, away_as in itertools.product((1, 2), (1, 2), (sought, asleep)):
        several = (linked,) * here + (away_as,) * away
        if here == 1:
            found[f"linked, {away} {away_as}"] = State(Phase.LINKED, several)
            found[f"playing, {away} {away_as}"] = State(Phase.PLAYING_LOST, several, play=True)
    for fault in Fault:
        if FAULTS[fault].stops:
            found[fault.value] = State(Phase.FAULT, faults=frozenset({fault}))
        else:
            found[f"linked, {fault}"] = State(Phase.LINKED, (linked,), faults=frozenset({fault}))
            found[f"playing, {fault}"] = State(Phase.PLAYING, (linked,), play=True, faults=frozenset({fault}))
    return found


def test_no_two_patterns_are_alike_in_the_dark():
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, state in situations().items():
        alike.setdefault(in_the_dark(state), []).append(name)
    assert [names for names in alike.values() if len(names) > 1] == []


def test_lengths_differ_enough_to_be_told_apart():
    assert SHORT_S >= 0.1
    assert MEDIUM_S >= 2 * SHORT_S
    assert LONG_S >= 2 * MEDIUM_S


def test_fault_codes_are_a_table_without_holes_or_doubles():
    by_area = itertools.groupby(FAULTS.values(), key=lambda spec: spec.area)
    assert all([spec.short for spec in specs] == list(range(1, 1 + n)) for n, specs in counted(by_area))
    assert all(1 <= flashes <= 5 for spec in FAULTS.values() for flashes in spec.code)


def counted(groups):
    for _, specs in groups:
        listed = list(specs)
        yield len(listed), listed


def test_every_fault_is_said_in_a_line_with_what_to_do():
    assert set(FAULTS) == set(Fault)
    assert all(spec.says and spec.remedy and "\n" not in spec.says + spec.remedy for spec in FAULTS.values())


def test_several_faults_take_turns_the_worst_first():
    both = health({Fault.CARD_FULL, Fault.NO_BLUETOOTH}).steps
    first, then = health({Fault.NO_BLUETOOTH}).steps, health({Fault.CARD_FULL}).steps
    assert both == first + then


@pytest.mark.parametrize(
    ("found", "rhythm"),
    [
        ((Band.SOUGHT,), FLASH),
        ((Band.SOUGHT, Band.ASLEEP), FLUTTER),
        ((Band.LINKED,), ON),
        ((Band.LINKED, Band.SOUGHT, Band.SOUGHT), gaps(2)),
    ],
)
def test_link_counts_the_missing_bands(found, rhythm):
    assert bands(found) == rhythm


def test_booting_is_not_the_light_of_the_boot_firmware():
    assert scene(State(), 0.0).leds[Led.POWER] == EVEN != ON


def test_the_countdown_empties_the_row_in_a_minute():
    row = scene(State(Phase.CALIBRATING, (Band.LINKED,)), 100.0, calibration_s=60.0).leds

    def lit(seconds: float) -> int:
        return sum(any(row[led].at(seconds + d)[0] for d in (0.0, 0.5)) for led in ROW)

    assert [lit(s) for s in (0, 14, 16, 29, 31, 44, 46, 59)] == [4, 4, 3, 3, 2, 2, 1, 1]
    assert [row[led].at(60.1) for led in ROW] == [(0.0, math.inf)] * 4


def test_each_signal_has_its_own_led():
    assert [led.value for led in ROW] == [stream.value for stream in Stream]
