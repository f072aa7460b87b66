import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakDBusError
from tests.unit.fake_bleak import FakeBand, FakeClient, FakeScanner

from limen.inlets.band import adapter, connection, link, remedies, scanner
from limen.inlets.band.capture import Head, Link
from limen.inlets.band.inlet import BandInlet
from limen.inlets.band.ladder import Action, Rung
from limen.inlets.band.link import Ears
from limen.inlets.band.profile import Characteristic
from limen.inlets.band.roster import Wanted
from limen.inlets.band.settings import BandSettings, LinkSettings
from limen.inlets.band.states import SAYS, LinkState, State


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Waits become short; what is done to the adapter is written down."""
    monkeypatch.setattr(connection, "SUBSCRIBED_TO_START_S", 0.01)
    monkeypatch.setattr(connection, "SILENT_START_S", 0.2)
    monkeypatch.setattr(link, "TICK_S", 0.02)
    monkeypatch.setattr("limen.inlets.band.inlet.TICK_S", 0.02)
    monkeypatch.setattr("limen.inlets.band.inlet.NO_RADIO_S", 0.0)
    monkeypatch.setattr(scanner, "WAITING", scanner.Duty(0.05, 0.06))
    monkeypatch.setattr(scanner, "PLAYING", scanner.Duty(0.05, 0.1))
    monkeypatch.setattr(scanner, "FAILED_S", 0.01)
    monkeypatch.setattr("limen.inlets.band.ladder.LONGEST_BACK_OFF_S", 0.01)
    monkeypatch.setattr("limen.inlets.band.ladder._RUNGS", {})
    monkeypatch.setattr(FakeClient, "bands", FakeScanner.bands)
    FakeScanner.bands.clear()
    FakeScanner.trouble = None

    async def held():
        return []

    monkeypatch.setattr(adapter, "connected", held)


class Told:
    def __init__(self):
        self.events, self.samples, self.raw = [], [], []
        self.news = asyncio.Event()
        self.ears = Ears(self.samples.append, self.event, lambda wearer, line: self.raw.append((wearer, line)))

    def event(self, event):
        self.events.append(event)
        self.news.set()

    def states(self, wearer=1):
        return [e.state for e in self.events if isinstance(e, LinkState) and e.wearer == wearer]

    async def until(self, state, count=1, wearer=1):
        async with asyncio.timeout(20):
            while self.states(wearer).count(state) < count:
                self.news.clear()
                await self.news.wait()


ANY = (Wanted(1),)
SOON_ASLEEP = LinkSettings(asleep_s=0.1)


@asynccontextmanager
async def holding(*bands, wanted=ANY, settings=None):
    told = Told()
    FakeScanner.bands.update({band.device.address: band for band in bands})
    inlet = BandInlet(BandSettings(), wanted, told.ears, settings, client=FakeClient, scanner=FakeScanner)
    running = asyncio.create_task(inlet.run())
    try:
        yield told, inlet
    finally:
        running.cancel()
        await asyncio.wait((running,))
    assert running.cancelled()


def play(test):
    asyncio.run(test())


def test_every_state_has_its_sentence():
    assert set(SAYS) == set(State)


def test_from_the_first_sight_to_samples_and_closed_at_the_end():
    band = FakeBand()

    async def test():
        async with holding(band) as (told, inlet):
            await told.until(State.STREAMING)
            assert told.states() == [State.SEARCHING, State.CONNECTING, State.STARTING, State.STREAMING]
            assert inlet.assigned == {band.device.address: 1}
            assert any(isinstance(line, Head) for _, line in told.raw)
            bursts = inlet.scanner.bursts
            await asyncio.sleep(0.3)
            assert inlet.scanner.bursts == bursts
        assert told.samples
        assert [line.up for _, line in told.raw if isinstance(line, Link)] == [True, False]

    play(test)
    assert band.closed == 1


def test_a_band_that_bluez_held_on_to_is_taken_at_once_and_nothing_is_looked_for(monkeypatch):
    band = FakeBand()
    band.client = SimpleNamespace(connected=True)  # as after a crash: it does not advertise

    async def held():
        return [band.device]

    monkeypatch.setattr(adapter, "connected", held)
    monkeypatch.setattr(scanner, "WAITING", scanner.Duty(60.0, 61.0))

    async def test():
        async with holding(band) as (told, inlet):
            await told.until(State.STREAMING)
            assert inlet.scanner.bursts == 1

    play(test)


def test_a_client_that_lost_its_link_is_closed_before_the_next():
    band = FakeBand()

    async def test():
        async with holding(band) as (told, _):
            for turn in range(1, 4):
                await told.until(State.STREAMING, turn)
                assert band.closed == turn - 1
                band.lose()
                await told.until(State.LOST, turn)

    play(test)


@pytest.mark.parametrize(
    ("properties", "takes", "wants", "settings", "writes"),
    [
        (["write", "write-without-response"], (True, False), 5, None, [(5, True)]),
        (["write-without-response"], (False,), 5, None, [(5, False)]),
        (["write"], (False,), 5, None, [(5, True), (5, False)]),
        ([], (False,), 5, None, [(5, True), (5, False)]),
        (["write"], (True,), 1, None, [(5, True), (1, True)]),
        (["write"], (True, False), 5, LinkSettings(response=False), [(5, False)]),
    ],
)
def test_the_start_is_found_by_property_and_by_result(properties, takes, wants, settings, writes):
    band = FakeBand()
    band.properties, band.takes, band.wants = properties, takes, wants

    async def test():
        async with holding(band, settings=settings) as (told, _):
            await told.until(State.STREAMING)
            assert band.writes == writes
            band.lose()
            await told.until(State.STREAMING, 2)
            # What worked is tried first.
            assert band.writes[len(writes)] == writes[-1]

    play(test)


@pytest.mark.parametrize("lasts_until", [State.STALLED, State.LOST])
def test_silence_is_noticed_and_costs_the_link_only_if_it_lasts(lasts_until):
    band = FakeBand()

    async def test():
        async with holding(band) as (told, _):
            await told.until(State.STREAMING)
            before = len(band.writes)
            band.flows = False
            await told.until(lasts_until)
            band.flows = True
            await told.until(State.STREAMING, 2)
            assert told.states().count(State.STALLED) >= 1
            assert (State.LOST in told.states()) == (lasts_until is State.LOST)
            if lasts_until is State.LOST:
                assert len(band.writes) > before, "the start was not written again before the link was given up"

    play(test)


def test_one_stream_that_falls_silent_is_noticed_and_started_again_while_the_others_play_on():
    band = FakeBand()

    async def test():
        async with holding(band) as (told, _):
            await told.until(State.STREAMING)
            before = len(band.writes)
            band.mute.add(Characteristic.BVP)
            await told.until(State.STALLED)
            assert told.events[-1].why == "no bvp comes"
            heard = len(told.samples)
            await asyncio.sleep(1.5 * link.GIVE_UP_TICKS * link.TICK_S)
            assert len(told.samples) > heard
            assert len(band.writes) == before + 1, "it is started again, once"
            assert State.LOST not in told.states()
            band.mute.clear()
            await told.until(State.STREAMING, 2)

    play(test)


def test_a_band_that_does_not_come_back_is_asleep():
    band = FakeBand()

    async def test():
        async with holding(band, settings=SOON_ASLEEP) as (told, _):
            await told.until(State.STREAMING)
            band.here = False
            band.lose()
            await told.until(State.ASLEEP)
            band.here = True
            await told.until(State.STREAMING, 2)

    play(test)


def test_a_band_that_was_never_seen_is_asked_for_its_button_once(caplog):
    band = FakeBand()
    band.here = False

    async def test():
        async with holding(band, settings=SOON_ASLEEP) as (told, _):
            await told.until(State.ASLEEP)
            await asyncio.sleep(0.3)
            assert told.states() == [State.SEARCHING, State.ASLEEP]
            band.here = True
            await told.until(State.STREAMING)

    with caplog.at_level("WARNING"):
        play(test)
    assert sum("press its button" in record.getMessage() for record in caplog.records) == 1


def test_no_radio_is_said_once_and_got_over(caplog):
    band = FakeBand()
    FakeScanner.trouble = BleakBluetoothNotAvailableError(
        "No Bluetooth adapters found.", BleakBluetoothNotAvailableReason.NO_BLUETOOTH
    )

    async def test():
        async with holding(band) as (told, _):
            await told.until(State.NO_RADIO)
            await asyncio.sleep(0.2)
            assert told.states().count(State.NO_RADIO) == 1
            FakeScanner.trouble = None
            await told.until(State.STREAMING)

    with caplog.at_level("WARNING"):
        play(test)
    assert sum("adapter" in record.getMessage() for record in caplog.records) == 1


def test_a_scan_that_fails_for_a_moment_is_no_news(monkeypatch):
    monkeypatch.setattr("limen.inlets.band.inlet.NO_RADIO_S", 60.0)
    band = FakeBand()
    FakeScanner.trouble = BleakDBusError("org.bluez.Error.InProgress", ["busy"])

    async def test():
        async with holding(band) as (told, _):
            await asyncio.sleep(0.2)
            FakeScanner.trouble = None
            await told.until(State.STREAMING)
            assert State.NO_RADIO not in told.states()

    play(test)


def test_what_nobody_thought_of_is_got_over(monkeypatch, caplog):
    monkeypatch.setattr("limen.inlets.band.inlet.AGAIN_S", 0.01)
    band = FakeBand()
    FakeScanner.trouble = ValueError("a library's own")

    async def test():
        async with holding(band) as (told, _):
            await asyncio.sleep(0.2)
            FakeScanner.trouble = None
            await told.until(State.STREAMING)

    play(test)
    assert "the scanner broke on something unforeseen" in caplog.text


def test_the_ladder_is_climbed_and_each_rung_warned_of_once(monkeypatch, caplog):
    monkeypatch.undo()
    monkeypatch.setattr(remedies, "SHARED_PAUSE_S", 0.0)
    monkeypatch.setattr("limen.inlets.band.ladder.LONGEST_BACK_OFF_S", 0.0)
    monkeypatch.setattr(link.asyncio, "sleep", _briefly(asyncio.sleep))
    band = FakeBand()
    band.refuses = BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"])
    FakeScanner.bands.clear()
    FakeScanner.trouble = None
    done = []

    def doing(action):
        async def act(*_):
            done.append(action)

        return act

    async def held():
        return []

    monkeypatch.setattr(adapter, "connected", held)
    monkeypatch.setattr(adapter, "disconnect", doing(Action.DROP))
    monkeypatch.setattr(adapter, "forget", doing(Action.FORGET))
    monkeypatch.setattr(adapter, "power_cycle", doing(Action.POWER_CYCLE))
    monkeypatch.setattr(adapter, "restart_bluetoothd", doing(Action.RESTART))
    monkeypatch.setattr(adapter, "reboot", doing(Action.REBOOT))

    async def test():
        async with holding(band) as (told, _):
            await told.until(State.RECOVERING, 5)
            # A state is told before its remedy, and the next attempt comes after it.
            await told.until(State.CONNECTING, told.states().count(State.CONNECTING) + 1)
            assert done == [Action.DROP, Action.FORGET, Action.POWER_CYCLE, Action.RESTART, Action.DROP]
            band.refuses = None
            await told.until(State.STREAMING)

    with caplog.at_level("WARNING"):
        play(test)
    warned = [record.getMessage() for record in caplog.records]
    for action in (Action.DROP, Action.FORGET, Action.POWER_CYCLE, Action.RESTART):
        assert sum(text.endswith(action) for text in warned) == 1


@pytest.mark.parametrize("plays", [True, False])
def test_a_band_that_plays_between_its_losses_needs_no_stronger_remedy_and_one_that_falls_silent_does(
    monkeypatch, plays
):
    monkeypatch.setattr("limen.inlets.band.ladder._RUNGS", {2: Rung(Action.DROP, 2, 0.0, shared=False)})
    monkeypatch.setattr(link, "STEADY_S", 0.5)
    dropped = []

    async def drop(path):
        dropped.append(path)

    monkeypatch.setattr(adapter, "disconnect", drop)
    band = FakeBand()

    async def test():
        async with holding(band) as (told, _):
            for turn in (1, 2, 3):
                band.flows = True
                await told.until(State.STREAMING, turn)
                if plays:
                    await asyncio.sleep(0.7)
                    band.lose()
                else:
                    band.flows = False  # and the silence itself lasts longer than what counts as playing
                await told.until(State.CONNECTING, turn + 1)

    play(test)
    assert bool(dropped) == (not plays)


def _briefly(sleep):
    return lambda seconds, *rest: sleep(min(seconds, 0.02), *rest)


def test_one_bands_trouble_is_not_the_others():
    good, bad = FakeBand(), FakeBand("00:07:80:00:00:02")
    bad.refuses = RuntimeError("nobody foresaw this")

    async def test():
        async with holding(good, bad, wanted=(Wanted(1), Wanted(2))) as (told, _):
            await told.until(State.STREAMING)
            await told.until(State.SEARCHING, 3, wearer=2)
            assert told.states()[-1] is State.STREAMING

    play(test)
