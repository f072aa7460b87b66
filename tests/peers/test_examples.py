"""The example patches, run headless on a scripted stream, do what examples/README.md promises."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from limen.gates.settings import GATES
from tests.peers.conftest import need
from tests.peers.outgoing import every_address
from tests.peers.take import PLAYERS, Player, Scene, Sound
from tests.peers.wire import Arg, Message

pytestmark = [pytest.mark.peers, pytest.mark.slow]

SILENCE = 1e-3
BEATS = 6
BEAT_S = 0.6


def _at(seconds: float, address: str, types: str, *args: Arg) -> tuple[float, Message]:
    return seconds, Message("/limen/" + address, types, args)


def _one_thing_after_the_other() -> Scene:
    """A click at 0 as a mark; then each part of the scene with silence around it."""
    scene = [_at(0.0, "1/trig/tap", "f", 1.0)]
    # Somebody else's bits, and what no example plays.
    scene += [(0.6, message) for message in every_address() if not message.address.startswith("/limen/1/")]
    scene += [
        _at(0.6, "2/gate/move", "i", 1),
        _at(0.7, "1/level/eda", "f", 0.5),
        _at(0.8, "1/value/acc", "fff", 0, 0, 1),
    ]
    for beat in range(BEATS):
        start = 1.6 + beat * BEAT_S
        scene += [
            _at(start, "1/gate/pulse", "i", 1),
            _at(start, "1/trig/pulse", "f", BEAT_S if beat else 0.0),
        ]
        scene += [_at(start + 0.11, "1/gate/pulse", "i", 0)]
    scene += [_at(6.0, "1/trig/accent", "f", 1.0)]
    scene += [
        _at(7.8, "1/gate/move", "i", 1),
        _at(8.8, "1/gate/move", "i", 1),
        _at(9.0, "1/gate/move", "i", 0),
    ]
    scene += [_at(11.0 + refresh, "1/gate/rise", "i", 1) for refresh in range(4)]
    return scene


def _everything_at_once() -> Scene:
    scene = [_at(0.0, "1/trig/tap", "f", 1.0)]
    for count in range(25):
        at = 0.2 * count
        scene += [_at(at, f"1/level/{name}", "f", 1.0) for name in ("bvp", "acc", "eda", "temp")]
        scene += [_at(at, f"1/gate/{gate}", "i", 1) for gate in GATES]
        scene += [_at(at, f"1/trig/{gate}", "f", 0.3 if gate == "pulse" else 1.0) for gate in GATES]
    return scene


@pytest.fixture(scope="module", params=PLAYERS, ids=lambda kind: str(kind.name))
def kind(request: pytest.FixtureRequest) -> type[Player]:
    chosen: type[Player] = request.param
    need(*chosen.tools)
    return chosen


@pytest.fixture(scope="module")
def sound(kind: type[Player], tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return kind(tmp_path_factory.mktemp("scene")).play(_one_thing_after_the_other(), end_s=21.0, volume=0.3)


def test_the_example_starts_and_plays_without_complaint(kind: type[Player], sound: Sound) -> None:
    assert [line for line in sound.printed if re.search(kind.trouble, line)] == []


def test_it_is_silent_where_nothing_happens(sound: Sound) -> None:
    for start, end in ((0.4, 1.4), (5.2, 5.8), (7.2, 7.6), (10.4, 10.8)):
        assert sound.peak(start, end) < SILENCE


def test_every_beat_is_one_thump_at_the_first_volume(sound: Sound) -> None:
    onsets = sound.onsets(1.4, 5.4)
    assert len(onsets) == BEATS
    assert all(BEAT_S / 2 < later - earlier < BEAT_S * 1.5 for earlier, later in pairwise(onsets))
    assert sound.peak(1.4, 5.4) > 0.03


def test_an_accent_is_a_gust_and_moving_is_wind(sound: Sound) -> None:
    assert sound.peak(5.9, 6.8) > 10 * SILENCE
    assert sound.rms(8.2, 8.8) > 2 * SILENCE


def test_a_rise_swells_and_goes_when_nothing_comes_any_more(sound: Sound) -> None:
    assert sound.rms(13.5, 14.0) > 3 * sound.rms(11.2, 11.7)
    assert sound.rms(15.0, 16.0) > 2 * SILENCE
    assert sound.rms(20.2, 20.7) < sound.rms(15.0, 16.0) / 2


def test_everything_at_once_at_full_volume_never_clips(
    kind: type[Player], tmp_path_factory: pytest.TempPathFactory
) -> None:
    loud = kind(tmp_path_factory.mktemp("loud")).play(_everything_at_once(), end_s=5.2, volume=1.0)
    assert 0.3 < loud.peak(0.0, 5.0) < 0.96
    assert [line for line in loud.printed if re.search(kind.trouble, line)] == []
