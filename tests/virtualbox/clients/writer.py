"""What a power cut hits: commits a growing number by write, fsync, rename, fsync; prints it once it is safe."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path

folder = Path("/var/lib/venue-writer")
folder.mkdir(exist_ok=True)
state = folder / "state.json"
handle = os.open(folder, os.O_DIRECTORY)
first = json.loads(state.read_text())["n"] + 1 if state.exists() else 1
for n in itertools.count(first):
    fresh = folder / "state.new"
    with fresh.open("w") as file:
        json.dump({"n": n, "padding": "x" * 2000}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(state)
    os.fsync(handle)
    print(n, flush=True)
