"""The configuration: everything that can be set on a box.

Every section is a frozen dataclass whose fields declare the keys of the file; a new key is one more field.
Where a field's name carries a unit (`reserve_mb`), the file's key does not: values there may say theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from limen.box.config.band import Band
from limen.box.config.gates import DEFAULT_GATES, GateTable, changed, gates_section
from limen.box.config.osc import OSC, TIMING, Osc, Timing
from limen.box.config.scheme import Given, key, part, section_of, sections
from limen.box.config.validators import FOLDER, SWITCH, number
from limen.box.config.wearers import WEARERS, Wearer, same_twice


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a hold of MARK does."""

    seconds: float = key(60.0, number("s", 10, 600), "how long the baseline is taken")


@dataclass(frozen=True, slots=True)
class Recorder:
    """What is kept while playing. `folder` None is the service's own state directory."""

    enable: bool = key(True, SWITCH, "keep every session")
    folder: Path | None = key(None, FOLDER, "where; left out: with the box's own data", example="/media/sessions")
    raw: bool = key(True, SWITCH, "keep the band's packets too, for a better decoding later")
    reserve_mb: float = key(
        500.0, number("MB", 50, 100_000), "recording stops when less than this is free", name="reserve"
    )


@dataclass(frozen=True, slots=True)
class Panel:
    """Buttons and LEDs; their pins are in firmware's pin map."""

    enable: bool = key(True, SWITCH, "use the buttons and LEDs; without GPIO the box runs and says so")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What START does without a band."""

    enable: bool = key(False, SWITCH, "START with no band replays the last recorded session")


@dataclass(frozen=True, slots=True)
class Config:
    """All of it; `Config()` is what an empty file says."""

    osc: Osc = part(OSC, Osc)
    timing: Timing = part(TIMING, Timing)
    gates: GateTable = part(gates_section("The gates, for all wearers."), lambda: DEFAULT_GATES)
    wearers: tuple[Wearer, ...] = part(WEARERS, lambda: (Wearer(number=1),))
    band: Band = sections(Band, "How a wristband is found, started, decoded and won back.")
    calibration: Calibration = sections(Calibration, "The baseline that a hold of MARK takes.")
    recorder: Recorder = sections(Recorder, "What is kept while playing.")
    panel: Panel = sections(Panel, "Buttons and LEDs.")
    rehearsal: Rehearsal = sections(Rehearsal, "Playing without a band.")

    def gates_of(self, wearer: int) -> GateTable:
        """The settings of a wearer's gates: its own, or everybody's for one that the file does not name."""
        return next((one.gates for one in self.wearers if one.number == wearer), self.gates)


def _config(given: Given) -> Config:
    gates = changed(DEFAULT_GATES, given.get("gates", {}))
    wearers = tuple(
        Wearer(**{**wearer, "gates": changed(gates, wearer.get("gates", {}))})
        for wearer in given.get("wearers", ({"number": 1},))
    )
    return Config(**{**given, "gates": gates, "wearers": wearers})


def _same_twice(given: Given) -> Iterator[tuple[str, str, str]]:
    yield from same_twice(given.get("wearers") or ())


SCHEME: Final = replace(section_of(Config, "Limen's configuration.", _same_twice), build=_config)
