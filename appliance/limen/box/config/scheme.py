"""How a configuration is declared: keys on dataclass fields, gathered into a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final

from limen.box.config.validators import Check

Given = Mapping[str, Any]
"""What a section of a file says: key to value, only those that were written."""

Rule = Callable[[Given], Iterable[tuple[str, str, str]]]
"""What must hold between keys of one section; yields (path below it, what is wrong, what to write).

A value that was refused by itself is None in what a rule is given: not to be complained of again.
"""

_NODE: Final = "node"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One key with one value. `default` is None where leaving the key out means something of its own."""

    check: Check
    default: Any
    says: str
    example: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Keys below a key; `build` makes a value of what was given.

    `like` names a section that this one repeats; `absent` says, for keys that a person may look for here and
    that cannot be, what to do instead.
    """

    keys: Mapping[str, Leaf | Section | Items]
    says: str
    build: Callable[[Given], Any] = dict
    rules: tuple[Rule, ...] = ()
    like: str = ""
    absent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Items:
    """A list of `least` to `most` sections."""

    item: Section
    says: str
    most: int
    least: int = 0


Node = Leaf | Section | Items


def key(default: Any, check: Check, says: str, *, name: str = "", example: str = "", required: bool = False) -> Any:
    """Declare a dataclass field as a key; `name` where the file's name for it lacks the field's unit."""
    leaf = Leaf(check, default, says, example, required)
    return field(default=MISSING if required else default, metadata={_NODE: leaf, "name": name})


def part(node: Section | Items, factory: Callable[[], Any]) -> Any:
    """Declare a dataclass field as a section or a list."""
    return field(default_factory=factory, metadata={_NODE: node, "name": ""})


def section_of(cls: type[Any], says: str, *rules: Rule) -> Section:
    """Return the section that a dataclass of `key` and `part` fields declares; its value is the dataclass."""
    named = {f.metadata["name"] or f.name: f for f in fields(cls)}
    field_names = {name: f.name for name, f in named.items()}
    return Section(
        MappingProxyType({name: f.metadata[_NODE] for name, f in named.items()}),
        says,
        lambda given: cls(**{field_names[name]: value for name, value in given.items()}),
        rules,
    )


def sections(cls: type[Any], says: str, *rules: Rule) -> Any:
    """Declare a dataclass field as a section of its own, all defaults unless the file says otherwise."""
    return part(section_of(cls, says, *rules), cls)
