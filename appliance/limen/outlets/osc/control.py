"""The control input: one UDP port that understands the incoming half of the address table and survives the rest.

Nothing here starts a thread, looks at a time tag or works longer than one datagram's bounded share; the loop
hands over one datagram per turn, so a flood leaves room for everything else and is dropped beyond an allowance.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from pythonosc.osc_message_builder import OscMessageBuilder

from limen.errors import LimenError
from limen.gates.settings import GATES
from limen.outlets.osc import addresses as a
from limen.outlets.osc.arguments import listener, number, released
from limen.outlets.osc.datagram import Datagram, TextDatagram
from limen.outlets.osc.limits import Allowance, Allowances
from limen.outlets.osc.packets import ADDRESS_SHOWN, Malformed, Message, unpack
from limen.outlets.osc.routing import Leaf, Tree
from limen.outlets.osc.sender import Address, Route, Sender
from limen.outlets.osc.settings import OscSettings, Rate

log = logging.getLogger(__name__)

REPLY_ROUTES: Final = 128  # remembered for their counts; more than sixty senders with two ports each


class Controls(Protocol):
    """What the box does when it is told to. A LimenError's message goes to who asked, and to nobody else."""

    def start(self) -> None:
        """Start playing."""

    def stop(self) -> None:
        """Stop playing."""

    def mark(self) -> None:
        """Set a mark."""

    def calibrate(self) -> None:
        """Take the next minute as the baseline."""

    def status(self) -> None:
        """Look again at what is not looked at all the time; every state is then sent to who asked."""

    def save(self) -> None:
        """Keep what was set."""

    def set_gate(self, wearer: int, gate: str, key: str, value: float) -> float:
        """Set sensitivity, hold, rest or enable; `value` is within its range. Returns what now holds."""


class Audience(Protocol):
    """Who is sent to; the OSC outlet is one."""

    def subscribe(self, ip: str, port: int) -> bool:
        """Send there for a while; False if there is no room."""

    def unsubscribe(self, ip: str, port: int) -> None:
        """No longer send there."""

    def listening_at(self, ip: str) -> Sequence[Address]:
        """Where on a host we send to."""

    def dump(self, addresses: Iterable[Address]) -> None:
        """Send every state there."""


@dataclass(slots=True)
class ControlCounts:
    """What came in."""

    datagrams: int = 0
    messages: int = 0
    refused: int = 0
    flooded: int = 0


