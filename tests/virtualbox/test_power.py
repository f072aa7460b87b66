"""The plug pulled while the box writes: nothing that was called safe may be gone, and it boots again."""

from __future__ import annotations

import random

import pytest

from tests.virtualbox.box import Box
from tests.virtualbox.cuts import cut, prepare


@pytest.mark.slow
def test_a_power_cut_takes_nothing_that_was_called_safe(box: Box) -> None:
    prepare(box)
    result = cut(box, random.Random())
    assert result.kept, result


def test_the_installed_package_runs(box: Box) -> None:
    box.install_limen()
    version = box.run("/opt/venv/bin/python -c 'import importlib.metadata as m; print(m.version(\"limen\"))'")
    assert version.strip()
