"""What can be set about the people: where each one's samples come from, and what differs in their gates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, get_args

from limen.box.config.gates import DEFAULT_GATES, GateTable, gates_section
from limen.box.config.scheme import Given, Items, key, part, section_of
from limen.box.config.validators import ADDRESS, FOLDER, NAME, one_of, whole

MOST_WEARERS: Final = 16

Source = Literal["band", "session", "simulated"]


@dataclass(frozen=True, slots=True)
class Wearer:
    """One person. `gates` is complete: the box's table with what is changed for this wearer."""

    number: int = key(1, whole(1, 99), "the <n> of its OSC addresses", required=True, example="1")
    source: Source = key("band", one_of(*get_args(Source)), "a wristband, a recorded session or a simulation")
    address: str | None = key(None, ADDRESS, "only this band", example="00:07:80:F2:17:76")
    name: str | None = key(None, NAME, "only a band whose name starts so", example="Empatica E4 a1b2c3")
    session: Path | None = key(None, FOLDER, "the recorded session to replay", example="sessions/evening")
    seed: int | None = key(
        None, whole(0, 2**31 - 1), "which simulated person; left out: the number above", example="1"
    )
    gates: GateTable = part(gates_section("what is different for this wearer", like="gates"), lambda: DEFAULT_GATES)


_ONLY_FOR: Final = MappingProxyType({"address": "band", "name": "band", "session": "session", "seed": "simulated"})


def _fits_source(given: Given) -> Iterator[tuple[str, str, str]]:
    source = given.get("source", "band")
    if source is None:
        return
    for name, only in _ONLY_FOR.items():
        if name in given and source != only:
            yield name, f"it is only for source: {only}, and this is {source}", "delete one, or change source"
    if source == "session" and "session" not in given:
        yield "source", "it is session, but no session is named", "write session: and the path of its folder"
    if "address" in given and "name" in given:
        yield "name", "address already says which band", "keep one of the two"


def same_twice(wearers: Iterable[Given | None]) -> Iterator[tuple[str, str, str]]:
    """Yield what two wearers share that each must have alone: a number, a band's address."""
    seen: dict[tuple[str, object], int] = {}
    for place, wearer in enumerate(wearers, start=1):
        for name in ("number", "address"):
            value = (wearer or {}).get(name)
            first = seen.setdefault((name, value), place)
            if value is not None and first != place:
                what = f"{value} is already that of wearers[{first}]"
                yield f"wearers[{place}].{name}", what, "give each its own"


WEARERS: Final = Items(
    replace(section_of(Wearer, "", _fits_source), build=dict),
    "Who is played, each with a number of its own.",
    most=MOST_WEARERS,
    least=1,
)
