import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from limen.errors import SessionError
from limen.inlets.reader import read_session
from limen.streams import Stream

START = 1644831900

FILES = {
    "BVP.csv": f"{START}.00\n64.000000\n" + "-0.00\n" * 11 + "-12.21\n" * 11,
    "ACC.csv": f"{START}.000000, {START}.000000, {START}.000000\n32.000000, 32.000000, 32.000000\n"
    + "-34,-23,45\n" * 6,
    "EDA.csv": f"{START}.000000\n4.000000\n0.000000\n0.105069\n0.144790\n0.142228\n0.142228\n0.142228\n",
    "TEMP.csv": f"{START}.000000\n4.000000\n" + "31.61\n" * 8,
    "HR.csv": f"{START + 10}.000000\n1.000000\n58.00\n61.00\n",
    "IBI.csv": f"{START}.000000, IBI\n1.500000,0.859375\n",
    "tags.csv": f"{START + 1}.50\n",
}


@pytest.fixture
def folder(tmp_path):
    """A session as the vendor writes it; tests change single files of it."""
    path = tmp_path / f"{START}_A01F73"
    path.mkdir()
    for name, text in FILES.items():
        (path / name).write_text(text)
    return path


def edit(folder: Path, name: str, change) -> None:
    (folder / name).write_bytes(change((folder / name).read_bytes()))


def test_a_pristine_session_is_read_in_physical_units_without_a_word(folder):
    session = read_session(folder)
    assert session.name == f"{START}_A01F73"
    assert session.start_unix == START
    assert session.problems == ()
    assert dict(session.rates) == {Stream.BVP: 64.0, Stream.ACC: 32.0, Stream.EDA: 4.0, Stream.TEMP: 4.0}
    assert session.data[Stream.ACC].shape == (6, 3)
    assert session.data[Stream.ACC][0].tolist() == [-34 / 64, -23 / 64, 45 / 64]
    assert session.data[Stream.BVP].tolist() == [0.0] * 11 + [-12.21] * 11
    assert session.data[Stream.EDA].tolist()[:2] == [0.0, 0.105069]
    assert session.data[Stream.TEMP].tolist() == [31.61] * 8
    assert session.tags == (1.5,)
    assert [part.tolist() for part in session.ibi] == [[1.5], [0.859375]]
    assert [part.tolist() for part in session.hr] == [[10.0, 11.0], [58.0, 61.0]]
    assert session.duration_s == 2.0


def test_a_session_cannot_be_changed_once_read(folder):
    session = read_session(folder)
    with pytest.raises(ValueError, match="read-only"):
        session.data[Stream.BVP][0] = 1.0
    with pytest.raises(TypeError):
        session.data[Stream.BVP] = np.zeros(3)


def resaved_by_excel(raw: bytes) -> bytes:
    text = raw.decode().replace(".000000", "").replace(".00", "")
    return ("\ufeff" + text.replace("\n", "\r\n")).encode()


def in_utf16(raw: bytes) -> bytes:
    return raw.decode().encode("utf-16")


def with_doubled_carriage_returns(raw: bytes) -> bytes:
    return raw.replace(b"\n", b"\r\r\n")


def with_blank_lines_and_zeros_after_it(raw: bytes) -> bytes:
    return raw + b"\n\n" + bytes(4096)


@pytest.mark.parametrize(
    "change", [resaved_by_excel, in_utf16, with_doubled_carriage_returns, with_blank_lines_and_zeros_after_it]
)
def test_what_other_programs_do_to_the_text_changes_nothing(folder, change):
    pristine = read_session(folder)
    for name in FILES:
        edit(folder, name, change)
    session = read_session(folder)
    assert session.problems == ()
    assert session.start_unix == pristine.start_unix
    assert session.rates == pristine.rates
    assert session.tags == pytest.approx(pristine.tags)
    for stream, values in pristine.data.items():
        assert np.array_equal(session.data[stream], values)


