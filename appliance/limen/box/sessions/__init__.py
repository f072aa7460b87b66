"""What the recorder kept: finding it, taking it away, erasing it."""

from limen.box.sessions.erasing import WHAT_FOR_GOOD_MEANS, discard, erase
from limen.box.sessions.exporting import export
from limen.box.sessions.kept import KeptSession, choose, kept_sessions
from limen.box.sessions.last import newest
from limen.box.sessions.sticks import Mounts, stick

__all__ = [
    "WHAT_FOR_GOOD_MEANS",
    "KeptSession",
    "Mounts",
    "choose",
    "discard",
    "erase",
    "export",
    "kept_sessions",
    "newest",
    "stick",
]
