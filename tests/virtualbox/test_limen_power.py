"""The plug of an installed unit pulled while it plays: it plays on, untouched, as it was set."""

from __future__ import annotations

import os
import random

import pytest

from tests.virtualbox import limen_cuts
from tests.virtualbox.box import Box

pytestmark = [pytest.mark.trial, pytest.mark.slow]

CUTS = int(os.environ.get("LIMEN_CUTS", "2"))


def test_it_plays_on_after_power_cuts_with_all_that_was_set(box: Box) -> None:
    limen_cuts.prepare(box)
    chance = random.Random()
    for _ in range(CUTS):
        result = limen_cuts.cut(box, chance)
        print(result)
        assert result.kept, result
