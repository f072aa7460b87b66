import math
import shutil
from itertools import cycle
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from limen.export import FILES, GAPS_FILE
from limen.inlets.packets import packets
from limen.inlets.reader import read_session
from limen.inlets.session import Session
from limen.outlets.recorder import Recorder, RecorderSettings
from limen.outlets.recorder.card import Folder
from limen.outlets.recorder.text import RecordingText
from limen.streams import STREAMS, Stream

RATES = {stream: float(spec.rate_hz) for stream, spec in STREAMS.items()}


class Unhurried(Folder):
    """Leaves it to the kernel when to write: these tests are about what is written."""

    def sync(self, name: str) -> None:
        pass

    def sync_all(self) -> None:
        pass


numbers = st.one_of(st.floats(-1.0, 1.0), st.floats(allow_nan=True, allow_infinity=True))


@st.composite
def live(draw: st.DrawFn) -> Session:
    """What a band may give: any numbers at all, with holes and streams that start late or end early."""
    data = {}
    for stream in draw(st.sets(st.sampled_from(list(Stream)), min_size=1)):
        spec = STREAMS[stream]
        count = draw(st.integers(1, 40))
        flat = draw(st.lists(numbers, min_size=count * spec.axes, max_size=count * spec.axes))
        values = np.array(flat).reshape((count, 3) if spec.axes > 1 else (count,))
        for _ in range(draw(st.integers(0, 3))):
            start = draw(st.integers(0, count - 1))
            values[start : start + draw(st.integers(1, 10))] = np.nan
        data[stream] = values
    return Session("live", 0.0, {stream: RATES[stream] for stream in data}, data)


def as_the_engine_takes_it(stream: Stream, values: np.ndarray) -> np.ndarray:
    """Clamped to the sensor's range; a sample of which any axis is no number is lost."""
    spec = STREAMS[stream]
    taken = np.clip(np.where(np.isfinite(values), values, np.nan), spec.lowest, spec.highest)
    if spec.axes > 1:
        taken[~np.isfinite(values).all(axis=1)] = np.nan
    return taken


def written(folder: Path, text: RecordingText) -> None:
    for name, piece in text.take().items():
        with (folder / name).open("a") as file:
            file.write(piece)


@given(session=live(), sizes=st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_what_was_heard_is_read_back_to_the_last_bit(tmp_path_factory, session, sizes):
    parent = tmp_path_factory.mktemp("recordings")
    recorder = Recorder(RecorderSettings(parent, reserve_mb=0.0), open_folder=Unhurried)
    recorder.begin(1)
    recorder.start()
    for _, samples in packets(session, sizes=lambda _: cycle(sizes)):
        recorder.samples(samples)
    assert recorder.close()
    assert not recorder.status.trouble
    expected = {stream: as_the_engine_takes_it(stream, values) for stream, values in session.data.items()}
    expected = {stream: values for stream, values in expected.items() if np.isfinite(values).any()}
    if expected:
        again = read_session(recorder.status.folders[0])
        assert set(again.data) == set(expected)
        for stream, values in expected.items():
            # A stream that ended long before the others was declared lost from there on.
            left = again.data[stream]
            assert np.array_equal(left[: len(values)], values, equal_nan=True)
            assert np.isnan(left[len(values) :]).all()
    shutil.rmtree(parent)


@given(
    st.lists(st.tuples(st.sampled_from(list(Stream)), st.integers(0, 300), st.integers(0, 12)), max_size=20),
)
def test_rows_are_never_out_of_place_whatever_order_records_come_in(tmp_path_factory, records):
    folder = tmp_path_factory.mktemp("recording")
    text = RecordingText(0, RATES)
    ends = dict.fromkeys(Stream, 0)
    kept: dict[Stream, dict[int, float]] = {stream: {} for stream in Stream}
    for stream, row, count in records:
        # A value that says where it belongs, within every sensor's range.
        values = [(row + n) / 512 for n in range(count)]
        text.samples(stream, row, [(v, v, v) for v in values] if STREAMS[stream].axes > 1 else values)
        kept[stream] |= {row + n: v for n, v in enumerate(values) if row + n >= ends[stream]}
        ends[stream] = max(ends[stream], row + count)
    written(folder, text)
    for stream, values in kept.items():
        if values:
            again = read_session(folder).data[stream].reshape(ends[stream], -1)[:, 0]
            assert len(again) == ends[stream]
            assert {n: v for n, v in enumerate(again.tolist()) if not math.isnan(v)} == values
    shutil.rmtree(folder)


@given(cuts=st.lists(st.integers(0, 30), min_size=4, max_size=4), lost_at=st.integers(0, 60))
def test_files_that_power_cut_at_different_places_hold_no_number_that_was_not_measured(
    tmp_path_factory, cuts, lost_at
):
    """Gaps reach the card before the rows they tell of; every file may miss another part of its end."""
    folder = tmp_path_factory.mktemp("recording")
    text = RecordingText(0, RATES)
    for stream, spec in STREAMS.items():
        values = [1 + n / 512 for n in range(64)]
        text.samples(stream, 0, [(v / 2, v, v) for v in values] if spec.axes > 1 else values)
        after = [(0.25, 0.5, 0.75)] if spec.axes > 1 else [0.5]
        text.samples(stream, 64 + lost_at, after)
    written(folder, text)
    whole = read_session(folder)
    for (stream, file), cut in zip(FILES.items(), cuts, strict=True):
        content = (folder / file).read_bytes()
        (folder / file).write_bytes(content[: len(content) - cut])
        left = read_session(folder).data[stream]
        assert np.array_equal(left, whole.data[stream][: len(left)], equal_nan=True)
    assert (folder / GAPS_FILE).exists() == (lost_at > 0)
    shutil.rmtree(folder)
