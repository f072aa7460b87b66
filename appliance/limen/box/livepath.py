"""The live path: samples of all wearers through their engines and the player to OSC, whatever inlet they come from.

A band, a replayed session and a simulated wearer all come in by `hear`. It lives in one loop and one thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Protocol

from limen.errors import LimenError, OutletError, UsageError
from limen.gates import Engine, Event, GateSettings, Samples, turned
from limen.outlets.driver import Driver, Sink
from limen.outlets.osc import Controls, Osc, OscSettings, open_osc
from limen.outlets.osc.destinations import Stations, nobody
from limen.outlets.player import Player, Timing
from limen.streams import SampleClock, Stream

log = logging.getLogger(__name__)

GateTable = Mapping[str, GateSettings]
Rates = Mapping[Stream, float]


class Listener(Protocol):
    """Told of everything that comes in, before it is played."""

    def began(self, wearer: int, clock: SampleClock | None, rates: Rates | None) -> None:
        """A wearer's samples will come, counted from 0."""

    def heard(self, samples: Samples, events: Sequence[Event]) -> None:
        """A record came, and this is what the engine made of it."""


class LivePath:
    """Use it as an async context manager; `begin` a wearer, let it `hear` samples, `end` it.

    `gates` holds the settings of each wearer's gates by number; what is set live is kept there too, so that a
    wearer who begins again goes on with it. The OSC control input controls `controls`, or else the path itself,
    which then says its own state, too.
    """

    def __init__(
        self,
        gates: Mapping[int, GateTable],
        osc: OscSettings,
        timing: Timing | None = None,
        *,
        calibration_s: float = 60.0,
        control: bool = True,
        controls: Controls | None = None,
        stations: Stations = nobody,
        sinks: Sequence[Sink] = (),
        listener: Listener | None = None,
    ) -> None:
        self.gates = {wearer: dict(table) for wearer, table in gates.items()}
        self.engines: dict[int, Engine] = {}
        self.player = Player(timing)
        self.marks = 0
        self._osc_settings = osc
        self._calibration_s = calibration_s
        self._controls = (controls or self) if control else None
        self._alone = controls is None
        self._stations = stations
        self._listener = listener
        self.records = 0
        self._sinks = tuple(sinks)
        self._osc: Osc | None = None
        self._driver: Driver | None = None

    async def __aenter__(self) -> LivePath:
        """Open OSC. A control port that is taken costs the control input, not the show."""
        wearers = tuple(self.gates)
        try:
            self._osc = await open_osc(self._osc_settings, self._controls, wearers=wearers, stations=self._stations)
        except OutletError as error:
            log.warning("%s Playing on without control input.", error)
            self._osc = await open_osc(self._osc_settings, None, wearers=wearers, stations=self._stations)
        if self._alone:
            self._osc.outlet.state("playing")
        self._driver = Driver(self.player, (self._osc.outlet, *self._sinks))
        self._osc.outlet.changed = self._driver.poke
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every gate at the receivers, then the sockets."""
        if self._driver is not None:
            self._driver.close()
        if self._osc is not None:
            await self._osc.close()

    @property
    def osc(self) -> Osc:
        """The open OSC."""
        if self._osc is None:
            raise UsageError("the live path is not open; enter it first")
        return self._osc

    @property
    def driver(self) -> Driver:
        """What plays in time."""
        if self._driver is None:
            raise UsageError("the live path is not open; enter it first")
        return self._driver

    # --- what inlets do ----------------------------------------------------------------------------------

    def begin(
        self,
        wearer: int,
        clock: SampleClock | None,
        *,
        streams: Iterable[Stream] = tuple(Stream),
        rates: Mapping[Stream, float] | None = None,
    ) -> None:
        """A wearer's samples will come; `clock` says when one was taken, None that it is played at once."""
        streams = tuple(streams)
        self.engines[wearer] = Engine(wearer, self.gates[wearer], streams=streams, rates=rates)
        if clock is None:
            self.player.clock.pop(wearer, None)
        else:
            self.player.clock[wearer] = clock
        if self._listener is not None:
            self._listener.began(wearer, clock, rates)
        self.osc.outlet.link(wearer, True)
        if Stream.EDA not in streams:  # nothing will ever say it
            self.osc.outlet.worn(wearer, True)

    def hear(self, samples: Samples) -> list[Event]:
        """Take one record to wherever it leads; returns the engine's events."""
        if samples.values:
            self.osc.outlet.packet(samples.wearer, samples.stream, asyncio.get_running_loop().time())
        events = self.engines[samples.wearer].feed(samples)
        self.records += 1
        if self._listener is not None:
            self._listener.heard(samples, events)
        self.driver.push(events)
        return events

    def end(self, wearer: int) -> list[Event]:
        """The wearer's samples have ended: every gate closes."""
        events = self.engines.pop(wearer).close()
        self.driver.push(events)
        self.osc.outlet.link(wearer, False)
        return events

    # --- what the control input does ---------------------------------------------------------------------

    def start(self) -> None:
        """Play."""
        self.osc.outlet.playing(True)
        if self._alone:
            self.osc.outlet.state("playing")

    def stop(self) -> None:
        """Play nothing; samples go on being judged."""
        self.osc.outlet.playing(False)
        if self._alone:
            self.osc.outlet.state("linked")

    def mark(self) -> None:
        """Count a mark for every wearer."""
        self.count_marks(self.marks + 1)

    def count_marks(self, marks: int) -> None:
        """Say that there were so many."""
        self.marks = marks
        for wearer in self.gates:
            self.osc.outlet.mark(wearer, self.marks)

    def calibrate(self, wearers: Collection[int] | None = None) -> None:
        """Take the next while as everybody's baseline, or as that of some."""
        for wearer, engine in self.engines.items():
            if wearers is None or wearer in wearers:
                engine.calibrate(self._calibration_s)

    def status(self) -> None:
        """Nothing here is looked at only now and then."""

    def save(self) -> None:
        """There is nowhere to keep settings outside of a box."""
        raise LimenError("settings are kept by a box (limen run); here, write them into the configuration")

    def set_gate(self, wearer: int, gate: str, key: str, value: float) -> float:
        """Turn a knob; returns what now holds."""
        changed, held = turned(self.gates[wearer][gate], key, value)
        self.gates[wearer][gate] = changed
        if wearer in self.engines:
            self.engines[wearer].gates[gate].apply(changed)
        return held
