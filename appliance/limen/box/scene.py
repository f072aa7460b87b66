"""From a state to what its LEDs say, by the state table; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from limen.box.faults import FAULTS, Fault
from limen.box.states import LOOKS, Band, Shown, State
from limen.panel.lights import SIGNAL_RHYTHM, Scene, Signal
from limen.panel.names import ROW, Led
from limen.panel.rhythm import FLASH, FLUTTER, OFF, ON, Rhythm, codes, countdown, gaps, gaps_then_flutter
from limen.streams import Stream

NOTHING_HEARD: Final[Mapping[Stream, Signal]] = dict.fromkeys(Stream, Signal.STALE)


def scene(
    state: State, since: float, signals: Mapping[Stream, Signal] = NOTHING_HEARD, calibration_s: float = 60.0
) -> Scene:
    """Return what every LED says in a state entered at `since`.

    `since` must stay the same while the state does, or no rhythm ever gets beyond its beginning.
    """
    look = LOOKS[state.phase]
    leds = {
        Led.POWER: _filled(look.power, state),
        Led.LINK: _filled(look.link, state),
        Led.PLAY: _filled(look.play, state),
    }
    counting = look.row is Shown.COUNTDOWN
    for place, led in enumerate(ROW):
        if counting:
            leds[led] = countdown(place, len(ROW), calibration_s)
        else:
            leds[led] = SIGNAL_RHYTHM[signals[Stream(led)]] if look.row is Shown.BITS else _filled(look.row, state)
    # The blinking of signals keeps its beat through changes of state.
    return Scene(leds, since, since if counting else 0.0)


def _filled(what: Rhythm | Shown, state: State) -> Rhythm:
    if isinstance(what, Rhythm):
        return what
    if what is Shown.HEALTH:
        return health(state.faults)
    if what is Shown.BANDS:
        return bands(state.bands)
    return ON if state.sends else OFF


def health(faults: Iterable[Fault]) -> Rhythm:
    """The power LED: lit, or the code of every fault in turn, those that stop the show first."""
    present = sorted(set(faults), key=lambda fault: (not FAULTS[fault].stops, FAULTS[fault].code))
    return codes(FAULTS[fault].code for fault in present) if present else ON


def bands(found: tuple[Band, ...]) -> Rhythm:
    """The link LED: lit, with a gap for each missing band, flashing when all are; a flutter asks for a button."""
    missing = len(found) - found.count(Band.LINKED)
    asleep = Band.ASLEEP in found
    if missing == len(found):
        return FLUTTER if asleep else FLASH
    if missing == 0:
        return ON
    return gaps_then_flutter(missing) if asleep else gaps(missing)
