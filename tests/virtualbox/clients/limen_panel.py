"""Limen's own panel on the kernel's GPIO. First light at once; SIGUSR1 loads the rest, then
opens it, SIGUSR2 closes it for a halt."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from pathlib import Path

from limen.panel.firstlight import first_light

held = first_light()


def say(event: str, **more: object) -> None:
    print(json.dumps({"t": time.monotonic(), "event": event, **more}), flush=True)


async def main() -> None:
    from limen.panel.starting import starting

    def gestured(gesture: str) -> bool:
        say("gesture", gesture=gesture)
        return True

    loop, opened, halted = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, opened.set)
    loop.add_signal_handler(signal.SIGUSR2, halted.set)
    say("first light", held=held is not None)
    await opened.wait()
    opened.clear()
    with starting(held):
        from limen.box.scene import scene
        from limen.box.states import Band, Phase, State
        from limen.panel.lights import Signal
        from limen.panel.panel import open_panel
        from limen.streams import Stream
    say("loaded")
    await opened.wait()
    # As in the service's sandbox, where the GPIO library finds nowhere to write.
    os.chdir("/proc")
    panel = open_panel(gestured, held=held)
    panel.show(scene(State(Phase.LINKED, (Band.LINKED,)), 0.0, dict.fromkeys(Stream, Signal.SHUT)))
    say("open", folder=str(Path.cwd()))
    await halted.wait()
    panel.close()
    say("last light")
    await asyncio.sleep(3600)


asyncio.run(main())
