"""A session as a picture: each signal, its threshold as a line, and the bit as a block underneath.

Made for people who never met a statistic: above the line means sounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from limen.cli.gates import edges_of
from limen.cli.trace import GateTrace, trace
from limen.errors import SessionError, UsageError
from limen.gates import GATES, GateSettings
from limen.inlets.session import Session
from limen.streams import STREAMS, Stream

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUSY_S: Final = 120.0
SUFFIXES: Final = (".png", ".svg", ".pdf")
INK: Final = "#222222"
LINE: Final = "#c0392b"
GREY: Final = "#888888"
COLOURS: Final = {
    "pulse": "#c0392b",
    "constrict": "#8e44ad",
    "rise": "#1f7a8c",
    "move": "#2e7d32",
    "still": "#90a4ae",
    "accent": "#e67e22",
    "tap": "#000000",
    "tilt": "#6d4c41",
    "warming": "#d35400",
    "cooling": "#2471a3",
    "breath": "#7f8c8d",
}
# What is drawn: a title in plain words, the gate whose value and threshold make the curve, and the gates whose
# blocks stand below it. A panel without a curve of its own shows the signal.
PANELS: Final = (
    (Stream.BVP, "Blood volume pulse, as the band gives it", None, ("pulse",)),
    (Stream.BVP, "Beats: how much smaller than usual (%)", "constrict", ("constrict",)),
    (Stream.EDA, "Skin conductance (µS)", None, ()),
    (Stream.EDA, "…above its lowest point of the last 5 s (µS)", "rise", ("rise",)),
    (Stream.ACC, "Movement of the arm (g)", "move", ("move", "still")),
    (Stream.ACC, "…and how it stands out from the last half minute (g)", "accent", ("accent", "tap")),
    (Stream.ACC, "Tilt from the first pose (degrees)", "tilt", ("tilt",)),
    (Stream.TEMP, "Skin temperature (°C)", None, ()),
    (Stream.TEMP, "…warmer (+) or cooler (−) than 30 s ago (°C)", "warming", ("warming", "cooling")),
)


def draw(
    session: Session, settings: Mapping[str, GateSettings], file: Path, span: tuple[float, float] | None
) -> str:
    """Draw `span` seconds of the session into `file` and return one line that says what was drawn.

    UsageError for a kind of file that cannot be drawn or a missing matplotlib, SessionError for an empty span.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{file}: a picture ends in {', '.join(SUFFIXES)}; please name it so")
    try:
        import matplotlib as mpl  # noqa: PLC0415  (an extra; everything else works without)
    except ImportError:
        raise UsageError("a picture needs matplotlib; install it with: pip install 'limen[picture]'") from None
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    first, last = span or busiest(session, settings)
    last = min(last, session.duration_s)
    if first >= last:
        raise SessionError(f"{session.name} is {session.duration_s:.0f} s long; choose a span within it")
    traces = trace(session, settings, (first, last))
    panels = [panel for panel in PANELS if panel[0] in session.data]
    heights = [2.0 if gates else 1.2 for _, _, _, gates in panels]
    with plt.rc_context({"font.size": 9, "axes.edgecolor": GREY, "axes.linewidth": 0.6, "svg.fonttype": "none"}):
        figure, axes = plt.subplots(
            len(panels), 1, sharex=True, squeeze=False, figsize=(14, 1.05 * sum(heights)), height_ratios=heights
        )
        for axis, (stream, title, curve, gates) in zip(axes[:, 0], panels, strict=True):
            axis.set_title(title, loc="left", fontsize=9, color=INK, pad=3)
            axis.tick_params(length=2, labelsize=8)
            axis.spines[["top", "right"]].set_visible(False)
            axis.set_xlim(first, last)
            if curve is None:
                _signal(axis, session, stream, first, last)
            else:
                _curve(axis, traces[curve], curve)
            _blocks(axis, traces, gates)
        axes[-1, 0].set_xlabel("seconds from the start")
        figure.suptitle(
            f"{session.name}, {first:.0f} to {last:.0f} s.   Dashed line = threshold.   Block = the bit is 1.",
            x=0.01,
            ha="left",
            fontsize=11,
            color=INK,
        )
        figure.tight_layout(rect=(0, 0, 1, 0.985))
        try:
            figure.savefig(file, dpi=110)
        except OSError as error:
            raise UsageError(f"{file}: cannot be written ({error.strerror}); choose another place") from error
        finally:
            plt.close(figure)
    return f"{file}: {first:.0f} to {last:.0f} s of {session.name}"


def busiest(session: Session, settings: Mapping[str, GateSettings]) -> tuple[float, float]:
    """The whole of a short session; else the two minutes in which most different gates open, then most often."""
    if session.duration_s <= BUSY_S * 2.5:
        return 0.0, session.duration_s
    edges = [(edge.t, edge.gate) for edge in edges_of(session, settings) if edge.bit]
    best = (0, 0, 0.0)
    for start in np.arange(0.0, session.duration_s - BUSY_S, BUSY_S / 4):
        within = [gate for t, gate in edges if start <= t < start + BUSY_S]
        best = max(best, (len(set(within)), -len(within), -float(start)))
    return -best[2], -best[2] + BUSY_S


def _signal(axis: Axes, session: Session, stream: Stream, first: float, last: float) -> None:
    rate = STREAMS[stream].rate_hz
    values: Any = session.data[stream][int(first * rate) : int(last * rate)]
    axis.plot(np.arange(len(values)) / rate + int(first * rate) / rate, values, color=INK, linewidth=0.7)


def _curve(axis: Axes, found: GateTrace, name: str) -> None:
    axis.plot(
        found.t, found.value, color=INK, linewidth=0.8, drawstyle="steps-post" if name == "constrict" else None
    )
    axis.plot(found.t, found.threshold, color=LINE, linewidth=1.0, linestyle=(0, (4, 2)))
    if name == "warming":
        axis.plot(
            found.t, [-t for t in found.threshold], color=COLOURS["cooling"], linewidth=1.0, linestyle=(0, (4, 2))
        )
    if name == "constrict" and found.value:
        axis.set_ylim(max(-100.0, min(found.value)), 100.0)


def _blocks(axis: Axes, traces: Mapping[str, GateTrace], gates: tuple[str, ...]) -> None:
    """Lay the bits under the curve, one row a gate, in the lower part of the panel."""
    if not gates:
        return
    low, high = axis.get_ylim()
    row = (high - low) * 0.16
    axis.set_yticks([tick for tick in axis.get_yticks() if low <= tick <= high])
    axis.set_ylim(low - row * (len(gates) + 0.3), high)
    for place, gate in enumerate(gates, start=1):
        bottom = low - place * row
        spans = [(a, max(b - a, 0.05)) for a, b in traces[gate].blocks]
        axis.broken_barh(spans, (bottom, row * 0.8), facecolors=COLOURS[gate], linewidth=0)
        axis.text(
            1.003,
            bottom + row * 0.4,
            f"{gate}: {GATES[gate].says}",
            transform=axis.get_yaxis_transform(),
            va="center",
            fontsize=7,
            color=COLOURS[gate],
        )
