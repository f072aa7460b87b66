"""The states of a box, one table: what each means, what its LEDs say, what leads from it to which other.

Everything that changes a state is in this file, and nothing here does anything: `next_state` is pure, and knows
neither clock nor hardware. A state has a phase and the facts that the phase follows from: what every band is
doing, whether it is wanted that gates are sent, what is wrong. Facts are taken in in every phase but the last;
everything else only where the table has a row for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from limen.box.faults import FAULTS, Area, Fault
from limen.panel.names import Gesture
from limen.panel.rhythm import DOUBLE, EVEN, FLICKER, OFF, ON, SLOW, Rhythm, gaps


class Phase(StrEnum):
    """What the box is doing; the word that /limen/box/state carries."""

    BOOTING = "booting"
    SEARCHING = "searching"
    LINKED = "linked"
    PLAYING = "playing"
    PLAYING_LOST = "playing-lost"
    CALIBRATING = "calibrating"
    REPLAYING = "replaying"
    FAULT = "fault"
    HALTING = "halting"


class Band(StrEnum):
    """How it stands with one wearer's band. `asleep`: it will not be found before its button is pressed."""

    SOUGHT = "sought"
    ASLEEP = "asleep"
    LINKED = "linked"


class Kind(StrEnum):
    """What may happen. Commands come from buttons and OSC, facts from bands, health and the daemon itself."""

    START = "start"
    PLAY = "play"
    STOP = "stop"
    FORGET = "forget"
    MARK = "mark"
    CALIBRATE = "calibrate"
    HALT = "halt"
    READY = "ready"
    CALIBRATED = "calibrated"
    REPLAYED = "replayed"
    BAND = "band"
    FAILED = "failed"
    CLEARED = "cleared"


GESTURES: Final[Mapping[Gesture, Kind]] = MappingProxyType({gesture: Kind(gesture.value) for gesture in Gesture})
"""What a gesture asks for; OSC asks for the same, and with `play` and `stop` for one side of `start`."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened. `wearer` and `band` go with BAND, `fault` with FAILED and CLEARED, `play` with READY.

    READY with `play` says that the box was playing when it went off, and goes on.
    """

    kind: Kind
    wearer: int = 0
    band: Band = Band.SOUGHT
    fault: Fault | None = None
    play: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """The phase and its facts: a band for each wearer from 1 on, whether gates are wanted to be sent, faults.

    `ready` says that the daemon is up; `rehearsal` that there is a session which START replays without a band.
    """

    phase: Phase = Phase.BOOTING
    bands: tuple[Band, ...] = (Band.SOUGHT,)
    play: bool = False
    faults: frozenset[Fault] = frozenset()
    ready: bool = False
    rehearsal: bool = False

    @property
    def name(self) -> str:
        """The phase's word, and for a fault which."""
        stopping = [fault.value for fault in FAULTS if fault in self.faults and FAULTS[fault].stops]
        return " ".join([self.phase.value, *stopping]) if self.phase is Phase.FAULT else self.phase.value

    @property
    def linked(self) -> int:
        """How many bands stream."""
        return self.bands.count(Band.LINKED)

    @property
    def missing(self) -> int:
        """How many bands do not."""
        return len(self.bands) - self.linked

    @property
    def sends(self) -> bool:
        """Whether gates leave the box."""
        return self.play and self.phase in SENDING


# --- what each phase means and shows -------------------------------------------------------------------------


class Shown(StrEnum):
    """What an LED shows that depends on more than the phase."""

    HEALTH = "lit, or the codes of what is wrong"
    BANDS = "how it stands with the bands"
    INTENT = "lit if gates are sent"
    BITS = "the bits"
    COUNTDOWN = "the time that is left"


@dataclass(frozen=True, slots=True)
class Look:
    """What a phase means, and what its LEDs do: power, link, play, and the row of signals."""

    says: str
    power: Rhythm | Shown
    link: Rhythm | Shown
    play: Rhythm | Shown
    row: Rhythm | Shown


