"""Whatever stands in a file, it loads or raises ConfigError, and each line of that names a path and a remedy."""

from __future__ import annotations

import re
import string

from hypothesis import example, given
from hypothesis import strategies as st

from limen.box.config import Config, default_config_yaml, load_config
from limen.errors import ConfigError

LINE = re.compile(r"(?::\d+)?: (?:\(file\)|\(yaml\)|\S.*): .+; .+")
EXAMPLE = default_config_yaml().encode()

KEYS = "osc port targets host rate gates rise hold threshold duty wearers number source session band eda"
MARKS = "- -- : , [ ] { } & * ! | > ' \" % @ ` # ? ~ << !!int !!set null on 1 0.05 uS 15% 0x1f 1:30"
BREAKS = ["\n", "\n  ", "\n    ", ": ", " ", "\t", "\r", "\x00", "\x85", "\u2028", "µ", "\\x"]

words = st.sampled_from(KEYS.split() + MARKS.split() + BREAKS)
texts = st.one_of(
    st.lists(words, max_size=60).map("".join), st.text(max_size=200), st.text(string.punctuation + " \n")
)
scalars = st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.booleans(), st.none())
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def _loads_or_says_why(path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        assert isinstance(load_config(path), Config)
    except ConfigError as error:
        for line in str(error).split("\n"):
            assert line.isprintable()
            assert LINE.fullmatch(line.removeprefix(str(path))), line


@given(texts)
@example("%YAML 1." + "9" * 5000 + "\n---\n")
@example('"\\ud800": 1')
@example("osc: !<tag:yaml.org,2002:map> {}")
@example("!" + "%FF" * 10 + " x")
@example("? |\n  a\n  b\n: 1")
def test_any_text(tmp_path_factory, text):
    _loads_or_says_why(tmp_path_factory.getbasetemp() / "any.yaml", text.encode("utf-8", "replace"))


@given(st.binary(max_size=300))
def test_any_bytes(tmp_path_factory, data):
    _loads_or_says_why(tmp_path_factory.getbasetemp() / "any.yaml", data)


@given(trees)
def test_any_tree(tmp_path_factory, tree):
    import yaml

    text = yaml.safe_dump(tree, allow_unicode=True)
    _loads_or_says_why(tmp_path_factory.getbasetemp() / "any.yaml", text.encode("utf-8", "surrogateescape"))


@given(st.integers(0, len(EXAMPLE) - 1), st.integers(0, 40), st.binary(max_size=8))
def test_the_example_with_something_cut_out_or_put_in(tmp_path_factory, at, cut, put):
    data = EXAMPLE[:at] + put + EXAMPLE[at + cut :]
    _loads_or_says_why(tmp_path_factory.getbasetemp() / "any.yaml", data)
