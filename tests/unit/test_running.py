"""One life of the daemon: what ends it, and what it offers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from limen.box.config import Config
from limen.box.config.config import Rehearsal
from limen.box.config.wearers import Wearer
from limen.box.faults import Fault
from limen.box.running import Running
from limen.inlets.band.states import LinkState, State


@pytest.fixture
def turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    return asyncio.Event()


async def _for_ever() -> None:
    await asyncio.sleep(3600)


async def _breaks() -> None:
    raise ZeroDivisionError("nobody thought of this")


async def _ends() -> None:
    """A source that has nothing more."""


def test_a_part_that_breaks_ends_the_process_so_that_systemd_begins_it_anew(turn: asyncio.Event) -> None:
    async def story() -> None:
        tasks = [asyncio.create_task(part()) for part in (_for_ever, _ends, _breaks)]
        await Running(Config(), None, turn)._turned(tasks)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(story())


def test_a_turn_ends_a_life_in_order(turn: asyncio.Event) -> None:
    async def story() -> None:
        asyncio.get_running_loop().call_later(0.05, turn.set)
        await Running(Config(), None, turn)._turned(
            [asyncio.create_task(_for_ever()), asyncio.create_task(_ends())]
        )

    asyncio.run(story())


def test_a_reload_that_comes_while_a_life_opens_or_closes_waits_for_who_can_hear_it(
    turn: asyncio.Event, tmp_path: Path
) -> None:
    life = Running(Config(), tmp_path / "limen.yaml", turn)
    life.reload()
    assert life.reload_waits
    assert not turn.is_set()


def test_the_radio_is_silent_until_nobodys_band_is_without_it(turn: asyncio.Event) -> None:
    config = Config(wearers=(Wearer(number=1), Wearer(number=2)))

    async def story() -> None:
        life = Running(config, None, turn)
        faults: list[bool] = []
        path: Any = SimpleNamespace(mark=None, osc=SimpleNamespace(outlet=SimpleNamespace(link=lambda *_: None)))
        life.daemon.band = lambda *_: None  # type: ignore[method-assign]
        life.daemon.fault = (  # type: ignore[method-assign]
            lambda fault, *, present: faults.append(present) if fault is Fault.BLUETOOTH_SILENT else None
        )
        bands = life._bands(path, None)
        assert bands is not None
        for wearer, state in ((1, State.STREAMING), (2, State.NO_RADIO), (1, State.STALLED), (2, State.SEARCHING)):
            bands._event(LinkState(wearer, 0.0, state, None, ""))
        assert faults == [False, True, True, False]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("name", "samples", "offered"),
    [
        ("1700000000_00011111-1", "0.5\n", True),
        ("evening", "0.5\n", True),
        ("1700000000_00011111-1", "", False),
        ("1700000000_00011111-2", "0.5\n", False),  # another wearer's
    ],
)
def test_a_rehearsal_is_offered_where_there_is_something_to_play(
    turn: asyncio.Event, tmp_path: Path, name: str, samples: str, offered: bool
) -> None:
    recorded = tmp_path / "sessions" / name
    recorded.mkdir(parents=True)
    (recorded / "EDA.csv").write_text(f"1700000000.000000\n4.000000\n{samples}")
    assert Running(Config(rehearsal=Rehearsal(enable=True)), None, turn)._rehearsable() is offered


def test_a_box_is_up_without_what_it_does_not_use() -> None:
    """On the smallest board numpy alone takes a second; bands need none, a rehearsal has it loaded."""
    heavy = "{'numpy', 'bleak', 'matplotlib'} & sys.modules.keys()"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, limen.box.lives; print({heavy}); import limen.box.bands; print({heavy})",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == ["set()", "{'bleak'}"]
