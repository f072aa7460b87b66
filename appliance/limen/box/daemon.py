"""The box as it runs: events in, the state table asked, and what follows from the new state done.

Nothing is decided here that the table decides. Buttons and OSC ask by the same words; bands, health and the card
bring facts. Whatever fails on the side (the card, the panel, the radio) becomes a fault that is shown, and the
show goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from limen.box.config import Config
from limen.box.faults import FAULTS, Fault
from limen.box.keeper import Keeper
from limen.box.kept import Kept, KeptBand
from limen.box.livepath import LivePath, Rates
from limen.box.scene import scene
from limen.box.service import Notify
from limen.box.states import GESTURES, Band, Event, Kind, Phase, State, accepts, next_state
from limen.box.store import Store
from limen.errors import LimenError
from limen.gates import Event as Signal
from limen.gates import GateSettings, Samples, Status
from limen.inlets.band.ladder import FORGIVE_REBOOTS_S
from limen.outlets.recorder import Cause, Recorder
from limen.panel.bits import Bits
from limen.panel.names import Gesture
from limen.panel.panel import Panel
from limen.streams import SampleClock

log = logging.getLogger(__name__)

# A calibration counts samples; should a band go before it is done, time ends it a little after.
CALIBRATION_GRACE_S: Final = 5.0
CARD_FAULTS: Final[Mapping[Cause, Fault]] = {
    Cause.FULL: Fault.CARD_FULL,
    Cause.READ_ONLY: Fault.CARD_READ_ONLY,
    Cause.FAILING: Fault.CARD_FAILING,
}


@dataclass(slots=True)
class Parts:
    """What a daemon directs; everything that touches the world comes from outside."""

    path: LivePath
    recorder: Recorder | None
    panel: Panel
    store: Store
    notify: Notify
    rehearsable: Callable[[], bool]
    rehearse: Callable[[], asyncio.Task[None] | None]
    forget: Callable[[], None]
    halt: Callable[[], None]


class Daemon:
    """The directing part of `limen run`; lives in one loop. It is what OSC controls and what the panel asks."""

    def __init__(self, config: Config, kept: Kept) -> None:
        self._keeper = Keeper(kept)
        self._config = config
        self.state = State(bands=tuple(Band.SOUGHT for _ in config.wearers))
        self.bits = Bits()
        self._numbers = [wearer.number for wearer in config.wearers]
        self._parts: Parts | None = None
        self._since = 0.0
        self._found: set[Fault] = set()
        self._recording: Fault | None = None
        self._rehearsal: asyncio.Task[None] | None = None
        self._calibration_end: asyncio.TimerHandle | None = None
        self._calibrated_ones: list[int] = []
        self._forgiving: dict[int, asyncio.TimerHandle] = {}
        self._unsaved: Fault | None = None
        self._ended = False

    # --- events ------------------------------------------------------------------------------------------

    @property
    def kept(self) -> Kept:
        """What survives a power cut, as soon as it is on the card."""
        return self._keeper.kept

    def open(self, parts: Parts) -> None:
        """Take the parts; from here on events have effect."""
        self._parts = parts
        self._since = asyncio.get_running_loop().time()
        self._keeper.open(parts.store, self._unsavable)
        self.show()
        self._tell()

    def happen(self, event: Event) -> bool:
        """Take an event to the table and do what follows; false if it has no place in this state."""
        if self._ended:
            return False
        if event.kind in (Kind.START, Kind.PLAY) and self._parts is not None and not self.state.linked:
            # Sessions come and go; looked at when it matters, it is never out of date.
            self.state = replace(self.state, rehearsal=self._parts.rehearsable())
        before = self.state
        taken = accepts(before, event.kind)
        after = next_state(before, event)
        if after != before:
            self.state = after
            if after.phase is not before.phase:
                self._since = asyncio.get_running_loop().time()
                log.info("%s (%s)", after.name, event.kind)
            self._follow(before)
        if taken:
            self._act(event.kind)
        return taken or after != before

    def gestured(self, gesture: Gesture) -> bool:
        """Take a gesture of the panel."""
        return self.happen(Event(GESTURES[gesture]))

    def band(self, wearer: int, band: Band) -> None:
        """A wearer's band came, went or fell asleep."""
        self._forgive(wearer, band)
        self.happen(Event(Kind.BAND, wearer=self._numbers.index(wearer) + 1, band=band))

    def remember(self, wearer: int, address: str, name: str = "") -> None:
        """A wearer's band is this one, also after the power was off; without a `name`, the one it told before."""
        before = self.kept.bands.get(wearer)
        if not name and before is not None and before.address == address:
            return
        if before != KeptBand(address, name):
            self._keeper.keep(replace(self.kept, bands={**self.kept.bands, wearer: KeptBand(address, name)}))

    def restarting(self) -> None:
        """The box is about to be restarted for a band's sake; that is counted, for it must not go on for ever."""
        self._keeper.keep(replace(self.kept, reboots=self.kept.reboots + 1))

    def _forgive(self, wearer: int, band: Band) -> None:
        """A band that streams for long enough sets the count of restarts back to none."""
        if (timer := self._forgiving.pop(wearer, None)) is not None:
            timer.cancel()
        if band is Band.LINKED and self.kept.reboots:
            loop = asyncio.get_running_loop()
            self._forgiving[wearer] = loop.call_later(
                FORGIVE_REBOOTS_S, lambda: self._keeper.keep(replace(self.kept, reboots=0))
            )

    def fault(self, fault: Fault, *, present: bool) -> None:
        """Something is wrong, or no longer."""
        (self._found.add if present else self._found.discard)(fault)
        self._look_at(fault)

    def _look_at(self, fault: Fault) -> None:
        """A card may be found full by its reading, the recorder and the settings: until none of them says so."""
        present = fault in self._found or fault in (self._recording, self._unsaved)
        if present and fault not in self.state.faults:
            log.warning("%s; %s.", FAULTS[fault].says, FAULTS[fault].remedy)
        self.happen(Event(Kind.FAILED if present else Kind.CLEARED, fault=fault))

    def ready(self) -> None:
        """Everything is open: go on with what the box was doing when it went off."""
        self.happen(Event(Kind.READY, play=self.kept.playing))
        self._do.notify("READY=1")
        self._tell()

    def began(self, wearer: int, clock: SampleClock | None, rates: Rates | None) -> None:
        """A wearer begins anew: go on with its calibration, and tell the recorder where its clock stands."""
        if wearer in self.kept.calibrations:
            self.path.engines[wearer].restore(self.kept.calibrations[wearer])
        if self._do.recorder is not None:
            self._do.recorder.begin(wearer, clock, rates)

    def heard(self, samples: Samples, events: Sequence[Signal]) -> None:
        """Look at what the engine made of a record: a calibration may have ended."""
        if self._do.recorder is not None:
            self._do.recorder.samples(samples)
            self._do.recorder.events(events)
        for event in events:
            if isinstance(event, Status) and event.name == "calibrated":
                self._calibrated()

    # --- what OSC asks for (limen.outlets.osc.Controls) --------------------------------------------------

    def start(self) -> None:
        """Play."""
        self._ask(Kind.PLAY)

    def stop(self) -> None:
        """Stop."""
        self._ask(Kind.STOP)

    def mark(self) -> None:
        """Set a mark."""
        self._ask(Kind.MARK)

    def calibrate(self) -> None:
        """Take the next minute as the baseline."""
        self._ask(Kind.CALIBRATE)

    def status(self) -> None:
        """Every state is sent by the outlet; there is nothing to look at first."""

    def save(self) -> None:
        """Keep what was set live. What is kept of wearers that this configuration has not stays."""
        if Fault.CONFIG_REFUSED in self.state.faults:
            raise LimenError("not now: the configuration is wrong, so there are no knobs to keep")
        changed = {
            wearer: {name: knobs for name, now in table.items() if (knobs := _turned(before[name], now))}
            for wearer, table, before in (
                (wearer.number, self._do.path.gates[wearer.number], wearer.gates) for wearer in self._config.wearers
            )
        }
        self._keeper.keep(replace(self.kept, gates={**self.kept.gates, **changed}))

    def set_gate(self, wearer: int, gate: str, key: str, value: float) -> float:
        """Turn a knob."""
        return self._do.path.set_gate(wearer, gate, key, value)

    def _ask(self, kind: Kind) -> None:
        if not self.happen(Event(kind)):
            raise LimenError(f"not now: the box is {self.state.name}")

    # --- what follows ------------------------------------------------------------------------------------

    @property
    def _do(self) -> Parts:
        if self._parts is None:
            raise LimenError("the daemon has no parts yet; open it first")
        return self._parts

    def _follow(self, before: State) -> None:
        """Make the world agree with the state."""
        state, parts = self.state, self._do
        outlet = parts.path.osc.outlet
        outlet.state(state.name)
        outlet.faults(fault for fault in FAULTS if fault in state.faults)
        outlet.playing(state.sends)
        self._record(before, state)
        if before.phase is Phase.CALIBRATING and state.phase is not Phase.CALIBRATING:
            self._uncalibrate()
        if before.phase is Phase.REPLAYING and state.phase is not Phase.REPLAYING and self._rehearsal is not None:
            self._rehearsal.cancel()
            self._rehearsal = None
        if state.phase is Phase.REPLAYING and before.phase is not Phase.REPLAYING:
            self._rehearsal = parts.rehearse()
        # A box that is shut down in order has ended its evening; one whose plug was pulled goes on with it.
        playing = state.play and state.phase not in (Phase.REPLAYING, Phase.HALTING)
        if state.ready and playing != self.kept.playing:
            self._keeper.keep(replace(self.kept, playing=playing))
        self.show()
        self._tell()

    def _record(self, before: State, state: State) -> None:
        recorder = self._do.recorder
        if recorder is None:
            return
        if _recorded(state) and not _recorded(before):
            recorder.start()
            self.card()  # what ended the last recording is no trouble of this one
        elif not _recorded(state) and recorder.status.recording:
            recorder.stop()

    def _act(self, kind: Kind) -> None:
        """Do what a command asks for beside the state."""
        parts = self._do
        if kind is Kind.MARK:
            parts.path.mark()
            if parts.recorder is not None:
                parts.recorder.mark()
            self._keeper.keep(replace(self.kept, marks=parts.path.marks))
        elif kind is Kind.CALIBRATE:
            self._calibrated_ones = [
                number for number, band in zip(self._numbers, self.state.bands, strict=True) if band is Band.LINKED
            ]
            parts.path.calibrate(self._calibrated_ones)
            loop = asyncio.get_running_loop()
            wait = self._config.calibration.seconds + CALIBRATION_GRACE_S
            self._calibration_end = loop.call_later(wait, self._calibrated, True)
        elif kind is Kind.FORGET:
            self._keeper.keep(replace(self.kept, bands={}, calibrations={}, playing=False))
            parts.forget()
        elif kind is Kind.HALT:
            parts.halt()

    def _calibrated(self, late: bool = False) -> None:
        if self.state.phase is not Phase.CALIBRATING:
            return
        engines = {
            wearer: engine for wearer, engine in self._do.path.engines.items() if wearer in self._calibrated_ones
        }
        done = {wearer: engine for wearer, engine in engines.items() if not engine.calibrating_s}
        kept = self.kept.calibrations
        found = {wearer: engine.calibration().over(kept.get(wearer)) for wearer, engine in done.items()}
        self._keeper.keep(replace(self.kept, calibrations={**kept, **found}))
        if late or len(done) == len(engines):
            self.happen(Event(Kind.CALIBRATED))

    def _uncalibrate(self) -> None:
        """The calibration is over; whoever's is not done goes on with the baseline of before, as it is kept."""
        if self._calibration_end is not None:
            self._calibration_end.cancel()
        for wearer, engine in self._do.path.engines.items():
            if engine.calibrating_s:
                log.info("wearer %d: the baseline was not finished; the one before holds", wearer)
            engine.give_up_calibration()

    # --- what is shown, told and kept --------------------------------------------------------------------

    def look(self) -> None:
        """Look at how the gates stand, for the panel; to be called a few times a second."""
        engines = self._do.path.engines
        for wearer in self._numbers:
            if wearer not in engines:
                self.bits.gone(wearer)
                continue
            for name in engines[wearer].gates:
                self.bits.word(wearer, name, engines[wearer].condition(name))
        self.show()

    @property
    def path(self) -> LivePath:
        """The live path that it directs."""
        return self._do.path

    def notify(self, message: str) -> None:
        """Tell systemd."""
        self._do.notify(message)

    def card(self) -> None:
        """Look at how the recording goes, after the recorder said that something changed."""
        recorder = self._do.recorder
        if recorder is None:
            return
        before, found = self._recording, recorder.status.cause
        self._recording = None if found is None else CARD_FAULTS[found]
        for fault in (before, self._recording):
            if fault is not None:
                self._look_at(fault)
        self.fault(Fault.CARD_SLOW, present=recorder.status.slow)
        if found is not None:
            log.warning("Recording has stopped, the show goes on: %s", recorder.status.trouble)

    def show(self) -> None:
        """Show the panel how it stands."""
        self._do.panel.show(
            scene(self.state, self._since, self.bits.signals(), calibration_s=self._config.calibration.seconds)
        )

    def _tell(self) -> None:
        linked = f"{self.state.linked} of {len(self.state.bands)} bands"
        faults = "".join(f"; {FAULTS[fault].says}" for fault in sorted(self.state.faults))
        self._do.notify(f"STATUS={self.state.name}, {linked}{faults}")

    def _unsavable(self, cause: Cause | None) -> None:
        """What is to be kept is not on the card, and why; None: it is."""
        before, self._unsaved = self._unsaved, None if cause is None else CARD_FAULTS[cause]
        for fault in (before, self._unsaved):
            if fault is not None:
                self._look_at(fault)

    def end(self) -> None:
        """Let no event have any effect from here on; what it directs is being closed, the panel last."""
        self._ended = True

    async def close(self) -> None:
        """Wait until what was to be kept is on the card, with the panel alive: a light that is out says unplug."""
        self.end()
        for timer in (self._calibration_end, *self._forgiving.values()):
            if timer is not None:
                timer.cancel()
        if self._rehearsal is not None:
            self._rehearsal.cancel()
        await self._keeper.close()


def _turned(before: GateSettings, now: GateSettings) -> dict[str, float]:
    """The knobs that do not stand where the configuration has them; the others go on following it."""
    stood, stand = _knobs(before), _knobs(now)
    return {name: value for name, value in stand.items() if value != stood[name]}


def _knobs(gate: GateSettings) -> dict[str, float]:
    return {
        "sensitivity": gate.sensitivity,
        "hold": gate.hold_s,
        "rest": gate.rest_s,
        "enable": float(gate.enable),
    }


def _recorded(state: State) -> bool:
    return state.play and state.ready and state.phase not in (Phase.REPLAYING, Phase.FAULT, Phase.HALTING)
