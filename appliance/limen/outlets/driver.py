"""One timer for everything that happens in time: the player's events and what its sinks do by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from limen.gates.records import Event, Played
from limen.outlets.player import Player

PAUSE_S: Final = 0.04  # after a sink raised


class Sink(Protocol):
    """Where played events go. Its own timed work (refreshes) shares the driver's timer."""

    @property
    def grid_s(self) -> float:
        """How long continuous values may wait to leave together, in seconds; 0 asks for each at its own time."""

    def play(self, events: Sequence[Played], now: float) -> None:
        """Take the events that are due, edges first."""

    def next_due(self) -> float | None:
        """When `run_due` wants to be called next, in monotonic seconds."""

    def run_due(self, now: float) -> None:
        """Do what is due."""


class Driver:
    """Plays what is pushed into sinks at its time, on the running loop's monotonic clock.

    Lives in one thread, holds one timer. After anything else changed what is due (a new subscriber), `poke` it.
    """

    def __init__(self, player: Player, sinks: Sequence[Sink]) -> None:
        self.player = player
        self._sinks = tuple(sinks)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self.poke()

    def push(self, events: Iterable[Event]) -> None:
        """Take the engine's events; what is due at once has left when this returns."""
        now = self._loop.time()
        push = self.player.push
        for event in events:
            push(event, now)
        due = self.player.next_due()
        if due is not None and due <= now:
            self._run(now)
        elif due is not None and (self._timer is None or due < self._timer.when()):
            self._arm(due)

    def poke(self) -> None:
        """Look again at what is due, and do it if it is due now."""
        self._run(self._loop.time())

    def close(self) -> None:
        """Stop playing; what waits is not played."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run(self, now: float) -> None:
        earliest = now + PAUSE_S
        try:
            events = self.player.pop_due(now)
            for sink in self._sinks:
                if events:
                    sink.play(events, now)
                sink.run_due(now)
            earliest = now
        finally:
            self.player.grid_s = min((sink.grid_s for sink in self._sinks), default=0.0)
            # A sink that fails must be neither the end of time nor a busy loop.
            dues = [due for sink in self._sinks if (due := sink.next_due()) is not None]
            if (due := self.player.next_due()) is not None:
                dues.append(due)
            if dues:
                self._arm(max(min(dues), earliest))

    def _arm(self, due: float) -> None:
        if self._closed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._fire)

    def _fire(self) -> None:
        # The loop may call a hair early, within its clock's resolution.
        due = self._timer.when() if self._timer is not None else 0.0
        self._timer = None
        self._run(max(due, self._loop.time()))
