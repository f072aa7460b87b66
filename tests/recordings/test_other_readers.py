"""What Limen records, read by three readers of E4 exports that nobody here wrote."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from limen.export import ACC_COUNTS_PER_G
from limen.gates import Engine, Samples
from limen.inlets.packets import packets
from limen.inlets.reader import read_session
from limen.inlets.simulated import SimulatedWearer
from limen.outlets.recorder import Recorder, RecorderSettings
from limen.streams import STREAMS, Stream

pytestmark = pytest.mark.peers

SCRIPT = Path(__file__).with_name("read_with.py")
SECONDS = 60.0
# pandas reads decimals a little faster than exactly, by default.
PANDAS = 1e-14


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Path:
    """A minute as it comes live: more digits than the vendor prints, a second lost, two marks."""
    recorder = Recorder(RecorderSettings(tmp_path_factory.mktemp("recordings"), reserve_mb=0.0))
    engine = Engine(1)
    recorder.begin(1)
    recorder.start()
    for due, samples in packets(SimulatedWearer(seed=3).session(SECONDS)):
        live = samples
        if samples.stream is not Stream.ACC:
            live = Samples(1, samples.stream, samples.first, [v * (1 + 1e-9) for v in samples.values], samples.lost)
        if not 20 <= due < 21:
            recorder.samples(live)
            recorder.events(engine.feed(live))
        if due in (10.0, 40.0):
            recorder.mark()
    assert recorder.close()
    (folder,) = recorder.status.folders
    return folder


@pytest.fixture(params=["devicely", "flirt", "empatican"])
def read(request, readers, recording) -> dict:
    run = subprocess.run(
        [readers, "-W", "ignore", SCRIPT, request.param, recording], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_every_sample_is_the_one_that_was_heard_and_in_its_place(read, recording):
    ours = read_session(recording)
    for stream, values in ours.data.items():
        theirs = np.array(read[stream]) / (ACC_COUNTS_PER_G if stream is Stream.ACC else 1)
        heard = np.isfinite(values)
        assert theirs.shape == values.shape
        assert np.allclose(theirs[heard], values[heard], rtol=PANDAS, atol=0)
        assert np.isfinite(theirs).all()
    assert not np.isfinite(ours.data[Stream.BVP]).all()


def test_times_are_what_they_should_be(read, recording):
    ours = read_session(recording)
    assert read["starts"] == [ours.start_unix]
    for stream, spec in STREAMS.items():
        last = (len(ours.data[stream]) - 1) / spec.rate_hz
        assert read["last"][stream] == pytest.approx(ours.start_unix + last, abs=1e-3)


def test_heart_rate_beats_and_marks_are_understood(read, recording):
    ours = read_session(recording)
    assert read["hr"] == pytest.approx(ours.hr[1].tolist())
    assert read.get("ibi", ours.ibi[1].tolist()) == pytest.approx(ours.ibi[1].tolist())
    assert len(ours.ibi[1]) > 30
    marks = [ours.start_unix + tag for tag in ours.tags]
    assert len(marks) == 2
    assert read.get("tags", marks) == pytest.approx(marks, abs=0.005)


def test_neurokit_finds_the_beats_in_what_was_recorded(recording):
    """NeuroKit2 has no reader for the E4; people give it the column."""
    import neurokit2 as neurokit

    bvp = np.loadtxt(recording / "BVP.csv", skiprows=2)
    peaks = neurokit.ppg_findpeaks(neurokit.ppg_clean(bvp, sampling_rate=64), sampling_rate=64)["PPG_Peaks"]
    ours = read_session(recording).ibi[1]
    assert np.median(np.diff(peaks)) / 64 == pytest.approx(np.median(ours), rel=0.05)
