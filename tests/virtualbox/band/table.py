"""The attribute table of an E4 as far as it is public: short forms of 16-bit UUIDs. Pure."""

from __future__ import annotations

from typing import Final

STREAMS: Final = {"bvp": "3ea1", "acc": "3ea3", "temp": "3ea6", "eda": "3ea8"}
COMMAND: Final = "3e71"
EVENT: Final = "3eb2"
BATTERY: Final = "3eb3"
SERVICES: Final = {
    "180a": ("2a29", "2a24", "2a25", "2a26", "2a27"),
    "3e70": (COMMAND,),
    "3ea0": tuple(STREAMS.values()),
    "3eb0": (EVENT, BATTERY),
}
