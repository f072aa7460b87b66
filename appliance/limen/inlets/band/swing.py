"""Which light channel carries the pulse and which way up, by how the two swing. Only a suggestion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from limen.streams import STREAMS, Stream

# Every second sample is looked at: light is band-passed to 8 Hz, and nothing here has to be exact.
SUGGEST_SAMPLES: Final = 30 * STREAMS[Stream.BVP].rate_hz // 2  # some 30 beats
CLIP: Final = 4.0  # in root mean squares: one knock does not outweigh a minute of beats
SKEWED: Final = 0.2  # slopes less skewed than this say nothing about polarity


class Swing:
    """How much a channel swings and how skewed its slopes are, over about 30 s; three running means."""

    def __init__(self) -> None:
        self.samples = 0
        self.square = 0.0
        self._slope_2 = 0.0
        self._slope_3 = 0.0
        self._before = 0.0

    @property
    def slope_skew(self) -> float:
        """Third moment of the slope over its second to 3/2: positive if rises are steeper than falls."""
        return self._slope_3 / (self._slope_2 * math.sqrt(self._slope_2)) if self._slope_2 > 0 else 0.0

    def hear(self, light: float) -> None:
        """Take one sample of band-passed light."""
        self.samples += 1
        weight = 1.0 / min(self.samples, SUGGEST_SAMPLES)
        slope, self._before = light - self._before, light
        if self.samples > SUGGEST_SAMPLES:
            light = _clip(light, self.square)
            slope = _clip(slope, self._slope_2)
        self.square += weight * (light * light - self.square)
        self._slope_2 += weight * (slope * slope - self._slope_2)
        self._slope_3 += weight * (slope * slope * slope - self._slope_3)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the light itself suggests: the channel that swings more, and which way up its beats are.

    `swing_ratio` is how much more (root mean squares), `slope_skew` belongs to that channel's light as it
    came; `polarity` is None where the slopes are too even to tell.
    """

    channel: int
    swing_ratio: float
    polarity: int | None
    slope_skew: float


def suggest(swings: tuple[Swing, Swing]) -> Suggestion | None:
    """Judge two channels: green swings more with the pulse, and an upstroke is steeper than a decay."""
    channel = 0 if swings[0].square >= swings[1].square else 1
    strong, weak = swings[channel], swings[1 - channel]
    if strong.samples < SUGGEST_SAMPLES or strong.square == 0.0:
        return None
    ratio = math.sqrt(strong.square / weak.square) if weak.square > 0.0 else math.inf
    skew = strong.slope_skew
    return Suggestion(channel, ratio, None if abs(skew) < SKEWED else (1 if skew > 0 else -1), skew)


def _clip(value: float, square: float) -> float:
    bound = CLIP * math.sqrt(square)
    return min(max(value, -bound), bound)
