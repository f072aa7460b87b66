"""One recording under way: a bounded queue in, a thread of its own that writes, and a reason when it ends early.

The show must never wait for a card. What happens is put into a queue, which never blocks; a thread turns it into
text and appends it twice a second. Whatever the card does wrong ends the recording and nothing else; that it is
slow is told, and the recording goes on.
"""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from limen.export import GAPS_FILE, IBI_FILE, TAGS_FILE
from limen.outlets.recorder.card import Folder, free_mb
from limen.outlets.recorder.names import SessionName, next_suffix
from limen.outlets.recorder.slowness import Slowness
from limen.outlets.recorder.text import RecordingText

log = logging.getLogger(__name__)

FLUSH_S: Final = 0.5  # from flush to flush; a card may take all of it before a power cut costs more than a second
# What waits while the card does not answer: a minute and a half of one wearer, half a minute of three, 3 MB.
QUEUE_ITEMS: Final = 4096


class Cause(StrEnum):
    """Why a recording ended by itself, as far as it matters what is done about it."""

    FULL = "full"
    READ_ONLY = "read-only"
    FAILING = "failing"


REMEDIES: Final = {
    errno.ENOSPC: (Cause.FULL, "make room, or record elsewhere"),
    errno.EDQUOT: (Cause.FULL, "make room, or record elsewhere"),
    errno.EROFS: (Cause.READ_ONLY, "it is write-protected or failing; use another card"),
    errno.EIO: (Cause.FAILING, "it is failing; use another card"),
    errno.EACCES: (Cause.READ_ONLY, "give the user that runs Limen the right to write there"),
}


def cause_of(error: BaseException | None) -> Cause:
    """Which trouble with a card an error of the system is."""
    return REMEDIES.get(getattr(error, "errno", None) or 0, (Cause.FAILING, ""))[0]


OpenFolder = Callable[[Path, str], Folder]


class Take:
    """From play to stop. `put` and `stop` are for the show's thread; `changed` is called in either."""

    def __init__(
        self,
        parent: Path,
        reserve_mb: float,
        changed: Callable[[], None],
        open_folder: OpenFolder = Folder,
        now: Callable[[], float] = time.monotonic,
        flush_s: float = FLUSH_S,
    ) -> None:
        self.trouble = ""
        self.cause: Cause | None = None
        self.folders: tuple[Path, ...] = ()
        self.slow = False
        self._parent = parent
        self._reserve_mb = reserve_mb
        self._changed = changed
        self._open_folder = open_folder
        self._now = now
        self._flush_s = flush_s
        self._slowness = Slowness(flush_s)
        self._slow_was_told = False
        self._suffix = ""
        self._queue: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._open: list[tuple[Folder, RecordingText]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    # --- for the show's thread ---------------------------------------------------------------------------

    def add(self, start: int, wearer: int, info: str, text: RecordingText) -> None:
        """Keep one more wearer, in a folder named after its start in unix seconds and this play."""
        self.put(self._make, start, wearer, info, text)

    def put(self, do: Callable[..., None], *what: Any) -> None:
        """Have `do(*what)` called in the recording's thread, in the order of the calls. Never waits."""
        if self._stop.is_set():
            return
        if len(self._queue) < QUEUE_ITEMS:
            self._queue.append((do, what))
            return
        self._end(Cause.FAILING, "the card does not keep up", "use another card")
        self._changed()

    def stop(self) -> None:
        """Keep what has come, and end. Returns at once; `join` waits."""
        self._stop.set()

    def join(self, timeout_s: float) -> bool:
        """Wait until all is on the card; false if it is not after so long."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def is_recording(self) -> bool:
        """Whether what is put still comes to the card."""
        return not self._stop.is_set()

    # --- the recording's own thread ----------------------------------------------------------------------

    def _run(self) -> None:
        try:
            if not self._has_space():
                return
            took_s = 0.0
            while not self._stop.wait(max(0.0, self._flush_s - took_s)):
                began = self._now()
                self._flush()
                self._has_space()
                took_s = self._now() - began
                self._judge(began + took_s, took_s)
            self._flush()
        except OSError as error:
            cause, remedy = REMEDIES.get(error.errno or 0, (Cause.FAILING, "look at the card"))
            self._end(cause, error.strerror or str(error), remedy)
        except Exception:  # whatever is wrong in here, it is no reason to end a show
            log.debug("the recorder failed", exc_info=True)
            self._end(Cause.FAILING, "a fault of the recorder's own", "please report it with the journal")
        finally:
            for folder, _ in self._open:
                folder.close()
            self._queue.clear()
            self._changed()

    def _end(self, cause: Cause, why: str, remedy: str) -> None:
        if not self.trouble:
            self.cause = cause
            self.trouble = f"{self._parent}: recording has stopped, {why}; {remedy}"
            log.warning(self.trouble)
        self._stop.set()

    def _judge(self, now: float, took_s: float) -> None:
        """Say whether the card keeps up, when that changes."""
        before, self.slow = self.slow, self._slowness.flushed(now, took_s)
        if took_s > self._flush_s:
            first = self.slow and not self._slow_was_told
            self._slow_was_told |= first
            log.log(
                logging.WARNING if first else logging.DEBUG,
                "%s: the card took %.1f s to keep what was played; a power cut would have cost %.1f s",
                self._parent,
                took_s,
                self._slowness.at_risk_s,
            )
        if self.slow != before:
            self._changed()

    def _has_space(self) -> bool:
        """Look, and end the recording if there is none."""
        left = free_mb(self._parent)
        if left >= self._reserve_mb:
            return True
        why = f"{left:.0f} MB are free and {self._reserve_mb:.0f} MB are kept in reserve"
        self._end(Cause.FULL, why, "export and erase sessions with: limen sessions")
        return False

    def _make(self, start: int, wearer: int, info: str, text: RecordingText) -> None:
        self._suffix = self._suffix or next_suffix(self._parent)
        path = self._parent / str(SessionName(start, self._suffix, wearer))
        folder = self._open_folder(path, info)
        self._open.append((folder, text))
        for name in (IBI_FILE, TAGS_FILE):  # which the vendor's has even when there is nothing in them
            folder.touch(name)
        self.folders += (path,)

    def _flush(self) -> None:
        while self._queue:
            do, what = self._queue.popleft()
            do(*what)
        wrote = False
        for folder, text in self._open:
            wrote = self._write(folder, text.take()) or wrote
        if wrote:
            self._open[0][0].sync_all()

    @staticmethod
    def _write(folder: Folder, pieces: dict[str, str]) -> bool:
        for name, piece in pieces.items():
            folder.append(name, piece)
            # A cut may leave a gap without its rows, which is nothing, but no held rows without their gap.
            if name == GAPS_FILE:
                folder.sync(name)
        return bool(pieces)
