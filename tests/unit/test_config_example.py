"""The example configuration: it says everything, and nothing but the defaults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from limen.box.config import Config, default_config_yaml, load_config
from limen.box.config.config import SCHEME
from limen.box.config.scheme import Items, Leaf, Node, Section
from limen.gates.settings import GATES


def _leaves(node: Node) -> Iterator[tuple[str, Leaf]]:
    below = node.item if isinstance(node, Items) else node
    assert isinstance(below, Section)
    for name, child in below.keys.items():
        if isinstance(child, Leaf):
            yield name, child
        else:
            yield from _leaves(child)


LEAVES = list(_leaves(SCHEME))


def test_it_loads_to_the_defaults(tmp_path):
    path = tmp_path / "limen.yaml"
    path.write_text(default_config_yaml(), encoding="utf-8")
    assert load_config(path) == Config()


def test_it_names_every_key_with_meaning_and_range():
    text = default_config_yaml()
    for name, leaf in LEAVES:
        assert f"{name}: " in text
        assert f"# {leaf.says} ({leaf.check.takes})" in text


def test_every_default_and_every_example_passes_its_own_check():
    for name, leaf in LEAVES:
        if leaf.default is not None and not leaf.required:
            assert leaf.check.read(leaf.check.show(leaf.default)) == leaf.default, name
        else:
            assert leaf.check.read(leaf.example) is not None, name


@pytest.mark.parametrize(
    ("gate", "name"),
    [(gate, "threshold") for gate, spec in GATES.items() if spec.threshold_range]
    + [(gate, "duty") for gate, spec in GATES.items() if spec.takes_duty],
)
def test_a_commented_threshold_or_duty_may_be_uncommented(tmp_path, gate, name):
    before, here, after = default_config_yaml().partition(f"\n  {gate}:  ")
    path = tmp_path / "limen.yaml"
    path.write_text(before + here + after.replace(f"# {name}:", f"{name}:", 1), encoding="utf-8")
    config = load_config(path)
    assert getattr(config.gates[gate], name) is not None
    assert {**config.gates, gate: None} == {**Config().gates, gate: None}


def test_the_commented_target_may_be_uncommented(tmp_path):
    path = tmp_path / "limen.yaml"
    lines = default_config_yaml().splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("  targets: []"))
    lines[start] = "  targets:"
    for n in range(start + 1, start + 4):
        lines[n] = lines[n].replace("# ", "", 1)
    path.write_text("\n".join(lines), encoding="utf-8")
    (target,) = load_config(path).osc.targets
    assert (target.host, target.port, target.rate) == ("192.168.4.20", 9000, "smooth")
