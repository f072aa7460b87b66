"""Bytes from anyone into messages, in bounded work.

Messages are read by python-osc. Bundles are taken apart here: python-osc's own bundle parser never ends on a
negative length, and its dispatcher sleeps until a time tag comes; ours does not look at time tags.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message import ParseError as MessageParseError

MESSAGES: Final = 64  # of one datagram; a control surface sends one or a few
MESSAGE_LIMIT: Final = 1472  # bytes; what fits one Ethernet frame
DEPTH: Final = 8  # of bundles in bundles
DATAGRAM_LIMIT: Final = 8192  # bytes; a bundle of a whole layout of faders is 2000
ADDRESS_SHOWN: Final = 120  # characters of a stranger's address that are repeated back
_BUNDLE: Final = b"#bundle\x00"
_HEAD: Final = 16  # bytes of a bundle before its first element: its name and its time tag
_KNOWN: Final = frozenset(b"ifshdbtrmTFNI[]")
_SIZE: Final = struct.Struct(">i")


@dataclass(frozen=True, slots=True)
class Message:
    """A message that arrived: its address, its arguments, and those as they came (type tags and payload)."""

    address: str
    arguments: tuple[object, ...]
    raw_arguments: bytes


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something that is no message: as much of its address as could be read, and what is wrong."""

    address: str
    wrong: str


def unpack(data: bytes) -> Iterator[Message | Malformed]:
    """The messages of a datagram in their order, at most `MESSAGES`; what is broken does not hide the rest."""
    if len(data) > DATAGRAM_LIMIT:
        yield Malformed("", f"a packet of {len(data)} bytes; more than {DATAGRAM_LIMIT} are not read")
        return
    room = MESSAGES
    for element in _elements(data, 0):
        if not room:
            yield Malformed("", f"more than {MESSAGES} messages in one packet; the rest was dropped")
            return
        room -= 1
        yield element if isinstance(element, Malformed) else _message(element)


def _elements(data: bytes, depth: int) -> Iterator[bytes | Malformed]:
    if not data.startswith(_BUNDLE):
        yield data
        return
    if depth == DEPTH:
        yield Malformed("#bundle", f"bundles are nested deeper than {DEPTH}; send plain messages")
        return
    at = _HEAD
    while at < len(data):
        if at + _SIZE.size > len(data):
            yield Malformed("#bundle", "the bundle is cut off; send plain messages")
            return
        (size,) = _SIZE.unpack_from(data, at)
        at += _SIZE.size
        if size <= 0 or size % 4 or at + size > len(data):
            yield Malformed("#bundle", f"an element of the bundle has length {size}; send plain messages")
            return
        yield from _elements(data[at : at + size], depth + 1)
        at += size


def _message(data: bytes) -> Message | Malformed:
    if not data.startswith(b"/"):
        return Malformed("", "no OSC address: it must start with /")
    end = data.find(b"\x00")
    address = data[:end][:ADDRESS_SHOWN].decode("ascii", "replace")
    if len(data) > MESSAGE_LIMIT:
        return Malformed(address, f"longer than {MESSAGE_LIMIT} bytes")
    tags_at = (end // 4 + 1) * 4
    raw = data[tags_at:] or b",\x00\x00\x00"
    tags = raw[1 : raw.find(b"\x00")]
    if unknown := bytes(set(tags) - _KNOWN):
        return Malformed(address, f"type {unknown.decode('ascii', 'replace')!r} is not understood; send i, f or s")
    # python-osc does not know I (bang), which like N has no payload.
    readable = raw[:1] + tags.replace(b"I", b"N") + raw[1 + len(tags) :]
    try:
        message = OscMessage(data[:tags_at] + readable)
    except (MessageParseError, ValueError, OverflowError, struct.error):
        return Malformed(address, "it is cut off or does not hold what its types say; send i, f or s")
    return Message(message.address, tuple(message.params), raw)
