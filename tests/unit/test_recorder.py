import json
import logging
import re
import threading
from pathlib import Path

import numpy as np
import pytest

from limen.cli.arguments import as_json, in_order
from limen.cli.gates import edges_of
from limen.export import FILES
from limen.gates import GATES, Edge, Engine, Samples
from limen.inlets.band.capture import Link, read_capture
from limen.inlets.band.codec import Notification
from limen.inlets.band.profile import Characteristic
from limen.inlets.packets import packets
from limen.inlets.reader import read_session
from limen.inlets.session import Session
from limen.inlets.simulated import SimulatedWearer
from limen.outlets.recorder import Recorder, RecorderSettings, is_being_written
from limen.outlets.recorder.card import Folder
from limen.outlets.recorder.slowness import SLOW_TIMES, WELL_S, Slowness
from limen.outlets.recorder.take import FLUSH_S, QUEUE_ITEMS, Take
from limen.outlets.recorder.text import RecordingText
from limen.streams import STREAMS, Stream

DEFAULTS = {name: spec.defaults for name, spec in GATES.items()}
START = 1_700_000_000.75


class Clocks:
    """A wall clock and a monotonic one that tests turn."""

    def __init__(self) -> None:
        self.unix = START
        self.monotonic = 5000.0

    def advance(self, seconds: float) -> None:
        self.unix += seconds
        self.monotonic += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def recorder(tmp_path, clocks) -> Recorder:
    settings = RecorderSettings(tmp_path / "sessions", reserve_mb=0.0)
    return Recorder(settings, wall=lambda: clocks.unix, now=lambda: clocks.monotonic)


def second(wearer: int, number: int, value: float = 0.5) -> list[Samples]:
    """One second of every stream."""
    found = []
    for stream, spec in STREAMS.items():
        one = (value,) * 3 if spec.axes > 1 else value
        found.append(Samples(wearer, stream, number * spec.rate_hz, [one] * spec.rate_hz))
    return found


def play(recorder: Recorder, seconds: range, wearer: int = 1) -> None:
    for number in seconds:
        for samples in second(wearer, number, number / 64):
            recorder.samples(samples)


def only(recorder: Recorder) -> Path:
    assert recorder.close()
    assert not recorder.status.trouble
    (folder,) = recorder.status.folders
    return folder


def lines(folder: Path, name: str) -> list[str]:
    return (folder / name).read_text().splitlines()


def perturbed(session: Session) -> Session:
    """With all the digits that a conversion of raw counts has, and with holes."""
    random = np.random.default_rng(5)
    data = {}
    for stream, values in session.data.items():
        noisy = values * (1 + 1e-9 * random.standard_normal(values.shape))
        rate = STREAMS[stream].rate_hz
        for start, length in ((0, 1), (20, 1), (31, 6), (70, 1)):
            noisy[start * rate : start * rate + length * rate] = np.nan
        data[stream] = noisy
    return Session("perturbed", 0.0, session.rates, data)


def test_the_recording_gives_the_bits_and_whys_that_were_played(recorder):
    session = perturbed(SimulatedWearer(seed=3).session(150.0))
    engine = Engine(1, DEFAULTS, rates=session.rates)
    played = []
    recorder.begin(1)
    recorder.start()
    for _, samples in packets(session):
        recorder.samples(samples)
        events = engine.feed(samples)
        recorder.events(events)
        played += [event for event in events if isinstance(event, Edge)]
    events = engine.close()
    recorder.events(events)
    played += [event for event in events if isinstance(event, Edge)]
    folder = only(recorder)
    assert len({edge.gate for edge in played}) >= 5
    assert list(in_order(edges_of(read_session(folder), DEFAULTS))) == list(in_order(played))
    assert [json.loads(line) for line in lines(folder, "edges.jsonl")] == [as_json(edge) for edge in played]


def test_beats_and_heart_rate_are_there_as_the_vendor_lays_them_out(recorder):
    session = SimulatedWearer(seed=3).session(60.0)
    engine = Engine(1, DEFAULTS)
    recorder.begin(1)
    recorder.start()
    beats = []
    for _, samples in packets(session):
        recorder.samples(samples)
        events = engine.feed(samples)
        recorder.events(events)
        beats += [e for e in events if isinstance(e, Edge) and e.gate == "pulse" and e.bit and e.carry > 0]
    again = read_session(only(recorder))
    assert len(beats) > 30
    assert again.ibi[0] == pytest.approx([beat.t for beat in beats], abs=1e-6)
    assert again.ibi[1] == pytest.approx([beat.carry for beat in beats], abs=1e-6)
    times, bpm = again.hr
    assert times[0] == 10.0
    assert times[-1] == pytest.approx(beats[-1].t, abs=3.0)
    assert np.median(bpm) == pytest.approx(60 / np.median(again.ibi[1]), rel=0.1)


