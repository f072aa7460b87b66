"""The recorder on a real file system that is full, read-only, failing, or loses power."""

import os
import subprocess
import threading

import numpy as np
import pytest

from limen.gates import Samples
from limen.inlets.reader import read_session
from limen.outlets.recorder import Cause, Recorder, RecorderSettings
from limen.outlets.recorder.card import MB, Folder, free_mb
from limen.streams import Stream


@pytest.fixture
def ended() -> threading.Event:
    return threading.Event()


@pytest.fixture
def recorder(card, ended) -> Recorder:
    return Recorder(RecorderSettings(card.folder, reserve_mb=0.0), ended.set)


class Wearer:
    """Gives samples that say which they are."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.end = 0

    def give(self, count: int) -> None:
        values = [index / 1024 for index in range(self.end, self.end + count)]
        self._recorder.samples(Samples(1, Stream.BVP, self.end, values))
        self.end += count

    def until(self, happened: threading.Event) -> None:
        while not happened.wait(0.01):
            self.give(1)


def is_what_was_given(values: np.ndarray) -> bool:
    return np.array_equal(values, np.arange(len(values)) / 1024)


def test_a_full_card_ends_the_recording_and_what_is_on_it_can_be_read(card, recorder, ended):
    with (card.folder / "other").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, int(free_mb(card.folder) * MB) - 1_000_000)
    recorder.start()
    wearer = Wearer(recorder)
    wearer.give(200_000)
    wearer.until(ended)
    assert "No space left" in recorder.status.trouble
    assert recorder.status.cause is Cause.FULL
    assert "make room" in recorder.status.trouble
    again = read_session(recorder.status.folders[0])
    assert 10_000 < len(again.data[Stream.BVP]) < wearer.end
    assert is_what_was_given(again.data[Stream.BVP])
    assert (card.folder / "other").exists()


def test_a_read_only_card_ends_the_recording(card, recorder, ended):
    subprocess.run(["mount", "-o", "remount,ro", card.folder], check=True)
    recorder.start()
    Wearer(recorder).until(ended)
    assert "Read-only file system" in recorder.status.trouble
    assert recorder.status.cause is Cause.READ_ONLY
    assert not recorder.status.recording


def test_a_card_that_fails_in_the_middle_ends_the_recording(card, recorder, ended):
    recorder.start()
    wearer = Wearer(recorder)
    while not recorder.status.folders:
        ended.wait(0.01)
        wearer.give(1)
    assert not ended.is_set()
    card.cut_power()
    wearer.until(ended)
    assert "recording has stopped" in recorder.status.trouble
    assert not recorder.status.recording


def test_less_than_the_reserve_ends_the_recording_and_frees_nothing(card, ended):
    (card.folder / "old").mkdir()
    (card.folder / "old" / "BVP.csv").write_text("1.00\n64.000000\n0.00\n")
    recorder = Recorder(RecorderSettings(card.folder, reserve_mb=free_mb(card.folder) + 1), ended.set)
    recorder.start()
    assert ended.wait(60)
    assert "kept in reserve" in recorder.status.trouble
    assert recorder.status.cause is Cause.FULL
    assert sorted(path.name for path in card.folder.iterdir()) == ["lost+found", "old"]


def test_the_reserve_is_looked_at_while_recording(card, ended):
    recorder = Recorder(RecorderSettings(card.folder, reserve_mb=8), ended.set)
    recorder.start()
    wearer = Wearer(recorder)
    wearer.give(100)
    while not recorder.status.folders:
        ended.wait(0.01)
    (card.folder / "other").write_bytes(bytes(7_000_000))
    wearer.until(ended)
    assert "kept in reserve" in recorder.status.trouble
    assert is_what_was_given(read_session(recorder.status.folders[0]).data[Stream.BVP])


def test_power_that_fails_costs_what_came_after_the_last_commit_and_nothing_before(card, ended):
    committed = threading.Event()

    class Telling(Folder):
        def sync_all(self) -> None:
            super().sync_all()
            committed.set()

    recorder = Recorder(RecorderSettings(card.folder, reserve_mb=0.0), ended.set, open_folder=Telling)
    recorder.start()
    wearer = Wearer(recorder)
    wearer.give(5000)
    recorder.mark()
    recorder.packet(1, 12.5, "bvp", b"\x01\x02")
    assert committed.wait(60)
    committed.clear()
    wearer.give(1)
    assert committed.wait(60)
    wearer.give(77)
    card.cut_power()
    wearer.until(ended)
    assert recorder.close()
    card.unmount()
    card.mount()
    (folder,) = (path for path in card.folder.iterdir() if path.name != "lost+found")
    again = read_session(folder)
    assert len(again.data[Stream.BVP]) >= 5000
    assert is_what_was_given(again.data[Stream.BVP])
    assert len(again.tags) == 1
    assert (folder / "raw.e4raw").read_text() == "limen-capture 1\nnote 12.5 bvp 0102\n"
