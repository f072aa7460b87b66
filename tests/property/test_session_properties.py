import shutil
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.errors import SessionError
from limen.export import FILES
from limen.inlets.packets import packets
from limen.inlets.reader import read_session
from limen.inlets.session import Session
from limen.inlets.writer import write_session
from limen.streams import STREAMS, Stream

STEPS_PER_UNIT = {Stream.BVP: 100, Stream.ACC: 64, Stream.EDA: 1_000_000, Stream.TEMP: 100}


def lattice(stream: Stream, packets_min: int = 1) -> st.SearchStrategy[np.ndarray]:
    """Whole packets of values that the export can print exactly."""
    spec, steps = STREAMS[stream], STEPS_PER_UNIT[stream]
    value = st.integers(round(spec.lowest * steps), round(spec.highest * steps))
    packet = st.lists(
        value, min_size=spec.samples_per_packet * spec.axes, max_size=spec.samples_per_packet * spec.axes
    )
    shape = (-1,) if spec.axes == 1 else (-1, spec.axes)
    return st.lists(packet, min_size=packets_min, max_size=4).map(
        lambda rows: np.array(rows, dtype=float).reshape(shape) / steps
    )


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    chosen = draw(st.sets(st.sampled_from(list(Stream)), min_size=1))
    data = {stream: draw(lattice(stream)) for stream in Stream if stream in chosen}
    tags = draw(st.lists(st.integers(0, 100_000).map(lambda n: n / 100), max_size=3))
    rates = {stream: float(STREAMS[stream].rate_hz) for stream in data}
    return Session("made", float(draw(st.integers(1, 2**31))), rates, data, tuple(tags))


@st.composite
def holed(draw: st.DrawFn) -> Session:
    """Sessions of some seconds in which runs of samples are lost."""
    data = {}
    for stream in draw(st.sets(st.sampled_from(list(Stream)), min_size=1)):
        spec = STREAMS[stream]
        count = draw(st.integers(1, 20 * spec.rate_hz))
        values = np.arange(count * spec.axes, dtype=float).reshape((count, 3) if spec.axes > 1 else (count,))
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, count - 1))
            values[start : start + draw(st.integers(1, 8 * spec.rate_hz))] = np.nan
        data[stream] = values
    return Session("holed", 0.0, {stream: float(STREAMS[stream].rate_hz) for stream in data}, data)


def attempt(folder: Path) -> tuple[Session | None, str]:
    """Read a session, or say why not."""
    try:
        return read_session(folder), ""
    except SessionError as error:
        return None, str(error)


cuttings = st.lists(st.integers(1, 40), min_size=1, max_size=8)


@given(sessions())
def test_what_is_written_is_read_back(tmp_path_factory, session):
    folder = tmp_path_factory.mktemp("session")
    write_session(folder, session)
    again = read_session(folder)
    assert again.start_unix == session.start_unix
    assert again.tags == pytest.approx(session.tags)
    assert set(again.data) == set(session.data)
    for stream, values in session.data.items():
        assert np.array_equal(again.data[stream], values)
    shutil.rmtree(folder)


@given(session=sessions(), data=st.data())
def test_a_file_cut_anywhere_gives_what_came_before_the_cut(tmp_path_factory, session, data):
    folder = tmp_path_factory.mktemp("session")
    write_session(folder, session)
    stream = data.draw(st.sampled_from(sorted(session.data)))
    path = folder / FILES[stream]
    whole = path.read_bytes()
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    path.write_bytes(cut)
    again, refusal = attempt(folder)
    assert "\n" not in refusal
    if again is None:
        assert len(session.data) == 1
    else:
        left = again.data.get(stream, session.data[stream][:0])
        assert np.array_equal(left, session.data[stream][: len(left)])
        assert again.problems or cut.endswith(b"\n")
    shutil.rmtree(folder)


@given(
    st.dictionaries(st.sampled_from([*FILES.values(), "IBI.csv", "HR.csv", "tags.csv"]), st.binary(max_size=200))
)
def test_no_bytes_whatever_are_more_than_a_session_error(tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("session")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    session, refusal = attempt(folder)
    assert "\n" not in refusal
    if session is not None:
        assert session.data
        assert all("\n" not in problem for problem in session.problems)
    shutil.rmtree(folder)


@given(session=sessions(), data=st.data())
def test_damage_to_one_byte_moves_no_other_sample(tmp_path_factory, session, data):
    folder = tmp_path_factory.mktemp("session")
    write_session(folder, session)
    stream = data.draw(st.sampled_from(sorted(session.data)))
    path = folder / FILES[stream]
    raw = bytearray(path.read_bytes())
    header = raw.index(b"\n", raw.index(b"\n") + 1) + 1
    at = data.draw(st.integers(header, len(raw) - 2).filter(lambda n: raw[n] != 10))
    raw[at] = data.draw(st.sampled_from(b"x,- \x00\xff9."))
    path.write_bytes(raw)
    hit = raw[header:at].count(b"\n")
    left = read_session(folder).data[stream]
    others = np.arange(len(left)) != hit
    assert len(left) == len(session.data[stream])
    assert np.array_equal(left[others], session.data[stream][others])
    shutil.rmtree(folder)


@given(session=holed(), sizes=cuttings)
def test_any_cutting_gives_the_same_samples(session, sizes):
    for stream, values in session.data.items():
        heard = np.full(values.shape, np.nan)
        end = 0
        for _, samples in packets(session, sizes=lambda _: cycle(sizes)):
            if samples.stream is stream:
                assert samples.first - samples.lost == end
                end = samples.first + len(samples.values)
                if samples.values:
                    heard[samples.first : end] = samples.values
        assert end >= len(values)
        assert np.array_equal(heard, values, equal_nan=True)


@given(session=holed(), sizes=cuttings)
def test_no_stream_falls_silent_for_longer_than_it_may(session, sizes):
    ends = dict.fromkeys(session.data, 0.0)
    newest = 0.0
    for due, samples in packets(session, sizes=lambda _: cycle(sizes)):
        assert due >= newest
        newest = due
        ends[samples.stream] = (samples.first + len(samples.values)) / STREAMS[samples.stream].rate_hz
        for stream, end in ends.items():
            assert newest - end <= STREAMS[stream].stale_after_s
