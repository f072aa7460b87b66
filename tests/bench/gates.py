"""What the gates cost beside NeuroKit2, how fast they read a library, and whether memory stays flat.

Run it alone with `python -m tests.bench.gates`; about two minutes. Times are CPU times, the best of a few rounds in
which we and NeuroKit2 take turns, so that a busy machine slows both.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import numpy as np

from limen.gates import GATES, Engine, Samples
from limen.gates.gate import NEVER_QUIET
from limen.inlets.packets import longest, packets
from limen.inlets.reader import read_session
from limen.streams import STREAMS, Stream
from tests.bench import Result, report
from tests.bench.agreement import recordings
from tests.bench.pace import Pace
from tests.gate_streams import EVERY_GATE, ask_always, cut, in_order, wearer

ROUNDS = 3
MINUTES = 3
PULSE_WINDOW_S = 10
RISE_WINDOW_S = 60
WINDOWS = 30  # how many of NeuroKit2's windows are timed in a round
CHEAPER = 10.0
LIBRARY_H = 5.0
LIBRARY_GOAL_S = 4.0
SESSIONS = ("Stress-Predict-Dataset/S06", "Stress-Predict-Dataset/S34", "BiometricsMSR2023")
TURN_S = 600
DAY_TURNS = 86400 // TURN_S
RSS_GOAL_MB = 64.0


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _best(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """CPU seconds of each, the best of some rounds in which they take turns."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        for name, work in works.items():
            gc.collect()
            best[name] = min(best[name], _cpu(work))
    return best


# --- a sample ----------------------------------------------------------------------------------------------


def _front(stream: Stream, values: list[object]) -> Callable[[], None]:
    """A stream's filters, values and gates, packet by packet, without readings and without the engine."""

    def work() -> None:
        engine = Engine(settings=EVERY_GATE, readings=False)
        front = {Stream.BVP: engine._bvp, Stream.ACC: engine._acc, Stream.TEMP: engine._temp}.get(stream)
        size = STREAMS[stream].samples_per_packet
        for first in range(0, len(values), size):
            if front is None:
                engine._eda.run(first, values[first : first + size])
            else:
                front.run(first, values[first : first + size], False)

    return work


def _steps(gate: str, rows: dict[Stream, list[object]]) -> tuple[Callable[[], None], int]:
    """One gate's comparison, guards and learning alone, on all values of its front, though most are spared it."""
    stream, taken = GATES[gate].stream, []
    watched = Engine(streams=[stream], settings=EVERY_GATE, readings=False)
    step = watched.gates[gate].step
    watched.gates[gate].step = lambda index, value: (taken.append((index, value)), step(index, value), NEVER_QUIET)[
        -1
    ]
    ask_always(watched.gates[gate])
    watched.feed(Samples(1, stream, 0, rows[stream]))

    def work() -> None:
        fresh = Engine(streams=[stream], settings=EVERY_GATE, readings=False).gates[gate].step
        for index, value in taken:
            fresh(index, value)

    return work, len(taken)


def _neurokit_pulse(signal: np.ndarray, every: int, windows: int) -> Callable[[], None]:
    import neurokit2

    rate = STREAMS[Stream.BVP].rate_hz
    length = PULSE_WINDOW_S * rate

    def work() -> None:
        for end in range(length, length + windows * every, every):
            cleaned = neurokit2.ppg_clean(signal[end - length : end], sampling_rate=rate, method="elgendi")
            neurokit2.ppg_findpeaks(cleaned, sampling_rate=rate, method="elgendi")

    return work


def _neurokit_pulse_file(signal: np.ndarray) -> None:
    import neurokit2

    cleaned = neurokit2.ppg_clean(signal, sampling_rate=STREAMS[Stream.BVP].rate_hz, method="elgendi")
    neurokit2.ppg_findpeaks(cleaned, sampling_rate=STREAMS[Stream.BVP].rate_hz, method="elgendi")


def _neurokit_rise(signal: np.ndarray, windows: int) -> Callable[[], None]:
    import neurokit2

    rate = STREAMS[Stream.EDA].rate_hz
    length = RISE_WINDOW_S * rate

    def work() -> None:
        for end in range(length, length + windows * rate, rate):
            phasic = neurokit2.eda_phasic(signal[end - length : end], sampling_rate=rate)["EDA_Phasic"].to_numpy()
            neurokit2.eda_peaks(phasic, sampling_rate=rate, amplitude_min=0.1)

    return work