class ControlInput(asyncio.DatagramProtocol):
    """Give it datagrams; it calls `controls` and `audience` and answers through `sender`."""

    def __init__(
        self,
        settings: OscSettings,
        controls: Controls,
        audience: Audience,
        sender: Sender,
        clock: Callable[[], float],
        *,
        wearers: Collection[int] = (1,),
    ) -> None:
        self.counts = ControlCounts()
        self._settings = settings
        self._controls = controls
        self._audience = audience
        self._sender = sender
        self._clock = clock
        self._allowances = Allowances()
        self._routes: dict[Address, Route] = {}
        self._tree = Tree(settings.prefix, wearers)
        self._outgoing = frozenset(path for row in a.OUTGOING for path in row.paths(settings.prefix, wearers))
        self._answers = {
            (n, gate, key): Datagram(row.path(settings.prefix, n=n, gate=gate), row.types)
            for n in wearers
            for gate in GATES
            for key, row in a.SETTINGS.items()
        }
        self._error = TextDatagram(a.ERROR.path(settings.prefix), a.ERROR.types)
        self._pong = OscMessageBuilder(a.PONG.path(settings.prefix)).build().dgram.removesuffix(b",\x00\x00\x00")
        self._commands = {
            a.START: controls.start,
            a.STOP: controls.stop,
            a.SET_MARK: controls.mark,
            a.CALIBRATE: controls.calibrate,
            a.SAVE: controls.save,
        }

    def datagram_received(self, data: bytes, sender: tuple[str | int, ...]) -> None:
        """Do what the datagram says, as far as the sender's allowance goes; never raises."""
        source = (str(sender[0]), int(sender[1]))
        self.counts.datagrams += 1
        now = self._clock()
        allowance = self._allowances.of(source[0])
        if not allowance.actions.take(now):
            self.counts.flooded += 1
            return
        for message in unpack(data):
            self.counts.messages += 1
            if isinstance(message, Malformed):
                self._refuse(source, allowance, message.address, message.wrong)
            else:
                self._act(source, allowance, message)

    def error_received(self, exc: Exception) -> None:
        """A reply met a closed port: no concern of ours."""

    def _act(self, source: Address, allowance: Allowance, message: Message) -> None:
        try:
            leaves = self._tree.find(message.address)
        except ValueError as error:
            self._refuse(source, allowance, message.address, str(error))
            return
        if not leaves:
            # Two boxes that heard each other's replies would never stop complaining.
            if message.address not in self._outgoing:
                self._refuse(source, allowance, message.address, "")
            return
        if not allowance.actions.take(self._clock(), len(leaves)):
            self.counts.flooded += 1
            return
        for leaf in leaves:
            try:
                self._do(leaf, message, source, allowance)
            except (LimenError, ValueError) as error:
                self._refuse(source, allowance, message.address, str(error))
                return

    def _do(self, leaf: Leaf, message: Message, source: Address, allowance: Allowance) -> None:
        row = leaf.row
        if row.kind is a.Kind.SETTING:
            self._set(leaf, message, source, allowance)
        elif row is a.PING:
            if allowance.answers.take(self._clock()):
                self._reply(self._pong + message.raw_arguments, (source,))
        elif row is a.SUBSCRIBE:
            ip, port = listener(message.arguments, source[0], self._settings.port)
            if not self._audience.subscribe(ip, port):
                raise ValueError("all places for subscribers are taken; unsubscribe another or wait ten seconds")
        elif row is a.UNSUBSCRIBE:
            self._audience.unsubscribe(*listener(message.arguments, source[0], self._settings.port))
        elif not released(message.arguments):
            if row is a.STATUS:
                self._controls.status()
                self._audience.dump(self._back_to(source))
            else:
                self._commands[row]()

    def _set(self, leaf: Leaf, message: Message, source: Address, allowance: Allowance) -> None:
        row = leaf.row
        lowest, highest = row.lowest or 0.0, row.highest or 0.0
        value = number(message.arguments[0]) if message.arguments else None
        if value is None:
            raise ValueError(f"send one number from {lowest:g} to {highest:g}" + (row.unit and f" {row.unit}"))
        value = min(max(value, lowest), highest)
        if row.types == "i":
            value = float(value >= 0.5)
        held = self._controls.set_gate(leaf.wearer, leaf.gate, leaf.key, value)
        answer = self._answers[leaf.wearer, leaf.gate, leaf.key]
        if answer.set(round(held) if row.types == "i" else held) and allowance.answers.take(self._clock()):
            self._reply(answer.data, self._back_to(source))

    def _refuse(self, source: Address, allowance: Allowance, address: str, wrong: str) -> None:
        self.counts.refused += 1
        if not allowance.errors.take(self._clock()):
            return
        if not wrong:
            near = self._tree.nearest(address)
            wrong = f"no such address; did you mean {near}?" if near else "no such address; README lists all"
        log.debug("OSC from %s:%d refused: %r %s", *source, address[:ADDRESS_SHOWN], wrong)
        self._error.set(address[:ADDRESS_SHOWN], wrong)
        self._reply(self._error.data, self._back_to(source))

    def _back_to(self, source: Address) -> tuple[Address, ...]:
        """Where the sender sends from, and where its host listens: for many tools these are two ports."""
        return tuple(dict.fromkeys((source, *self._audience.listening_at(source[0]))))

    def _reply(self, data: bytes | bytearray, addresses: Iterable[Address]) -> None:
        if len(self._routes) > REPLY_ROUTES:
            self._routes.clear()
        self._sender.send(data, [self._routes.setdefault(to, Route(to, Rate.GATES)) for to in addresses])
