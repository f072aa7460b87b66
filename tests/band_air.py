"""A band and its link on paper, for tests: packets whose samples say which they are, and when they arrive.

Sample k of every stream is complete at `start` + (k + 1) / rate (stretched by `ppm`); a packet leaves when
its newest sample is complete, and arrives later by `delay`, in order, as notifications on one link do.
"""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from limen.gates.records import Samples
from limen.inlets.band.codec import Notification
from limen.inlets.band.profile import Characteristic
from limen.streams import STREAMS, Stream
from tests.band_packing import pack_acc, pack_bvp, pack_eda, pack_temp

ORDER = {name: k for k, name in enumerate(Stream)}


@dataclass(frozen=True)
class Air:
    start: float = 1000.0
    ppm: float = 0.0
    counters: bool = True
    counter0: int = 0
    first_packet: int = 0
    streams: Collection[Stream] = tuple(Stream)
    lost: Callable[[Stream, int], bool] = lambda stream, packet: False
    delay: Callable[[float], float] = lambda sent: 0.0

    def taken(self, stream: Stream, index: int) -> float:
        """When sample `index` was complete."""
        return self.start + (index + 1) * (1 + self.ppm * 1e-6) / STREAMS[stream].rate_hz

    def notifications(self, seconds: float) -> list[Notification]:
        sent = []
        for stream in self.streams:
            count = STREAMS[stream].samples_per_packet
            packets = int(seconds * STREAMS[stream].rate_hz) // count
            for k in range(self.first_packet, packets):
                when = self.taken(stream, (k + 1) * count - 1)
                if not self.lost(stream, k):
                    sent.append(
                        (
                            when,
                            ORDER[stream],
                            Notification(when, Characteristic(stream), self.pack(stream, k)),
                        )
                    )
        arrived, last = [], 0.0
        for when, _, notification in sorted(sent, key=lambda each: each[:2]):
            last = max(last, when + self.delay(when))
            arrived.append(replace(notification, at=last))
        return arrived

    def pack(self, stream: Stream, packet: int) -> bytes:
        count = STREAMS[stream].samples_per_packet
        indices = range(packet * count, (packet + 1) * count)
        number = packet + self.counter0 if self.counters else 0
        match stream:
            case Stream.BVP:
                fields = [((k * 37) % 13 - 6) * (2 - channel) for k in indices for channel in (0, 1)]
                return pack_bvp(fields, number)
            case Stream.ACC:
                return pack_acc([_spell(k) for k in indices], (number % 65536).to_bytes(2, "little"))
            case Stream.EDA:
                return pack_eda([1_000_000 + k for k in indices], (number * 6 % 65536).to_bytes(2, "big"))
            case Stream.TEMP:
                return pack_temp([15_000 + k % 4_000 for k in indices], number.to_bytes(4, "little"))


def _spell(k: int) -> tuple[int, int, int]:
    return k % 128, k // 128 % 128, k // 16384


def spelled(samples: Samples) -> list[int]:
    """Which samples these are, as the band counted them (not for BVP, whose values are filtered)."""
    match samples.stream:
        case Stream.ACC:
            return [round(64 * x) + 128 * round(64 * y) + 16384 * round(64 * z) for x, y, z in samples.values]
        case Stream.EDA:
            return [round(1e6 / value) - 1_000_000 for value in samples.values]
        case Stream.TEMP:
            return [round((value + 273.15) / 0.02) - 15_000 for value in samples.values]
    raise AssertionError(samples.stream)


def jittery(seed: int) -> Callable[[float], float]:
    """Up to 30 ms as the connection interval wills, and retries of some 100 ms now and then."""
    draw = random.Random(seed)
    return lambda sent: draw.uniform(0.0, 0.03) + (draw.expovariate(10) if draw.random() < 0.05 else 0.0)


def held_between(begin: float, end: float) -> Callable[[float], float]:
    """Nothing arrives between these times; all of it at the end, in one burst."""
    return lambda sent: end - sent if begin <= sent < end else 0.0
