"""Writes the scheme down as the example: every key, its default, its meaning and what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from limen.box.config.config import SCHEME
from limen.box.config.scheme import Items, Leaf, Node, Section

_COMMENT_COLUMN: Final = 34
_HEAD: Final = """\
# Limen's configuration. Every key may be left out; what stands here is what then holds, and a key after a #
# says what else may be written. A number may carry its unit (250 ms, 0.05 uS, 15 %); a number alone is in the
# unit that its line names. `limen check FILE` says what is wrong with a file, and what to write.
"""


def default_config_yaml() -> str:
    """Return the example configuration as YAML; it loads to `Config()`."""
    lines = [_HEAD]
    for name, node in SCHEME.keys.items():
        lines += [f"# {node.says}", *_node(name, node, ""), ""]
    return "\n".join(lines)


def _node(name: str, node: Node, indent: str) -> Iterator[str]:
    if isinstance(node, Leaf):
        yield _leaf(name, node, indent)
    elif isinstance(node, Items):
        yield from _items(name, node, indent)
    elif node.like:
        yield _commented(f"{indent}# {name}:", f"{node.says}: the same keys as under {node.like}")
    else:
        yield f"{indent}{name}:" if not indent else _commented(f"{indent}{name}:", node.says)
        for below, child in node.keys.items():
            yield from _node(below, child, indent + "  ")


def _leaf(name: str, leaf: Leaf, indent: str) -> str:
    said = f"{leaf.says} ({leaf.check.takes})"
    if leaf.required:
        return _commented(f"{indent}{name}: {leaf.example}", said)
    if leaf.default is None:
        return _commented(f"{indent}# {name}: {leaf.example}", said)
    return _commented(f"{indent}{name}: {leaf.check.show(leaf.default)}", said)


def _items(name: str, items: Items, indent: str) -> Iterator[str]:
    entry = list(_entry(items.item, indent + "  "))
    if items.least:
        yield f"{indent}{name}:"
        yield from entry
    else:
        yield _commented(f"{indent}{name}: []", f"{items.says}; such as")
        yield from (f"{indent}# {line.removeprefix(indent)}" for line in entry)


def _entry(section: Section, indent: str) -> Iterator[str]:
    dash = "- "
    for name, node in section.keys.items():
        for line in _node(name, node, indent + "  "):
            yield indent + dash + line.removeprefix(indent + "  ") if dash else line
            dash = ""


def _commented(text: str, comment: str) -> str:
    return f"{text:<{_COMMENT_COLUMN}}  # {comment}"
