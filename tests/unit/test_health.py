"""What a box tells about itself, read from a folder that stands for /sys and /proc."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.health_help import ALARM, ERRORS, HEAT, PI, THROTTLED, WIFI, FakeMachine

from limen.box.faults import Fault
from limen.box.health import (
    Card,
    Clock,
    FileSystem,
    Health,
    HealthReader,
    Heat,
    History,
    LoopWatch,
    Machine,
    Memory,
    Radio,
    Standing,
    Supply,
    access_point,
    changes,
    described,
)
from limen.box.health.machine import file_system

NOTHING_SET = Clock(rtc=False, is_set=False, unix=0.0)


def _reader(fake: FakeMachine, **options: object) -> HealthReader:
    on_a_box = {"reserve_mb": 500.0, "bluetooth": True, "wifi": "wlan0"}
    return HealthReader(fake.machine, Path("/var/lib/limen"), **(on_a_box | options))  # type: ignore[arg-type]


@pytest.fixture
def pi(tmp_path):
    return FakeMachine(tmp_path, PI)


def test_a_pi_in_good_health(pi):
    health = _reader(pi, clock=lambda: 12.5, wall=lambda: 99.0).read()
    assert health == Health(
        t=12.5,
        clock=Clock(rtc=False, is_set=False, unix=99.0),
        supply=Supply(low=False, ever_low=False),
        heat=Heat(celsius=51.235, throttled=False, ever_throttled=False),
        card=Card(free_mb=20_000.0, reserve_mb=500.0, read_only=False, errors=0),
        memory=Memory(available_mb=307.2, own_mb=10_000 * os.sysconf("SC_PAGE_SIZE") / 1e6),
        radio=Radio(bluetooth=True, wifi=True),
    )
    assert changes(Standing(), health).appeared == ()


def test_a_laptop_is_not_offered_these_and_has_no_faults(tmp_path):
    fake = FakeMachine(tmp_path, {"proc/meminfo": PI["proc/meminfo"]})
    health = _reader(fake, reserve_mb=None, bluetooth=False, wifi=None).read()
    assert health.supply == Supply()
    assert health.heat == Heat()
    assert health.card.errors is None
    assert health.radio == Radio()
    assert changes(Standing(), health).appeared == ()
    assert described(health).count("not offered here") == 5


def test_this_very_machine_can_be_read(tmp_path):
    health = HealthReader(Machine(), tmp_path).read()
    assert health.card.free_mb is not None
    assert health.memory.own_mb is not None
    assert health.memory.own_mb > 1


def test_low_voltage_is_told_now_and_remembered(pi):
    reader = _reader(pi)
    pi.say(ALARM, "1\n")
    assert reader.read().supply == Supply(low=True, ever_low=True)
    pi.say(ALARM, "0\n")
    assert reader.read().supply == Supply(low=False, ever_low=True)


def test_without_the_sensor_the_firmware_is_asked(pi):
    reader = _reader(pi)
    pi.lose(ALARM)
    pi.say(THROTTLED, "50000\n")
    assert reader.read().supply == Supply(low=False, ever_low=True)
    pi.say(THROTTLED, "50005\n")
    health = reader.read()
    assert health.supply.low
    # Slowed down by the voltage: one fault, not two.
    assert changes(Standing(), health).appeared == (Fault.UNDERVOLTAGE,)


def test_the_firmware_is_asked_only_when_it_is_warm(pi):
    """Its file makes the kernel log a warning with a stack trace."""
    reader = _reader(pi)
    pi.say(THROTTLED, "4\n")
    assert reader.read().heat.throttled is False
    pi.say(HEAT, "71000\n")
    health = reader.read()
    assert health.heat == Heat(celsius=71.0, throttled=True, ever_throttled=True)
    assert changes(Standing(), health).appeared == (Fault.OVERHEATED,)


@pytest.mark.parametrize(
    ("name", "text"),
    [(ALARM, "often"), (HEAT, ""), (ERRORS, "-"), ("proc/meminfo", "\xff"), ("proc/self/statm", "1")],
)
def test_nonsense_in_a_file_is_not_offered(pi, name, text):
    pi.say(name, text)
    assert changes(Standing(), _reader(pi).read()).appeared == ()


def test_a_connection_is_not_an_adapter(pi):
    pi.lose("sys/class/bluetooth/hci0/type")
    (pi.root / "sys/class/bluetooth/hci0").rename(pi.root / "sys/class/bluetooth/hci0:64")
    assert _reader(pi).read().radio.bluetooth is False
    assert _reader(pi, bluetooth=False).read().radio.bluetooth is None


def test_a_card_that_cannot_be_asked_is_unknown(pi):
    def broken(folder: Path) -> FileSystem:
        raise OSError(5, "Input/output error")

    health = HealthReader(Machine(pi.root, broken), Path("/var/lib/limen")).read()
    assert (health.card.free_mb, health.card.read_only) == (None, None)


def test_an_ext4_that_met_an_error_is_read_only_whichever_way_the_kernel_says_so(card):
    assert not file_system(card.folder).read_only
    subprocess.run(["mount", "-o", "remount,errors=remount-ro", card.folder], check=True)
    device = card.folder.stat().st_dev
    name = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve().name
    Path(f"/sys/fs/ext4/{name}/trigger_fs_error").write_text("a test's")
    assert file_system(card.folder).read_only


@pytest.mark.parametrize(
    ("options", "read_only"),
    [("rw,errors=remount-ro", False), ("rw,errors=remount-ro,emergency_ro", True), ("rw,shutdown", True)],
)
def test_a_file_system_that_has_given_up_says_so_among_its_options(tmp_path, options, read_only):
    device = tmp_path.stat().st_dev
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 999999:1 / / rw - ext4 /dev/root rw,emergency_ro\n"
        f"40 22 {os.major(device)}:{os.minor(device)} / /data rw,noatime shared:1 - ext4 /dev/mmcblk0p3 {options}\n"
    )
    assert file_system(tmp_path / "not" / "made", mounts).read_only is read_only


def test_where_there_is_no_list_of_mounts_the_space_is_told(tmp_path):
    found = file_system(tmp_path, tmp_path / "missing")
    assert found.free_mb > 0
    assert not found.read_only


@pytest.mark.parametrize(
    ("files", "rtc", "is_set"),
    [
        ({}, False, False),
        ({"run/systemd/timesync/synchronized": ""}, False, True),
        ({"sys/class/rtc/rtc0/since_epoch": "1800000000\n"}, True, True),
        ({"sys/class/rtc/rtc0/since_epoch": "42\n"}, True, False),  # a Pi 5 whose battery is not there
    ],
)
def test_whether_the_clock_was_ever_set(tmp_path, files, rtc, is_set):
    clock = _reader(FakeMachine(tmp_path, files)).read().clock
    assert (clock.rtc, clock.is_set) == (rtc, is_set)


def test_the_access_point_is_the_interface_that_hostapd_has_a_file_for(pi):
    assert access_point(pi.machine) is None
    pi.say("etc/hostapd/ifupdown.sh", "")
    pi.say("etc/hostapd/wlan0.conf", "")
    assert access_point(pi.machine) == "wlan0"


def _at(t: float, **parts: object) -> Health:
    return Health(t=t, clock=NOTHING_SET, **parts)  # type: ignore[arg-type]


def _story(*readings: Health) -> list[tuple[float, str, Fault]]:
    standing, told = Standing(), []
    for health in readings:
        step = changes(standing, health)
        told += [(health.t, "appeared", fault) for fault in step.appeared]
        told += [(health.t, "cleared", fault) for fault in step.cleared]
        standing = step.standing
    return told


def test_low_voltage_that_flickers_is_told_once():
    flicker = [_at(float(t), supply=Supply(low=t % 4 < 2)) for t in range(0, 600, 2)]
    after = [_at(600.0 + t, supply=Supply(low=False)) for t in range(0, 60, 2)]
    assert _story(*flicker, *after) == [
        (0.0, "appeared", Fault.UNDERVOLTAGE),
        (628.0, "cleared", Fault.UNDERVOLTAGE),
    ]


def test_heat_clears_well_below_where_it_appears():
    curve = [79.9, 80.0, 78.0, 75.0, 74.0, 74.0, 74.0, 74.0]
    readings = [_at(10.0 * i, heat=Heat(celsius=c)) for i, c in enumerate(curve)]
    assert _story(*readings) == [
        (10.0, "appeared", Fault.OVERHEATED),
        (70.0, "cleared", Fault.OVERHEATED),
    ]


def test_a_radio_that_is_being_restarted_is_no_fault():
    gone = [10, 20]
    readings = [_at(float(t), radio=Radio(wifi=t not in gone, bluetooth=t not in gone)) for t in range(0, 60, 10)]
    assert _story(*readings) == []


def test_a_radio_that_stays_away_is_one():
    readings = [_at(float(t), radio=Radio(bluetooth=False, wifi=t == 0)) for t in range(0, 40, 10)]
    assert _story(*readings) == [
        (20.0, "appeared", Fault.NO_BLUETOOTH),
        (30.0, "appeared", Fault.NO_WIFI),
    ]


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (Card(free_mb=499.0, reserve_mb=500.0), Fault.CARD_FULL),
        (Card(free_mb=499.0, read_only=True), Fault.CARD_READ_ONLY),
        (Card(errors=1), Fault.CARD_FAILING),
        (Card(free_mb=60.0, reserve_mb=500.0, lost=True), Fault.CARD_LOST),
    ],
)
def test_what_is_wrong_with_a_card_is_told_at_once(bad, fault):
    assert _story(_at(0.0, card=bad)) == [(0.0, "appeared", fault)]


@pytest.mark.parametrize(
    ("event", "lost"),
    [
        ("the data partition is damaged and is being repaired", False),
        ("the data partition could not be repaired and was made anew; settings and sessions are lost", True),
        ("no data partition works; settings and sessions last until the power goes", True),
    ],
)
def test_what_power_on_cost_is_read_from_what_limen_data_said(pi, event, lost):
    script = (Path(__file__).parents[2] / "deploy/libexec/limen-data").read_text()
    assert f'say "{event}' in script
    pi.say("run/limen-data-event", f"{event}\n")
    assert _reader(pi).read().card.lost is lost


RECORDS = Card(free_mb=20_000.0, reserve_mb=500.0)


def test_a_clock_that_nobody_sets_is_told_while_the_box_is_set_up_and_not_all_night():
    assert _story(*(_at(float(t), card=RECORDS) for t in range(30, 14_400, 2))) == [
        (50.0, "appeared", Fault.CLOCK_UNSET),
        (120.0, "cleared", Fault.CLOCK_UNSET),
    ]


def test_a_clock_that_gets_set_is_no_fault_from_then_on():
    def story(set_at: float) -> list[tuple[float, str, Fault]]:
        evening = (_at(float(t), card=RECORDS) for t in range(30, 200, 2))
        return _story(*(replace(h, clock=replace(h.clock, is_set=h.t >= set_at)) for h in evening))

    assert story(70.0) == [(50.0, "appeared", Fault.CLOCK_UNSET), (70.0, "cleared", Fault.CLOCK_UNSET)]
    assert story(48.0) == [], "the network was about to set it"


def test_where_nothing_is_recorded_no_date_matters():
    assert _story(*(_at(float(t), card=replace(RECORDS, reserve_mb=None)) for t in range(0, 200, 2))) == []


@pytest.mark.parametrize("memory", [Memory(available_mb=39.0), Memory(available_mb=300.0, own_mb=193.0)])
def test_memory_must_be_short_for_a_while(memory):
    assert _story(*(_at(float(t), memory=memory) for t in (0, 10, 20))) == []
    assert _story(*(_at(float(t), memory=memory) for t in (0, 15, 30))) == [(30.0, "appeared", Fault.MEMORY)]


def test_every_file_of_the_reading_matters(pi):
    """Each of these files, gone bad, is found; none is read for nothing."""
    reader = _reader(pi)
    for name, text in {ALARM: "1", HEAT: "81000", ERRORS: "3", WIFI: "down"}.items():
        pi.say(name, text)
    pi.holds = FileSystem(free_mb=10.0, read_only=True)
    pi.say("proc/meminfo", "MemAvailable: 30000 kB\n")
    pi.lose("sys/class/bluetooth/hci0/type")
    (pi.root / "sys/class/bluetooth/hci0").rmdir()
    health = reader.read()
    first = changes(Standing(), replace(health, t=0.0)).standing
    assert changes(first, replace(health, t=60.0)).standing.faults == {
        Fault.NO_BLUETOOTH,
        Fault.NO_WIFI,
        Fault.UNDERVOLTAGE,
        Fault.OVERHEATED,
        Fault.CARD_FULL,
        Fault.CARD_READ_ONLY,
        Fault.CARD_FAILING,
        Fault.MEMORY,
        Fault.CLOCK_UNSET,
    }


def test_a_loop_that_was_held_up_is_told(caplog):
    now = [0.0]
    watch = LoopWatch(every_s=0.25, most_s=0.1, clock=lambda: now[0])
    with caplog.at_level(logging.DEBUG):
        for late in (0.0, 0.05, 1.0, 0.5, 0.0):
            now[0] += 0.25 + late
            watch.beat()
    assert watch.held_up == 2
    assert watch.worst_s == pytest.approx(1.0)
    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG"]
    assert "1.00 s" in caplog.text


def test_the_watch_beats_until_it_is_cancelled():
    times = [3.0, 2.0, 1.0, 0.0]

    def clock() -> float:
        if not times:
            raise asyncio.CancelledError
        return times.pop()

    watch = LoopWatch(every_s=0.0, clock=clock)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(watch.run())
    assert (watch.held_up, watch.worst_s) == (3, 1.0)


def test_the_last_thirty_readings_go_to_the_log_when_it_ends_in_error(caplog):
    history = History()
    for t in range(100):
        history.add(_at(float(t), heat=Heat(celsius=float(t))))
    with pytest.raises(ZeroDivisionError), history.written_on_error(logging.getLogger("limen")):
        raise ZeroDivisionError
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 30
    assert lines[0].startswith("health 1 of 30: 70.0 s: ")
    assert "99.0 °C" in lines[-1]


def test_an_end_that_was_asked_for_writes_no_history(caplog):
    history = History()
    history.add(_at(0.0))
    with history.written_on_error(logging.getLogger("limen")):
        pass
    with pytest.raises(KeyboardInterrupt), history.written_on_error(logging.getLogger("limen")):
        raise KeyboardInterrupt
    assert caplog.records == []
