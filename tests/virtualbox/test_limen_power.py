"""The plug of an installed unit pulled while it plays: it plays on, untouched, as it was set."""

from __future__ import annotations

import random

import pytest

from tests.virtualbox import limen_cuts
from tests.virtualbox.box import Box

MOMENTS = 20


@pytest.fixture(scope="module")
def playing(box: Box) -> Box:
    """A box with an installed unit that plays, with thresholds and a calibration of its own."""
    limen_cuts.prepare(box)
    return box


def test_whenever_it_is_pulled_the_card_is_whole_and_keeps_all_but_a_second(playing: Box) -> None:
    chance = random.Random()
    for _ in range(MOMENTS):
        result = limen_cuts.moment(playing, chance)
        print(result)
        assert result.kept, result


def test_it_plays_on_with_all_that_was_set(playing: Box) -> None:
    result = limen_cuts.cut(playing, random.Random(), flickers=(0,))
    print(result)
    assert result.kept, result