def test_renamed_files_are_found(folder):
    (folder / "tags.csv").rename(folder / "tags_S01.csv")
    (folder / "ACC.csv").rename(folder / "acc.csv")
    (folder / "BVP.csv").rename(folder / "BVP (1).csv")
    session = read_session(folder)
    assert session.tags == (1.5,)
    assert set(session.data) == set(Stream)


def test_the_proper_name_wins_over_a_renamed_copy(folder):
    (folder / "EDA_old.csv").write_text("0\n4\n9\n")
    (folder / "EDA (copy).csv").write_text("0\n4\n9\n")
    assert len(read_session(folder).data[Stream.EDA]) == 6


@pytest.mark.parametrize("inside", ["", "1644831900_A01F73/"])
def test_a_zip_reads_as_its_folder(folder, tmp_path, inside):
    path = tmp_path / "1644831900_A01F73.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in FILES.items():
            archive.writestr(inside + name, text)
            archive.writestr(f"__MACOSX/{inside}._{name}", b"\0\5\26\7")
    from_zip, from_folder = read_session(path), read_session(folder)
    assert from_zip.name == from_folder.name
    assert from_zip.problems == ()
    for stream, values in from_folder.data.items():
        assert np.array_equal(from_zip.data[stream], values)


def test_a_missing_an_empty_and_a_headed_file_are_streams_that_are_not_there(folder):
    (folder / "BVP.csv").unlink()
    (folder / "EDA.csv").write_text("")
    (folder / "TEMP.csv").write_text(f"{START}.000000\n4.000000\n")
    (folder / "IBI.csv").unlink()
    (folder / "tags.csv").write_text("")
    session = read_session(folder)
    assert set(session.data) == {Stream.ACC}
    assert session.ibi is None
    assert session.tags == ()
    assert session.problems == (
        "BVP.csv: is missing; there is no BVP",
        "EDA.csv: has no samples; there is no EDA",
        "TEMP.csv: has no samples; there is no TEMP",
    )


def test_an_empty_ibi_file_means_no_beats(folder):
    (folder / "IBI.csv").write_text("")
    session = read_session(folder)
    assert [len(part) for part in session.ibi] == [0, 0]
    assert session.problems == ()


def test_a_line_cut_in_the_middle_of_a_number_is_left_out(folder):
    edit(folder, "TEMP.csv", lambda raw: raw[:-4])
    session = read_session(folder)
    assert session.data[Stream.TEMP].tolist() == [31.61] * 7
    assert session.problems == ("TEMP.csv, line 10: has no line end and may be cut; left out",)


@pytest.mark.parametrize(
    "garbage", [b"garbage", b"nan", b"", b"1e999", b"inf", b"1_0", b"7,7", b"\xff\xfe", b"-0.5"]
)
def test_a_damaged_line_is_a_lost_sample_and_is_named(folder, garbage):
    lines = (folder / "EDA.csv").read_bytes().split(b"\n")
    lines[4] = garbage
    (folder / "EDA.csv").write_bytes(b"\n".join(lines))
    session = read_session(folder)
    values = session.data[Stream.EDA].tolist()
    assert np.isnan(values[2])
    assert values[:2] + values[3:] == [0.0, 0.105069, 0.142228, 0.142228, 0.142228]
    (problem,) = session.problems
    assert problem.startswith("EDA.csv, line 5: ")
    assert "\n" not in problem


def test_a_triple_with_an_axis_missing_is_lost_as_a_whole(folder):
    edit(folder, "ACC.csv", lambda raw: raw[: -len("-34,-23,45\n")] + b"-34,,45\n")
    session = read_session(folder)
    assert np.isnan(session.data[Stream.ACC][5]).all()
    assert "ACC.csv, line 8" in session.problems[0]


def test_much_damage_is_told_shortly(folder):
    edit(folder, "BVP.csv", lambda raw: raw + b"?\n" * 3 + b"1.00\n?\n" * 500 + b"1.00\n")
    (problem,) = read_session(folder).problems
    assert problem.startswith("BVP.csv, lines 25-27, 29, 31, 33 and 497 more places: ")
    assert len(problem) < 160


