import errno
import json
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.box.kept import KNOBS, Kept, KeptBand
from limen.box.store import BEFORE, FILE, Store
from limen.errors import LimenError
from limen.gates import GATES, Calibration, Engine
from limen.inlets.packets import packets
from limen.inlets.simulated import SimulatedWearer

FIRST = Kept(playing=True, marks=3, reboots=1, bands={1: KeptBand("00:07:80:F2:17:76", "Empatica E4 a1b2c3")})
SECOND = replace(FIRST, playing=False, marks=4, gates={1: {"rise": {"sensitivity": 1.5, "enable": 0.0}}})

wearers = st.integers(1, 99)
finite = st.floats(allow_nan=False, allow_infinity=False)
knobs = st.fixed_dictionaries({}, optional={name: st.floats(*limits) for name, limits in KNOBS.items()})
calibrations = st.builds(
    Calibration,
    pose=st.none() | st.tuples(finite, finite, finite),
    statistics=st.dictionaries(st.sampled_from(sorted(GATES)), st.tuples(finite, finite, st.integers(-1, 10**6))),
)
everything = st.builds(
    Kept,
    playing=st.booleans(),
    marks=st.integers(0, 10**6),
    bands=st.dictionaries(wearers, st.builds(KeptBand, st.text(), st.text()), max_size=3),
    calibrations=st.dictionaries(wearers, calibrations, max_size=3),
    gates=st.dictionaries(wearers, st.dictionaries(st.sampled_from(sorted(GATES)), knobs), max_size=3),
)


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "state")


@given(everything)
def test_what_was_saved_is_loaded(tmp_path_factory, kept):
    folder = tmp_path_factory.mktemp("state")
    Store(folder).save(kept)
    assert Store(folder).load() == kept


def test_what_an_engine_learned_is_taken_up_where_it_was(store):
    engine = Engine()
    for _, samples in packets(SimulatedWearer(seed=3).session(60.0)):
        engine.feed(samples)
    store.save(Kept(calibrations={1: engine.calibration()}))
    other = Engine()
    other.restore(store.load().calibrations[1])
    assert other.calibration() == engine.calibration()


def test_with_nothing_kept_a_box_was_doing_nothing(store):
    assert store.load() == Kept()


def test_a_file_cut_at_any_byte_gives_what_was_kept_before_it(store, tmp_path):
    store.save(FIRST)
    store.save(SECOND)
    path = tmp_path / "state" / FILE
    whole = path.read_bytes()
    for length in range(len(whole) - 1):
        path.write_bytes(whole[:length])
        assert store.load() == FIRST
    path.unlink()
    assert store.load() == FIRST


@given(damage=st.binary(max_size=300), both=st.booleans())
def test_no_bytes_whatever_are_more_than_a_warning(tmp_path_factory, damage, both):
    folder = tmp_path_factory.mktemp("state")
    store = Store(folder)
    store.save(FIRST)
    store.save(SECOND)
    (folder / FILE).write_bytes(damage)
    if both:
        (folder / BEFORE).write_bytes(damage)
    assert store.load() == (Kept() if both else FIRST)


@given(st.data())
def test_one_damaged_byte_is_noticed_or_changes_nothing(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("state")
    store = Store(folder)
    store.save(FIRST)
    store.save(SECOND)
    raw = bytearray((folder / FILE).read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255))
    (folder / FILE).write_bytes(raw)
    assert store.load() in (FIRST, SECOND)


def test_a_damaged_file_does_not_take_the_place_of_a_good_one_before_it(store, tmp_path):
    store.save(FIRST)
    store.save(SECOND)
    (tmp_path / "state" / FILE).write_text("{")
    store.save(replace(SECOND, marks=5))
    (tmp_path / "state" / FILE).write_text("{")
    assert store.load() == FIRST


def test_there_is_no_moment_without_the_file(store, tmp_path, monkeypatch):
    """Who looks while it is replaced, or after that failed, finds what was kept, under its own name."""
    path, seen = tmp_path / "state" / FILE, []

    def full(target, data):
        seen.append(path.read_bytes())
        raise OSError(errno.ENOSPC, "No space left on device")

    store.save(FIRST)
    store.save(SECOND)
    before = path.read_bytes()
    monkeypatch.setattr("limen.box.store.write_whole", full)
    for _ in range(2):
        with pytest.raises(LimenError, match="No space left"):
            store.save(FIRST)
    assert seen == [before, before]
    path.unlink()
    assert store.load() == SECOND


def test_what_another_version_kept_is_left_alone_or_left_out(store, tmp_path):
    store.save(Kept(gates={1: {"rise": {"hold": 2.0}}}))
    path = tmp_path / "state" / FILE
    said = json.loads(path.read_text())
    path.write_text(json.dumps(said | {"version": 2}))
    assert store.load() == Kept()


def test_a_number_that_is_none_is_refused_and_the_old_stays(store):
    store.save(FIRST)
    with pytest.raises(LimenError, match="settings cannot be kept"):
        store.save(Kept(calibrations={1: Calibration((float("nan"), 0.0, 1.0), {})}))
    assert store.load() == FIRST


def test_a_card_that_cannot_be_written_costs_the_change_and_not_what_was_kept(card):
    store = Store(card.folder / "state")
    store.save(FIRST)
    subprocess.run(["mount", "-o", "remount,ro", card.folder], check=True)
    with pytest.raises(LimenError, match="Read-only file system"):
        store.save(SECOND)
    assert store.load() == FIRST


def test_what_was_saved_survives_a_power_cut_at_once(card):
    store = Store(card.folder / "state")
    for marks in range(5):
        store.save(replace(SECOND, marks=marks))
        card.cut_power()
        card.unmount()
        card.mount()
        assert store.load() == replace(SECOND, marks=marks)
