"""The simulated wearer: all four streams, the same for the same seed, and the truth about them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import Final

import numpy as np

from limen.inlets.packets import Packet, cut, in_order
from limen.inlets.session import Array, Session, Timed
from limen.inlets.simulated.heart import Heart
from limen.inlets.simulated.motion import Arm
from limen.inlets.simulated.script import LIVELY, Script
from limen.inlets.simulated.skin import Skin
from limen.inlets.simulated.temperature import Warmth
from limen.inlets.simulated.truth import Truth, truth_of
from limen.inlets.writer import heart_rate
from limen.streams import STREAMS, Stream

BLOCK_S: Final = 60  # computed at a time: long enough for numpy, short enough to be forgotten
START_UNIX: Final = 1_700_000_000.0  # any would do, if it is always the same
BVP_HZ: Final = STREAMS[Stream.BVP].rate_hz


@dataclass(frozen=True)
class _Block:
    samples: Mapping[Stream, Array]
    beats: Array
    breaths: Array


class SimulatedWearer:
    """Somebody who wears a band and does what `script` says, by default a lively scene that repeats varied.

    The same seed and script give the same samples, in whatever pieces and however far ahead they are taken.
    """

    def __init__(self, seed: int, wearer: int = 1, script: Script | None = None) -> None:
        self._seed = seed
        self._wearer = wearer
        self._script = LIVELY if script is None else script

    def chunks(self) -> Iterator[Packet]:
        """Records as the band packs them, each with when it is due in seconds, without end."""
        blocks = self._blocks()
        waiting: dict[Stream, deque[Array]] = {stream: deque() for stream in Stream}

        def of(stream: Stream) -> Iterator[Array]:
            while True:
                if not waiting[stream]:
                    for other, values in next(blocks).samples.items():
                        waiting[other].append(values)
                yield waiting[stream].popleft()

        return in_order(cut(stream, of(stream), self._wearer) for stream in Stream)

    def session(self, duration_s: float) -> Session:
        """A recording of at least `duration_s`: whole packets, as the band leaves them."""
        packets = {stream: math.ceil(duration_s / spec.packet_s) for stream, spec in STREAMS.items()}
        lengths = {stream: packets[stream] * spec.samples_per_packet for stream, spec in STREAMS.items()}
        longest_s = max(length / STREAMS[stream].rate_hz for stream, length in lengths.items())
        blocks = self._first_blocks(longest_s)
        data = {stream: np.concatenate([block.samples[stream] for block in blocks]) for stream in Stream}
        truth = self._truth(blocks, duration_s)
        ibi = _accepted_intervals(truth)
        return Session(
            name=f"simulated-{self._seed}",
            start_unix=START_UNIX,
            rates=MappingProxyType({stream: float(spec.rate_hz) for stream, spec in STREAMS.items()}),
            data=MappingProxyType({stream: values[: lengths[stream]] for stream, values in data.items()}),
            tags=truth.presses,
            ibi=ibi,
            hr=heart_rate(ibi, duration_s),
        )

    def truth(self, duration_s: float) -> Truth:
        """What happens in the first `duration_s`."""
        return self._truth(self._first_blocks(duration_s), duration_s)

    def _truth(self, blocks: list[_Block], duration_s: float) -> Truth:
        beats = np.concatenate([block.beats for block in blocks])
        breaths = np.concatenate([block.breaths for block in blocks])
        happenings = self._script.around(self._seed, 0.0, duration_s)
        return truth_of(happenings, beats, breaths, duration_s)

    def _first_blocks(self, duration_s: float) -> list[_Block]:
        blocks = self._blocks()
        return [next(blocks) for _ in range(max(1, math.ceil(duration_s / BLOCK_S)))]

    def _blocks(self) -> Iterator[_Block]:
        body = self._script.body
        heart, warmth = Heart(self._seed, body), Warmth(self._seed, body)
        arm, skin = Arm(self._seed), Skin(self._seed, body)
        for number in count():
            start_s = number * BLOCK_S
            happenings = self._script.around(self._seed, start_s, start_s + BLOCK_S)

            def span(stream: Stream, start_s: int = start_s) -> tuple[int, int]:
                return start_s * STREAMS[stream].rate_hz, BLOCK_S * STREAMS[stream].rate_hz

            bvp, beats, breaths = heart.block(number, *span(Stream.BVP), happenings)
            samples = {
                Stream.BVP: bvp,
                Stream.ACC: arm.block(number, *span(Stream.ACC), happenings),
                Stream.EDA: skin.block(number, *span(Stream.EDA), happenings),
                Stream.TEMP: warmth.block(number, *span(Stream.TEMP), happenings),
            }
            yield _Block(samples, beats, breaths)


def _accepted_intervals(truth: Truth) -> Timed:
    """Beat intervals as the vendor lists them: on the sample grid, none across movement or a strap-off."""
    beats = np.rint(truth.beats * BVP_HZ) / BVP_HZ
    starts, ends = beats[:-1], beats[1:]
    keep = np.ones(len(ends), dtype=np.bool_)
    for start, end in truth.moves:
        keep &= (ends < start) | (starts > end)
    for _, end in truth.worn[:-1]:
        keep &= (ends < end) | (starts >= end)
    return ends[keep], (ends - starts)[keep]
