"""`limen run` with simulated wearers who live faster: hurried.py SPEED CONFIG

Nothing of the daemon is another but the pace at which its simulated wearers are performed. Every second it says, as
a line of JSON, how many packets they have sent and what the process holds.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import threading
from functools import partial
from pathlib import Path

from limen.box import lives, pace, running, sources, watch
from limen.box.daemon import Daemon

SPEED = float(sys.argv[1])
PAGE_KB = resource.getpagesize() // 1024


async def figures(daemon: Daemon) -> None:
    while True:
        await asyncio.sleep(1.0)
        said = {
            "records": daemon.path.records,
            "rss_kb": int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_KB,  # noqa: ASYNC240
            "tasks": len(asyncio.all_tasks()),
            "threads": threading.active_count(),
            "fds": len(list(Path("/proc/self/fd").iterdir())),  # noqa: ASYNC240
            "state": daemon.state.name,
            "program": lives.__file__,
        }
        print(json.dumps(said), flush=True)


async def look(daemon: Daemon) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(watch.look(daemon))
        group.create_task(figures(daemon))


sources.perform = partial(pace.perform, speed=SPEED)  # type: ignore[assignment]
running.look = look
sys.exit(lives.run_box(Path(sys.argv[2]), None))
