"""From bytes to a bounded tree of YAML nodes, or to one plain line about what is not YAML.

Every scalar stays text, so that none of YAML 1.1's guesses (no, 010, 12:34) ever happens.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml

from limen.box.config.problem import Problem, shown

MOST_BYTES: Final = 64 * 1024  # the example, every key written out, is below 16 KiB
MOST_DEPTH: Final = 12  # the scheme itself is 5 deep

_BASIC: Final = "write the example's form (limen check --example)"
_ALIAS: Final = "alias refused"
_TAG: Final = "tag refused"
_DEEP: Final = "depth refused"
# What PyYAML says, and what that means to somebody who never heard of a block mapping.
_PLAIN: Final = (
    (
        "mapping values are not allowed",
        "a second ': ', a wrong indent, or no colon in the line above",
        "write one key: value a line, keys of one section indented alike",
    ),
    ("could not find expected ':'", "a key has no colon", "write key: value"),
    ("block end", "this line does not line up with those above it", "indent keys of one section alike"),
    (
        "that cannot start any token",
        "a value starts with a character that YAML keeps for itself",
        "put it in quotes",
    ),
    ("while scanning a quoted scalar", "a quote is opened and not closed", "close the quote"),
    ("while parsing a flow", "a bracket is opened and not closed", "close it, or write one entry a line"),
    ("expected a single document", "a second document starts", "delete the line ---"),
    (_ALIAS, "& and * (anchors, aliases) are not used here", "write the values out, or in quotes"),
    (_TAG, "! (a tag) is not used here", "delete it, or put the value in quotes"),
    (_DEEP, f"more than {MOST_DEPTH} levels below each other", _BASIC),
)


class NotYamlError(Exception):
    """The text cannot be read as a tree; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _BoundedLoader(yaml.SafeLoader):
    """Composes nodes without aliases (one line could stand for a billion) and only as deep as is of use."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        refused = ""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            refused = _ALIAS
        elif getattr(event, "tag", None) is not None:
            refused = _TAG
        elif self._depth >= MOST_DEPTH:
            refused = _DEEP
        if refused:
            raise yaml.composer.ComposerError(None, None, refused, event.start_mark)
        self._depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


def read_bytes(path: Path) -> bytes:
    """Return what is in `path`, or raise NotYamlError where there is nothing fit to read."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise _whole_file(path, f"cannot be read ({why})", "give the path of a readable YAML file") from error
    if len(data) > MOST_BYTES:
        raise _whole_file(
            path, f"is larger than {MOST_BYTES // 1024} KiB", "give the configuration, not another file"
        )
    return data


def compose(data: bytes, file: str) -> yaml.Node | None:
    """Return the root node of `data`, None where it says nothing; raise NotYamlError."""
    text = _decoded(data, file)
    try:
        loader = _BoundedLoader(text)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise NotYamlError(_translated(error, text, file)) from error
    except (ValueError, OverflowError) as error:  # escapes and version numbers that PyYAML does not bound
        problem = Problem(
            file, None, "(yaml)", "an escape or a directive makes no sense", "delete the \\ or % in it"
        )
        raise NotYamlError(problem) from error


def _decoded(data: bytes, file: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _whole_file(Path(file), "is UTF-16", "save it as UTF-8 in the editor")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotYamlError(
            Problem(file, line, "(file)", "this is not UTF-8 text", "save it as UTF-8, or give the configuration")
        ) from error


def _translated(error: yaml.YAMLError, text: str, file: str) -> Problem:
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return Problem(
            file, line, "(yaml)", "a character that text does not have", "delete it, or give another file"
        )
    if not isinstance(error, yaml.MarkedYAMLError):
        return Problem(file, None, "(yaml)", "this is not YAML", _BASIC)
    said = f"{error.context} {error.problem}"
    mark = error.context_mark if "expected ':'" in said or "quoted" in said else None
    mark = mark or error.problem_mark or error.context_mark
    number = mark.line + 1 if mark else None
    written = text.splitlines()[mark.line : mark.line + 1] if mark else []
    if written and "\t" in written[0][: len(written[0]) - len(written[0].lstrip())]:
        return Problem(file, number, "(yaml)", "a tab indents this line", "use spaces, two for each level")
    return _plain(said, number, file)


def _plain(said: str, line: int | None, file: str) -> Problem:
    for part, what, remedy in _PLAIN:
        if part in said:
            return Problem(file, line, "(yaml)", what, remedy)
    return Problem(file, line, "(yaml)", f"this is not YAML: {shown(said.removeprefix('None '))}", _BASIC)


def _whole_file(path: Path, what: str, remedy: str) -> NotYamlError:
    return NotYamlError(Problem(str(path), None, "(file)", what, remedy))
