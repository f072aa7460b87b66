"""A band over real BlueZ and real bleak, with nothing of Limen's in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.virtualbox.band import packing, table
from tests.virtualbox.bands import Band
from tests.virtualbox.box import Box
from tests.virtualbox.programs import Program

SHORT = table.STREAMS


@pytest.fixture
def central(box: Box) -> Iterator[Callable[..., Program]]:
    """Starts the program that scans for a band by name or address, connects, subscribes, starts, and holds on."""
    running: list[Program] = []

    def start(wanted: str, remedy: str = "close") -> Program:
        running.append(Program(box, "central", wanted, remedy))
        return running[-1]

    yield start
    for program in running:
        program.stop()


def packets(program: Program, link: int = 0) -> list[tuple[str, str]]:
    return [(p["what"], p["hex"]) for p in program.events("packet", link=link)]


def sent(band: Band, what: str) -> list[str]:
    return [payload.hex() for payload in band.sent(what)]


def test_a_session_arrives_packet_for_packet(band: Band, central: Callable[..., Program], recordings: Path) -> None:
    tape = band.wear(recordings / "Stress-Predict-Dataset" / "S06", start_s=60, seconds=120)
    band.power_on()
    program = central(band.address)
    (connected,) = program.wait_for("connected")
    assert set(table.SERVICES) <= set(connected["table"])
    program.wait_for("packet", 60)
    band.press()
    program.wait_for("packet", what="3eb2")
    program.stop()

    heard = packets(program)
    for stream, short in SHORT.items():
        arrived = [payload for what, payload in heard if what == short]
        # The program may be stopped with packets under way: all that it heard, in order, none missing before.
        assert arrived == sent(band, stream)[: len(arrived)], stream
        assert arrived, stream
        first = 1 if stream == "bvp" else 0
        on_tape = [tape[stream][at : at + 20].hex() for at in range(0, len(tape[stream]), 20)]
        assert arrived[first:] == on_tape[first : len(arrived)], stream
    assert ("3eb2", packing.pack_event().hex()) in heard
    assert ("3eb3", packing.pack_battery(80).hex()) in heard


def test_silent_until_the_start_came(
    box: Box, band: Band, central: Callable[..., Program], recordings: Path
) -> None:
    band.wear(recordings / "Stress-Predict-Dataset" / "S06", seconds=60)
    band.fault(start="two")
    band.power_on()
    program = central(band.address)
    program.wait_for("start")
    box.wait_for("the wrong start at the band", lambda: [p for p in band.log() if p.fate == "ignored"])
    assert band.state == "linked"
    assert packets(program) == []


@pytest.mark.parametrize(("remedy", "times"), [("none", 2), ("close", 1), ("remove", 1)])
def test_walking_away_and_coming_back(
    band: Band, central: Callable[..., Program], recordings: Path, remedy: str, times: int
) -> None:
    """After a lost link BlueZ still serves the lost client's subscriptions: each packet comes twice ("none").

    The product must prevent it: bleak lets go of the lost client's D-Bus connection only when its disconnect() is
    called, link or no link ("close"). That BlueZ forgets the device cures it too ("remove"); stop_notify() does
    not, it refuses without a link.
    """
    band.wear(recordings / "Stress-Predict-Dataset" / "S06", seconds=120)
    band.power_on()
    program = central(band.address, remedy)
    program.wait_for("packet", 20, link=0)
    assert set(Counter(packets(program)).values()) == {1}

    band.walk_away()
    program.wait_for("lost", link=0)
    band.come_back()
    program.wait_for("packet", 20 * times, link=1)
    program.stop()
    often = Counter(p for p in packets(program, link=1) if p[0] in {SHORT["bvp"], SHORT["acc"]})
    *complete, _last = often.values()
    assert set(complete) == {times}


def test_faults_are_switched_while_it_runs(
    box: Box, band: Band, central: Callable[..., Program], recordings: Path
) -> None:
    band.wear(recordings / "Stress-Predict-Dataset" / "S06", seconds=120)
    band.power_on()
    program = central(band.address)
    program.wait_for("packet", 10)
    band.fault(lengths=(19, 1, 0, 7))
    short = {38, 2, 0, 14}
    box.wait_for("odd lengths", lambda: short <= {len(payload) for _, payload in packets(program)})
    band.fault(lengths=(), lose_every=3)
    box.wait_for("lost packets", lambda: sum(p.fate == "lost" for p in band.log()) > 3)
    lost = {p.payload.hex() for p in band.log() if p.fate == "lost"}
    assert not lost & {payload for _, payload in packets(program)}
    band.fault(lose_every=0, stalled=True)
    quiet = len(program.events("packet"))
    band.fault(stalled=False, off_on_link_loss=True)
    program.wait_for("packet", quiet + 5)
    band.walk_away()
    box.wait_for("band off", lambda: band.state == "off")


def test_two_bands_of_one_name_and_one_that_fell_asleep(
    box: Box, make_band: Callable[..., Band], central: Callable[..., Program]
) -> None:
    asleep = make_band("Empatica E4")
    asleep.fault(recording_after_s=0.5)
    asleep.power_on()
    box.wait_for("recording mode", lambda: asleep.state == "recording")
    awake = make_band("Empatica E4")
    awake.fault(write="command")
    awake.power_on()
    (found,) = central("Empatica E4").wait_for("found")
    assert found["address"] == awake.address
    box.wait_for("streams", lambda: awake.state == "streaming")
    assert asleep.state == "recording"
