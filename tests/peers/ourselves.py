"""The same messages as Limen's own outlet packs and sends them."""

from __future__ import annotations

import time

from limen.outlets.osc import Rate
from limen.outlets.osc import addresses as a
from limen.outlets.osc.datagram import AnyDatagram, TextDatagram
from limen.outlets.osc.messages import BoxMessages, WearerMessages
from limen.outlets.osc.sender import Route, Sender, open_socket
from limen.outlets.osc.settings import PREFIX
from tests.peers.wire import HOST, Message


def _datagrams() -> dict[str, AnyDatagram]:
    """Every datagram that the outlet builds at its start, by its address."""
    box = BoxMessages(PREFIX)
    error = TextDatagram(a.ERROR.path(PREFIX), a.ERROR.types)
    found: list[AnyDatagram] = [*box.states(), error]
    for wearer in (WearerMessages(PREFIX, 1), WearerMessages(PREFIX, 2)):
        found += [*wearer.gate.values(), *wearer.trig.values(), *wearer.why.values(), *wearer.continuous()]
        found += [wearer.link, wearer.worn, wearer.battery, wearer.mark, *wearer.age.values()]
    return {one.address: one for one in found}


def send_ours(messages: list[Message], ports: list[int], per_second: float) -> None:
    """Rewrite and send the outlet's datagrams, evenly paced, through the outlet's sender."""
    datagrams = _datagrams()
    routes = [Route((HOST, port), Rate.FULL) for port in ports]
    sender = Sender(open_socket())
    start = time.monotonic()
    for count, message in enumerate(messages):
        time.sleep(max(0.0, start + count / per_second - time.monotonic()))
        datagram = datagrams[message.address]
        datagram.set(*message.args)
        sender.send(datagram.data, routes)
    sender.close()
