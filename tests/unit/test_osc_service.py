"""OSC in and out over real sockets on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from tests.unit.osc_help import Recorder, edge

from limen.errors import OutletError
from limen.outlets.driver import Driver
from limen.outlets.osc import Osc, OscSettings, Target, open_osc
from limen.outlets.player import Player


class Laptop:
    """Some machine: one socket that speaks to the box's control input and hears what comes back."""

    def __init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.setblocking(False)
        self.port: int = self.sock.getsockname()[1]

    def close(self) -> None:
        self.sock.close()

    def say(self, data: bytes, osc: Osc) -> None:
        assert osc.control_address is not None
        self.sock.sendto(data, ("127.0.0.1", osc.control_address[1]))

    async def hear(self, wanted: str, *arguments: object) -> OscMessage:
        """The next message at this address, with these arguments if any are given."""
        while True:
            data = await asyncio.get_running_loop().sock_recv(self.sock, 65536)
            message = OscMessage(data)
            if message.address == wanted and (not arguments or tuple(message.params) == arguments):
                return message


def said(address: str, *arguments: object) -> bytes:
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)  # type: ignore[arg-type]
    return builder.build().dgram


def play(scene: Callable[[Osc, Laptop, Recorder], Awaitable[None]], **settings: object) -> None:
    """Run a scene with an open box, a laptop and the box's memory, for at most twenty seconds."""

    async def stage(laptop: Laptop) -> None:
        box = Recorder()
        options = {"control_host": "127.0.0.1", "control_port": 0} | settings
        osc = await open_osc(OscSettings(**options), box)  # type: ignore[arg-type]
        driver = Driver(Player(), [osc.outlet])
        osc.outlet.changed = driver.poke
        try:
            await scene(osc, laptop, box)
        finally:
            driver.close()
            await osc.close()

    with closing(Laptop()) as laptop:
        asyncio.run(asyncio.wait_for(stage(laptop), 20))


def test_who_subscribes_hears_states_and_edges_and_the_last_gate_closed():
    async def scene(osc: Osc, laptop: Laptop, _box: Recorder) -> None:
        laptop.say(said("/limen/box/subscribe", laptop.port), osc)
        await laptop.hear("/limen/1/gate/move", 0)
        osc.outlet.play([edge("move", 1, 0)], asyncio.get_running_loop().time())
        await laptop.hear("/limen/1/gate/move", 1)
        await laptop.hear("/limen/1/trig/move", 1.0)
        osc.outlet.playing(False)
        await laptop.hear("/limen/1/gate/move", 0)

    play(scene)


def test_ping_set_and_errors_come_back_to_the_sending_socket():
    async def scene(osc: Osc, laptop: Laptop, box: Recorder) -> None:
        laptop.say(said("/limen/box/ping", 5, "here"), osc)
        await laptop.hear("/limen/box/pong", 5, "here")
        laptop.say(said("/limen/1/gate/rise/hold", "0,25"), osc)
        await laptop.hear("/limen/1/gate/rise/hold", 0.25)
        assert box.calls == [(1, "rise", "hold", 0.25)]
        laptop.say(said("/limen/1/gate/rose/hold", 1.0), osc)
        error = await laptop.hear("/limen/box/error")
        assert error.params[0] == "/limen/1/gate/rose/hold"

    play(scene)


def test_a_bundle_of_tomorrow_neither_waits_nor_holds_up_what_comes_after():
    async def scene(osc: Osc, laptop: Laptop, box: Recorder) -> None:
        tomorrow = OscBundleBuilder(2_000_000_000.0)
        tomorrow.add_content(OscMessage(said("/limen/box/start")))
        laptop.say(tomorrow.build().dgram, osc)
        laptop.say(said("/limen/box/ping"), osc)
        await laptop.hear("/limen/box/pong")
        assert box.calls == [("start",)]

    play(scene)


def test_rubbish_of_every_size_and_a_flood_start_no_thread_and_leave_the_box_answering():
    async def scene(osc: Osc, laptop: Laptop, _box: Recorder) -> None:
        threads = threading.active_count()
        loop = asyncio.get_running_loop()
        for size in (0, 1, 3, 4, 1500, 9000, 60_000):
            await loop.sock_sendto(
                laptop.sock, b"#bundle\x00"[:size] + bytes(max(size - 8, 0)), osc.control_address
            )
        for _ in range(3000):
            await loop.sock_sendto(laptop.sock, said("/limen/box/save"), osc.control_address)
        while True:
            laptop.say(said("/limen/box/ping"), osc)
            try:
                await asyncio.wait_for(laptop.hear("/limen/box/pong"), 0.5)
                break
            except TimeoutError:
                continue
        assert threading.active_count() == threads

    play(scene)


def test_targets_may_be_names_and_a_closed_one_does_not_disturb_the_others():
    async def scene(osc: Osc, laptop: Laptop, _box: Recorder) -> None:
        laptop.say(said("/limen/box/subscribe", laptop.port), osc)
        await laptop.hear("/limen/box/alive")
        while len(osc.outlet.destinations.everyone) < 3:
            await laptop.hear("/limen/box/alive")

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    play(scene, targets=(Target("localhost", port), Target("192.0.2.1", port)))


def test_with_nobody_known_the_subnet_is_told():
    async def scene(osc: Osc, laptop: Laptop, _box: Recorder) -> None:
        with closing(Laptop()) as listener:
            listener.sock.close()
            listener.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            listener.sock.setblocking(False)
            listener.sock.bind(("", port))
            await listener.hear("/limen/box/alive")

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("", 0))
        port = free.getsockname()[1]
    play(scene, port=port, broadcast="127.255.255.255")


def test_a_control_port_that_is_taken_is_said_before_anything_plays():
    async def scene() -> None:
        with closing(Laptop()) as other, pytest.raises(OutletError, match=str(other.port)):
            await open_osc(OscSettings(control_host="127.0.0.1", control_port=other.port), Recorder())

    asyncio.run(scene())
