"""Keeps what is played: a folder per wearer in the E4's export format, with raw packets, marks and edges."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from limen.gates.records import Edge, Event, Readings, Samples
from limen.outlets.recorder.card import Folder
from limen.outlets.recorder.info import info
from limen.outlets.recorder.take import Cause, OpenFolder, Take
from limen.outlets.recorder.text import RecordingText
from limen.outlets.recorder.timeline import STEPS_PER_S, Heard
from limen.streams import STREAMS, SampleClock, Stream


@dataclass(frozen=True, slots=True)
class RecorderSettings:
    """Where recordings go, whether with the band's raw packets, and how many MB are to stay free there."""

    folder: Path
    raw: bool = True
    reserve_mb: float = 500.0


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """Whether it records now, and into which folders.

    `trouble` is one line that says why it ended by itself, `cause` the same in a word. `slow`: the card does not
    keep up, so that a power cut would cost more than a second; the recording goes on.
    """

    recording: bool = False
    folders: tuple[Path, ...] = ()
    trouble: str = ""
    cause: Cause | None = None
    slow: bool = False


@dataclass(slots=True)
class _Part:
    """One wearer of the take: `shift` is what to add to the inlet's time, `zero_at` row 0 in monotonic seconds."""

    text: RecordingText
    heard: Heard
    shift: int
    zero_at: float
    end: int = 0  # in steps of the recording

    def row(self, stream: Stream, index: int) -> int:
        return index + self.shift * STREAMS[stream].rate_hz // STEPS_PER_S


class Recorder:
    """Tell it of everything, whether it records or not: it must know where each stream stands when play starts.

    None of its methods blocks or raises over what a card does. `changed` is called when a recording ended by
    itself or was written to its end, and when its card becomes slow or keeps up again; mostly from another thread:
    hand it on with `call_soon_threadsafe`.
    `wall` and `now` are the clocks, in seconds; the wall clock is looked at once in a play, for its label.
    """

    def __init__(
        self,
        settings: RecorderSettings,
        changed: Callable[[], None] = lambda: None,
        *,
        wall: Callable[[], float] = time.time,
        now: Callable[[], float] = time.monotonic,
        open_folder: OpenFolder = Folder,
    ) -> None:
        self._settings = settings
        self._changed = changed
        self._wall = wall
        self._now = now
        self._open_folder = open_folder
        self._heard: dict[int, Heard] = {}
        self._parts: dict[int, _Part] = {}
        self._take: Take | None = None
        self._wall_at_zero = 0.0

    @property
    def status(self) -> RecorderStatus:
        """How it stands, now or, after a stop, with the last recording."""
        if self._take is None:
            return RecorderStatus()
        take = self._take
        return RecorderStatus(take.is_recording, take.folders, take.trouble, take.cause, take.slow)

    def start(self) -> None:
        """Record from here on, into new folders."""
        if self._take is not None and self._take.is_recording:
            return
        if self._take is not None and not self._take.join(0.0) and self._take.trouble:
            return  # the card has not answered since; one thread that waits for it is enough
        self._parts = {}
        self._wall_at_zero = self._wall() - self._now()
        self._take = Take(
            self._settings.folder, self._settings.reserve_mb, self._changed, self._open_folder, self._now
        )

    def stop(self) -> None:
        """Record no longer; what came is put on the card by and by."""
        if self._take is not None:
            self._take.stop()

    def close(self, timeout_s: float = 5.0) -> bool:
        """Stop and wait until all is on the card; false if that took too long. The one method that waits."""
        self.stop()
        return self._take is None or self._take.join(timeout_s)

    # --- what happens ------------------------------------------------------------------------------------

    def begin(
        self, wearer: int, clock: SampleClock | None = None, rates: Mapping[Stream, float] | None = None
    ) -> None:
        """A wearer's samples will come, counted anew from 0. While recording they go on in the same folder."""
        self._heard[wearer] = Heard(clock) if rates is None else Heard(clock, dict(Heard().rates) | dict(rates))

    def samples(self, samples: Samples) -> None:
        """Take a record, as the engine does."""
        heard = self._heard.setdefault(samples.wearer, Heard())
        if self._take is not None and self._take.is_recording:
            rate = STREAMS[samples.stream].rate_hz
            first_step = (samples.first - samples.lost) * STEPS_PER_S // rate
            step = heard.end_step if heard.ends else first_step
            part = self._part(samples.wearer, step, samples.stream)
            row = part.row(samples.stream, samples.first)
            skip = max(0, -row)
            values = samples.values[skip:]
            self._take.put(part.text.samples, samples.stream, row + skip, values)
            part.end = max(part.end, -(-(row + skip + len(values)) * STEPS_PER_S // rate))
        heard.hear(samples)

    def events(self, events: Iterable[Event]) -> None:
        """Take what the engine made of samples; edges of before the recording's start are left out."""
        take = self._take
        if take is None or not take.is_recording:
            return
        for event in events:
            if isinstance(event, Edge):
                at = event.index
            elif isinstance(event, Readings) and event.name == "hr":
                at = event.first
            else:
                continue
            part = self._parts.get(event.wearer)
            if part is None:
                continue
            index = part.row(event.stream, at)
            t = index / part.heard.rates[event.stream]
            if index < 0:
                continue
            if isinstance(event, Edge):
                take.put(part.text.edge, replace(event, index=index, t=t))
            else:
                take.put(part.text.heart_rate, t, event.values[0])

    def mark(self, at: float | None = None) -> None:
        """Take a mark for every wearer, made at a monotonic time in seconds (now if left out)."""
        at = self._now() if at is None else at
        for part in self._parts.values():
            if self._take is not None:
                t = part.heard.seconds_at(at) + part.shift / STEPS_PER_S
                self._take.put(part.text.mark, max(0.0, t))

    def packet(self, wearer: int, at: float, characteristic: str, data: bytes) -> None:
        """Take what a band sent, undecoded: when (monotonic seconds), from which characteristic, the bytes."""
        if self._take is not None and self._take.is_recording and self._settings.raw:
            part = self._part(wearer, self._heard.setdefault(wearer, Heard()).end_step)
            self._take.put(part.text.packet, at, characteristic, data)

    def link(self, wearer: int, at: float, *, up: bool) -> None:
        """Take that a band's link came or went at a monotonic time, for those who decode its packets anew."""
        part = self._parts.get(wearer)
        if self._take is not None and part is not None and self._settings.raw:
            self._take.put(part.text.link, at, up)

    # --- how it comes together ---------------------------------------------------------------------------

    def _part(self, wearer: int, step: int, stream: Stream | None = None) -> _Part:
        """The wearer's place in the take, with its inlet at `step` now and `stream` being heard."""
        heard = self._heard[wearer]
        part = self._parts.get(wearer)
        if part is not None and part.heard is heard:
            return part
        taken_at = heard.taken_at(step, self._now(), stream)
        if part is not None:
            # The inlet counts anew. Where there is a clock it says how much was missed in between.
            elapsed = math.ceil((taken_at - part.zero_at) * STEPS_PER_S)
            part.shift = max(part.end, elapsed if heard.clock else 0) - step
            part.heard = heard
            return part
        start = int(taken_at + self._wall_at_zero)
        text = RecordingText(start, heard.rates)
        part = self._parts[wearer] = _Part(text, heard, -step, taken_at)
        if self._take is not None:
            self._take.add(start, wearer, info(wearer, taken_at), text)
        return part