def test_play_begins_in_the_middle_of_streams_that_stand_at_different_places(recorder):
    recorder.begin(1)
    for stream, seconds in ((Stream.BVP, 10.3), (Stream.ACC, 10.1), (Stream.EDA, 9.0), (Stream.TEMP, 8.0)):
        count = int(seconds * STREAMS[stream].rate_hz)
        recorder.samples(Samples(1, stream, 0, [(0.0,) * 3 if stream is Stream.ACC else 0.0] * count))
    recorder.start()
    for stream, spec in STREAMS.items():
        first = {Stream.BVP: 659, Stream.ACC: 323, Stream.EDA: 36, Stream.TEMP: 32}[stream]
        values = [index / spec.rate_hz / 16 for index in range(first, 20 * spec.rate_hz)]
        recorder.samples(Samples(1, stream, first, [(v, v, v) for v in values] if spec.axes > 1 else values))
    again = read_session(only(recorder))
    for stream, values in again.data.items():
        assert values.reshape(len(values), -1)[0, 0] == 10.5 / 16
        assert len(values) == 9.5 * STREAMS[stream].rate_hz


def test_a_session_is_labelled_once_and_clocks_that_jump_change_nothing_else(recorder, clocks):
    recorder.begin(1, lambda stream, index: 5000.0 + index / STREAMS[stream].rate_hz)
    recorder.start()
    play(recorder, range(3))
    clocks.advance(3.0)
    clocks.unix -= 4 * 3600
    recorder.mark()
    play(recorder, range(3, 6))
    clocks.advance(3.0)
    clocks.unix += 8 * 3600
    recorder.mark()
    folder = only(recorder)
    assert re.fullmatch(r"1700000000_0001[0-9a-f]{4}-1", folder.name)
    again = read_session(folder)
    assert again.start_unix == int(START)
    assert again.tags == (3.0, 6.0)
    assert again.duration_s == 6.0


def test_without_a_clock_a_mark_stands_at_the_newest_sample(recorder):
    recorder.begin(1)
    recorder.start()
    play(recorder, range(4))
    recorder.mark()
    assert read_session(only(recorder)).tags == (4.0,)


def test_only_a_stream_that_was_heard_is_asked_for_its_time(recorder):
    heard = {Stream.ACC}

    def clock(stream: Stream, index: int) -> float:
        assert stream in heard
        return 4990.0 + index / STREAMS[stream].rate_hz

    recorder.begin(1, clock)
    recorder.start()
    recorder.mark()
    for stream in (Stream.ACC, Stream.EDA):
        heard.add(stream)
        recorder.samples(Samples(1, stream, 0, [(0.0, 0.0, 1.0)] * 6 if stream is Stream.ACC else [0.5] * 6))
    recorder.mark()
    again = read_session(only(recorder))
    assert again.start_unix == START - 10.0 - 0.75
    assert again.tags == (10.0,)


def test_a_band_that_comes_back_and_counts_anew_goes_on_where_time_is(recorder, clocks):
    recorder.begin(1, lambda stream, index: 5000.0 + index / STREAMS[stream].rate_hz)
    recorder.start()
    play(recorder, range(5))
    clocks.advance(20.0)
    recorder.begin(1, lambda stream, index: 5020.0 + index / STREAMS[stream].rate_hz)
    play(recorder, range(2))
    again = read_session(only(recorder))
    eda = again.data[Stream.EDA]
    assert again.duration_s == 22.0
    assert np.isnan(eda[20:80]).all()
    assert np.isfinite(eda[:20]).all()
    assert eda[80:].tolist() == [0.0] * 4 + [1 / 64] * 4


def test_each_wearer_has_a_folder_of_the_same_play(recorder, clocks):
    recorder.start()
    for wearer in (1, 2):
        recorder.begin(wearer)
        play(recorder, range(2), wearer)
    clocks.advance(30.0)
    recorder.begin(3)
    play(recorder, range(2), 3)
    recorder.mark()
    assert recorder.close()
    names = [folder.name for folder in recorder.status.folders]
    assert [name.rpartition("-")[2] for name in names] == ["1", "2", "3"]
    assert len({name.partition("_")[2].partition("-")[0] for name in names}) == 1
    assert names[2].startswith("1700000030_")
    assert all(len(read_session(folder).tags) == 1 for folder in recorder.status.folders)


