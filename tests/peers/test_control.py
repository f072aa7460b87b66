"""liblo's oscsend and npm's osc drive the control input of a Limen that plays; oscdump hears what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from limen.box.livepath import LivePath
from limen.gates import GATES
from limen.outlets.osc import OscSettings
from tests.peers.conftest import need
from tests.peers.control import ALIVE, Playing, client, playing
from tests.peers.receiver import Heard
from tests.peers.wire import Arg

pytestmark = pytest.mark.peers

Oscsend = Callable[..., None]
ERROR = "/limen/box/error"
DEFAULTS = {name: spec.defaults for name, spec in GATES.items()}


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playing]:
    need("oscdump")
    with playing(tmp_path_factory.mktemp("control")) as running:
        yield running


@pytest.fixture(autouse=True)
def from_here_on(box: Playing) -> None:
    for one in (box.near, box.far, box.late):
        one.skip()


def bits(heard: Sequence[Heard]) -> dict[str, Arg]:
    """How each gate stands after this."""
    return {
        one.address: one.args[0] for one in heard if one.address.startswith("/limen/1/gate/") and one.types == "i"
    }


def at(heard: Sequence[Heard], *starts: str) -> list[Heard]:
    return [one for one in heard if one.address.startswith(starts)]


@pytest.mark.parametrize(
    ("key", "types", "args", "held"),
    [
        ("sensitivity", "f", (0.7,), 0.7),
        ("sensitivity", "i", (2,), 2.0),
        ("sensitivity", "d", (1.25,), 1.25),
        ("sensitivity", "h", (1,), 1.0),
        ("sensitivity", "s", ("0.75",), 0.75),
        ("sensitivity", "s", ("0,8",), 0.8),
        ("sensitivity", "T", (), 1.0),
        ("sensitivity", "f", (99.0,), 2.0),
        ("sensitivity", "i", (-1,), 0.5),
        ("sensitivity", "h", (5_000_000_000,), 2.0),
        ("sensitivity", "fi", (1.5, 7), 1.5),
        ("hold", "f", (0.25,), 0.25),
        ("hold", "d", (1e300,), 60.0),
        ("rest", "i", (0,), 0.0),
        ("rest", "s", ("700",), 600.0),
        ("enable", "F", (), 0),
        ("enable", "T", (), 1),
        ("enable", "i", (0,), 0),
        ("enable", "f", (1.0,), 1),
        ("enable", "s", ("off",), 0),
        ("enable", "d", (0.9,), 1),
        ("enable", "h", (0,), 0),
        ("enable", "s", ("1",), 1),
    ],
)
def test_a_setting_is_taken_in_any_type_clamped_and_answered(
    box: Playing, oscsend: Oscsend, key: str, types: str, args: tuple[Arg, ...], held: float
) -> None:
    address = f"/limen/1/gate/breath/{key}"
    oscsend(box.port, address, types, *args)
    answer = box.near.hear(address)
    assert answer.types == ("i" if key == "enable" else "f")
    assert answer.args == (pytest.approx(held),)


@pytest.mark.parametrize(
    ("address", "gates"),
    [
        ("/limen/*/gate/*/enable", set(GATES)),
        ("/limen/1/gate/{move,still}/enable", {"move", "still"}),
        ("/limen/?/gate/t[ai]*/enable", {"tap", "tilt"}),
    ],
)
def test_a_pattern_switches_gates_off_and_on_again(
    box: Playing, oscsend: Oscsend, address: str, gates: set[str]
) -> None:
    concerned = tuple(f"/limen/1/gate/{name}" for name in sorted(gates))
    try:
        oscsend(box.port, address, "i", 0)
        answered: set[str] = set()
        box.near.until(lambda one: _noted(one, 0, answered) == {f"{path}/enable" for path in concerned})
        # Sent a second and more after the answers: nothing of before is on its way any more.
        box.near.seconds(1)
        silent = box.near.seconds(2)
        assert {bit for path, bit in bits(silent).items() if path in concerned} == {0}
        assert not [one for one in at(silent, "/limen/1/trig/") if one.address.rsplit("/", 1)[1] in gates]
    finally:
        oscsend(box.port, address, "i", 1)
    box.near.until(lambda one: one.address in concerned and one.args == (1,))


def _noted(one: Heard, value: int, answered: set[str]) -> set[str]:
    if one.address.endswith("/enable") and one.args == (value,):
        answered.add(one.address)
    return answered


def test_stop_closes_the_gates_and_start_brings_them_back(box: Playing, oscsend: Oscsend) -> None:
    box.near.until(lambda one: one.address in bits([one]) and one.args == (1,))
    try:
        oscsend(box.port, "/limen/box/stop")
        closing = box.near.seconds(2)
        silent = box.near.seconds(2)
    finally:
        oscsend(box.port, "/limen/box/start")
    assert set(bits(closing).values()) == {0}
    assert not at(silent, "/limen/1/gate/", "/limen/1/trig/", "/limen/1/level/", "/limen/1/value/")
    box.near.until(lambda one: one.address in bits([one]) and one.args == (1,))
    box.near.until(lambda one: one.address.startswith("/limen/1/trig/"))


def test_marks_are_counted_and_the_release_of_a_button_is_none(box: Playing, oscsend: Oscsend) -> None:
    for types, args in (("", ()), ("f", (1.0,)), ("f", (0.0,)), ("T", ()), ("F", ())):
        oscsend(box.port, "/limen/box/mark", types, *args)
    for number in (1, 2, 3):
        box.far.hear("/limen/1/mark", number)
    assert {one.args for one in at(box.far.seconds(2), "/limen/1/mark")} == {(3,)}


def test_ping_is_answered_to_its_socket_with_the_same_arguments(box: Playing, tmp_path: Path) -> None:
    need("node")
    arguments = [["i", -5], ["f", 0.25], ["s", "here"], ["d", 0.1], ["T", True], ["F", False]]
    with client(tmp_path, box.port, ["/limen/box/ping", *arguments]) as answers:
        pong = answers.hear("/limen/box/pong")
    assert pong.types == "ifsdTF"
    assert pong.args == (-5, 0.25, "here", 0.1, True, False)
    assert not at(box.near.seconds(1), "/limen/box/pong")


WRONG: list[tuple[str, str, tuple[Arg, ...], str]] = [
    ("/limen/1/gate/pluse/hold", "f", (1.0,), "did you mean /limen/1/gate/pulse/hold?"),
    ("/live/song/start", "", (), "no such address"),
    ("/limen/9/gate/pulse/hold", "f", (1.0,), "no such address"),
    ("/limen/1/gate/rise/hold", "s", ("long",), "send one number from 0 to 60 s"),
    ("/limen/1/gate/rise/hold", "", (), "send one number from 0 to 60 s"),
    ("/limen/1/gate/{rise/hold", "f", (1.0,), "has no partner"),
    ("/limen/box/subscribe", "s", ("8.8.8.8",), "private network"),
    ("/limen/box/save", "", (), "settings are kept by a box"),
]


def test_what_is_wrong_is_told_to_its_sender_and_to_nobody_else(box: Playing, oscsend: Oscsend) -> None:
    for address, types, args, says in WRONG:
        oscsend(box.port, address, types, *args)
        error = box.near.hear(ERROR)
        assert error.types == "ss"
        assert error.args[0] == address
        assert says in str(error.args[1])
    assert not at(box.far.seconds(2), ERROR)


def test_the_error_also_comes_back_to_the_socket_that_sent(box: Playing, tmp_path: Path) -> None:
    need("node")
    with client(tmp_path, box.port, ["/limen/box/sart"]) as answers:
        assert answers.hear(ERROR).args[0] == "/limen/box/sart"


def test_who_subscribes_hears_every_state_then_edges_until_it_unsubscribes(box: Playing, oscsend: Oscsend) -> None:
    oscsend(box.port, "/limen/box/subscribe", "i", box.late_port)
    states = box.late.seconds(2)
    assert set(bits(states)) == {f"/limen/1/gate/{name}" for name in GATES}
    box.late.until(lambda one: one.address.startswith("/limen/1/trig/"))
    oscsend(box.port, "/limen/box/unsubscribe", "i", box.late_port)
    box.near.seconds(2)
    box.late.skip()
    box.near.seconds(3)
    assert box.late.so_far() == []


def test_status_is_every_state_for_who_asked(box: Playing, tmp_path: Path) -> None:
    need("node")
    with client(tmp_path, box.port, ["/limen/box/status"]) as answers:
        heard = answers.until(lambda one: one.address == "/limen/1/mark")
    assert {one.address for one in heard} >= {f"/limen/1/gate/{name}" for name in GATES} | {ALIVE, "/limen/1/worn"}


class Calibrated(LivePath):
    done: asyncio.Event

    def calibrate(self) -> None:
        super().calibrate()
        self.done.set()


def test_calibrate_begins_to_take_the_baseline(oscsend: Oscsend) -> None:
    async def scene() -> None:
        settings = OscSettings(control_host="127.0.0.1", control_port=0)
        path = Calibrated({1: DEFAULTS}, settings, calibration_s=45.0)
        path.done = asyncio.Event()
        async with path, asyncio.timeout(20):
            path.begin(1, None)
            assert path.engines[1].calibrating_s == 0.0
            assert path.osc.control_address is not None
            await asyncio.to_thread(oscsend, path.osc.control_address[1], "/limen/box/calibrate")
            await path.done.wait()
            assert path.engines[1].calibrating_s == 45.0

    asyncio.run(scene())
