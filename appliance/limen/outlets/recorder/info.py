"""What a recording says of itself, for whoever opens the folder in ten years."""

from __future__ import annotations

from typing import Final

from limen import __version__

TEXT: Final = """\
Recorded by Limen {version} from wearer {wearer}, in the format of the E4's own export.

ACC.csv, BVP.csv, EDA.csv, TEMP.csv  Line 1 is the start (unix time, UTC, whole seconds), line 2 the rate in Hz.
          ACC is in 1/64 g (x, y, z), EDA in microsiemens, TEMP in degrees Celsius; BVP has no unit.
          A number has the decimals of the vendor's export where these are all it has, and all its digits where not.
gaps.csv  Which rows of those are no measurements: stream, first row (from 0), how many. They repeat the row
          before them, so that every other row stays in its place. Missing if nothing was lost.
IBI.csv   Seconds since the start and length in seconds of each beat that Limen's own pulse gate found.
HR.csv    Limen's heart rate in beats per minute, once a second from the start in its line 1 on. IBI.csv and HR.csv
          are not the vendor's and were not made by its method.
tags.csv  The marks, as unix times.
edges.jsonl  Each bit that changed, and why, as `limen gates` prints it, in the order in which it was judged.
          It was judged with what Limen knew of the wearer from before the recording began.
raw.e4raw What the band sent, as `limen capture` writes it, for a better decoding later. Its times are seconds of
          the box's monotonic clock, which stood at {monotonic!r} at row 0 of the other files.

The start is what the box took the time to be; everything else is counted from there and owes nothing to a clock
that was set meanwhile. There is no name, address or serial number in here.
"""


def info(wearer: int, monotonic_zero: float) -> str:
    """The text of info.txt."""
    return TEXT.format(version=__version__, wearer=wearer, monotonic=monotonic_zero)
