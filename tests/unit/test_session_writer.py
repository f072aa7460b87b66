import numpy as np
import pytest

from limen.errors import SessionError
from limen.inlets.reader import read_session
from limen.inlets.session import Session
from limen.inlets.writer import heart_rate, write_session
from limen.streams import Stream


def session(**changes) -> Session:
    whole = {
        "name": "made",
        "start_unix": 1644831900.0,
        "rates": {Stream.BVP: 64.0, Stream.EDA: 4.0},
        "data": {Stream.BVP: np.full(22, -12.21), Stream.EDA: np.arange(6) * 0.00128},
        "tags": (1.5, 2.25),
        "ibi": (np.array([1.5, 2.5]), np.array([0.859375, 1.0])),
    }
    return Session(**(whole | changes))


@pytest.mark.parametrize("name", ["Stress-Predict-Dataset/S06", "Stress-Predict-Dataset/S34", "BiometricsMSR2023"])
def test_a_pristine_recording_comes_back_byte_for_byte(recordings, tmp_path, name):
    write_session(tmp_path / "copy", read_session(recordings / name))
    written = {path.name: path.read_bytes() for path in (tmp_path / "copy").iterdir()}
    tags = written.pop("tags.csv")
    assert set(written) == {"ACC.csv", "BVP.csv", "EDA.csv", "HR.csv", "IBI.csv", "TEMP.csv"}
    for file, content in written.items():
        assert content == (recordings / name / file).read_bytes(), file
    if name.endswith("S06"):
        assert tags == (recordings / name / "tags_S06.csv").read_bytes()


def test_only_whole_packets_are_written(tmp_path):
    write_session(tmp_path, session(data={Stream.BVP: np.zeros(32), Stream.EDA: np.ones(11)}))
    again = read_session(tmp_path)
    assert {stream: len(values) for stream, values in again.data.items()} == {Stream.BVP: 22, Stream.EDA: 6}


def test_a_lost_sample_stays_lost_and_the_others_stay_in_place(tmp_path):
    values = np.array([0.5, np.nan, 0.25, 0.125, 0.5, 0.5])
    write_session(tmp_path, session(data={Stream.EDA: values}))
    assert np.array_equal(read_session(tmp_path).data[Stream.EDA], values, equal_nan=True)


def test_tags_beats_and_hr_come_back(tmp_path):
    made = session(hr=(np.array([10.0, 11.0]), np.array([58.0, 58.5])))
    write_session(tmp_path, made)
    again = read_session(tmp_path)
    assert again.tags == made.tags
    for left, right in ((again.ibi, made.ibi), (again.hr, made.hr)):
        assert np.array_equal(left, right)


def test_no_beats_and_no_tags_are_empty_files(tmp_path):
    write_session(tmp_path, session(tags=(), ibi=(np.empty(0), np.empty(0))))
    assert (tmp_path / "IBI.csv").read_bytes() == b""
    assert (tmp_path / "tags.csv").read_bytes() == b""
    assert not (tmp_path / "HR.csv").exists()


def test_hr_starts_ten_seconds_late_and_is_a_moving_mean_of_whole_numbers():
    times = np.arange(1.0, 101.0)
    intervals = np.where(times <= 50, 1.0, 0.5)
    seconds, bpm = heart_rate((times, intervals), 100.0)
    assert seconds[0] == 10.0
    assert seconds[-1] == 100.0
    assert bpm[0] == 60.0
    assert bpm[41] == pytest.approx((41 * 60 + 120) / 42)
    assert bpm[-1] == pytest.approx((10 * 60 + 50 * 120) / 60)


def test_nothing_is_overwritten(tmp_path):
    write_session(tmp_path, session())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(SessionError, match=r"already has BVP\.csv"):
        write_session(tmp_path, session(tags=()))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SessionError, match="file cannot be written"):
        write_session(tmp_path / "file", session())
