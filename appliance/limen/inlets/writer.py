"""Write a session in the E4's own export format, number for number as the vendor's export prints it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np

from limen.errors import SessionError
from limen.export import (
    ACC_COUNTS_PER_G,
    FILES,
    HR_DELAY_S,
    HR_FILE,
    HR_RATE_HZ,
    IBI_FILE,
    TAGS_FILE,
    VALUE_FORMAT,
    header,
)
from limen.inlets.session import Array, Session, Timed
from limen.streams import STREAMS, Stream

HR_WINDOW_S: Final = 60  # HR.csv is a moving mean of this many whole-number rates in the sessions recomputed


def write_session(folder: Path, session: Session) -> None:
    """Write `session` into `folder`, which is made if need be.

    Whole packets only, as the vendor's export has it: up to a packet at a stream's end is left out. A lost sample
    is written as "nan", so that whoever reads it knows as much as we do. Where a session has beat intervals but
    no HR, HR is made of them. Raises SessionError where something cannot be written or would be overwritten.
    """
    names = [*(FILES[stream] for stream in session.data), IBI_FILE, HR_FILE, TAGS_FILE]
    taken = [name for name in names if (folder / name).exists()]
    if taken:
        raise SessionError(f"{folder} already has {', '.join(taken)}; give another folder")
    texts = {FILES[stream]: _stream_text(session, stream) for stream in session.data}
    texts[TAGS_FILE] = "".join(f"{session.start_unix + tag:.2f}\n" for tag in session.tags)
    if session.ibi is not None:
        texts[IBI_FILE] = _ibi_text(session.start_unix, session.ibi)
    hr = (
        session.hr if session.hr is not None or session.ibi is None else heart_rate(session.ibi, session.duration_s)
    )
    if hr is not None and len(hr[0]):
        texts[HR_FILE] = _hr_text(session.start_unix, hr)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="ascii", newline="\n")
    except OSError as error:
        raise SessionError(f"{folder} cannot be written: {error.strerror or error}; give another folder") from error


def heart_rate(ibi: Timed, duration_s: float) -> Timed:
    """Give HR as the vendor does: once a second from 10 s on, the mean of the last 60 whole-number rates.

    `ibi` is (times, intervals) in seconds; the result is (times, bpm), empty where there are no beats.
    """
    beats = ibi[1] > 0
    times, intervals = ibi[0][beats], ibi[1][beats]
    seconds = np.arange(HR_DELAY_S, math.floor(duration_s) + 1.0)
    if not len(times) or not len(seconds):
        return np.empty(0), np.empty(0)
    latest = np.maximum(np.searchsorted(times, seconds, side="right") - 1, 0)
    sums = np.concatenate([[0.0], np.cumsum(np.rint(60.0 / intervals[latest]))])
    ends = np.arange(1, len(seconds) + 1)
    starts = np.maximum(ends - HR_WINDOW_S, 0)
    return seconds, (sums[ends] - sums[starts]) / (ends - starts)


def _stream_text(session: Session, stream: Stream) -> str:
    spec = STREAMS[stream]
    values = session.data[stream]
    values = values[: len(values) // spec.samples_per_packet * spec.samples_per_packet]
    if stream is Stream.ACC:
        values = np.rint(values * ACC_COUNTS_PER_G)
    top = header(stream, session.start_unix, session.rates[stream], spec.axes)
    return top + _rows(values, ",".join([VALUE_FORMAT[stream]] * spec.axes))


def _ibi_text(start_unix: float, ibi: Timed) -> str:
    if not len(ibi[0]):
        return ""
    return f"{start_unix:.6f}, IBI\n" + _rows(np.column_stack(ibi), "%.6f,%.6f")


def _hr_text(start_unix: float, hr: Timed) -> str:
    return f"{start_unix + hr[0][0]:.6f}\n{HR_RATE_HZ:.6f}\n" + _rows(hr[1], "%.2f")


def _rows(values: Array, line: str) -> str:
    return (line + "\n") * len(values) % tuple(values.ravel().tolist())