def samples() -> list[Result]:
    """Microseconds per sample, and how many times NeuroKit2's."""
    rows = wearer(60 * MINUTES)
    bvp, eda = np.array(rows[Stream.BVP]), np.array(rows[Stream.EDA])
    second, packet = STREAMS[Stream.BVP].rate_hz, STREAMS[Stream.BVP].samples_per_packet
    works: dict[str, Callable[[], object]] = {
        **{f"front {stream}": _front(stream, rows[stream]) for stream in Stream},
        "nk second": _neurokit_pulse(bvp, second, WINDOWS),
        "nk packet": _neurokit_pulse(bvp, packet, WINDOWS),
        "nk file": lambda: _neurokit_pulse_file(bvp),
        "nk rise": _neurokit_rise(eda, WINDOWS // 3),
    }
    counts = {f"front {stream}": len(rows[stream]) for stream in Stream}
    counts |= {"nk second": WINDOWS * second, "nk packet": WINDOWS * packet, "nk file": len(bvp)}
    counts["nk rise"] = WINDOWS // 3 * STREAMS[Stream.EDA].rate_hz
    for gate in GATES:
        if gate not in {"pulse", "rise"}:  # these two decide in their fronts' own loops
            works[f"gate {gate}"], counts[f"gate {gate}"] = _steps(gate, rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NeuroKit2 warns that it does not filter at 4 Hz
        each = {name: 1e6 * seconds / counts[name] for name, seconds in _best(works).items()}
    pulse, rise = each["front bvp"], each["front eda"]
    return [
        Result("pulse and constrict with their filters", pulse, "µs"),
        Result("NeuroKit2, 10 s window each second", each["nk second"] / pulse, "times", CHEAPER, at_least=True),
        Result("NeuroKit2, 10 s window on every packet", each["nk packet"] / pulse, "times"),
        Result("NeuroKit2, whole file at once", each["nk file"] / pulse, "times", note="not live"),
        Result("rise, worn and contact", rise, "µs"),
        Result("NeuroKit2 phasic and peaks, 60 s each second", each["nk rise"] / rise, "times"),
        Result("five gates on ACC with their filters", each["front acc"], "µs"),
        Result("two gates on TEMP with their means", each["front temp"], "µs"),
        *(
            Result(f"  {name.removeprefix('gate ')}: compare, guard, learn, where it is asked", cost, "µs")
            for name, cost in each.items()
            if name.startswith("gate ")
        ),
    ]


# --- a library ---------------------------------------------------------------------------------------------


def _edges(folder: Path, until_s: float) -> tuple[float, float]:
    """The CPU seconds of reading a session and of its gates until then."""
    start = time.process_time()
    session = read_session(folder)
    read = time.process_time()
    engine = Engine(streams=session.data, readings=False)
    for due, record in packets(session, sizes=longest):
        if due > until_s:
            break
        engine.feed(record)
    engine.close()
    return read - start, time.process_time() - read


def library() -> list[Result]:
    """Five hours of real sessions from files to edges: sessions are apart, so every core takes one."""
    folders = [recordings() / name for name in SESSIONS]
    if not all(folder.is_dir() for folder in folders):
        return [Result("five hours of library to gates", 0.0, "s", note=f"no recordings at {recordings()}")]
    jobs: list[tuple[Path, float]] = []
    left_s = LIBRARY_H * 3600
    for folder, duration_s in cycle([(folder, read_session(folder).duration_s) for folder in folders]):
        jobs.append((folder, left_s))
        left_s -= duration_s
        if left_s <= 0:
            break
    pace, rounds = Pace(), []
    with ProcessPoolExecutor() as pool:
        list(pool.map(abs, range(os.cpu_count() or 1)))  # the workers are there
        for _ in range(ROUNDS):
            start = time.monotonic()
            spent = list(pool.map(_edges, *zip(*jobs, strict=True)))
            rounds.append((time.monotonic() - start, *(sum(part) for part in zip(*spent, strict=True))))
            pace.take()
    took, reading, gating = min(rounds)
    note = f"of it reading {reading:.2f} s; {1e3 * gating / LIBRARY_H / 3600:.2f} ms per second of stream; {pace}"
    name = f"five hours of library ({len(jobs)} sessions) to gates"
    return [
        Result(f"{name}, on {os.cpu_count()} cores", took, "s", LIBRARY_GOAL_S),
        Result("  the same in CPU seconds", reading + gating, "s", note=note),
    ]


# --- a day -------------------------------------------------------------------------------------------------


def _turns(records: list[Samples], count: int) -> Iterable[Samples]:
    """The same minutes again and again, each time later."""
    for turn in range(count):
        for record in records:
            yield replace(record, first=record.first + turn * TURN_S * STREAMS[record.stream].rate_hz)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def day() -> list[Result]:
    """Memory over 24 h of stream, from after the first ten minutes to the end; in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        grown, before_mb, after_mb = pool.apply(_one_day)
    return [
        Result("resident after 24 h of stream", after_mb, "MB", RSS_GOAL_MB),
        Result(
            "growth from the twentieth minute to the end of the day",
            round(after_mb - before_mb, 1),
            "MB",
            0.0,
            note=f"{grown} of Python's blocks more; a float kept per sample would be nine million",
        ),
    ]


def _one_day() -> tuple[int, float, float]:
    """Blocks that Python's allocator gave out in between, resident MB then and at the end."""
    rows = wearer(TURN_S)
    records = in_order(*(cut(stream, rows[stream]) for stream in Stream))
    del rows
    engine = Engine(settings=EVERY_GATE)
    blocks, before_mb = 0, 0.0
    for n, record in enumerate(_turns(records, DAY_TURNS)):
        engine.feed(record)
        if n + 1 == 2 * len(records):
            gc.collect()
            blocks, before_mb = sys.getallocatedblocks(), _resident_mb()
    gc.collect()
    return sys.getallocatedblocks() - blocks, before_mb, _resident_mb()


def run() -> list[Result]:
    """Everything."""
    return [*samples(), *library(), *day()]


if __name__ == "__main__":
    report("gates", run())
