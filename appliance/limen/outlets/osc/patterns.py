"""OSC address patterns (`?`, `*`, `[a-z]`, `[!x]`, `{foo,bar}`), matched in steps that no pattern can blow up.

Translated into regular expressions, as is common, a stranger's `*a*a*a*a*` can hold the loop for minutes. Here
each token maps the set of positions reached so far to the next: tokens × positions steps at most.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

Token = Callable[[str, int], tuple[int, ...]]
"""Text and a position in it; gives the positions after this token."""

_TOKENS: Final = re.compile(r"\*|\?|\[(!?)([^\[\]]+)\]|\{([^{}]*)\}|([^*?\[\]{}]+)|(.)")


def is_pattern(text: str) -> bool:
    """Whether any character of it is special."""
    return any(char in "*?[]{}" for char in text)


def matches(pattern: str, name: str) -> bool:
    """Whether one part of an address pattern matches one part of an address.

    Raises ValueError if a bracket or brace has no partner.
    """
    positions = {0}
    for found in _TOKENS.finditer(pattern):
        step = _token(found)
        positions = {after for at in positions for after in step(name, at)}
    return len(name) in positions


def _token(found: re.Match[str]) -> Token:
    whole = found[0]
    if whole == "*":
        return lambda name, at: tuple(range(at, len(name) + 1))
    if whole == "?":
        return lambda name, at: (at + 1,) if at < len(name) else ()
    negated, chars, choices, plain, stray = found.groups()
    if stray is not None:
        raise ValueError(f"'{stray}' has no partner")
    if chars is not None:
        return lambda name, at: (at + 1,) if at < len(name) and _among(name[at], chars) != bool(negated) else ()
    words = (plain,) if plain is not None else tuple(choices.split(","))
    return lambda name, at: tuple(at + len(word) for word in words if name.startswith(word, at))


def _among(char: str, chars: str) -> bool:
    at = 0
    while at < len(chars):
        if at + 2 < len(chars) and chars[at + 1] == "-":
            if chars[at] <= char <= chars[at + 2]:
                return True
            at += 3
        else:
            if char == chars[at]:
                return True
            at += 1
    return False
