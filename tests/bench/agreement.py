"""The gates on real recordings, beside other people's answers:  python -m tests.bench.agreement FOLDER

There is no ECG and no palm electrode in these recordings, so libraries are a yardstick and not the truth: every
figure stands beside its chance level or beside how well two libraries agree with each other.
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from limen.gates import GATES, Edge, Engine, GateSettings
from limen.inlets.packets import packets
from limen.inlets.reader import read_session
from limen.inlets.session import Session
from limen.streams import STREAMS, Stream

Times = npt.NDArray[np.float64]

PEOPLE = ("S06", "S34")
FOLDER = "Stress-Predict-Dataset"
WITHIN_S = 0.15
LAGS_S = np.arange(-0.6, 0.6, 0.01)
CHANCE_BEATS_S = 37.0
CHANCE_RESPONSES_S = 61.0
RISE_US = 0.05
LEAST_RISE_S = 0.5
BEFORE_ONSET_S, AFTER_PEAK_S = 0.5, 1.5
PEAKS_APART_S = 2.0
GAIN = 1.02
LOST_SHARE = 0.01
SAME_EVENT_S = {Stream.BVP: 0.15, Stream.ACC: 0.5, Stream.EDA: 1.0, Stream.TEMP: 5.0}


def gate_edges(session: Session, settings: Mapping[str, GateSettings] | None = None) -> dict[str, list[Edge]]:
    """All edges of a session by gate, breath among them."""
    chosen = {"breath": replace(GATES["breath"].defaults, enable=True)} | dict(settings or {})
    engine = Engine(settings=chosen, streams=session.data, readings=False)
    events = [event for _, samples in packets(session) for event in engine.feed(samples)] + engine.close()
    found: dict[str, list[Edge]] = {name: [] for name in GATES}
    for event in events:
        if isinstance(event, Edge):
            found[event.gate].append(event)
    return found


def rises(edges: Sequence[Edge]) -> Times:
    """When a gate opened, in seconds."""
    return np.array([edge.t for edge in edges if edge.bit])


def shortest_on(edges: Sequence[Edge]) -> float:
    """The shortest time in seconds before a gate shut by its own rule, not because a signal ended or broke."""
    spans = zip(edges[::2], edges[1::2], strict=False)
    return min((off.t - on.t for on, off in spans if off.why.guard in {"", "longest-on"}), default=float("inf"))


# --- beats -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beats:
    """Shares of the vendor's accepted beats that were met, after one constant lag each."""

    count: int
    lag_s: float
    met: float
    met_100_ms: float
    chance: float
    neurokit: float


def _met(beats: Times, found: Times, within_s: float = WITHIN_S) -> tuple[float, float]:
    """The largest share of `beats` with one of `found` nearby, over all constant lags, and that lag."""
    shares = [(_nearby(beats + lag, found, within_s), -abs(lag), lag) for lag in LAGS_S]
    share, _, lag = max(shares)
    return share, float(lag)


def _nearby(beats: Times, found: Times, within_s: float) -> float:
    place = np.clip(np.searchsorted(found, beats), 1, len(found) - 1)
    nearest = np.minimum(np.abs(found[place] - beats), np.abs(found[place - 1] - beats))
    return float(np.mean(nearest <= within_s))


def neurokit_beats(signal: Times) -> Times:
    """Systolic peaks of a whole recording, in seconds."""
    import neurokit2

    rate = STREAMS[Stream.BVP].rate_hz
    cleaned = neurokit2.ppg_clean(signal, sampling_rate=rate, method="elgendi")
    return np.asarray(neurokit2.ppg_findpeaks(cleaned, sampling_rate=rate)["PPG_Peaks"]) / rate


def beats(session: Session, pulse: Sequence[Edge]) -> Beats:
    """Compare the pulse's rises with IBI.csv."""
    assert session.ibi is not None, f"{session.name} has no IBI.csv"
    accepted, found = session.ibi[0], rises(pulse)
    met, lag = _met(accepted, found)
    return Beats(
        len(accepted),
        lag,
        met,
        _met(accepted, found, 0.1)[0],
        _met(accepted, found + CHANCE_BEATS_S)[0],
        _met(accepted, neurokit_beats(session.data[Stream.BVP]))[0],
    )


