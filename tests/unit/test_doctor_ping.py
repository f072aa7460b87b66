"""The doctor's question over OSC, and what counts as an answer."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from tests.unit.osc_help import Recorder

from limen.box.doctor.ping import ping
from limen.outlets.osc import OscSettings, open_osc


@contextmanager
def _daemon(*answers: Callable[[OscMessage], bytes]) -> Iterator[int]:
    """Something at a port of this machine that gives these answers to the first question it hears."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(30)

        def serve() -> None:
            data, sender = sock.recvfrom(65536)
            for answer in answers:
                sock.sendto(answer(OscMessage(data)), sender)

        thread = threading.Thread(target=serve)
        thread.start()
        yield sock.getsockname()[1]
        thread.join()


def _said(address: str, number: int) -> bytes:
    builder = OscMessageBuilder(address)
    builder.add_arg(number, "i")
    return builder.build().dgram


def test_only_the_right_pong_is_an_answer():
    with _daemon(
        lambda asked: b"nonsense",
        lambda asked: _said("/limen/box/pong", asked.params[0] ^ 1),
        lambda asked: _said("/limen/box/alive", asked.params[0]),
        lambda asked: _said("/limen/box/pong", asked.params[0]),
    ) as port:
        assert ping(port, "/limen")


def test_the_control_input_answers():
    async def scene() -> bool:
        settings = OscSettings(control_host="127.0.0.1", control_port=0, prefix="/stage")
        osc = await open_osc(settings, Recorder())
        try:
            assert osc.control_address is not None
            return await asyncio.to_thread(ping, osc.control_address[1], "/stage")
        finally:
            await osc.close()

    assert asyncio.run(scene())


def test_a_daemon_that_hangs_and_one_that_is_not_there(monkeypatch):
    monkeypatch.setattr("limen.box.doctor.ping.WAIT_S", 0.05)
    with _daemon(lambda asked: b"") as port:
        assert not ping(port, "/limen")
    assert not ping(port, "/limen")