LOOKS: Final[Mapping[Phase, Look]] = MappingProxyType(
    {
        Phase.BOOTING: Look("getting ready", EVEN, OFF, OFF, OFF),
        Phase.SEARCHING: Look(
            "no band yet; nothing is sent but status", Shown.HEALTH, Shown.BANDS, OFF, Shown.BITS
        ),
        Phase.LINKED: Look("signals flow; nothing is sent but status", Shown.HEALTH, Shown.BANDS, OFF, Shown.BITS),
        Phase.PLAYING: Look("every band's gates are sent", Shown.HEALTH, Shown.BANDS, ON, Shown.BITS),
        Phase.PLAYING_LOST: Look(
            "gates are sent of the bands that are here, of the others as soon as they are",
            Shown.HEALTH,
            Shown.BANDS,
            gaps(1),
            Shown.BITS,
        ),
        Phase.CALIBRATING: Look(
            "this minute becomes the baseline; sending goes on as before",
            Shown.HEALTH,
            DOUBLE,
            Shown.INTENT,
            Shown.COUNTDOWN,
        ),
        Phase.REPLAYING: Look("a recorded session's gates are sent", Shown.HEALTH, Shown.BANDS, SLOW, Shown.BITS),
        Phase.FAULT: Look("nothing can be played before this is put right", Shown.HEALTH, OFF, OFF, OFF),
        Phase.HALTING: Look("shutting down; unplug when every light is out", FLICKER, OFF, OFF, OFF),
    }
)

SENDING: Final = frozenset({Phase.PLAYING, Phase.PLAYING_LOST, Phase.CALIBRATING, Phase.REPLAYING})

# --- what leads where ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """Where an event leads if `when`, asked of the facts with the event taken in, is true; None stays."""

    when: Callable[[State], bool]
    to: Phase | None


def _always(_: State) -> bool:
    return True


def _stopped(state: State) -> bool:
    # A radio that cannot look for one wearer's band takes nothing from those whose signals flow.
    return any(area is not Area.RADIO or not state.linked for area in _stopping(state))


def _stopping(state: State) -> list[Area]:
    return [FAULTS[fault].area for fault in state.faults if FAULTS[fault].stops]


def _not_ready(state: State) -> bool:
    return not state.ready


def _playing_all(state: State) -> bool:
    return state.play and not state.missing


def _playing(state: State) -> bool:
    return state.play


def _linked(state: State) -> bool:
    return state.linked > 0


def _nobody(state: State) -> bool:
    return not state.linked


def _nobody_playing(state: State) -> bool:
    return state.play and not state.linked


def _rehearsing(state: State) -> bool:
    return state.rehearsal and state.play and not state.linked


def _rehearsing_without_radio(state: State) -> bool:
    return state.ready and _rehearsing(state) and all(area is Area.RADIO for area in _stopping(state))


REST: Final = (
    Row(_stopped, Phase.FAULT),
    Row(_not_ready, Phase.BOOTING),
    Row(_playing_all, Phase.PLAYING),
    Row(_playing, Phase.PLAYING_LOST),
    Row(_linked, Phase.LINKED),
    Row(_always, Phase.SEARCHING),
)
"""Where the facts alone lead."""

_STAY: Final = (Row(_always, None),)
_HALT: Final = (Row(_always, Phase.HALTING),)
_CALIBRATE: Final = (Row(_linked, Phase.CALIBRATING),)
_REHEARSE: Final = (Row(_rehearsing, Phase.REPLAYING), *REST)
_REHEARSE_WITHOUT_RADIO: Final = (Row(_rehearsing_without_radio, Phase.REPLAYING),)
_TO_REST: Final = {Kind.BAND: REST, Kind.FAILED: REST, Kind.CLEARED: REST}
_LIVE: Final = {
    **_TO_REST,
    **dict.fromkeys((Kind.START, Kind.PLAY, Kind.STOP, Kind.FORGET), REST),
    Kind.HALT: _HALT,
}

