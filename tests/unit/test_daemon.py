"""What the daemon keeps, counts and asks for, with nothing of the world attached."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from limen.box.config import Config
from limen.box.config.wearers import Wearer
from limen.box.daemon import Daemon, Parts
from limen.box.faults import Fault
from limen.box.kept import Kept, KeptBand
from limen.box.states import Band, Event, Kind, Phase
from limen.errors import LimenError
from limen.gates import GATES, Calibration, Engine, Samples, Status
from limen.inlets.simulated import SimulatedWearer
from limen.outlets.recorder import Cause, RecorderStatus
from limen.streams import Stream

TAUGHT = Kept(bands={1: KeptBand("00:07:80:F2:17:76")}, calibrations={1: Calibration(None, {})})


class Card:
    """A recorder whose card is full, or not."""

    def __init__(self) -> None:
        self.status = RecorderStatus()
        self.started = 0

    def start(self) -> None:
        self.started += 1
        self.status = RecorderStatus(recording=True)

    def mark(self) -> None:
        """A mark more."""

    def stop(self) -> None:
        self.status = replace(self.status, recording=False)

    def fails(self, cause: Cause) -> None:
        self.status = RecorderStatus(trouble="the card", cause=cause)


@dataclass
class World:
    """Stands in for everything that a daemon directs, and remembers what it was asked."""

    sessions: bool = False
    recorder: Any = None
    asked: list[str] = field(default_factory=list)
    saved: list[Kept] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    full: bool = False
    writing: threading.Lock = field(default_factory=threading.Lock)

    def _save(self, kept: Kept) -> None:
        with self.writing:
            if self.full:
                raise LimenError("settings cannot be kept") from OSError(errno.ENOSPC, "No space left on device")
            self.saved.append(kept)

    def parts(self) -> Parts:
        def nothing(*_: object, **__: object) -> None:
            """Take it and do nothing."""

        outlet = SimpleNamespace(
            state=nothing, playing=nothing, faults=lambda names: self.faults.append(" ".join(names))
        )
        path: Any = SimpleNamespace(osc=SimpleNamespace(outlet=outlet), engines={}, mark=nothing, marks=1)
        panel: Any = SimpleNamespace(show=nothing)
        store: Any = SimpleNamespace(save=self._save)
        return Parts(
            path,
            self.recorder,
            panel,
            store,
            nothing,
            lambda: self.sessions,
            lambda: self.asked.append("rehearse"),
            lambda: self.asked.append("forget"),
            lambda: self.asked.append("halt"),
        )


@pytest.fixture
def world() -> World:
    return World()


async def ready(world: World, kept: Kept | None = None) -> Daemon:
    daemon = Daemon(Config(), kept or Kept())
    daemon.open(world.parts())
    daemon.ready()
    return daemon


async def linked(world: World, kept: Kept | None = None) -> Daemon:
    daemon = await ready(world, kept)
    daemon.band(1, Band.LINKED)
    return daemon


def test_an_evening_that_was_ended_in_order_does_not_go_on_by_itself(world: World) -> None:
    async def story() -> None:
        daemon = await linked(world)
        daemon.start()
        assert daemon.kept.playing
        daemon.happen(Event(Kind.HALT))
        await daemon.close()

    asyncio.run(story())
    assert world.asked == ["halt"]
    assert not world.saved[-1].playing


def test_playing_is_kept_for_when_the_plug_is_pulled(world: World) -> None:
    async def story() -> None:
        daemon = await linked(world)
        daemon.start()
        await daemon.close()
        again = await linked(world, world.saved[-1])
        assert again.state.phase is Phase.PLAYING
        await again.close()

    asyncio.run(story())


@dataclass
class Taught:
    """An engine that is calibrated, and what it found."""

    calibrating_s: float = 0.0

    def give_up_calibration(self) -> None:
        self.calibrating_s = 0.0

    def calibration(self) -> Calibration:
        return Calibration((0.0, 0.0, 1.0), {"move": (1.0, 1.0, 9)})


class Timer:
    """A call that a loop was asked to make later."""

    def __init__(self, _: float, call: Callable[..., None], *arguments: object) -> None:
        self._call: Callable[[], None] | None = lambda: call(*arguments)

    def cancel(self) -> None:
        self._call = None

    def fire(self) -> None:
        if self._call is not None:
            self._call()


def test_a_calibration_is_of_those_who_are_there_and_ends_when_its_own_time_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Calibration(None, {"move": (2.0, 2.0, 99), "tap": (3.0, 3.0, 99)})
    asked: list[object] = []
    timers: list[Timer] = []

    def later(*arguments: Any) -> Timer:
        timers.append(Timer(*arguments))
        return timers[-1]

    async def story() -> None:
        config = Config(wearers=(Wearer(number=1), Wearer(number=2)))
        daemon = Daemon(config, Kept(calibrations={1: old, 2: old}))
        parts: Any = world.parts()
        parts.path.calibrate = asked.append
        parts.path.engines |= {1: Taught(9.0), 2: Taught()}
        daemon.open(parts)
        daemon.ready()
        monkeypatch.setattr(asyncio.get_running_loop(), "call_later", later)
        daemon.band(1, Band.LINKED)
        daemon.calibrate()
        daemon.band(1, Band.SOUGHT)
        assert not parts.path.engines[1].calibrating_s, "it was given up with the band"
        daemon.band(1, Band.LINKED)
        daemon.calibrate()
        first, second = timers
        first.fire()
        assert daemon.state.phase is Phase.CALIBRATING
        second.fire()
        assert daemon.state.phase is Phase.LINKED
        daemon.band(2, Band.LINKED)
        daemon.calibrate()
        parts.path.engines[2].calibrating_s = 9.0
        timers[-1].fire()
        await daemon.close()

    asyncio.run(story())
    assert asked == [[1], [1], [1, 2]]
    found = world.saved[-1].calibrations
    assert found[2] == old, "who was away, or came too short, keeps what was taught before"
    assert found[1] == Calibration((0.0, 0.0, 1.0), {"move": (1.0, 1.0, 9), "tap": (3.0, 3.0, 99)})


def test_a_calibration_that_the_band_ends_never_was(world: World) -> None:
    """What holds live is what is kept: a power cut afterwards changes no threshold."""

    async def story() -> None:
        daemon, engine = Daemon(Config(), Kept()), Engine(1)
        parts: Any = world.parts()
        parts.path.engines[1] = engine
        parts.path.calibrate = lambda _: engine.calibrate(60.0)
        daemon.open(parts)
        daemon.ready()
        daemon.band(1, Band.LINKED)
        coming = SimulatedWearer(3, 1).chunks()

        def live_until(end: float) -> None:
            for due, samples in coming:
                daemon.heard(samples, engine.feed(samples))
                if due >= end:
                    return

        daemon.calibrate()
        live_until(70.0)
        assert daemon.state.phase is Phase.LINKED
        live_until(200.0)
        held, kept = engine.calibration(), daemon.kept.calibrations
        daemon.calibrate()
        live_until(205.0)
        assert engine.condition("rise") == "learning"
        daemon.band(1, Band.SOUGHT)
        assert engine.calibration() == held
        assert engine.condition("rise") != "learning"
        daemon.band(1, Band.LINKED)
        live_until(300.0)
        assert daemon.kept.calibrations == kept
        assert daemon.state.phase is Phase.LINKED
        await daemon.close()

    asyncio.run(story())


def test_who_is_done_keeps_the_baseline_though_everybody_leaves_before_the_others_are(world: World) -> None:
    async def story() -> None:
        daemon = Daemon(Config(wearers=(Wearer(number=1), Wearer(number=2))), Kept())
        parts: Any = world.parts()
        parts.path.calibrate = lambda _: None
        parts.path.engines |= {1: Taught(), 2: Taught(9.0)}
        daemon.open(parts)
        daemon.ready()
        for wearer in (1, 2):
            daemon.band(wearer, Band.LINKED)
        daemon.calibrate()
        done = Status(1, "calibrated", Stream.BVP, 1, 0, 0.0)
        daemon.heard(Samples(1, Stream.BVP, 0, []), [done])
        assert daemon.state.phase is Phase.CALIBRATING
        for wearer in (1, 2):
            daemon.band(wearer, Band.SOUGHT)
        await daemon.close()

    asyncio.run(story())
    assert list(world.saved[-1].calibrations) == [1]


def test_what_the_card_did_not_take_is_tried_again_and_once_more_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limen.box.keeper.AGAIN_S", 0.01)

    async def story() -> None:
        daemon = await linked(world)
        world.full = True
        daemon.start()
        await until(lambda: Fault.CARD_FULL in daemon.state.faults)
        assert not world.saved
        world.full = False
        await until(lambda: Fault.CARD_FULL not in daemon.state.faults)
        assert world.saved[-1].playing
        monkeypatch.setattr("limen.box.keeper.AGAIN_S", 3600.0)
        world.full = True
        daemon.stop()
        await until(lambda: Fault.CARD_FULL in daemon.state.faults)
        world.full = False
        await daemon.close()

    asyncio.run(story())
    assert not world.saved[-1].playing


def test_knobs_of_who_is_not_configured_are_kept_and_a_refused_configuration_keeps_none(world: World) -> None:
    kept = Kept(gates={2: {"rise": {"sensitivity": 1.5}}})

    async def story() -> None:
        daemon = await ready(world, kept)
        parts: Any = daemon._do
        parts.path.gates = {1: {name: spec.defaults for name, spec in GATES.items()}}
        daemon.fault(Fault.CONFIG_REFUSED, present=True)
        with pytest.raises(LimenError, match="configuration"):
            daemon.save()
        daemon.fault(Fault.CONFIG_REFUSED, present=False)
        daemon.save()
        await daemon.close()

    asyncio.run(story())
    assert [each.gates[2] for each in world.saved] == [kept.gates[2]]


def test_a_band_is_kept_by_its_address_with_the_name_that_it_told_last(world: World) -> None:
    band, other, told = "00:07:80:F2:17:76", "00:07:80:F2:17:77", []

    async def story() -> None:
        daemon = await ready(world)
        for address, name in ((band, ""), (band, "Empatica E4 a1b2c3"), (band, ""), (other, "")):
            daemon.remember(1, address, name)
            told.append(daemon.kept.bands[1].name)
        await daemon.close()

    asyncio.run(story())
    assert told == ["", "Empatica E4 a1b2c3", "Empatica E4 a1b2c3", ""]
    assert world.saved[-1].bands == {1: KeptBand(other)}


def test_forgetting_forgets_what_was_taught_by_the_one_who_wore_it(world: World) -> None:
    async def story() -> None:
        daemon = await linked(world, TAUGHT)
        daemon.happen(Event(Kind.FORGET))
        await daemon.close()

    asyncio.run(story())
    assert world.asked == ["forget"]
    assert (world.saved[-1].bands, world.saved[-1].calibrations) == ({}, {})


@pytest.mark.parametrize("sessions", [True, False])
def test_start_without_a_band_rehearses_where_there_is_something_to_rehearse_with(
    world: World, sessions: bool
) -> None:
    async def story() -> None:
        daemon = await ready(world)
        world.sessions = sessions  # recorded since the box began
        daemon.start()
        assert daemon.state.phase is (Phase.REPLAYING if sessions else Phase.PLAYING_LOST)
        await daemon.close()

    asyncio.run(story())
    assert world.asked == ["rehearse"] * sessions


def test_restarts_for_a_bands_sake_are_counted_until_one_streams_for_long(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        daemon = await ready(world)
        daemon.restarting()
        daemon.restarting()
        assert daemon.kept.reboots == 2
        monkeypatch.setattr("limen.box.daemon.FORGIVE_REBOOTS_S", 0.0)
        daemon.band(1, Band.LINKED)
        daemon.band(1, Band.SOUGHT)
        await asyncio.sleep(0.01)
        assert daemon.kept.reboots == 2
        daemon.band(1, Band.LINKED)
        await asyncio.sleep(0.01)
        assert daemon.kept.reboots == 0
        await daemon.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("cause", "fault"),
    [
        (Cause.FULL, Fault.CARD_FULL),
        (Cause.READ_ONLY, Fault.CARD_READ_ONLY),
        (Cause.FAILING, Fault.CARD_FAILING),
    ],
)
def test_a_recording_that_ended_by_itself_shows_why_until_the_next_one(
    world: World, cause: Cause, fault: Fault
) -> None:
    card = world.recorder = Card()

    async def story() -> None:
        daemon = await linked(world)
        daemon.start()
        card.fails(cause)
        daemon.card()
        assert daemon.state.faults == {fault}
        assert daemon.state.phase is Phase.PLAYING
        daemon.mark()
        daemon.band(1, Band.SOUGHT)
        assert card.started == 1
        daemon.stop()
        assert daemon.state.faults == {fault}
        daemon.start()
        assert card.started == 2
        assert not daemon.state.faults
        await daemon.close()

    asyncio.run(story())


def test_a_slow_card_is_shown_while_it_is_recorded_on_until_it_keeps_up(world: World) -> None:
    card = world.recorder = Card()

    async def story() -> None:
        daemon = await linked(world)
        daemon.start()
        for slow, faults in ((True, {Fault.CARD_SLOW}), (False, set()), (True, {Fault.CARD_SLOW})):
            card.status = RecorderStatus(recording=True, slow=slow)
            daemon.card()
            assert daemon.state.faults == faults
        assert daemon.state.phase is Phase.PLAYING
        assert world.faults[-1] == "card-slow"
        daemon.stop()
        daemon.start()
        assert not daemon.state.faults, "nobody knows yet how this recording goes"
        await daemon.close()

    asyncio.run(story())


def test_every_fault_reaches_the_receivers_by_name(world: World) -> None:
    async def story() -> None:
        daemon = await linked(world)
        daemon.fault(Fault.CARD_FULL, present=True)
        daemon.fault(Fault.UNDERVOLTAGE, present=True)
        assert world.faults[-1] == "undervoltage card-full"
        daemon.fault(Fault.UNDERVOLTAGE, present=False)
        daemon.fault(Fault.CARD_FULL, present=False)
        assert world.faults[-1] == ""
        await daemon.close()

    asyncio.run(story())


def test_a_card_is_full_until_neither_its_reading_nor_the_recorder_says_so(world: World) -> None:
    card = world.recorder = Card()

    async def story() -> None:
        daemon = await linked(world)
        daemon.start()
        daemon.fault(Fault.CARD_FULL, present=True)
        card.fails(Cause.FULL)
        daemon.card()
        daemon.fault(Fault.CARD_FULL, present=False)
        assert daemon.state.faults == {Fault.CARD_FULL}, "it does not record"
        daemon.fault(Fault.CARD_FULL, present=True)
        daemon.stop()
        daemon.start()
        assert daemon.state.faults == {Fault.CARD_FULL}, "there is still no room"
        daemon.fault(Fault.CARD_FULL, present=False)
        assert not daemon.state.faults
        await daemon.close()

    asyncio.run(story())


async def until(what: Callable[[], bool]) -> None:
    """Wait until another thread's word has come through."""
    async with asyncio.timeout(20):
        while not what():  # noqa: ASYNC110  (it is another thread's)
            await asyncio.sleep(0.005)


