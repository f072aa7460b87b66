"""The plug of an installed unit pulled while it plays and while it boots: it boots, and plays on as it was set."""

from __future__ import annotations

import random

from tests.virtualbox import limen_cuts
from tests.virtualbox.box import Box

CUTS = 20
"""On one card, so that damage would add up; 200 are `make cuts N=200 OF=limen`."""


def test_whenever_the_plug_is_pulled_it_plays_on_and_at_most_a_second_is_lost(box: Box) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    limen_cuts.prepare(box)
    chance, pulled = random.Random(seed), 0
    while pulled < CUTS:
        result = limen_cuts.cut(box, chance)
        print(result)
        assert result.kept, result
        pulled += result.pulled