def test_a_drifting_rate_is_kept_and_an_absurd_one_is_not_believed(folder):
    edit(folder, "BVP.csv", lambda raw: raw.replace(b"64.000000", b"63.997000"))
    edit(folder, "EDA.csv", lambda raw: raw.replace(b"4.000000", b"-400"))
    session = read_session(folder)
    assert session.rates[Stream.BVP] == 63.997
    assert session.rates[Stream.EDA] == 4.0
    assert session.problems == ("EDA.csv, line 2: '-400' is not the rate of an E4; read as 4 Hz",)


def test_a_stream_that_starts_later_begins_with_lost_samples(folder):
    edit(folder, "EDA.csv", lambda raw: raw.replace(b"1644831900", b"1644831903"))
    session = read_session(folder)
    values = session.data[Stream.EDA]
    assert np.isnan(values[:12]).all()
    assert values[12:].tolist()[:2] == [0.0, 0.105069]
    assert session.start_unix == START


@pytest.mark.parametrize("start", [b"17", b"-5", b"start", b"1e300", b"nan"])
def test_a_start_that_cannot_be_is_taken_from_the_other_files(folder, start):
    edit(folder, "TEMP.csv", lambda raw: raw.replace(b"1644831900.000000", start))
    session = read_session(folder)
    assert session.start_unix == START
    assert session.data[Stream.TEMP].tolist() == [31.61] * 8
    assert [problem.partition(": ")[0] for problem in session.problems] == ["TEMP.csv, line 1"]


def test_half_a_tag_is_left_out(folder):
    (folder / "tags.csv").write_text(f"{START + 1}.50\n164483")
    session = read_session(folder)
    assert session.tags == (1.5,)
    assert session.problems == ("tags.csv, line 2: '164483' is no time of this session; left out",)


def test_progress_rises_to_one(folder):
    heard: list[float] = []
    read_session(folder, heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def not_there(path: Path) -> Path:
    return path / "nowhere"


def a_stranger(path: Path) -> Path:
    (path / "ACC.csv").write_text("not a session")
    return path / "ACC.csv"


def a_folder_above(path: Path) -> Path:
    shutil.copytree(path, path / "S06")
    for name in FILES:
        (path / name).unlink()
    return path


def nothing_but_garbage(path: Path) -> Path:
    for name in FILES:
        (path / name).write_bytes(b"\x00\xff garbage\n" * 5)
    return path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (not_there, "does not exist"),
        (a_stranger, "is not a .zip"),
        (a_folder_above, "holds S06"),
        (nothing_but_garbage, "nothing that can be read"),
    ],
)
def test_what_is_no_session_is_refused_in_one_line_that_names_it(folder, make, says):
    path = make(folder)
    with pytest.raises(SessionError) as caught:
        read_session(path)
    message = str(caught.value)
    assert says in message
    assert str(path) in message
    assert "\n" not in message


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(SessionError, match="holds none of BVP"):
        read_session(tmp_path)


@pytest.mark.parametrize(
    ("name", "samples", "tags"),
    [
        ("Stress-Predict-Dataset/S06", {"bvp": 212410, "acc": 106188, "eda": 13260, "temp": 13288}, 7),
        ("Stress-Predict-Dataset/S34", {"bvp": 228448, "acc": 114222, "eda": 14280, "temp": 14280}, 7),
        ("BiometricsMSR2023", {"bvp": 234311, "acc": 117156, "eda": 14646, "temp": 14640}, 0),
        ("devicely", {"bvp": 2054, "acc": 890, "eda": 133, "temp": 103}, 4),
        ("flirt", {"bvp": 9998, "acc": 9998, "eda": 9998, "temp": 4998}, 0),
    ],
)
def test_real_recordings_are_read_whole(recordings, name, samples, tags):
    session = read_session(recordings / name)
    assert session.problems == ()
    assert {stream.value: len(values) for stream, values in session.data.items()} == samples
    assert len(session.tags) == tags
    assert 0.95 < np.median(np.linalg.norm(session.data[Stream.ACC], axis=1)) < 1.05
