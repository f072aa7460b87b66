"""All benchmarks: every module here that has `run()`. Exit status 1 where a goal is missed."""

from __future__ import annotations

import importlib
import os
import pkgutil
import platform
import sys
import time
from pathlib import Path

from tests import bench
from tests.bench.pace import Pace


def main() -> int:
    """Run them all and count what was missed."""
    started, missed = time.monotonic(), 0
    pace = Pace()
    # A distribution's Python is built with profiles and is some tenth to sixth faster than one built without.
    print(f"Python {platform.python_version()} in {Path(sys.executable).resolve().parent}")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {pace}; compare ratios, not times")
    for found in pkgutil.iter_modules(bench.__path__):
        if found.name.startswith("_"):
            continue
        module = importlib.import_module(f"{bench.__name__}.{found.name}")
        if not hasattr(module, "run"):
            continue
        title = (module.__doc__ or found.name).splitlines()[0].split(":  ")[0]
        results = module.run()
        pace.take()
        bench.report(f"{title} ({pace.last:.0f} ns a turn after it)", results)
        missed += sum(not result.met for result in results)
    print(f"\n{pace}; {time.monotonic() - started:.0f} s; {missed} goal{'s' * (missed != 1)} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
