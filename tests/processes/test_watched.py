"""The daemon under the real systemd, with its unit's own lines: a hang, failure upon failure, a reload."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.lacking import lacking
from tests.processes.manager import PROGRAMS, NoManagerError, until
from tests.processes.watched import UNIT, Watched, deployed, dropped, unit

MOST_STARTS = 5


@pytest.fixture(scope="module")
def watched(tools: Callable[..., None]) -> Iterator[Watched]:
    tools(*PROGRAMS)
    try:
        with Watched() as service:
            yield service
    except NoManagerError as why:
        lacking(str(why), ci_may=True)


@pytest.fixture
def playing(watched: Watched) -> Watched:
    watched.config.write_text(watched.right, encoding="utf-8")
    watched.start()
    watched.play()
    return watched


def ended_as(service: Watched, ends: list[str]) -> bool:
    return service.ends() == ends


def hears_fault(service: Watched, fault: str) -> None:
    service.laptop.hears(lambda address, *args: address == "/limen/box/faults" and fault in args[0].split())


def test_only_what_a_user_s_manager_cannot_do_is_left_out_of_the_unit() -> None:
    there = [line.partition("=")[0] for line in deployed()]
    assert dropped() <= set(there), "a line that is no longer there is still left out"
    kept = [line.partition("=")[0] for line in unit(Path("limen.yaml")).splitlines()]
    assert set(there) - dropped() <= set(kept)
    assert {
        "Type",
        "NotifyAccess",
        "WatchdogSec",
        "TimeoutStartSec",
        "TimeoutStopSec",
        "Restart",
        "RestartSec",
        "StartLimitIntervalSec",
        "StartLimitBurst",
        "OnFailure",
        "ExecReload",
        "RuntimeDirectory",
        "RuntimeDirectoryPreserve",
    } <= set(kept)


def test_a_wrong_configuration_is_refused_at_a_reload_and_it_plays_on(playing: Watched) -> None:
    running, ends = playing.show("MainPID"), playing.ends()
    playing.config.write_text(playing.right + "gatez: {}\n", encoding="utf-8")
    playing.manager.systemctl("reload", UNIT)
    hears_fault(playing, "config-ignored")
    playing.plays()
    assert "write gates" in playing.said()
    assert (playing.show("ActiveState"), playing.show("MainPID")) == ("active", running)
    assert playing.ends() == ends


def test_what_hangs_is_started_again_plays_on_with_what_was_set_and_says_so(playing: Watched) -> None:
    # Still wants 2 s of rest by itself.
    playing.laptop.ask("/limen/1/gate/still/sensitivity", 1.5)
    playing.laptop.ask("/limen/box/save")
    playing.saves('"sensitivity": 1.5')
    hung, ends = playing.show("MainPID"), playing.ends()
    playing.signal("STOP")
    playing.laptop.forget()
    playing.laptop.hears_state("playing")
    hears_fault(playing, "crashed")
    playing.laptop.hears(lambda address, *args: address == "/limen/1/why/still" and "threshold 3.00 s" in args[0])
    playing.beats()
    assert playing.ends() == [*ends, "watchdog"]
    assert playing.show("MainPID") not in (hung, "0")
    assert playing.last_resorts() == 0


def test_five_failures_in_a_row_are_a_matter_for_the_last_resort(playing: Watched) -> None:
    playing.manager.systemctl("stop", UNIT)
    ends = playing.ends()
    assert ends[-1] == "success"
    playing.start()
    for life in range(MOST_STARTS):
        until("start", lambda: playing.show("MainPID") != "0")
        assert playing.last_resorts() == 0
        playing.signal("KILL")
        failed = [*ends, *["signal"] * (life + 1)]
        until("end", partial(ended_as, playing, failed))
    until("last resort", lambda: playing.last_resorts() > 0)
    assert playing.show("ActiveState") == "failed"
    assert len(playing.ends()) == len(ends) + MOST_STARTS
    assert playing.last_resorts() == 1
