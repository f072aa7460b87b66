"""Files that are no YAML, or not only: each is refused with one plain line."""

from __future__ import annotations

import pytest

from limen.box.config import check_file


def _said(path) -> str:
    (problem,) = check_file(path)
    return str(problem).removeprefix(str(path))


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"osc:\n\tport: 9000\n", ":2: (yaml): a tab indents this line; use spaces, two for each level"),
        (b"osc:\n  why: on\n port: 1\n", ":3: (yaml): this line does not line up"),
        (b"osc:\n  why: on\n  port\n  control: on\n", ":3: (yaml): a key has no colon; write key: value"),
        (
            b"osc:\n  port 9000\n  why: on\n",
            ":3: (yaml): a second ': ', a wrong indent, or no colon in the line above",
        ),
        (b"osc: port: 9000\n", ":1: (yaml): a second ': ', a wrong indent"),
        (b"osc:\n  prefix: '/limen\n", ":2: (yaml): a quote is opened and not closed; close the quote"),
        (b"osc:\n  targets: [\n", "(yaml): a bracket is opened and not closed"),
        (b"osc:\n  prefix: @limen\n", ":2: (yaml): a value starts with a character that YAML keeps for itself"),
        (b"osc: {}\n---\nosc: {}\n", ":2: (yaml): a second document starts; delete the line ---"),
        (b"osc: &a {}\nband: *a\n", ":1: (yaml): & and * (anchors, aliases) are not used here"),
        (b"osc: *a\n", ":1: (yaml): & and * (anchors, aliases) are not used here"),
        (b"osc: {why: !!python/object:os.system x}", ":1: (yaml): ! (a tag) is not used here"),
        (b"osc: !x {}", ":1: (yaml): ! (a tag) is not used here"),
        (b"[" * 5000, ":1: (yaml): more than 12 levels"),
        (b'osc: "\\UFFFFFFFF"\n', ": (yaml): an escape or a directive makes no sense"),
        (b"\x7fELF\x02\x01\x01\x00", ":1: (yaml): a character that text does not have"),
        (b"osc: {}\n# caf\xe9\n", ":2: (file): this is not UTF-8 text; save it as UTF-8"),
        ("osc: {}\n".encode("utf-16"), ": (file): is UTF-16; save it as UTF-8 in the editor"),
        (b"#" * 70_000, ": (file): is larger than 64 KiB"),
    ],
)
def test_what_is_not_yaml_is_said_in_one_plain_line(tmp_path, data, line):
    path = tmp_path / "limen.yaml"
    path.write_bytes(data)
    assert line in _said(path)


def test_a_missing_file_and_a_folder(tmp_path):
    assert "cannot be read (no such file or directory); give the path" in _said(tmp_path / "missing.yaml")
    assert "cannot be read (is a directory); give the path" in _said(tmp_path)


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfosc:\n  port: 9000\n", b"osc:\r\n  port: 9000\r\n"])
def test_what_windows_editors_write_is_read(tmp_path, data):
    path = tmp_path / "limen.yaml"
    path.write_bytes(data)
    assert check_file(path) == []


def test_aliases_cannot_multiply(tmp_path):
    path = tmp_path / "limen.yaml"
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12)]
    path.write_text("\n".join(["l0: &l0 [x]", *levels]))
    assert "anchors, aliases" in _said(path)
