"""Datagrams that python-osc builds once; after that only their payload is rewritten.

Building a message anew for every sample costs some forty times as much (`tests/bench/osc.py` measures it).
Types are i, f and s only: Pure Data loses T, F, h and d, ChucK and node-osc some of them.
"""

from __future__ import annotations

from ctypes import BigEndianStructure, c_float, c_int32
from struct import Struct
from typing import Final

from pythonosc.osc_message_builder import OscMessageBuilder

FLOAT_MAX: Final = (2 - 2**-23) * 2.0**127  # IEEE 754 binary32
INT_MAX: Final = 2**31 - 1
TEXT_LIMIT: Final = 1024  # bytes; with its address well below one Ethernet frame
_ASCII: Final = str.maketrans({"µ": "u", "μ": "u", "°": "deg", "×": "x", "−": "-", "±": "+/-", "\x00": ""})


def ascii_text(text: str) -> str:
    """The text as OSC 1.0 wants it: ASCII, no NUL, at most `TEXT_LIMIT` bytes."""
    return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")[:TEXT_LIMIT]


class _Numbers:
    """One message with `i` or with `f` arguments; `data` is what goes on the wire, valid once something was set."""

    __slots__ = ("_highest", "_lowest", "_offset", "address", "data", "filled", "types")

    def __init__(self, address: str, types: str) -> None:
        builder = OscMessageBuilder(address)
        for tag in types:
            builder.add_arg({"i": 0, "f": 0.0}[tag], tag)
        self.address = address
        self.types = types
        self.data = bytearray(builder.build().dgram)
        self.filled = False
        self._offset = len(self.data) - 4 * len(types)
        self._highest: float = INT_MAX if "i" in types else FLOAT_MAX
        self._lowest: float = -INT_MAX - 1 if "i" in types else -FLOAT_MAX


class _Int(BigEndianStructure):
    _fields_ = (("number", c_int32),)


class _Float(BigEndianStructure):
    _fields_ = (("number", c_float),)


class Datagram(_Numbers):
    """One message with one number, written through a view of its payload: half the price of `pack_into`."""

    __slots__ = ("_payload",)

    def __init__(self, address: str, types: str) -> None:
        super().__init__(address, types)
        self._payload = {"i": _Int, "f": _Float}[types].from_buffer(self.data, self._offset)

    def set(self, value: float) -> bool:
        """Rewrite the payload; False, and nothing changes, for NaN, infinities and what 32 bits cannot hold."""
        if self._lowest <= value <= self._highest:  # false for NaN, too
            self._payload.number = value
            self.filled = True
            return True
        return False


class VectorDatagram(_Numbers):
    """One message with three numbers."""

    __slots__ = ("_pack_into",)

    def __init__(self, address: str, types: str) -> None:
        super().__init__(address, types)
        self._pack_into = Struct(">" + types).pack_into

    def set(self, x: float, y: float, z: float) -> bool:
        """Rewrite the payload; False, and nothing changes, if one of them cannot be sent."""
        lowest, highest = self._lowest, self._highest
        if x >= lowest and x <= highest and y >= lowest and y <= highest and z >= lowest and z <= highest:
            self._pack_into(self.data, self._offset, x, y, z)
            self.filled = True
            return True
        return False


class AgeDatagram(Datagram):
    """One `i` that says how many milliseconds have passed since `at`, a monotonic time in seconds."""

    __slots__ = ("at",)

    def __init__(self, address: str, types: str = "i") -> None:
        super().__init__(address, types)
        self.at = 0.0

    def begin(self, now: float) -> None:
        """Count from here."""
        self.at = now
        self.filled = True

    def count(self, now: float) -> None:
        """Say what the age is now."""
        self.set(min(int((now - self.at) * 1000), INT_MAX))


class TextDatagram:
    """One message with `s` arguments, built again when they change."""

    __slots__ = ("_texts", "address", "data", "filled", "types")

    def __init__(self, address: str, types: str = "s") -> None:
        self.address = address
        self.types = types
        self.data = bytearray()
        self.filled = False
        self._texts: tuple[str, ...] = ()

    def set(self, *texts: str) -> bool:
        """Take these texts, transliterated to ASCII and cut to `TEXT_LIMIT`."""
        if texts == self._texts:
            return True
        builder = OscMessageBuilder(self.address)
        for text in texts:
            builder.add_arg(ascii_text(text), "s")
        self.data = bytearray(builder.build().dgram)
        self._texts = texts
        self.filled = True
        return True


AnyDatagram = Datagram | VectorDatagram | TextDatagram
