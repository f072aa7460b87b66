from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from tests.unit.osc_help import clock_from, edge

from limen.gates.records import Event
from limen.outlets.driver import Driver
from limen.outlets.player import Player


class Sink:
    grid_s = 0.04

    def __init__(self) -> None:
        self.played: list[Event] = []
        self.ticks = 0
        self.due: float | None = None
        self.fails = False
        self.happened = asyncio.Event()

    async def reaches(self, played: int = 0, ticks: int = 0) -> None:
        while len(self.played) < played or self.ticks < ticks:
            await self.happened.wait()
            self.happened.clear()

    def play(self, events: Sequence[Event], now: float) -> None:
        if self.fails:
            raise RuntimeError("a sink broke")
        self.played += events
        self.happened.set()

    def run_due(self, now: float) -> float | None:
        if self.due is not None and now >= self.due:
            self.ticks += 1
            self.due = None
            self.happened.set()
        return self.due


def test_what_is_due_at_once_has_left_when_push_returns():
    async def scene() -> None:
        sink = Sink()
        driver = Driver(Player(), [sink])
        driver.push([edge("tap", 1, 0), edge("tap", 0, 3)])
        assert [event.bit for event in sink.played] == [1, 0]
        driver.close()

    asyncio.run(scene())


def test_scheduled_edges_leave_later_in_their_order():
    async def scene() -> None:
        sink, player = Sink(), Player()
        driver = Driver(player, [sink])
        player.clock[1] = clock_from(asyncio.get_running_loop().time() - 0.18)
        driver.push([edge("pulse", 1, 0), edge("pulse", 0, 2)])
        assert sink.played == []
        await sink.reaches(played=2)
        assert [event.bit for event in sink.played] == [1, 0]
        driver.close()

    asyncio.run(asyncio.wait_for(scene(), 10))


def test_a_sink_has_its_own_time_and_a_say_in_the_grid():
    async def scene() -> None:
        sink = Sink()
        driver = Driver(Player(), [sink])
        sink.due = asyncio.get_running_loop().time() + 0.02
        driver.poke()
        await sink.reaches(ticks=1)
        assert driver.player.grid_s == 0.04
        driver.close()

    asyncio.run(asyncio.wait_for(scene(), 10))


def test_a_sink_that_breaks_is_not_the_end_of_time():
    async def scene() -> None:
        sink, player = Sink(), Player()
        driver = Driver(player, [sink])
        sink.due = asyncio.get_running_loop().time() + 0.05
        sink.fails = True
        with pytest.raises(RuntimeError):
            driver.push([edge("tap", 1, 0)])
        await sink.reaches(ticks=1)
        driver.close()

    asyncio.run(asyncio.wait_for(scene(), 10))


def test_after_close_nothing_plays():
    async def scene() -> None:
        sink, player = Sink(), Player()
        driver = Driver(player, [sink])
        player.clock[1] = clock_from(asyncio.get_running_loop().time() - 0.2)
        driver.push([edge("pulse", 1, 0)])
        driver.close()
        await asyncio.sleep(0.05)
        assert sink.played == []

    asyncio.run(scene())
