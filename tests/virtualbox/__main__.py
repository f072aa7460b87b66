"""What make runs: `python -m tests.virtualbox build [bare] | shell [bare] | cuts N [limen]`."""

from __future__ import annotations

import random
import sys
import time

from tests.virtualbox import cuts, limen_cuts, live
from tests.virtualbox.recipe import Variant


def main(arguments: list[str]) -> int:
    """Run one of the three; the exit status."""
    verb, rest = arguments[0], arguments[1:]
    variant = Variant(rest[0]) if verb in {"build", "shell"} and rest and rest[0] else Variant.FULL
    if reason := live.why_not(variant):
        print(f"limen: {reason}", file=sys.stderr)
        return 1
    began = time.monotonic()
    with live.box(variant) as box:
        if verb == "build":
            print(f"limen: the virtual box is ready after {time.monotonic() - began:.0f} s")
            return 0
        if verb == "shell":
            box.restore()
            return box.shell.interactive()
        seed = random.randrange(2**32)
        chance, kept = random.Random(seed), True
        print(f"limen: {rest[0]} power cuts, seed {seed}")
        of = limen_cuts if rest[1:] == ["limen"] else cuts
        of.prepare(box)
        number, began = 0, time.monotonic()
        while number < int(rest[0]):
            result = of.cut(box, chance)
            kept &= result.kept
            number += result.pulled
            print(f"{number}: {'kept' if result.kept else 'LOST'} {result}", flush=True)
        print(f"limen: {number} power cuts in {time.monotonic() - began:.0f} s")
        return 0 if kept else 1


sys.exit(main(sys.argv[1:]))
