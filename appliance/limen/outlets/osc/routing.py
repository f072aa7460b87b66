"""From an incoming address, with or without patterns, to the rows of the table that it means."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from limen.gates.settings import GATES
from limen.outlets.osc import addresses as a
from limen.outlets.osc.patterns import is_pattern, matches

REMEMBERED: Final = 256  # addresses; a layout of faders has fewer


@dataclass(frozen=True, slots=True)
class Leaf:
    """One concrete incoming address; `wearer`, `gate` and `key` say which setting, and are empty for the box."""

    row: a.Address
    path: str
    wearer: int = 0
    gate: str = ""
    key: str = ""


Node = dict[str, "Node | Leaf"]


class Tree:
    """All incoming addresses of these wearers, part by part."""

    def __init__(self, prefix: str, wearers: Collection[int]) -> None:
        self._leaves: dict[str, Leaf] = {}
        self._root: Node = {}
        self._found: OrderedDict[str, tuple[Leaf, ...]] = OrderedDict()
        for row in a.INCOMING:
            if row.kind is a.Kind.COMMAND:
                self._add(Leaf(row, row.path(prefix)))
        for n in wearers:
            for gate in GATES:
                for key, row in a.SETTINGS.items():
                    self._add(Leaf(row, row.path(prefix, n=n, gate=gate), n, gate, key))

    def find(self, address: str) -> tuple[Leaf, ...]:
        """Every leaf that the address means, none if there is none; ValueError if its pattern is no pattern."""
        found = self._found.get(address)
        if found is None:
            leaf = self._leaves.get(address)
            found = (leaf,) if leaf is not None else tuple(_walk(self._root, address.split("/")[1:]))
            self._found[address] = found
            if len(self._found) > REMEMBERED:
                self._found.popitem(last=False)
        return found

    def nearest(self, address: str) -> str:
        """The incoming address that was probably meant, "" if none is near."""
        return next(iter(get_close_matches(address, self._leaves, n=1, cutoff=0.7)), "")

    def _add(self, leaf: Leaf) -> None:
        self._leaves[leaf.path] = leaf
        node = self._root
        *parts, last = leaf.path.split("/")[1:]
        for part in parts:
            below = node.setdefault(part, {})
            assert isinstance(below, dict)
            node = below
        node[last] = leaf


def _walk(node: Mapping[str, Node | Leaf], parts: list[str]) -> list[Leaf]:
    part, *rest = parts or [""]
    names = [name for name in node if matches(part, name)] if is_pattern(part) else [part] if part in node else []
    found: list[Leaf] = []
    for name in names:
        below = node[name]
        if isinstance(below, Leaf):
            found += [below] if not rest else []
        elif rest:
            found += _walk(below, rest)
    return found
