"""What happens to the simulated wearer, and when: plain records, in seconds and physical units."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from limen.errors import UsageError
from limen.inlets.simulated.noise import generator

REACH_S: Final = 90.0  # nothing that happens is felt for longer: eight decay times of the slowest response
LONGEST_RISE_S: Final = 5.0
SHIFT_S: Final = 3.0  # a varied scene comes this much earlier or later
STRONGER: Final = 1.5  # and its happenings are up to this many times stronger or weaker


@dataclass(frozen=True, slots=True)
class Tap:
    """A knock on the band, of `strength_g` at its first sample."""

    at_s: float
    strength_g: float = 1.2


@dataclass(frozen=True, slots=True)
class Move:
    """The arm swings, with amplitudes around `strength_g` on each axis."""

    at_s: float
    for_s: float
    strength_g: float = 0.5


@dataclass(frozen=True, slots=True)
class Tilt:
    """The arm turns away from its pose by `angle_deg` and, within `for_s`, back again."""

    at_s: float
    for_s: float
    angle_deg: float = 50.0


@dataclass(frozen=True, slots=True)
class Respond:
    """A skin conductance response: onset at `at_s`, peak `rise_s` later and `amplitude_us` higher."""

    at_s: float
    amplitude_us: float = 0.3
    rise_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Constrict:
    """The pulse gets smaller by the share `depth`."""

    at_s: float
    for_s: float
    depth: float = 0.5


@dataclass(frozen=True, slots=True)
class Quicken:
    """The heart beats `by_bpm` faster."""

    at_s: float
    for_s: float
    by_bpm: float = 20.0


@dataclass(frozen=True, slots=True)
class Warm:
    """Skin temperature goes by `by_degc` within `for_s`, down if negative, and stays there."""

    at_s: float
    for_s: float
    by_degc: float


@dataclass(frozen=True, slots=True)
class StrapOff:
    """The band is off the wrist."""

    at_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class Press:
    """The band's button is pressed."""

    at_s: float


Happening = Tap | Move | Tilt | Respond | Constrict | Quicken | Warm | StrapOff | Press


@dataclass(frozen=True, slots=True)
class Body:
    """Who wears it, at rest. Defaults lie amid what real sessions show.

    `respiratory` is by which share of its rate the heart quickens with each breath in; `pulse` is the height of
    a beat in BVP units.
    """

    bpm: float = 68.0
    breaths_per_min: float = 14.0
    respiratory: float = 0.06
    pulse: float = 75.0
    skin_us: float = 1.8
    skin_degc: float = 33.1
    room_degc: float = 23.0


@dataclass(frozen=True)
class Script:
    """Happenings, counted from the start; after `length_s`, if given, they begin again.

    `vary`, 0 to 1, makes each time but the first differ from what is written, in moments and strengths. Raises
    UsageError where a repeating scene does not fit into its length or does not leave the skin as warm as it was.
    """

    happenings: tuple[Happening, ...] = ()
    length_s: float | None = None
    vary: float = 0.0
    body: Body = field(default_factory=Body)

    def __post_init__(self) -> None:
        for happening in self.happenings:
            if isinstance(happening, Respond) and not 0 < happening.rise_s <= LONGEST_RISE_S:
                raise UsageError(f"{happening}: rise_s must be above 0 and at most {LONGEST_RISE_S}")
            if happening.at_s < 0 or end_s(happening) > (self.length_s or math.inf):
                raise UsageError(f"{happening} does not lie within the scene's {self.length_s} s")
        gained = math.fsum(h.by_degc for h in self.happenings if isinstance(h, Warm))
        if self.length_s is not None and abs(gained) > 1e-9:
            raise UsageError(f"a scene that repeats must cool as much as it warms, not gain {gained:.2f} °C")

    def around(self, seed: int, start_s: float, end_s: float) -> list[Happening]:
        """Everything that can be felt between two moments, in whole turns of the scene."""
        if self.length_s is None:
            return list(self.happenings)
        first = max(0, math.floor((start_s - REACH_S) / self.length_s))
        last = math.ceil(end_s / self.length_s)
        return [happening for turn in range(first, last) for happening in self._turn(seed, turn, self.length_s)]

    def _turn(self, seed: int, turn: int, length_s: float) -> list[Happening]:
        vary = self.vary if turn else 0.0
        chance = generator(seed, "script", turn)
        phase = chance.uniform(0.0, math.tau)
        strengths = np.exp(chance.uniform(-1.0, 1.0, len(self.happenings)) * vary * math.log(STRONGER))
        turned: list[Happening] = []
        for happening, strength in zip(self.happenings, strengths.tolist(), strict=True):
            at = happening.at_s
            # moved as on a rubber band, so that what belongs together stays together and in the scene
            slack = math.sin(math.pi * at / length_s) * math.sin(math.tau * at / length_s + phase)
            at = min(max(0.0, at + vary * SHIFT_S * slack), length_s - (end_s(happening) - at))
            turned.append(replace(_stronger(happening, strength), at_s=turn * length_s + at))
        return turned


def end_s(happening: Happening) -> float:
    """When it is over."""
    return happening.at_s + getattr(happening, "for_s", 0.0)


def _stronger(happening: Happening, times: float) -> Happening:
    match happening:
        case Tap() | Move():
            return replace(happening, strength_g=happening.strength_g * times)
        case Respond():
            return replace(happening, amplitude_us=happening.amplitude_us * times)
        case Quicken():
            return replace(happening, by_bpm=happening.by_bpm * times)
        case _:
            return happening


# Something for every gate within the first minute or so, then room to breathe, then the band comes off once.
LIVELY: Final = Script(
    happenings=(
        Warm(4, 36, 0.7),
        Tap(9),
        Tap(9.6),
        Respond(13, 0.30),
        Move(16, 3, 0.5),
        Tilt(22, 7, 55),
        Respond(26, 0.45, 2.5),
        Constrict(31, 8, 0.5),
        Tap(37),
        Tap(37.4),
        Tap(37.8),
        Move(41, 1.2, 1.1),
        Warm(43, 45, -0.9),
        Respond(46, 0.2, 1.5),
        Quicken(50, 25, 18),
        Tilt(54, 9, 70),
        Move(66, 5, 0.35),
        Respond(69, 0.6, 3),
        Constrict(71, 10, 0.45),
        Press(75),
        Tap(83),
        Tap(84.5),
        Respond(88, 0.25),
        Warm(92, 30, 0.2),
        Move(97, 2, 0.8),
        Move(100, 1, 1.2),
        Tilt(106, 6, 45),
        Respond(113, 0.35, 1.5),
        StrapOff(124, 14),
        Tap(150),
        Respond(153, 0.5, 2),
        Move(158, 4, 0.6),
        Constrict(160, 9, 0.55),
    ),
    length_s=175.0,
    vary=1.0,
)
