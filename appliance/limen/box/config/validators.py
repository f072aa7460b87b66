"""What a key may hold: each check reads one scalar's text and returns the value, or raises RefusedError."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from limen.box.config.problem import RefusedError, shown
from limen.box.config.units import quantity

LONGEST_TEXT_BYTES: Final = 255  # the longest file name that ext4 takes
LONGEST_PREFIX: Final = 64  # keeps every address and its arguments far below one datagram
LONGEST_NAME_BYTES: Final = 29  # what fits into one legacy advertisement of 31 bytes
_HOST_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_OSC_PART: Final = re.compile(r"[!-~]+")  # printable ASCII; the rest is forbidden by name, OSC 1.0
_OSC_FORBIDDEN: Final = frozenset("#*,/?[]{}")
_ADDRESS: Final = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
_ON: Final = frozenset(("on", "yes", "true"))
_OFF: Final = frozenset(("off", "no", "false"))


@dataclass(frozen=True, slots=True)
class Check:
    """`read` turns text into the value; `takes` says in words what is right; `show` turns it into text."""

    read: Callable[[str], Any]
    takes: str
    show: Callable[[Any], str] = str


def _switch(text: str) -> bool:
    if text.lower() in _ON | _OFF:
        return text.lower() in _ON
    raise RefusedError(f"{shown(text)} is neither on nor off")


SWITCH: Final = Check(_switch, "on or off", lambda value: "on" if value else "off")


def whole(low: int, high: int) -> Check:
    """Take a whole number without a unit."""

    def read(text: str) -> int:
        if re.fullmatch(r"[-+]?0[0-9]+", text):
            raise RefusedError(f"{shown(text)} starts with 0, which some read as octal", "leave the 0 out")
        value = _within(quantity(text, ""), low, high, text)
        if not value.is_integer():
            raise RefusedError(f"{shown(text)} is not a whole number")
        return int(value)

    return Check(read, f"a whole number from {low} to {high}")


def number(unit: str, low: float, high: float) -> Check:
    """Take a number in `unit` (a key of UNITS), or in another that converts to it."""
    suffix = "" if unit in ("", "share") else f" {unit}"
    takes = f"{low:g} to {high:g}{suffix}"
    if unit == "share":
        takes += f", or {low:.0%} to {high:.0%}".replace("%", " %")

    def read(text: str) -> float:
        return _within(quantity(text, unit), low, high, text)

    return Check(read, takes, lambda value: f"{value:.10g}{suffix}")


def _within(value: float, low: float, high: float, text: str) -> float:
    if low <= value <= high:
        return value
    raise RefusedError(f"{shown(text)} is too {'small' if value < low else 'large'}")


def one_of(*words: str) -> Check:
    """Take one of a few words."""
    takes = f"{', '.join(words[:-1])} or {words[-1]}"

    def read(text: str) -> str:
        if text.lower() in words:
            return text.lower()
        near = get_close_matches(text[:LONGEST_NAME_BYTES].lower(), words, 1)
        raise RefusedError(f"{shown(text)} is not one of its words", f"write {near[0]} ({takes})" if near else "")

    return Check(read, takes)


def _printable(text: str, most_bytes: int) -> str:
    if not text:
        raise RefusedError("it is empty")
    if not text.isprintable():
        raise RefusedError(f"{shown(text)} has a character that cannot be printed")
    if len(text.encode()) > most_bytes:
        raise RefusedError(f"{shown(text)} is longer than {most_bytes} bytes")
    return text


def _prefix(text: str) -> str:
    if not text.startswith("/") or text.endswith("/") or len(text) > LONGEST_PREFIX:
        raise RefusedError(f"{shown(text)} does not start an OSC address")
    for part in text[1:].split("/"):
        if not _OSC_PART.fullmatch(part) or _OSC_FORBIDDEN & set(part):
            raise RefusedError(f"{shown(text)} has an empty part or a character that OSC keeps for patterns")
    return text


PREFIX: Final = Check(_prefix, f"/ and a name without spaces or # * , ? [ ] {{ }}, up to {LONGEST_PREFIX} letters")


def _host(text: str) -> str:
    if re.fullmatch(r"[0-9.]+|.*:.*", text, re.DOTALL):
        return _ipv4(text)
    if len(text) > LONGEST_TEXT_BYTES or not all(map(_HOST_LABEL.fullmatch, text.removesuffix(".").split("."))):
        raise RefusedError(f"{shown(text)} is neither an IPv4 address nor a host's name")
    return text


def _ipv4(text: str) -> str:
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        port = re.fullmatch(r"[^:]+:[0-9]{1,5}", text)
        remedy = "write the port under its own key, port" if port else ""
        raise RefusedError(f"{shown(text)} is not an IPv4 address", remedy) from None
    if text == "255.255.255.255":
        raise RefusedError("it is the broadcast address, which is no one host", "use delivery: broadcast instead")
    if address.is_unspecified:
        raise RefusedError(f"{text} is nobody's address")
    return str(address)


HOST: Final = Check(_host, "an IPv4 address or a host's name such as laptop.local")


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise RefusedError(f"{shown(text)} is not a Bluetooth address")
    return text.replace("-", ":").upper()


ADDRESS: Final = Check(_address, "six pairs of hex digits, as limen scan shows them")


def _folder(text: str) -> Path:
    if text.startswith("~"):
        raise RefusedError(f"{shown(text)} leaves open whose home it means", "write the whole path, from /")
    return Path(_printable(text, LONGEST_TEXT_BYTES))


FOLDER: Final = Check(_folder, "a folder's path, from / or from where this file is")
NAME: Final = Check(
    lambda text: _printable(text, LONGEST_NAME_BYTES),
    f"the start of a name, up to {LONGEST_NAME_BYTES} bytes",
)