def test_settings_that_the_card_does_not_take_are_a_fault_until_it_does(world: World) -> None:
    async def story() -> None:
        daemon = await linked(world)
        world.full = True
        daemon.mark()
        await until(lambda: Fault.CARD_FULL in daemon.state.faults)
        world.full = False
        daemon.mark()
        await until(lambda: Fault.CARD_FULL not in daemon.state.faults)
        await daemon.close()

    asyncio.run(story())
    assert "card-full" in world.faults


def test_a_card_that_is_slow_gets_the_newest_and_no_queue(world: World) -> None:
    async def story() -> None:
        daemon = await linked(world)
        with world.writing:
            for _ in range(1000):
                daemon.mark()
        await daemon.close()
        assert world.saved[-1] == daemon.kept

    asyncio.run(story())
    assert len(world.saved) <= 4


def test_only_the_knobs_that_were_turned_are_kept(world: World) -> None:
    async def story() -> None:
        daemon = await linked(world)
        gates = dict(Config().wearers[0].gates)
        gates["tap"] = replace(gates["tap"], sensitivity=1.5)
        daemon.path.gates = {1: gates}
        daemon.save()
        await daemon.close()

    asyncio.run(story())
    assert world.saved[-1].gates == {1: {"tap": {"sensitivity": 1.5}}}


def test_a_press_while_everything_is_closed_has_no_effect(world: World) -> None:
    async def story() -> None:
        daemon = await linked(world)
        daemon.end()
        before = daemon.state
        assert not daemon.happen(Event(Kind.START))
        assert daemon.state == before
        await daemon.close()

    asyncio.run(story())
