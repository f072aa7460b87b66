"""Walks the scheme and a tree of YAML nodes together: values, and all that is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

import yaml

from limen.box.config.problem import Problem, RefusedError, shown
from limen.box.config.scheme import Items, Leaf, Node, Section

_NOTHING: Final = frozenset(("", "~", "null", "Null", "NULL"))
_WORD: Final = re.compile(r"[\w.-]{1,40}", re.ASCII)
_LONGEST_GUESS: Final = 40  # comparing spellings is quadratic; nobody misspells a key into more than this
_MOST_HOMES: Final = 3


def read(scheme: Section, root: yaml.Node, file: str) -> tuple[Any, list[Problem]]:
    """Return what `root` says, in plain mappings and tuples for `build`, and the problems by line."""
    reader = _Reader(file, scheme)
    given = reader.read(scheme, root, "")
    return given, sorted(reader.problems, key=lambda problem: problem.line or 0)


def build(scheme: Node, given: Any) -> Any:
    """Return what the scheme makes of `given`, in which `read` found no problem."""
    if isinstance(scheme, Leaf):
        return given
    if isinstance(scheme, Items):
        return tuple(build(scheme.item, entry) for entry in given)
    return scheme.build({name: build(scheme.keys[name], value) for name, value in given.items()})


@dataclass
class _Reader:
    """Walks scheme and nodes together; a refused value is None in what is given, so that rules can tell."""

    file: str
    whole: Section
    problems: list[Problem] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def read(self, scheme: Node, node: yaml.Node, path: str) -> Any:
        if isinstance(scheme, Leaf):
            return self._leaf(scheme, node, path)
        if isinstance(scheme, Items):
            return self._items(scheme, node, path)
        return self._section(scheme, node, path)

    def _refuse(self, node: yaml.Node, path: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(self.file, node.start_mark.line + 1, path or "(file)", what, remedy))

    def _leaf(self, leaf: Leaf, node: yaml.Node, path: str) -> Any:
        advice = f"write {leaf.check.takes}"
        if not isinstance(node, yaml.ScalarNode):
            return self._refuse(node, path, "it holds keys or a list, where one value belongs", advice)
        if _empty(node):
            return self._refuse(node, path, "it has no value", f"{advice}, or delete the line")
        try:
            return leaf.check.read(node.value.strip())
        except RefusedError as error:
            return self._refuse(node, path, error.what, error.remedy or advice)

    def _items(self, items: Items, node: yaml.Node, path: str) -> Any:
        if not isinstance(node, yaml.SequenceNode):
            return self._refuse(node, path, "it is not a list", "start each entry with '- '")
        if not items.least <= len(node.value) <= items.most:
            self._refuse(node, path, f"it has {len(node.value)} entries", f"write {items.least} to {items.most}")
        return tuple(
            self.read(items.item, child, f"{path}[{number}]") for number, child in enumerate(node.value, start=1)
        )

    def _section(self, section: Section, node: yaml.Node, path: str) -> Any:
        if not isinstance(node, yaml.MappingNode) and not _empty(node):
            first = next(iter(section.keys))
            return self._refuse(node, path, "it is not a section", f"write keys below it, such as {first}:")
        given: dict[str, Any] = {}
        for key_node, value in () if _empty(node) else node.value:
            name = self._key(section, key_node, path)
            if name:
                below = _join(path, name)
                self.lines[below] = key_node.start_mark.line + 1
                # A list whose every entry is commented out is a list that was left out.
                if not (isinstance(section.keys[name], Items) and _empty(value)):
                    given[name] = self.read(section.keys[name], value, below)
        self._missing(section, node, path, given)
        for rule in section.rules:
            for name, what, remedy in rule(given):
                below = _join(path, name)
                self.problems.append(Problem(self.file, self.lines.get(below), below, what, remedy))
        return given

    def _key(self, section: Section, node: yaml.Node, path: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._refuse(node, path, "a key here is not a word", "write one word and a colon")
        elif (first := self.lines.get(_join(path, node.value))) and node.value in section.keys:
            below = _join(path, node.value)
            self._refuse(node, below, f"it is here twice, first in line {first}", "keep one of the two")
        elif node.value in section.keys:
            return str(node.value)
        else:
            below = _join(path, node.value if _WORD.fullmatch(node.value) else shown(node.value))
            self._refuse(node, below, "there is no such key", self._suggestion(section, node.value))
        return ""

    def _missing(self, section: Section, node: yaml.Node, path: str, given: dict[str, Any]) -> None:
        for name, child in section.keys.items():
            if isinstance(child, Leaf) and child.required and name not in given:
                given[name] = None
                self._refuse(node, _join(path, name), "it is missing", f"write {name}: {child.example}")

    def _suggestion(self, section: Section, name: str) -> str:
        if name in section.absent:
            return section.absent[name]
        if len(name) > _LONGEST_GUESS:
            return f"write one of {', '.join(section.keys)}"
        near = get_close_matches(name.lower().replace("-", "_"), section.keys, 1, cutoff=0.75)
        if near:
            return f"write {near[0]}:"
        homes = sorted(_homes(self.whole, name, ""))
        if 0 < len(homes) <= _MOST_HOMES:
            return f"it belongs to {' or '.join(homes)}; write it there"
        near = get_close_matches(name.lower(), section.keys, 1)
        return f"write {near[0]}:" if near else f"write one of {', '.join(section.keys)}"


def _homes(section: Section, name: str, path: str) -> Iterable[str]:
    if name in section.keys:
        yield path or "the top, without indent"
    for below, child in section.keys.items():
        if isinstance(child, Section):
            yield from _homes(child, name, _join(path, below))


def _empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in _NOTHING


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