def test_two_plays_are_two_recordings(recorder):
    recorder.begin(1)
    recorder.start()
    play(recorder, range(2))
    recorder.stop()
    first = only(recorder)
    play(recorder, range(2, 4))
    recorder.start()
    play(recorder, range(4, 6))
    second_folder = only(recorder)
    assert first != second_folder
    assert read_session(first).data[Stream.EDA].tolist() == [0.0] * 4 + [1 / 64] * 4
    assert read_session(second_folder).data[Stream.EDA].tolist() == [4 / 64] * 4 + [5 / 64] * 4


def test_the_bands_packets_are_kept_as_a_capture_that_can_be_decoded_anew(recorder):
    recorder.begin(1)
    recorder.packet(1, 4999.0, Characteristic.BVP, b"\x00")
    recorder.start()
    recorder.packet(1, 5012.871093, Characteristic.BVP, bytes.fromhex("03fc17e0"))
    recorder.link(1, 5013.5, up=False)
    assert list(read_capture(only(recorder) / "raw.e4raw")) == [
        Notification(5012.871093, Characteristic.BVP, bytes.fromhex("03fc17e0")),
        Link(5013.5, up=False),
    ]


def test_packets_are_left_out_where_nobody_wants_them(tmp_path):
    recorder = Recorder(RecorderSettings(tmp_path, raw=False, reserve_mb=0.0))
    recorder.start()
    play(recorder, range(1))
    recorder.packet(1, 1.0, "bvp", b"\x00")
    recorder.link(1, 1.0, up=True)
    assert not (only(recorder) / "raw.e4raw").exists()


def test_nothing_says_whose_it_is(recorder):
    recorder.begin(1)
    recorder.start()
    play(recorder, range(12))
    recorder.packet(1, 1.0, "acc", b"\x01")
    recorder.mark()
    folder = only(recorder)
    everything = folder.name + "".join(path.name + path.read_text() for path in folder.iterdir())
    assert not re.search(r"([0-9A-F]{2}:){5}|Empatica E4 [0-9a-f]{6}", everything, re.IGNORECASE)


def test_cut_at_any_byte_of_its_end_a_recording_is_a_valid_shorter_one(recorder):
    recorder.begin(1)
    recorder.start()
    for _, samples in packets(perturbed(SimulatedWearer(seed=3).session(5.0))):
        recorder.samples(samples)
    folder = only(recorder)
    whole = read_session(folder)
    for stream in STREAMS:
        path = folder / FILES[stream]
        content = path.read_bytes()
        for cut in range(1, sum(map(len, content.splitlines(keepends=True)[-8:]))):
            path.write_bytes(content[:-cut])
            left = read_session(folder).data[stream]
            rows = content[:-cut].count(b"\n") - 2
            assert np.array_equal(left, whole.data[stream][:rows], equal_nan=True)
        path.write_bytes(content)


def test_a_recording_is_held_until_it_has_ended(recorder):
    recorder.begin(1)
    recorder.start()
    play(recorder, range(2))
    recorder.stop()
    folder = only(recorder)
    assert not is_being_written(folder)
    held = Folder(folder.with_name("held"), "text\n")
    assert is_being_written(held.path)
    held.close()
    assert not is_being_written(held.path)


def test_a_card_that_stalls_ends_the_recording_and_never_waits_for_it(tmp_path):
    go_on, told = threading.Event(), threading.Event()

    class Stalling(Folder):
        def append(self, name: str, text: str) -> None:
            go_on.wait()
            super().append(name, text)

    recorder = Recorder(RecorderSettings(tmp_path, reserve_mb=0.0), told.set, open_folder=Stalling)
    recorder.begin(1)
    recorder.start()
    for number in range(QUEUE_ITEMS + 5):
        recorder.samples(Samples(1, Stream.EDA, number, [0.5]))
    assert told.is_set()
    assert not recorder.status.recording
    assert "does not keep up" in recorder.status.trouble
    trouble = recorder.status.trouble
    recorder.start()
    assert recorder.status.trouble == trouble
    go_on.set()
    assert recorder.close()
    again = read_session(recorder.status.folders[0])
    assert 0 < len(again.data[Stream.EDA]) <= QUEUE_ITEMS


