"""The engine: samples of one wearer in, events out; the same samples always give the same events.

Streams arrive in packets of different lengths, and some rules look across streams: a rise is marked when the arm
moved, and no gate opens while the band is off. So that neither packet sizes nor their order can change a bit, a
sample is judged only when what it leans on has been heard, in sample time:

    EDA and TEMP   wait for ACC of the same moment (their packets are the longer ones, ACC is there by then)
    BVP            is marked by the movement of half a second ago, and so never waits for a beat's own packet;
                   half a second leaves room for one lost packet of ACC
    BVP, ACC, TEMP learn four seconds late that the band was taken off or put on: an EDA packet lasts 1.5 s, and
                   one may be lost

An inlet that stops hearing a stream says so in time (`limen.inlets`); should one not, nothing waits for longer
than `PATIENCE_TICKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from limen.errors import UsageError
from limen.gates.breath import Breath
from limen.gates.gate import Context, Gate
from limen.gates.intake import TICKS_PER_SECOND, Intake, Run
from limen.gates.motion import MotionFront
from limen.gates.movement import MovementHistory
from limen.gates.pulse import PulseFront
from limen.gates.records import Event, Samples, Status, Triple
from limen.gates.settings import GATES, GateSettings, turned
from limen.gates.skin import SkinFront
from limen.gates.statistics import WinsorisedMean
from limen.gates.temperature import TemperatureFront
from limen.streams import STREAMS, Stream

MARK_TICKS: Final = 1 * TICKS_PER_SECOND
MARK_LAG_TICKS: Final = {Stream.BVP: TICKS_PER_SECOND // 2, Stream.ACC: 0, Stream.EDA: 0, Stream.TEMP: 0}
WORN_LAG_TICKS: Final = 4 * TICKS_PER_SECOND
PATIENCE_TICKS: Final = 16 * TICKS_PER_SECOND
FOREVER: Final = 1 << 60
# A baseline is taken with this share of its samples: an EDA packet is 1.5 s late, and 5 s may go to settling.
BASELINE_SHARE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a calibration found, to be kept and restored: the pose in g and each gate's statistics."""

    pose: Triple | None
    statistics: Mapping[str, tuple[float, float, int]]

    def over(self, older: Calibration | None) -> Calibration:
        """This, and from an older one what this did not find."""
        if older is None:
            return self
        pose = older.pose if self.pose is None else self.pose
        return Calibration(pose, {**older.statistics, **self.statistics})


