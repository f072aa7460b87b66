"""What all gates share: a Schmitt comparison, guards in time, and the record of why.

Order at each sample: the value was computed, it is compared with the threshold as it stood before, the guards
are asked, an edge is written if the bit changes, and only then may the value move the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, inf
from typing import Final

from limen.gates.records import Edge, Event, Readings, Term, Triple, Why
from limen.gates.settings import GATES, GateSettings
from limen.gates.threshold import Threshold
from limen.streams import STREAMS, Stream

LONG_AGO: Final = -(1 << 60)
NEVER_QUIET: Final = (inf, -inf)

FORCED: Final = {
    "stale": "no fresh samples",
    "not-worn": "the band is not worn",
    "disabled": "switched off",
    "jump": "skin conductance changed faster than 10 µS/s, which skin does not do",
    "no-beat": "no beat for 2.5 s",
    "ended": "the signal ended",
}


class Context:
    """What gates of one wearer have in common: where events go, sample rates, and whether the arm moved."""

    __slots__ = ("marked", "out", "rates", "readings", "wearer")

    def __init__(
        self,
        wearer: int,
        rates: dict[Stream, float],
        marked: Callable[[Stream, int], bool],
        *,
        readings: bool = True,
    ) -> None:
        self.wearer = wearer
        self.out: list[Event] = []
        self.rates = rates
        self.marked = marked
        self.readings = readings

    def read(self, stream: Stream, first: int, values: Sequence[float | Triple], levels: list[float]) -> None:
        """Give the values of contiguous samples and where each stands in its own range."""
        self.out.append(Readings(self.wearer, stream.value, stream, first, values, levels, self.rates[stream]))


class Gate:
    """One bit of one wearer, stepped once per sample (or beat) of its stream.

    A subclass says what its numbers mean in words and how much input it would take to flip them.
    `refractory_s` is the least time from one rising edge to the next.
    """

    refractory_s = 0.0
    enabled = False

    def __init__(self, name: str, context: Context, settings: GateSettings, threshold: Threshold) -> None:
        self.spec = GATES[name]
        self.context = context
        self.threshold = threshold
        self.settings = settings
        self.bit = 0
        self.value = 0.0
        self.changed = LONG_AGO
        self.rose = LONG_AGO
        self.apply(settings)

    @property
    def stream(self) -> Stream:
        """The stream whose samples are counted in `changed` and in edges."""
        return self.spec.stream

    def apply(self, settings: GateSettings) -> None:
        """Take new settings from the next sample on."""
        rate = STREAMS[self.spec.stream].rate_hz
        self.settings = settings
        self.hold = ceil(settings.hold_s * rate)
        self.rest = ceil(settings.rest_s * rate)
        self.refractory = ceil(self.refractory_s * rate)
        self.enabled = settings.enable
        self.threshold.sensitivity = settings.sensitivity
        self.threshold.refresh()

    def quiet(self) -> tuple[float, float]:
        """Low and high of the open interval in which a value moves neither the bit nor the threshold.

        `step` may be spared such values, if the last one is put into `value` afterwards. It holds until the next
        step, which returns it anew, or the next change from outside. Most gates are shut most of the time.
        """
        threshold = self.threshold
        if threshold.learns:
            return NEVER_QUIET
        if not self.enabled:
            return -inf, inf
        return (threshold.off, inf) if self.bit else (-inf, threshold.on)

    def step(self, index: int, value: float) -> tuple[float, float]:
        """Decide on one value at sample `index`, then let it move the threshold; returns what is `quiet` now."""
        threshold = self.threshold
        self.value = value
        if self.enabled:
            if self.bit:
                if value <= threshold.off and index - self.changed >= self.hold:
                    self.flip(index, 0, value, threshold.off)
            elif value >= threshold.on and self.may_rise(index):
                self.flip(index, 1, value, threshold.on)
            threshold.learn(value, self.bit)
        else:
            threshold.learn(value, None)
        return NEVER_QUIET if threshold.learns else self.quiet()

    def may_rise(self, index: int) -> bool:
        """Whether rest and refractory time have passed."""
        return index - self.changed >= self.rest and index - self.rose >= self.refractory

    def force_off(self, index: int, guard: str) -> None:
        """Close the gate for a reason that is not its value; holds do not count against it."""
        if self.bit:
            value, threshold = self.compared_open
            self.flip(index, 0, value, threshold, guard)

    @property
    def compared_open(self) -> tuple[float, float]:
        """The value and threshold that are compared while the gate is open."""
        return self.value, self.threshold.off

    def flip(
        self, index: int, bit: int, value: float, threshold: float, guard: str = "", carry: float = 1.0
    ) -> None:
        """Change the bit and write the edge with its why."""
        self.bit = bit
        self.changed = index
        if bit:
            self.rose = index
        stream = self.spec.stream
        marked = self.context.marked(stream, index)
        learning = self.learning
        margin, margin_unit = self.margin(value, threshold)
        words = FORCED.get(guard) or (self.words_on if bit else self.words_off)(value, threshold)
        sentence = f"{self.spec.name.capitalize()} {'on' if bit else 'off'}: {words}"
        sentence += ", arm moving" if marked else ""
        sentence += ", still learning." if learning else "."
        why = Why(
            value,
            threshold,
            self.unit(bit),
            self.terms(bit),
            guard,
            marked,
            learning,
            margin,
            margin_unit,
            sentence,
        )
        self.context.out.append(
            Edge(
                self.context.wearer,
                self.spec.name,
                stream,
                bit,
                index,
                index / self.context.rates[stream],
                carry,
                why,
            )
        )

    @property
    def learning(self) -> bool:
        """Whether what the threshold leans on is still young."""
        return self.threshold.learning

    def terms(self, bit: int) -> tuple[Term, ...]:
        """What the threshold of an edge to `bit` was made of."""
        return self.threshold.terms(bit)

    def unit(self, bit: int) -> str:
        """The unit of value and threshold on an edge to `bit`."""
        return self.spec.unit

    def margin(self, value: float, threshold: float) -> tuple[float, str]:
        """The change of every input sample that would just have flipped the comparison, and its unit."""
        return abs(value - threshold), self.spec.unit

    def words_on(self, value: float, threshold: float) -> str:
        """What a rising edge says after "on: "."""
        raise AssertionError(self.spec.name)  # pragma: no cover

    def words_off(self, value: float, threshold: float) -> str:
        """What a falling edge says after "off: "."""
        raise AssertionError(self.spec.name)  # pragma: no cover


def difference_margin(value: float, threshold: float) -> float:
    """For a difference of two means, moving every input by e moves the value by at most 2 e."""
    return abs(value - threshold) / 2
