"""The inverse codec: samples to the 20 bytes of a notification. Pure; standard library only.

Every function takes raw numbers as the band would have them and a packet counter, which wraps at its own width.
Values out of range raise ValueError: what cannot be on the air must not get there by accident.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final, Literal

Order = Literal["little", "big"]

PACKET_BYTES: Final = 20
BVP_FIELDS: Final = 22  # 11 samples of two channels, in turn
BVP_SAMPLES: Final = 11
ACC_SAMPLES: Final = 6
EDA_SAMPLES: Final = 6
TEMP_SAMPLES: Final = 8
RATES_HZ: Final = {"bvp": 64, "acc": 32, "eda": 4, "temp": 4}
SAMPLES: Final = {"bvp": BVP_SAMPLES, "acc": ACC_SAMPLES, "eda": EDA_SAMPLES, "temp": TEMP_SAMPLES}

# Where the counter sits in a packet (first byte, bytes); BVP's is the low 6 bits of its last byte.
_TRAILERS: Final = {"acc": (18, 2), "eda": (18, 2), "temp": (16, 4)}
_BVP_COUNTER: Final = 64

KELVIN_STEP: Final = 0.02  # K per count, an MLX90614's register
KELVIN_ZERO_C: Final = 273.15
# Exports cut to two decimals, so that a count's own value may stand 0.01 °C (half a count) too low.
CUT_COUNTS: Final = 0.01
EDA_MOST: Final = 0xFFFFFF

# split12: the upper half chooses a window, the lower half falls as conductance rises within it (µS).
SPLIT12_WINDOW_US: Final = 0.5
SPLIT12_STEP_US: Final = 0.00128
SPLIT12_TOP: Final = 1600


def packet_s(stream: str) -> float:
    """Seconds that one packet of `stream` spans."""
    return SAMPLES[stream] / RATES_HZ[stream]


def pack_bvp(fields: Sequence[int], counter: int) -> bytes:
    """22 signed 7-bit fields (even: first channel, odd: second), then six bits of `counter`, highest bit first."""
    _check("BVP fields", fields, BVP_FIELDS, -64, 63)
    bits = 0
    for field in fields:
        bits = bits << 7 | field & 0x7F
    return (bits << 6 | counter % _BVP_COUNTER).to_bytes(PACKET_BYTES, "big")


def pack_acc(samples: Sequence[tuple[int, int, int]], counter: int, order: Order = "little") -> bytes:
    """Six samples of x, y, z in 1/64 g, each a signed byte, and a 16-bit counter."""
    flat = [axis for sample in samples for axis in sample]
    _check("ACC axes", flat, 3 * ACC_SAMPLES, -128, 127)
    return stamp("acc", struct.pack("18b2x", *flat), counter, order)


def pack_temp(raws: Sequence[int], counter: int, order: Order = "little") -> bytes:
    """Eight samples in counts of 0.02 K as little-endian 16-bit numbers, and a 32-bit counter."""
    _check("TEMP counts", raws, TEMP_SAMPLES, 0, 0xFFFF)
    return stamp("temp", struct.pack("<8H4x", *raws), counter, order)


def pack_eda(raws: Sequence[int], counter: int, order: Order = "little") -> bytes:
    """Six raw readings of 24 bits, highest byte first, and a 16-bit counter."""
    _check("EDA readings", raws, EDA_SAMPLES, 0, EDA_MOST)
    return stamp("eda", b"".join(raw.to_bytes(3, "big") for raw in raws) + bytes(2), counter, order)


def pack_event(code: int = 1) -> bytes:
    """A status notification: the code (1: the button was pressed) and 19 zero bytes."""
    return bytes([code]) + bytes(PACKET_BYTES - 1)


def pack_battery(percent: int) -> bytes:
    """One byte, 0 to 100."""
    _check("battery", [percent], 1, 0, 100)
    return bytes([percent])


def stamp(stream: str, packet: bytes, counter: int, order: Order = "little") -> bytes:
    """The same packet with another counter."""
    if stream == "bvp":
        return packet[:-1] + bytes([packet[-1] & 0xC0 | counter % _BVP_COUNTER])
    first, size = _TRAILERS[stream]
    return packet[:first] + (counter % (1 << 8 * size)).to_bytes(size, order)


def raw_temp(celsius: float) -> int:
    """Counts for a temperature of an export; exact, though exports print some values 0.01 °C low."""
    return round((celsius + KELVIN_ZERO_C) / KELVIN_STEP + CUT_COUNTS)


def raw_eda_inverse24be(microsiemens: float) -> int:
    """Raw as ohms: 1e6 / µS. Nothing below 0.0596 µS can be said, nor above 1e6."""
    if microsiemens <= 1e6 / EDA_MOST:
        return EDA_MOST
    return max(1, round(1e6 / microsiemens))


def raw_eda_split12(microsiemens: float) -> int:
    """Raw as two halves: µS = 0.5 x upper + 0.00128 x (1600 - lower). An invention of the observed shape."""
    window = min(int(microsiemens / SPLIT12_WINDOW_US), 0xFFF)
    steps = round((microsiemens - window * SPLIT12_WINDOW_US) / SPLIT12_STEP_US)
    return window << 12 | max(0, SPLIT12_TOP - steps)


def _check(what: str, values: Sequence[int], count: int, low: int, high: int) -> None:
    if len(values) != count:
        raise ValueError(f"{what}: {len(values)} given, a packet has {count}")
    if min(values) < low or max(values) > high:
        raise ValueError(f"{what}: {min(values)} to {max(values)} given, {low} to {high} fit")