# --- skin conductance responses --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Responses:
    """F1 of rises and of libraries, matched one to one."""

    rises: int
    biosppy: int
    neurokit: int
    f1_biosppy: float
    chance: float
    f1_neurokit: float
    ceiling: float


def biosppy_responses(signal: Times) -> npt.NDArray[np.float64]:
    """Rows of (onset, peak) in seconds, with BioSPPy's own smoothing."""
    from biosppy.signals.eda import emotiphai_eda

    rate = STREAMS[Stream.EDA].rate_hz
    with contextlib.redirect_stdout(io.StringIO()):  # at 4 Hz it says that its 2 Hz low-pass cannot be
        onsets, peaks, _ = emotiphai_eda(signal, sampling_rate=float(rate), min_amplitude=RISE_US, filt=True)
    return _slow_enough(np.column_stack([onsets, peaks]) / rate)


def neurokit_responses(signal: Times) -> npt.NDArray[np.float64]:
    """Rows of (onset, peak) in seconds; low-passed at 1 Hz first, because at 4 Hz NeuroKit2 does not filter."""
    import neurokit2

    rate = STREAMS[Stream.EDA].rate_hz
    smooth = neurokit2.signal_filter(signal, sampling_rate=rate, highcut=1.0, method="butterworth", order=2)
    phasic = neurokit2.eda_phasic(smooth, sampling_rate=rate)["EDA_Phasic"].to_numpy()
    _, found = neurokit2.eda_peaks(phasic, sampling_rate=rate, amplitude_min=0.0001)
    rows = np.column_stack([found["SCR_Onsets"], found["SCR_Peaks"], found["SCR_Amplitude"]])
    rows = rows[np.isfinite(rows).all(axis=1) & (rows[:, 2] >= RISE_US)]
    return _slow_enough(rows[:, :2] / rate)


