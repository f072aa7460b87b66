"""The sentences that page and card share, and the situations that both list."""

from __future__ import annotations

from limen.box.states import Band, Phase, State
from limen.panel.names import Button, Gesture

GESTURES: dict[tuple[Button, str], tuple[Gesture | None, str]] = {
    (Button.START, "press"): (Gesture.START, "play; again: stop"),
    (Button.START, "hold"): (Gesture.FORGET, "forget the bands, look for new ones"),
    (Button.MARK, "press"): (Gesture.MARK, "put a mark here"),
    (Button.MARK, "hold"): (Gesture.CALIBRATE, "this minute is the baseline"),
    (Button.POWER, "press"): (None, "nothing; its light shows that it was seen"),
    (Button.POWER, "hold"): (Gesture.HALT, "shut down"),
}

_SEARCHING = State(Phase.SEARCHING)
SITUATIONS: dict[str, State] = {
    "getting ready": State(),
    "looking for the band": _SEARCHING,
    "press the band's button": State(Phase.SEARCHING, (Band.ASLEEP,)),
    "signals flow": State(Phase.LINKED, (Band.LINKED,)),
    "playing": State(Phase.PLAYING, (Band.LINKED,), play=True),
    "playing, one of two is missing": State(Phase.PLAYING_LOST, (Band.LINKED, Band.SOUGHT), play=True),
    "the same: press its button": State(Phase.PLAYING_LOST, (Band.LINKED, Band.ASLEEP), play=True),
    "will play when a band is here": State(Phase.PLAYING_LOST, play=True),
    "taking the baseline": State(Phase.CALIBRATING, (Band.LINKED,)),
    "taking it while playing": State(Phase.CALIBRATING, (Band.LINKED,), play=True),
    "replaying a session": State(Phase.REPLAYING, play=True),
    "shutting down": State(Phase.HALTING),
}
