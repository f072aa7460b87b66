"""One screen of live meters: four signals, eleven bits, and the sentences of what just happened.

Made to be read in the dark and from across a table: dim where nothing is, bright where a bit is 1, no colour that
carries meaning alone.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from limen.box.livepath import LivePath
from limen.gates import GATES, Edge, Played
from limen.gates.records import Reading, Status
from limen.streams import STREAMS, Stream

FRAMES_PER_SECOND: Final = 12
BAR_CELLS: Final = 24
SENTENCES: Final = 7
SHADES: Final = " ▁▂▃▄▅▆▇█"
HISTORY: Final = 48
HISTORY_STEP: Final = {Stream.BVP: 8, Stream.ACC: 8, Stream.EDA: 2, Stream.TEMP: 4}
SHOWS: Final = {Stream.BVP: "pulse", Stream.ACC: "arm", Stream.EDA: "skin", Stream.TEMP: "heat"}


_LOG: Final = logging.getLogger("limen")


class _Notices(logging.Handler):
    """Warnings, among the sentences: written anywhere else they would tear the screen."""

    def __init__(self, said: deque[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(f"  {record.getMessage()}")


class Meters:
    """A sink of the driver that shows one wearer of the `path` that it is given.

    Enter it to take the screen, leave it to give it back.
    """

    grid_s = math.inf

    def __init__(self, title: str, wearer: int) -> None:
        self.path: LivePath | None = None
        self._title = title
        self._wearer = wearer
        self._levels = dict.fromkeys(Stream, 0.0)
        self._values = dict.fromkeys(Stream, 0.0)
        self._past = {stream: deque([0.0] * HISTORY, maxlen=HISTORY) for stream in Stream}
        self._step = dict.fromkeys(Stream, -1)
        self._bits = dict.fromkeys(GATES, 0)
        self._beats_per_minute = 0.0
        self._said: deque[str] = deque(maxlen=SENTENCES)
        self._beat = ""
        self._t = 0.0
        self._notices = _Notices(self._said)
        self._live = Live(
            get_renderable=self._screen, console=Console(), screen=True, refresh_per_second=FRAMES_PER_SECOND
        )

    def __enter__(self) -> Meters:
        _LOG.addHandler(self._notices)
        self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        _LOG.removeHandler(self._notices)
        # The terminal may be what has gone.
        with suppress(OSError):
            self._live.stop()

    def play(self, events: Sequence[Played], now: float) -> None:
        """Take in what is played; drawing happens in the screen's own time."""
        for event in events:
            if event.wearer != self._wearer:
                continue
            self._t = max(self._t, event.t)
            if isinstance(event, Edge):
                self._bits[event.gate] = event.bit
                if event.bit:
                    line = f"{event.t:8.2f} s  {event.why.sentence}"
                    if event.gate == "pulse":
                        self._beat = line
                    else:
                        self._said.append(line)
            elif isinstance(event, Status):
                if event.name == "worn":
                    self._said.append(
                        f"{event.t:8.2f} s  The band is {'worn' if event.value else 'off the wrist'}."
                    )
            else:
                self._read(event)

    def _read(self, event: Reading) -> None:
        if event.name == "hr":
            self._beats_per_minute = event.values[0]
            return
        values = event.values
        self._values[event.stream] = math.hypot(*values) if len(values) > 1 else values[0]
        if event.level is not None:
            self._levels[event.stream] = event.level
            step = event.index // HISTORY_STEP[event.stream]
            if step > self._step[event.stream]:
                self._past[event.stream].append(event.level)
            self._step[event.stream] = step

    def run_due(self, now: float) -> None:
        """Nothing is due by itself."""

    # --- the screen --------------------------------------------------------------------------------------

    def _screen(self) -> Group:
        # In the screen's own thread: what grows is copied before it is gone through.
        head = Text(f" {self._title}", style="bold")
        head.append(f"   {int(self._t // 60):02d}:{self._t % 60:04.1f}   {self._sent()} messages sent", style="dim")
        head.append(self._unheard(), style="bold")
        lines: list[RenderableType] = [head, Text()]
        for stream in Stream:
            lines += [self._signal(stream), self._gates(stream), Text()]
        lines.append(Text(self._beat, style="dim", no_wrap=True, overflow="ellipsis"))
        lines += [Text(said, no_wrap=True, overflow="ellipsis") for said in tuple(self._said)]
        lines += [Text()] * (SENTENCES - len(self._said))
        lines.append(Text(" Ctrl-C ends it", style="dim"))
        return Group(*lines)

    def _unheard(self) -> str:
        if self.path is None or not (unheard := self.path.osc.outlet.destinations.unheard):
            return ""
        if len(unheard) == len(self.path.osc.outlet.destinations.everyone):
            return ", nobody listens"
        return ", nobody listens at " + ", ".join(f"{ip}:{port}" for ip, port in unheard)

    def _sent(self) -> int:
        return 0 if self.path is None else self.path.osc.outlet.destinations.sent

    def _signal(self, stream: Stream) -> Table:
        level = self._levels[stream]
        full = round(level * BAR_CELLS)
        bar = Text("█" * full, style="cyan")
        bar.append("─" * (BAR_CELLS - full), style="bright_black")
        past = "".join(SHADES[round(at * (len(SHADES) - 1))] for at in tuple(self._past[stream]))
        unit = STREAMS[stream].unit if stream is not Stream.BVP else ""
        number = f"{self._values[stream]:8.2f} {unit}"
        if stream is Stream.BVP and self._beats_per_minute:
            number = f"{self._beats_per_minute:8.0f} bpm"
        row = Table.grid(padding=(0, 1))
        row.add_column(width=6)
        row.add_column(width=BAR_CELLS)
        row.add_column(width=13, justify="right")
        row.add_column(no_wrap=True)
        row.add_row(Text(f" {SHOWS[stream]}", style="bold"), bar, Text(number), Text(past, style="cyan dim"))
        return row

    def _gates(self, stream: Stream) -> Text:
        engine = self.path.engines.get(self._wearer) if self.path else None
        line = Text("       ")
        for name, spec in GATES.items():
            if spec.stream is not stream:
                continue
            condition = engine.condition(name) if engine else "stale"
            if self._bits[name]:
                line.append(f"● {name}", style="bold bright_yellow")
            elif condition in {"off", "on"}:
                line.append(f"○ {name}", style="white")
            elif condition != "disabled":
                line.append(f"◌ {name} ({condition})", style="dim italic")
            else:
                continue
            line.append("   ")
        return line
