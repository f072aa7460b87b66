"""The OSC outlet: what the player plays, and what is true of wearers and box, to every destination.

Everything that is not an edge happens on one grid of 25 Hz, shared with the player: smooth values, a slice of the
second's refresh, keeping radios awake. A new destination gets the whole state in small steps between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from time import monotonic
from typing import Final

from limen.gates.records import Edge, Played, Reading, Status
from limen.outlets.osc.datagram import INT_MAX, AgeDatagram, AnyDatagram, Datagram, TextDatagram, VectorDatagram
from limen.outlets.osc.destinations import Destinations
from limen.outlets.osc.messages import BoxMessages, WearerMessages
from limen.outlets.osc.sender import Address, Route, Sender
from limen.outlets.osc.settings import OscSettings, Rate, Target
from limen.outlets.player import slot_from
from limen.streams import Stream

GRID_S: Final = 0.04  # 25 Hz
TICKS_A_SECOND: Final = 25
# Receivers lose bursts (sclang three quarters of 2000 at once; nobody any of 200): 100 in 20 ms is safe.
DUMP_STEP: Final = 25
DUMP_STEP_S: Final = 0.005
DUMPS: Final = 64  # at a time; twice the subscribers


class OscOutlet:
    """A sink of the player's driver. Nothing here raises for what a network does; `bad_values` never left.

    `ticks` counts turns of the grid: it grows as long as anything can leave.
    """

    def __init__(
        self,
        settings: OscSettings,
        sender: Sender,
        destinations: Destinations,
        *,
        wearers: Iterable[int] = (1,),
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.destinations = destinations
        self.bad_values = 0
        self.ticks = 0
        self.changed: Callable[[], None] = lambda: None  # something is due sooner; the driver's `poke`
        self._clock = clock
        self._started = now = clock()
        self._settings = settings
        self._sender = sender
        self._box = BoxMessages(settings.prefix)
        self._wearers = {n: WearerMessages(settings.prefix, n) for n in wearers}
        self._playing = True
        self._tick_at = slot_from(now, GRID_S)
        self._tick = 0
        self._refresh: Iterator[AnyDatagram] = iter(())
        self._refresh_step = 1
        self._dirty: dict[Datagram | VectorDatagram, None] = {}
        self._dumps: deque[tuple[Route, Iterator[AnyDatagram]]] = deque()
        self._dump_at = now
        self._sent_before: dict[Route, int] = {}

    @property
    def grid_s(self) -> float:
        """The grid that continuous values may wait for: none if any destination wants every sample."""
        return 0.0 if self.destinations.full else GRID_S

    # What the player plays

    def play(self, events: Sequence[Played], now: float) -> None:
        """Send edges and states at once; continuous values as each destination's rate says."""
        for event in events:
            wearer = self._wearers.get(event.wearer)
            if wearer is None:
                continue
            if isinstance(event, Reading):
                self._reading(wearer, event)
            elif isinstance(event, Edge):
                self._edge(wearer, event)
            else:
                self._status(wearer, event)

    def _edge(self, wearer: WearerMessages, edge: Edge) -> None:
        gate = wearer.gate[edge.gate]
        wearer.bits[edge.gate] = edge.bit
        if not self._playing:
            return
        everyone = self.destinations.everyone
        self._set(gate, edge.bit)
        self._sender.send(gate.data, everyone)
        if edge.bit:
            trig = wearer.trig[edge.gate]
            if self._set(trig, edge.carry):
                self._sender.send(trig.data, everyone)
        if self._settings.why:
            why = wearer.why[edge.gate]
            why.set(edge.why.sentence)
            self._sender.send(why.data, everyone)

    def _reading(self, wearer: WearerMessages, reading: Reading) -> None:
        if not self._playing:
            return
        value = wearer.value.get(reading.name)
        if value is None:
            return
        if not value.set(*reading.values):
            self.bad_values += 1
            return
        full = self.destinations.full
        self._dirty[value] = None
        if full:
            self._sender.send(value.data, full)
        if reading.level is not None:
            level = wearer.level[reading.name]
            level.set(reading.level)
            self._dirty[level] = None
            if full:
                self._sender.send(level.data, full)

    def _status(self, wearer: WearerMessages, status: Status) -> None:
        if status.name == "worn":
            self._say(wearer.worn, status.value)

    # What the box says

    def playing(self, on: bool) -> None:
        """Whether gates and values leave; switched off, every open gate is closed for the receivers."""
        if on == self._playing:
            return
        self._playing = on
        self._refresh = iter(())  # it was made for the other case; the next second has a new one
        for wearer in self._wearers.values():
            for name, message in wearer.gate.items():
                if wearer.bits[name]:
                    self._say(message, wearer.bits[name] if on else 0)

    def link(self, wearer: int, up: bool) -> None:
        """The band came or went."""
        self._say(self._wearers[wearer].link, int(up))

    def worn(self, wearer: int, on: bool) -> None:
        """Whether the band is on an arm, where skin conductance does not say it."""
        self._say(self._wearers[wearer].worn, int(on))

    def battery(self, wearer: int, fraction: float) -> None:
        """The band's battery, 0 to 1."""
        self._say(self._wearers[wearer].battery, min(max(fraction, 0.0), 1.0))

    def mark(self, wearer: int, number: int) -> None:
        """A mark was set; `number` counts them."""
        self._say(self._wearers[wearer].mark, number)

    def packet(self, wearer: int, stream: Stream, now: float) -> None:
        """A packet of this stream arrived; its age counts from here."""
        self._wearers[wearer].age[stream].begin(now)

    def state(self, name: str) -> None:
        """The box is in this state."""
        self._tell(self._box.state, name)

    def faults(self, names: Iterable[str]) -> None:
        """These things are wrong with the box."""
        self._tell(self._box.faults, " ".join(names) or "none")

    def target(self, target: Target, ip: str) -> None:
        """A target of the configuration has this address."""
        self.destinations.add_target(target, ip)
        self._table_changed()

    def subscribe(self, ip: str, port: int) -> bool:
        """Send there for ten seconds from now, the whole state first if it is new; False if there is no room."""
        room = self.destinations.subscribe(ip, port, self._clock())
        self._table_changed()
        return room

    def unsubscribe(self, ip: str, port: int) -> None:
        """No longer send there on its own request."""
        self.destinations.unsubscribe(ip, port)
        self._table_changed()

    def listening_at(self, ip: str) -> Sequence[Address]:
        """Where on a host we send to; the port that everybody knows if it is none of ours."""
        return self.destinations.at(ip) or ((ip, self._settings.port),)

    def dump(self, addresses: Iterable[Address]) -> None:
        """Send the whole state there, paced; to a place that is being told already, nothing more."""
        busy = {route.address for route, _ in self._dumps}
        for address in addresses:
            if address not in busy and len(self._dumps) < DUMPS:
                known = (route for route in self.destinations.everyone if route.address == address)
                self._begin_dump(next(known, None) or Route(address, Rate.GATES))
        self.changed()

    def close(self) -> None:
        """Close every open gate at the receivers, then the socket."""
        self.playing(False)
        self._sender.look_back()
        self._sender.close()

    # What happens in time

    def next_due(self) -> float:
        """When `run_due` wants to be called."""
        return min(self._tick_at, self._dump_at) if self._dumps else self._tick_at

    def run_due(self, now: float) -> float:
        """Flush smooth values, send a slice of the refresh and a step of the dumps, if it is time."""
        if now >= self._tick_at:
            self._on_tick(now)
            self._tick_at = slot_from(now + GRID_S / 2, GRID_S)
        if self._dumps and now >= self._dump_at:
            self._step_dumps(now)
            self._dump_at = now + DUMP_STEP_S
        return self.next_due()

    def _on_tick(self, now: float) -> None:
        if self._tick == 0:
            self._sender.look_back()
            self._look_around(now)
            self._begin_refresh(now)
        self._tick = (self._tick + 1) % TICKS_A_SECOND
        self.ticks += 1
        smooth = self.destinations.smooth
        if self._dirty and smooth:
            self._sender.send_all([message.data for message in self._dirty], smooth)
        self._dirty.clear()
        states = list(islice(self._refresh, self._refresh_step))
        for state in states:
            if isinstance(state, AgeDatagram):
                state.count(now)
        self._sender.send_all([state.data for state in states], self.destinations.everyone)
        if self._settings.keep_awake:
            self._keep_awake()

    def _look_around(self, now: float) -> None:
        new = self.destinations.refresh(now)
        self._sender.watch(self.destinations.everyone)
        for route in new:
            self._begin_dump(route)

    def _table_changed(self) -> None:
        self._look_around(self._clock())
        self.changed()

    def _begin_refresh(self, now: float) -> None:
        self._set(self._box.alive, min(int(now - self._started), INT_MAX))
        states = [message for message in self._states() if message.filled]
        self._refresh = iter(states)
        self._refresh_step = -(-len(states) // TICKS_A_SECOND)

    def _states(self) -> Iterator[AnyDatagram]:
        gates_too = self._playing
        yield from self._box.states()
        for wearer in self._wearers.values():
            yield from wearer.states() if gates_too else islice(wearer.states(), len(wearer.gate), None)

    def _begin_dump(self, route: Route) -> None:
        parts = [self._states()]
        if self._playing and route.rate is not Rate.GATES:
            parts += [wearer.continuous() for wearer in self._wearers.values()]
        filled = [message for message in chain.from_iterable(parts) if message.filled]
        self._dumps.append((route, iter(filled)))

    def _step_dumps(self, now: float) -> None:
        room = DUMP_STEP
        while self._dumps and room:
            route, messages = self._dumps[0]
            for message in islice(messages, room):
                if isinstance(message, AgeDatagram):
                    message.count(now)
                self._sender.send(message.data, (route,))
                room -= 1
            if room:
                self._dumps.popleft()

    def _keep_awake(self) -> None:
        before = self._sent_before
        quiet = [route for route in self.destinations.everyone if before.get(route) == route.sent]
        self._sender.send(self._box.alive.data, quiet)
        self._sent_before = {route: route.sent for route in self.destinations.everyone}

    def _set(self, message: Datagram, value: float) -> bool:
        if message.set(value):
            return True
        self.bad_values += 1
        return False

    def _tell(self, message: TextDatagram, text: str) -> None:
        message.set(text)
        self._sender.send(message.data, self.destinations.everyone)

    def _say(self, message: Datagram, value: float) -> None:
        if self._set(message, value):
            self._sender.send(message.data, self.destinations.everyone)
