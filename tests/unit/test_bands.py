"""What a band's samples do in the live path, where somebody else may have its wearer's place."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from limen.box.bands import Bands
from limen.box.config.band import Band
from limen.box.config.wearers import Wearer
from limen.gates import Samples
from limen.inlets.band.states import LinkState, State
from limen.streams import Stream


def test_a_rehearsal_has_its_wearers_place_and_the_band_begins_anew_after_it() -> None:
    asked: list[str] = []
    engines: dict[int, object] = {}

    def begin(wearer: int, _: object) -> None:
        asked.append("begin")
        engines[wearer] = object()

    path: Any = SimpleNamespace(
        begin=begin, hear=lambda samples: asked.append(f"hear {samples.first}"), engines=engines, mark=None
    )
    rehearsed: set[int] = set()
    bands = Bands(path, Band(), [Wearer(number=1)], rehearsed=rehearsed.__contains__)

    def comes(first: int) -> None:
        bands.hear(Samples(1, Stream.BVP, first, [0.0]))

    comes(0)
    rehearsed.add(1)
    comes(1)
    rehearsed.clear()
    engines.clear()  # the rehearsal has ended its wearer
    comes(2)
    comes(3)
    assert asked == ["begin", "hear 0", "begin", "hear 2", "hear 3"]


def test_a_rehearsal_keeps_its_link_whatever_becomes_of_the_band() -> None:
    links: list[bool] = []
    seen: list[State] = []
    outlet = SimpleNamespace(link=lambda _, up: links.append(up))
    path: Any = SimpleNamespace(osc=SimpleNamespace(outlet=outlet), mark=None)
    rehearsed: set[int] = set()
    bands = Bands(
        path,
        Band(),
        [Wearer(number=1)],
        rehearsed=rehearsed.__contains__,
        changed=lambda link: seen.append(link.state),
    )
    told = (State.STREAMING, State.ASLEEP)
    for away in (False, True):
        for state in told:
            bands._event(LinkState(1, 0.0, state, None, ""))
        rehearsed.add(1)
        assert links == [True, False], away
    assert seen == [*told, *told], "the state table hears of it all the same"