def _slow_enough(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return rows[rows[:, 1] - rows[:, 0] >= LEAST_RISE_S]


def one_to_one(windows: npt.NDArray[np.float64], moments: Times) -> float:
    """F1 of moments in windows (rows of start and end, in order), each used once."""
    used = matched = 0
    for start, end in windows:
        while used < len(moments) and moments[used] < start:
            used += 1
        if used < len(moments) and moments[used] <= end:
            used += 1
            matched += 1
    total = len(windows) + len(moments)
    return 2 * matched / total if total else 1.0


def responses(session: Session, rise: Sequence[Edge]) -> Responses:
    """Compare `rise` at a fixed threshold with two libraries, and these with each other."""
    signal, moments = session.data[Stream.EDA], rises(rise)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both warn of what their versions of NumPy and pandas will change
        theirs, others = biosppy_responses(signal), neurokit_responses(signal)
    around = np.array([-BEFORE_ONSET_S, AFTER_PEAK_S])
    peaks = np.column_stack([theirs[:, 1] - PEAKS_APART_S, theirs[:, 1] + PEAKS_APART_S])
    return Responses(
        len(moments),
        len(theirs),
        len(others),
        one_to_one(theirs + around, moments),
        one_to_one(theirs + around, moments + CHANCE_RESPONSES_S),
        one_to_one(others + around, moments),
        one_to_one(peaks, others[:, 1]),
    )


# --- flips -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flips:
    """What a disturbance does to a gate: share of samples whose bit differs, and F1 of its rises."""

    share: float
    f1: float


def noisy(session: Session, seed: int = 1) -> Session:
    """With one step of the sensor more, less or none on every sample."""
    rng = np.random.default_rng(seed)
    return _changed(session, lambda stream, x: x + rng.integers(-1, 2, x.shape) * STREAMS[stream].resolution)


def lossy(session: Session, seed: int = 1) -> Session:
    """With one packet in a hundred lost."""
    rng = np.random.default_rng(seed)

    def without(stream: Stream, values: Times) -> Times:
        length = STREAMS[stream].samples_per_packet
        lost = np.repeat(rng.random(len(values) // length + 1) < LOST_SHARE, length)[: len(values)]
        values = values.copy()
        values[lost] = np.nan
        return values

    return _changed(session, without)


def louder(session: Session) -> Session:
    """With two per cent more gain."""
    return _changed(session, lambda stream, values: values * GAIN)


def _changed(session: Session, change: Callable[[Stream, Times], Times]) -> Session:
    return replace(session, data={stream: change(stream, values) for stream, values in session.data.items()})


def flips(plain: Sequence[Edge], disturbed: Sequence[Edge], gate: str, session: Session) -> Flips:
    """Compare two runs of one gate."""
    stream = GATES[gate].stream
    first, second = rises(plain), rises(disturbed)
    same = SAME_EVENT_S[stream]
    windows = np.column_stack([first - same, first + same])
    a, b = (_bits(edges, len(session.data[stream])) for edges in (plain, disturbed))
    return Flips(float(np.mean(a != b)), one_to_one(windows, second))


def _bits(edges: Sequence[Edge], length: int) -> npt.NDArray[np.int8]:
    steps = np.zeros(length + 1, dtype=np.int8)
    for edge in edges:
        steps[min(edge.index, length)] += 1 if edge.bit else -1
    return np.cumsum(steps[:length], dtype=np.int8)


# --- all of it -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everything about one recording."""

    session: Session
    edges: Mapping[str, list[Edge]]
    beats: Beats
    responses: Responses
    flips: Mapping[str, Mapping[str, Flips]]

    def lines(self) -> list[str]:
        """A report to be read."""
        b, r = self.beats, self.responses
        lines = [
            f"{self.session.name}: beats: {b.met:.1%} of the vendor's {b.count} accepted beats within 150 ms "
            f"({b.met_100_ms:.1%} within 100 ms) after a lag of {1000 * b.lag_s:.0f} ms; "
            f"by chance (shifted 37 s) {b.chance:.1%}; NeuroKit2's peaks {b.neurokit:.1%}",
            f"{self.session.name}: responses at {RISE_US} µS: F1 with BioSPPy {r.f1_biosppy:.3f} ({r.rises} rises, "
            f"{r.biosppy} responses), by chance (shifted 61 s) {r.chance:.3f}, with NeuroKit2 {r.f1_neurokit:.3f} "
            f"({r.neurokit}); ceiling NeuroKit2 with BioSPPy {r.ceiling:.3f}",
            f"{self.session.name}: flips % and event F1 under  one-step noise    1 % packets lost  2 % gain",
        ]
        for gate in GATES:
            row = "  ".join(f"{100 * f.share:6.2f} {f.f1:8.3f}  " for f in (d[gate] for d in self.flips.values()))
            per_minute = 60 * len(rises(self.edges[gate])) / self.session.duration_s
            lines.append(f"    {gate:<10} {per_minute:6.2f}/min              {row}")
        return lines


def agreement(folder: Path) -> Agreement:
    """Measure one recording."""
    session = read_session(folder)
    fixed = {"rise": replace(GATES["rise"].defaults, threshold=RISE_US)}
    edges = gate_edges(session)
    only_skin = replace(session, data={s: session.data[s] for s in (Stream.ACC, Stream.EDA)})
    disturbed = {"noise": noisy(session), "loss": lossy(session), "gain": louder(session)}
    return Agreement(
        session,
        edges,
        beats(session, edges["pulse"]),
        responses(session, gate_edges(only_skin, fixed)["rise"]),
        {
            name: {gate: flips(edges[gate], other[gate], gate, session) for gate in GATES}
            for name, other in ((name, gate_edges(changed)) for name, changed in disturbed.items())
        },
    )


if __name__ == "__main__":
    for person in PEOPLE:
        print(*agreement(Path(sys.argv[1]) / FOLDER / person).lines(), sep="\n")
