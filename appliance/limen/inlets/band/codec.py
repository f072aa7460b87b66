"""Bytes of a notification to frozen packets of raw counts; nothing is converted, nothing ever raised.

    BVP   22 seven-bit two's-complement fields, most significant bit first, then a 6-bit counter
    ACC   6 × int8 x, y, z; 2 bytes of trailer
    EDA   6 × 24 bits, big-endian; 2 bytes of trailer
    TEMP  8 × 16 bits, byte order to be probed; 4 bytes of trailer

The sample counts follow from complete exports; the layouts fill the 20 bytes exactly. Anything of another
length comes back as `Odd`, with its bytes, for the tally and the capture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from limen.inlets.band.profile import PACKET_BYTES, Characteristic

_FIELD_BITS: Final = 7
_TAIL_BITS: Final = 6
_FIELDS: Final = 22
_SIGN: Final = 1 << (_FIELD_BITS - 1)
_SHIFTS: Final = tuple(_TAIL_BITS + _FIELD_BITS * (_FIELDS - 1 - k) for k in range(_FIELDS))

Counts = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Notification:
    """What arrived: monotonic seconds of its arrival, where, and its bytes. Raw, for whoever keeps it."""

    at: float
    characteristic: Characteristic
    data: bytes


@dataclass(frozen=True, slots=True)
class BvpPacket:
    """22 counts from -64 to 63: light channel 0 at even places, 1 at odd places, eleven of each."""

    fields: tuple[int, ...]
    counter: int


@dataclass(frozen=True, slots=True)
class AccPacket:
    """Six triples of counts, 64 to the g."""

    triples: tuple[Counts, ...]
    trailer: bytes


@dataclass(frozen=True, slots=True)
class EdaPacket:
    """Six groups of 24 bits as they came, read big-endian."""

    groups: tuple[int, ...]
    trailer: bytes


@dataclass(frozen=True, slots=True)
class TempPacket:
    """Eight words in both byte orders, in counts of 0.02 K."""

    little: tuple[int, ...]
    big: tuple[int, ...]
    trailer: bytes


@dataclass(frozen=True, slots=True)
class ButtonPacket:
    """An event of the status service: its code (1 is a press) and everything that came with it."""

    code: int
    data: bytes


@dataclass(frozen=True, slots=True)
class BatteryPacket:
    """Charge from 0 to 1 where the payload is one byte of percent, else None; the bytes in any case."""

    charge: float | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Odd:
    """A notification of a length that no layout explains."""

    characteristic: Characteristic
    data: bytes


SensorPacket = BvpPacket | AccPacket | EdaPacket | TempPacket
Packet = SensorPacket | ButtonPacket | BatteryPacket | Odd


def decode(characteristic: Characteristic, data: bytes) -> Packet:
    """One notification's packet; any bytes whatever give a packet."""
    if characteristic is Characteristic.BATTERY and data:
        return BatteryPacket(data[0] / 100 if len(data) == 1 and data[0] <= 100 else None, data)
    if characteristic is Characteristic.BUTTON and data:
        return ButtonPacket(data[0], data)
    if len(data) == PACKET_BYTES:
        match characteristic:
            case Characteristic.BVP:
                return _bvp(data)
            case Characteristic.ACC:
                return _acc(data)
            case Characteristic.EDA:
                return _eda(data)
            case Characteristic.TEMP:
                return _temp(data)
    return Odd(characteristic, data)


def _bvp(data: bytes) -> BvpPacket:
    word = int.from_bytes(data, "big")
    mask = (1 << _FIELD_BITS) - 1
    fields = tuple((((word >> shift) & mask) ^ _SIGN) - _SIGN for shift in _SHIFTS)
    return BvpPacket(fields, word & ((1 << _TAIL_BITS) - 1))


def _acc(data: bytes) -> AccPacket:
    signed = [(byte ^ 0x80) - 0x80 for byte in data[:18]]
    return AccPacket(tuple((signed[k], signed[k + 1], signed[k + 2]) for k in range(0, 18, 3)), data[18:])


def _eda(data: bytes) -> EdaPacket:
    return EdaPacket(tuple(int.from_bytes(data[k : k + 3], "big") for k in range(0, 18, 3)), data[18:])


def _temp(data: bytes) -> TempPacket:
    pairs = [data[k : k + 2] for k in range(0, 16, 2)]
    return TempPacket(
        tuple(int.from_bytes(pair, "little") for pair in pairs),
        tuple(int.from_bytes(pair, "big") for pair in pairs),
        data[16:],
    )
