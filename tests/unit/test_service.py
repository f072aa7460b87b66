"""The beat that systemd hears: it follows the loop and the data's way, and is no timer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from limen.box import bands
from limen.box.config import Config
from limen.box.config.wearers import Wearer
from limen.box.daemon import Parts
from limen.box.livepath import LivePath
from limen.box.running import Running
from limen.box.service import Pulse, beats, watchdog_s
from limen.box.watch import beat
from limen.gates import Samples
from limen.inlets.band.capture import Link
from limen.inlets.band.codec import Notification
from limen.inlets.band.profile import PACKET_BYTES, Characteristic
from limen.outlets.osc import OscSettings
from limen.outlets.osc.outlet import GRID_S
from limen.streams import Stream

EVERY_S = 0.01
BEAT = "WATCHDOG=1"


class Over(Exception):  # noqa: N818  (no error: a test has seen enough)
    """Ends a beat that would go on for ever."""


@pytest.mark.parametrize(
    ("now", "alive"),
    [
        (Pulse(ticks=26, packets=10, records=10), True),  # no band: nothing comes in, nothing need be judged
        (Pulse(ticks=26, packets=14, records=14), True),
        (Pulse(ticks=26, packets=10, records=14), True),  # a simulated wearer has records and no packets
        (Pulse(ticks=26, packets=14, records=10), False),  # they come in and get no further
        (Pulse(ticks=25, packets=14, records=14), False),  # they are judged and nothing can leave
        (Pulse(ticks=25, packets=10, records=10), False),
    ],
)
def test_the_path_is_alive_if_the_outlet_ran_and_what_came_in_was_judged(now: Pulse, alive: bool) -> None:
    assert beats(Pulse(ticks=25, packets=10, records=10), now) is alive


def told(pulses: Sequence[Pulse]) -> list[bool]:
    """Whether systemd was told after each look but the first."""
    said: list[str] = []
    daemon: Any = SimpleNamespace(notify=said.append)
    heard: list[bool] = []
    coming = iter(pulses)

    def pulse() -> Pulse:
        heard.append(bool(said))
        said.clear()
        found = next(coming, None)
        if found is None:
            raise Over
        return found

    with pytest.raises(Over):
        asyncio.run(beat(daemon, pulse, EVERY_S))
    return heard[2:]  # a beat is given after the look that found it, and heard at the next


def test_each_look_is_held_against_the_one_before_it(caplog: pytest.LogCaptureFixture) -> None:
    looks = [(0, 0, 0), (1, 1, 1), (2, 2, 1), (3, 3, 2), (3, 4, 3), (4, 4, 3)]
    assert told([Pulse(*look) for look in looks]) == [True, False, True, False, True]
    assert caplog.text.count("the data path stands still") == 2


def test_a_loop_that_is_held_up_gives_no_beat() -> None:
    said: list[str] = []
    ticks = count()

    async def story() -> None:
        given = asyncio.Event()

        def notify(text: str) -> None:
            said.append(text)
            given.set()

        daemon: Any = SimpleNamespace(notify=notify)
        beating = asyncio.create_task(beat(daemon, lambda: Pulse(next(ticks), 0, 0), EVERY_S))
        await given.wait()
        before = len(said)
        time.sleep(10 * EVERY_S)  # noqa: ASYNC251  (this is what holds it up)
        assert len(said) == before
        given.clear()
        await given.wait()
        beating.cancel()

    asyncio.run(asyncio.wait_for(story(), 30))


class Box:
    """One life of a daemon with a path that is real, a band that is asked for and none that is there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: list[str] = []
        self.running = Running(Config(wearers=(Wearer(number=1),)), None, asyncio.Event())
        self._given: dict[str, Any] = {}
        monkeypatch.setattr(bands, "Bands", lambda *_, **given: self._given.update(given))

    def open(self, path: LivePath) -> None:
        panel: Any = SimpleNamespace(show=lambda *_: None)
        nothing: Any = lambda *_: None  # noqa: E731
        self.running.daemon.open(
            Parts(path, None, panel, nothing, self.said.append, bool, nothing, nothing, nothing)
        )
        self.running._bands(path, None)

    def arrives(self, line: Notification | Link) -> None:
        """The radio brings this."""
        self._given["raw"](1, line)

    async def beats(self, happens: Sequence[Callable[[], object]] = ()) -> bool:
        """Whether a beat is given after this happened, when the grid of a path that lives has turned."""
        self.said.clear()
        looks = count()

        def pulse() -> Pulse:
            found, look = self.running._pulse(), next(looks)
            if look == 0:
                for part in happens:
                    part()
            if look == 2:
                raise Over
            return found

        with pytest.raises(Over):
            await beat(self.running.daemon, pulse, 5 * GRID_S)
        return BEAT in self.said


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    return Box(monkeypatch)


Part = Callable[[LivePath, Box], object]


def brings(characteristic: Characteristic, size: int) -> Part:
    return lambda _, box: box.arrives(Notification(0.0, characteristic, bytes(size)))


def judges(path: LivePath, _: Box) -> None:
    path.begin(1, None)
    path.hear(Samples(1, Stream.EDA, 0, [0.5]))


def stops(path: LivePath, _: Box) -> None:
    path.driver.close()


@pytest.mark.parametrize(
    ("happens", "alive"),
    [
        ([], True),
        ([brings(Characteristic.EDA, PACKET_BYTES), judges], True),
        ([brings(Characteristic.EDA, PACKET_BYTES)], False),
        ([brings(Characteristic.EDA, PACKET_BYTES - 1)], True),
        ([brings(Characteristic.BUTTON, PACKET_BYTES)], True),
        ([lambda _, box: box.arrives(Link(0.0, True))], True),
        ([stops], False),
        ([stops, brings(Characteristic.EDA, PACKET_BYTES), judges], False),
    ],
    ids=[
        "no band",
        "packets are judged",
        "packets are not judged",
        "a packet that makes no samples",
        "another characteristic",
        "a link that came",
        "the driver stands still",
        "judged and the driver stands still",
    ],
)
def test_the_daemon_s_beat_follows_its_own_path(box: Box, happens: list[Part], alive: bool) -> None:
    async def story() -> bool:
        async with LivePath({1: Config().gates_of(1)}, OscSettings(), control=False) as path:
            box.open(path)
            assert await box.beats()
            return await box.beats([partial(part, path, box) for part in happens])

    assert asyncio.run(story()) is alive


@pytest.mark.parametrize(
    ("usec", "pid", "seconds"),
    [("8000000", None, 8.0), ("8000000", "1", None), ("0", None, None), ("soon", None, None), (None, None, None)],
)
def test_systemd_says_how_often_it_wants_a_beat_and_of_whom(
    monkeypatch: pytest.MonkeyPatch, usec: str | None, pid: str | None, seconds: float | None
) -> None:
    for name, value in (("WATCHDOG_USEC", usec), ("WATCHDOG_PID", pid)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert watchdog_s() == seconds
