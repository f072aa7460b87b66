"""Raw light to an estimate of blood volume pulse. An estimate of our own: not the maker's BVP, nor its unit.

The packets carry two light channels, most likely as differences from sample to sample. Summed up, band-passed
to the pulse (0.5 to 8 Hz) and turned so that the systolic upstroke goes up, one channel is what the gates
listen to. Summing and high-pass are one filter here: the sum's pole at z = 1 cancels one of the high-pass's
two zeros there, so nothing accumulates, however long it runs.

Only sums and products of hard-coded numbers: the same packets give the same bits on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from limen.inlets.band.swing import Suggestion, Swing, suggest
from limen.streams import STREAMS, Stream

# Second-order Butterworth by the bilinear transform at 64 Hz, K = tan(pi f / 64), n = 1 / (1 + sqrt(2) K +
# K^2): high-pass 0.5 Hz   gain n,      poles 2 (K^2 - 1) n  and  (1 - sqrt(2) K + K^2) n low-pass 8 Hz
# gain K^2 n,  poles likewise
HIGH_PASS_GAIN: Final = 0.9658852897440701
HIGH_PASS_1: Final = -1.9306064272196681
HIGH_PASS_2: Final = 0.9329347317566122
LOW_PASS_GAIN: Final = 0.09763107293781749
LOW_PASS_1: Final = -0.9428090415820632
LOW_PASS_2: Final = 0.3333333333333333

FIRST_SAMPLES: Final = STREAMS[Stream.BVP].samples_per_packet  # the first packet of every export is all zero
# 20 s: the high-pass has decayed by exp(-2.2 / s × 20 s) = 1e-19, so putting it to rest changes nothing.
REST_SAMPLES: Final = 20 * STREAMS[Stream.BVP].rate_hz


class LightForm(StrEnum):
    """What a field of a BVP packet is."""

    DELTA = "delta"  # the change since the sample before (medium confidence)
    LEVEL = "level"  # the light itself


@dataclass(frozen=True, slots=True)
class OpticalSettings:
    """Which light is listened to and how.

    `channel` 0 is the fields at even places, 1 at odd; which is green is unsettled. `polarity` -1 turns light
    over, since blood absorbs it: a beat is a valley. `gain` is in BVP units per count.
    """

    channel: int = 0
    form: LightForm = LightForm.DELTA
    polarity: int = -1
    gain: float = 1.0


class PulseBand:
    """The filter of one channel: differences in, band-passed light out."""

    def __init__(self) -> None:
        self.rest()

    def rest(self) -> None:
        """Forget everything, as after a long silence."""
        self._h1 = self._h2 = self._l1 = self._l2 = 0.0

    def step(self, delta: float) -> float:
        """Filter one sample."""
        scaled = HIGH_PASS_GAIN * delta
        high = scaled + self._h1
        self._h1 = self._h2 - scaled - HIGH_PASS_1 * high
        self._h2 = -HIGH_PASS_2 * high
        scaled = LOW_PASS_GAIN * high
        low = scaled + self._l1
        self._l1 = 2.0 * scaled - LOW_PASS_1 * low + self._l2
        self._l2 = scaled - LOW_PASS_2 * low
        return low


class OpticalEstimate:
    """Both channels of one band, filtered sample by sample; how they are cut into packets does not matter."""

    def __init__(self, settings: OpticalSettings) -> None:
        self._settings = settings
        self._scale = settings.polarity * settings.gain
        self._bands = (PulseBand(), PulseBand())
        self.swings = (Swing(), Swing())
        self._levels: tuple[int, int] | None = None
        self._swing = False
        self._held = 0
        self._first = FIRST_SAMPLES

    def take(self, fields: Sequence[int]) -> tuple[float, ...]:
        """Turn one packet's fields, channels alternating, into one BVP value per pair, in BVP units."""
        self._held = 0
        return tuple(self._pair(even, odd) for even, odd in zip(fields[::2], fields[1::2], strict=True))

    def hold(self, samples: int) -> None:
        """Let light stand still for so many lost samples, while the filter goes on."""
        for _ in range(min(samples, REST_SAMPLES - self._held)):
            self._held += 1
            for band in self._bands:
                band.step(0.0)
        if self._held == REST_SAMPLES:
            for band in self._bands:
                band.rest()

    def restart(self) -> None:
        """Take the next packet only as saying where the light stands, for the band starts anew."""
        self._levels = None
        self._first = FIRST_SAMPLES

    def _pair(self, even: int, odd: int) -> float:
        before = self._levels or (even, odd)
        self._levels = (even, odd)
        deltas = (even, odd)
        if self._settings.form is LightForm.LEVEL:
            deltas = (even - before[0], odd - before[1])
        if self._first:
            self._first -= 1
            deltas = (0, 0)
        lights = (self._bands[0].step(deltas[0]), self._bands[1].step(deltas[1]))
        self._swing = not self._swing
        if self._swing:
            self.swings[0].hear(lights[0])
            self.swings[1].hear(lights[1])
        return self._scale * lights[self._settings.channel]

    def suggestion(self) -> Suggestion | None:
        """Suggest channel and polarity by what has been heard, None until there is enough of it."""
        return suggest(self.swings)