def test_a_card_that_is_slow_is_told_until_it_keeps_up_and_the_recording_goes_on(
    tmp_path, clocks, caplog, monkeypatch
):
    told, commit_s = threading.Event(), 8.0

    class Slow(Folder):
        def sync_all(self) -> None:
            super().sync_all()
            clocks.advance(commit_s)

    recorder = Recorder(
        RecorderSettings(tmp_path, reserve_mb=0.0), told.set, now=lambda: clocks.monotonic, open_folder=Slow
    )
    given = 0

    def play_until_told() -> None:
        nonlocal given
        while not told.wait(0.01):
            recorder.samples(Samples(1, Stream.EDA, given, [0.5]))
            given += 1
        told.clear()

    recorder.start()
    with caplog.at_level(logging.DEBUG, "limen.outlets.recorder.take"):
        play_until_told()
    assert (recorder.status.slow, recorder.status.recording, recorder.status.trouble) == (True, True, "")
    levels = [record.levelname for record in caplog.records]
    assert levels == ["DEBUG"] * (SLOW_TIMES - 1) + ["WARNING"]
    assert "the card took 8.0 s" in caplog.text
    commit_s = 0.0
    monkeypatch.setattr("limen.outlets.recorder.slowness.WELL_S", 0.0)
    play_until_told()
    assert (recorder.status.slow, recorder.status.recording) == (False, True)
    assert len(read_session(only(recorder)).data[Stream.EDA]) == given


def _verdicts(every_s: float, flushes: list[float]) -> list[bool]:
    slowness = Slowness(FLUSH_S)
    return [slowness.flushed(number * every_s, took) for number, took in enumerate(flushes)]


def test_housekeeping_now_and_then_does_not_make_a_card_slow():
    evening = ([2.0] + [0.05] * int(WELL_S)) * 100
    assert not any(_verdicts(1.0, evening))


def test_a_card_that_pauses_again_and_again_is_slow_until_it_kept_up_for_a_minute():
    verdicts = _verdicts(1.0, ([0.9] + [0.05] * 9) * 3 + [0.05] * 100)
    assert verdicts == [False] * 20 + [True] * int(WELL_S) + [False] * 50


def test_a_card_that_takes_most_of_a_minute_each_time_is_slow():
    assert _verdicts(45.0, [45.0] * 4) == [False, False, True, True]


def test_a_power_cut_costs_what_waited_and_what_was_being_written():
    slowness = Slowness(FLUSH_S)
    costs = []
    for took in (0.1, 8.0, 8.0, 0.1, 0.1):
        slowness.flushed(0.0, took)
        costs.append(slowness.at_risk_s)
    assert costs == [0.6, 8.5, 16.0, 8.1, 0.6]


def test_a_flush_that_took_all_of_the_pause_is_followed_by_the_next_one_at_once(tmp_path, clocks):
    """If the pause came on top, a card half as slow would put more than a second at risk."""
    commits = threading.Semaphore(0)
    text = RecordingText(0, {})

    class Slow(Folder):
        def sync_all(self) -> None:
            clocks.advance(3.0)
            take.put(text.mark, 2.0)  # which comes meanwhile
            commits.release()

    take = Take(tmp_path, 0.0, lambda: None, Slow, lambda: clocks.monotonic, flush_s=3.0)
    take.add(0, 1, "", text)
    take.put(text.mark, 1.0)
    assert commits.acquire(timeout=60)
    assert commits.acquire(timeout=2.5)
    take.stop()
    assert take.join(60)


def test_a_fault_of_the_recorder_is_no_fault_of_the_show(recorder):
    recorder.begin(1)
    recorder.start()
    recorder.samples(Samples(1, Stream.EDA, 0, ["not a number"]))
    recorder.close()
    recorder.samples(Samples(1, Stream.EDA, 1, [0.5]))
    assert "fault of the recorder's own" in recorder.status.trouble


def test_a_place_where_nothing_can_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    recorder = Recorder(RecorderSettings(tmp_path / "file" / "sessions", reserve_mb=0.0))
    recorder.start()
    play(recorder, range(1))
    recorder.close()
    assert recorder.status.trouble.startswith(f"{tmp_path / 'file' / 'sessions'}: recording has stopped")
    assert not recorder.status.folders


def test_edges_come_out_sorted_as_limen_gates_prints_them(recorder):
    """What was judged late stands late in the file; its time says where it belongs."""
    session = SimulatedWearer(seed=3).session(60.0)
    recorder.begin(1)
    recorder.start()
    engine = Engine(1, DEFAULTS)
    for _, samples in packets(session):
        recorder.samples(samples)
        recorder.events(engine.feed(samples))
    recorder.events(engine.close())
    folder = only(recorder)
    kept = [json.loads(line) for line in lines(folder, "edges.jsonl")]
    printed = [as_json(edge) for edge in in_order(edges_of(read_session(folder), DEFAULTS))]
    assert sorted(kept, key=lambda edge: (edge["t"], edge["gate"])) == printed