class Engine:
    """All gates of one wearer.

    `streams` are those that will come (a recording may lack some); `rates` are their true rates in Hz where they
    are not nominal, used for times that are shown, never for decisions. Without `readings` only edges and states
    come out, for less work. All memory is taken here.
    """

    def __init__(
        self,
        wearer: int = 1,
        settings: Mapping[str, GateSettings] | None = None,
        *,
        streams: Iterable[Stream] = tuple(Stream),
        rates: Mapping[Stream, float] | None = None,
        readings: bool = True,
    ) -> None:
        chosen = {name: spec.defaults for name, spec in GATES.items()} | dict(settings or {})
        true_rates = {stream: float(STREAMS[stream].rate_hz) for stream in Stream} | dict(rates or {})
        self.context = Context(wearer, true_rates, self._marked, readings=readings)
        self._history = MovementHistory()
        self._intakes = {stream: Intake(stream) for stream in Stream}
        self._streams = tuple(stream for stream in Stream if stream in set(streams))
        self._bvp = PulseFront(self.context, chosen)
        self._breath = Breath(self.context, chosen["breath"])
        self._acc = MotionFront(self.context, chosen, self._history)
        self._eda = SkinFront(self.context, chosen, self._intakes[Stream.EDA].ticks_per_sample)
        self._temp = TemperatureFront(self.context, chosen)
        self._gates_of: dict[Stream, tuple[Gate, ...]] = {
            Stream.BVP: (*self._bvp.gates, self._breath),
            Stream.ACC: self._acc.gates,
            Stream.EDA: self._eda.gates,
            Stream.TEMP: self._temp.gates,
        }
        self._restarts: dict[Stream, tuple[Callable[[], None], ...]] = {
            Stream.BVP: (self._bvp.restart, self._breath.restart),
            Stream.ACC: (self._acc.restart,),
            Stream.EDA: (self._eda.restart,),
            Stream.TEMP: (self._temp.restart,),
        }
        found = {gate.spec.name: gate for gates in self._gates_of.values() for gate in gates}
        self.gates: dict[str, Gate] = {name: found[name] for name in GATES}
        self._vetoed = dict.fromkeys(Stream, False)
        self._finished = False
        self._calibrated_at: int | None = None
        self._uncalibrated: Callable[[], None] | None = None

    # --- samples -----------------------------------------------------------------------------------------

    def feed(self, samples: Samples) -> list[Event]:
        """Take one record; returns what came of it, in the order in which it was judged."""
        if samples.stream not in self._streams:
            return []
        self._intakes[samples.stream].accept(samples)
        self._judge()
        return self._collect()

    def finish(self) -> list[Event]:
        """Nothing more will come: judge what still waited for other streams."""
        self._finished = True
        self._judge()
        self._finished = False
        return self._collect()

    def close(self) -> list[Event]:
        """Judge what waited and close every open gate, because the signal ends here."""
        events = self.finish()
        for stream in self._streams:
            intake = self._intakes[stream]
            for gate in self._gates_of[stream]:
                gate.force_off(intake.end, "ended")
        return events + self._collect()

    def _collect(self) -> list[Event]:
        events, self.context.out = self.context.out, []
        return events

    def _judge(self) -> None:
        progress = True
        while progress:
            progress = False
            for stream in self._streams:
                intake = self._intakes[stream]
                while intake.queue and self._advance(stream, intake):
                    progress = True
        if self._calibrated_at is not None:
            self._maybe_end_calibration()

    def _heard(self, stream: Stream) -> int:
        intake = self._intakes[stream]
        if stream not in self._streams or (self._finished and not intake.queue):
            return FOREVER
        return intake.heard

    def _horizon(self, stream: Stream, intake: Intake) -> int:
        """The tick before which samples of `stream` may be judged now."""
        if stream is Stream.EDA:
            horizon = self._heard(Stream.ACC)
        else:
            horizon = self._heard(Stream.EDA) + WORN_LAG_TICKS
            if stream is not Stream.ACC:
                horizon = min(horizon, self._heard(Stream.ACC) + MARK_LAG_TICKS[stream])
        return max(horizon, intake.end * intake.ticks_per_sample - PATIENCE_TICKS)

    def _advance(self, stream: Stream, intake: Intake) -> bool:
        """Judge as much of the first run as may be; true if anything was."""
        run = intake.queue[0]
        if run.stale:
            self._go_stale(stream, run.first)
            intake.queue.popleft()
            return True
        ticks = intake.ticks_per_sample
        count = min(len(run.values), -((run.first * ticks - self._horizon(stream, intake)) // ticks))
        if count <= 0:
            return False
        if run.fresh:
            self._say(f"fresh/{stream}", stream, 1, run.first)
            run.fresh = False
        first, values = run.first, run.values
        if count == len(values):
            # A run that is used up leaves its place first: `heard` is then the end of what came.
            intake.queue.popleft()
        else:
            intake.queue[0] = Run(first + count, values[count:])
            values = values[:count]
        self._run(stream, first, values, ticks)
        return True

    def _run(self, stream: Stream, first: int, values: list[Any], ticks: int) -> None:
        """Hand contiguous samples to their front, split where the band was taken off or put on."""
        for gate in self._gates_of[stream]:
            if gate.bit and not gate.enabled:
                gate.force_off(first, "disabled")
        if stream is Stream.EDA:
            self._eda.run(first, values)
            return
        worn = self._eda.worn
        at = first * ticks - WORN_LAG_TICKS
        end = at + len(values) * ticks
        while values:
            if worn.settled_before(at):
                state, until = worn.state, end
            else:
                state, until = worn.at(at), worn.next_change(at, end)
            count = -((at - until) // ticks)
            self._veto(stream, first, vetoed=not state)
            part = values[:count]
            if stream is Stream.BVP:
                self._bvp.run(first, part, self._vetoed[stream])
                if self._breath.enabled:
                    self._breath.run(first, part, self._vetoed[stream])
            elif stream is Stream.ACC:
                self._acc.run(first, part, self._vetoed[stream])
            else:
                self._temp.run(first, part, self._vetoed[stream])
            first, values, at = first + count, values[count:], at + count * ticks

    def _veto(self, stream: Stream, index: int, *, vetoed: bool) -> None:
        if vetoed and not self._vetoed[stream]:
            for gate in self._gates_of[stream]:
                gate.force_off(index, "not-worn")
        self._vetoed[stream] = vetoed

    def _go_stale(self, stream: Stream, index: int) -> None:
        for gate in self._gates_of[stream]:
            gate.force_off(index, "stale")
        for restart in self._restarts[stream]:
            restart()
        self._say(f"fresh/{stream}", stream, 0, index)

    def _say(self, name: str, stream: Stream, value: int, index: int) -> None:
        t = index / self.context.rates[stream]
        self.context.out.append(Status(self.context.wearer, name, stream, value, index, t))

    def _marked(self, stream: Stream, index: int) -> bool:
        """Whether the arm moved in the second up to this sample (for BVP: up to half a second before it)."""
        last = index * self._intakes[stream].ticks_per_sample - MARK_LAG_TICKS[stream]
        per_sample = self._intakes[Stream.ACC].ticks_per_sample
        return self._history.any(-((MARK_TICKS - last) // per_sample), last // per_sample)

    # --- what a person turns -----------------------------------------------------------------------------

    def set(self, gate: str, key: str, value: float) -> float:
        """Set `sensitivity`, `hold`, `rest` (seconds) or `enable` of a gate; returns what it was clamped to.

        It counts from the next sample on. Raises UsageError for a gate or key that is not there, and for NaN.
        """
        if gate not in self.gates:
            raise UsageError(f"there is no gate {gate!r}; gates are {', '.join(self.gates)}")
        changed, held = turned(self.gates[gate].settings, key, value)
        self.gates[gate].apply(changed)
        return held

    def calibrate(self, seconds: float = 60.0) -> None:
        """Take the next seconds as the baseline: statistics begin anew and the pose is averaged over them.

        What they teach counts as learned then, however long its window is: a person chose these seconds.
        """
        now = max((self._intakes[stream].heard for stream in self._streams), default=0)
        self._calibrated_at = now + round(seconds * TICKS_PER_SECOND)
        self._uncalibrated = self._uncalibrated or self._undo()
        self._acc.tilt.take_pose(max(1, round(seconds * STREAMS[Stream.ACC].rate_hz)))
        for name, statistics in self._statistics().items():
            rate_hz = STREAMS[self.gates[name].stream].rate_hz
            statistics.restart(max(1, round(BASELINE_SHARE * seconds * rate_hz)))

    def give_up_calibration(self) -> None:
        """Go on as before the calibration under way, which then never was; nothing if there is none."""
        if self._uncalibrated is not None:
            self._uncalibrated()
        self._calibrated_at = self._uncalibrated = None

    def _undo(self) -> Callable[[], None]:
        """What puts pose and statistics back to where they stand now."""
        pose = self._acc.tilt.standing()
        known = [(name, each, each.snapshot(), each.learned_at) for name, each in self._statistics().items()]

        def undo() -> None:
            self._acc.tilt.stand(pose)
            for name, statistics, snapshot, learned_at in known:
                statistics.restore(snapshot, learned_at)
                self.gates[name].threshold.refresh()

        return undo

    @property
    def calibrating_s(self) -> float:
        """Seconds of signal until the calibration under way is done, 0 when there is none."""
        if self._calibrated_at is None:
            return 0.0
        now = max((self._intakes[stream].heard for stream in self._streams), default=0)
        return max(0.0, (self._calibrated_at - now) / TICKS_PER_SECOND)

    def _maybe_end_calibration(self) -> None:
        if self.calibrating_s == 0.0:
            self._calibrated_at = self._uncalibrated = None
            stream = self._streams[0]
            self._say(
                "calibrated", stream, 1, self._intakes[stream].heard // self._intakes[stream].ticks_per_sample
            )

    def calibration(self) -> Calibration:
        """What is known of this wearer now, to be kept: of gates that are still learning nothing is."""
        found = {
            name: statistics.snapshot()
            for name, statistics in self._statistics().items()
            if not statistics.learning
        }
        return Calibration(self._acc.tilt.pose, found)

    def restore(self, calibration: Calibration) -> None:
        """Go on from what was kept."""
        if calibration.pose is not None:
            self._acc.tilt.set_pose(calibration.pose)
        for name, statistics in self._statistics().items():
            if name in calibration.statistics:
                statistics.restore(calibration.statistics[name])
                self.gates[name].threshold.refresh()

    def _statistics(self) -> dict[str, WinsorisedMean]:
        found = {}
        for name, gate in self.gates.items():
            statistics = getattr(gate.threshold, "statistics", None)
            if isinstance(statistics, WinsorisedMean):
                found[name] = statistics
        return found

    # --- what can be asked -------------------------------------------------------------------------------

    def condition(self, gate: str) -> str:
        """One word for a gate now: on, off, learning, not-worn, stale or disabled."""
        asked = self.gates[gate]
        if not asked.enabled:
            return "disabled"
        if asked.stream not in self._streams or not self._intakes[asked.stream].is_fresh:
            return "stale"
        if self._vetoed[asked.stream] or not self._eda.worn.state:
            return "not-worn"
        if asked.bit:
            return "on"
        return "learning" if asked.learning else "off"

    def standing(self, gate: str) -> tuple[float, float]:
        """A gate's value and on-threshold as they are now, in its unit."""
        if gate == "pulse":
            return self._bvp.balance
        asked = self.gates[gate]
        return asked.value, asked.threshold.on

    @property
    def worn(self) -> int:
        """Whether the band touches skin, 1 until something else is known."""
        return self._eda.worn.state

    @property
    def overlaps(self) -> int:
        """How many samples came twice and were taken once."""
        return sum(intake.overlaps for intake in self._intakes.values())
