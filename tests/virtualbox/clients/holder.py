"""Limen's own band inlet in the box: holder.py FOLDER JSON

JSON: {"wanted": [[wearer, address|null, name|null], ...], "speed": 1, "start": ..., "response": ...}.
What it is told comes out as JSON lines: states with their times, edges, presses, figures every two seconds.
FOLDER/N.e4raw is the capture of wearer N. With a speed, the inlet's clock runs so many times as fast, as the
band's tape does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import resource
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bleak.backends.bluezdbus.manager import get_global_bluez_manager

from limen.box.config.gates import DEFAULT_GATES
from limen.gates import Edge, Engine, Samples
from limen.gates.lines import as_json
from limen.inlets.band import link as held
from limen.inlets.band.capture import CaptureWriter
from limen.inlets.band.codec import Notification
from limen.inlets.band.inlet import BandInlet
from limen.inlets.band.ladder import Action
from limen.inlets.band.link import Ears
from limen.inlets.band.profile import Start
from limen.inlets.band.roster import Wanted
from limen.inlets.band.settings import BandSettings, LinkSettings
from limen.inlets.band.states import LinkState
from limen.streams import Stream

# Beside a band that plays, a connect is kept short; an emulated one takes as long as over a poor link.
held.CONNECT_PLAYING_S = held.CONNECT_S

PAGE_KB = resource.getpagesize() // 1024


def say(event: str, **more: Any) -> None:
    print(json.dumps({"t": time.monotonic(), "event": event, **more}), flush=True)


class Say(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say("log", level=record.levelname, text=record.getMessage())


class Holder:
    def __init__(self, folder: Path, asked: dict[str, Any]) -> None:
        speed = asked.get("speed", 1.0)
        wanted = [Wanted(*each) for each in asked["wanted"]]
        link = LinkSettings(
            start=Start(asked["start"]) if asked.get("start") else None,
            response=asked.get("response"),
            last_resort=Action[asked.get("last_resort", "RESTART")],
            asleep_s=60.0,  # an emulated radio is slow to see anything
        )
        self.files = {each.wearer: (folder / f"{each.wearer}.e4raw").open("a", encoding="utf-8") for each in wanted}
        self.writers = {wearer: CaptureWriter(file) for wearer, file in self.files.items()}
        self.engines: dict[int, Engine] = {}
        self.packets = 0
        self.inlet = BandInlet(
            BandSettings(),
            wanted,
            Ears(self.hear, self.event, self.raw),
            link,
            clock=lambda: time.monotonic() * speed,
        )

    def raw(self, wearer: int, line: Any) -> None:
        self.writers[wearer].write(line)
        self.packets += isinstance(line, Notification)

    def hear(self, samples: Samples) -> None:
        engine = self.engines.get(samples.wearer)
        if engine is None:
            engine = self.engines[samples.wearer] = Engine(samples.wearer, DEFAULT_GATES, readings=False)
        self.edges(engine.feed(samples))

    def edges(self, events: Any) -> None:
        for event in events:
            if isinstance(event, Edge):
                say("edge", edge=as_json(event))

    def event(self, event: Any) -> None:
        kind = "state" if isinstance(event, LinkState) else type(event).__name__.lower()
        say(kind, **asdict(event))

    async def figures(self) -> None:
        while True:
            manager = await get_global_bluez_manager()
            statm = Path("/proc/self/statm").read_text(encoding="ascii").split()  # noqa: ASYNC240
            say(
                "figures",
                rss_kb=int(statm[1]) * PAGE_KB,
                tasks=len(asyncio.all_tasks()),
                fds=len(list(Path("/proc/self/fd").iterdir())),  # noqa: ASYNC240
                watchers=sum(map(len, manager._device_watchers.values())),
                callbacks=len(manager._device_removed_callbacks),
                cpu_s=time.process_time(),
                packets=self.packets,
                bursts=self.inlet.scanner.bursts,
            )
            await asyncio.sleep(2)

    async def run(self) -> None:
        running = asyncio.current_task()
        assert running is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
        figures = asyncio.create_task(self.figures())
        try:
            await self.inlet.run()
        finally:
            figures.cancel()
            for engine in self.engines.values():
                self.edges(engine.close())
            for wearer, link in self.inlet.links.items():
                tallies = {stream: asdict(link.assembler.tally(stream)) for stream in Stream}
                say("tally", wearer=wearer, **tallies)
                self.files[wearer].close()
            say("ended", assigned=self.inlet.assigned)


logging.getLogger().addHandler(Say())
logging.getLogger("limen").setLevel(logging.DEBUG)
_folder = Path(sys.argv[1])
_folder.mkdir(parents=True, exist_ok=True)
with contextlib.suppress(asyncio.CancelledError):
    asyncio.run(Holder(_folder, json.loads(sys.argv[2])).run())