TABLE: Final[Mapping[Phase, Mapping[Kind, tuple[Row, ...]]]] = MappingProxyType(
    {
        Phase.BOOTING: {**_TO_REST, Kind.READY: REST, Kind.HALT: _HALT},
        Phase.SEARCHING: {**_LIVE, Kind.START: _REHEARSE, Kind.PLAY: _REHEARSE},
        Phase.LINKED: {**_LIVE, Kind.MARK: _STAY, Kind.CALIBRATE: _CALIBRATE},
        Phase.PLAYING: {**_LIVE, Kind.MARK: _STAY, Kind.CALIBRATE: _CALIBRATE},
        Phase.PLAYING_LOST: {**_LIVE, Kind.MARK: _STAY, Kind.CALIBRATE: _CALIBRATE},
        Phase.CALIBRATING: {
            Kind.BAND: (Row(_nobody_playing, Phase.PLAYING_LOST), Row(_nobody, Phase.SEARCHING), *_STAY),
            Kind.FAILED: (Row(_stopped, Phase.FAULT), *_STAY),
            Kind.CLEARED: _STAY,
            Kind.START: _STAY,
            Kind.PLAY: _STAY,
            Kind.STOP: _STAY,
            Kind.FORGET: REST,
            Kind.MARK: _STAY,
            Kind.CALIBRATED: REST,
            Kind.HALT: _HALT,
        },
        # A rehearsal goes on whatever bands and radio do, until a hand or the session ends it.
        Phase.REPLAYING: {
            Kind.START: REST,
            Kind.STOP: REST,
            Kind.FORGET: REST,
            Kind.REPLAYED: REST,
            Kind.MARK: _STAY,
            Kind.HALT: _HALT,
        },
        # What played when the trouble came plays on after it; a press in distress does not end that, a `stop` does.
        Phase.FAULT: {
            **_TO_REST,
            **dict.fromkeys((Kind.START, Kind.PLAY), _REHEARSE_WITHOUT_RADIO),
            Kind.STOP: _STAY,
            Kind.READY: REST,
            Kind.HALT: _HALT,
        },
        Phase.HALTING: {},
    }
)

FACTS: Final = frozenset({Kind.READY, Kind.BAND, Kind.FAILED, Kind.CLEARED})


def next_state(state: State, event: Event) -> State:
    """Return the state after `event`; the same one if the event has no place in it."""
    if state.phase is Phase.HALTING or not (event.kind in FACTS or accepts(state, event.kind)):
        return state
    after = _with_facts(state, event)
    to = _target(after, event.kind)
    return replace(after, phase=to or after.phase)


def accepts(state: State, kind: Kind) -> bool:
    """Whether a command has a place in this state; a hand is answered accordingly."""
    return any(row.when(_with_facts(state, Event(kind))) for row in TABLE[state.phase].get(kind, ()))


def _target(state: State, kind: Kind) -> Phase | None:
    return next((row.to for row in TABLE[state.phase].get(kind, ()) if row.when(state)), None)


def _with_facts(state: State, event: Event) -> State:
    match event.kind:
        case Kind.START:
            return replace(state, play=not state.play)
        case Kind.PLAY:
            return replace(state, play=True)
        case Kind.STOP | Kind.REPLAYED:
            return replace(state, play=False)
        case Kind.FORGET:
            return replace(state, play=False, bands=tuple(Band.SOUGHT for _ in state.bands))
        case Kind.READY if not state.ready:
            return replace(state, ready=True, play=event.play)
        case Kind.BAND if 1 <= event.wearer <= len(state.bands):
            place = event.wearer - 1
            return replace(state, bands=(*state.bands[:place], event.band, *state.bands[event.wearer :]))
        case Kind.FAILED if event.fault:
            return replace(state, faults=state.faults | {event.fault})
        case Kind.CLEARED if event.fault:
            return replace(state, faults=state.faults - {event.fault})
    return state
