from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

from tests.unit.osc_help import WHY, Wire, edge, reading

from limen.gates.records import Status
from limen.gates.settings import GATES
from limen.outlets.osc.destinations import Destinations
from limen.outlets.osc.outlet import DUMP_STEP, OscOutlet
from limen.outlets.osc.settings import OscSettings, Rate, Target
from limen.streams import Stream

FULL, SMOOTH, GATES_ONLY = 9001, 9002, 9003


class Scene:
    """An outlet with one destination of each rate, on a clock that is turned by hand."""

    def __init__(self, rates: tuple[Rate, ...] = tuple(Rate), **settings: object) -> None:
        self.now = 100.0
        self.wire = Wire()
        self.destinations = Destinations()
        self.outlet = OscOutlet(
            OscSettings(**settings),  # type: ignore[arg-type]
            self.wire,  # type: ignore[arg-type]
            self.destinations,
            clock=lambda: self.now,
        )
        for rate in rates:
            port = {Rate.FULL: FULL, Rate.SMOOTH: SMOOTH, Rate.GATES: GATES_ONLY}[rate]
            self.outlet.target(Target("127.0.0.1", port, rate), "127.0.0.1")
        self.run(1.0)
        self.wire.take()

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := self.outlet.next_due()) <= until:
            self.now = max(due, self.now)
            self.outlet.run_due(self.now)
        self.now = until


def test_a_rising_edge_is_a_gate_and_a_trigger_for_everybody_once():
    scene = Scene()
    scene.outlet.play([edge("pulse", 1, 0, carry=0.75)], scene.now)
    for port in (FULL, SMOOTH, GATES_ONLY):
        assert scene.wire.to(port) == [("/limen/1/gate/pulse", (1,)), ("/limen/1/trig/pulse", (0.75,))]


def test_a_falling_edge_is_a_gate_alone():
    scene = Scene()
    scene.outlet.play([edge("pulse", 0, 0)], scene.now)
    assert scene.wire.to(SMOOTH) == [("/limen/1/gate/pulse", (0,))]


def test_gates_are_refreshed_every_second_and_triggers_never():
    scene = Scene()
    scene.outlet.play([edge("rise", 1, 0)], scene.now)
    scene.wire.take()
    scene.run(5.0)
    heard = Counter(scene.wire.to(GATES_ONLY))
    assert heard["/limen/1/gate/rise", (1,)] == 5
    assert all(heard[f"/limen/1/gate/{gate}", (0,)] == 5 for gate in GATES if gate != "rise")
    assert not any("/trig/" in path for path, _ in heard)


def test_the_refresh_is_no_burst():
    scene = Scene((Rate.GATES,))
    most = 0
    for _ in range(25):
        scene.wire.take()
        scene.run(0.04)
        most = max(most, len(scene.wire.sent))
    assert 0 < most <= 2


def test_the_box_is_alive_each_second():
    scene = Scene()
    scene.run(3.0)
    uptimes = [arguments[0] for path, arguments in scene.wire.to(SMOOTH) if path == "/limen/box/alive"]
    assert len(uptimes) == 3
    assert uptimes == sorted(set(uptimes))


def test_a_full_destination_gets_every_value_a_smooth_one_the_last_of_each_period():
    scene = Scene()
    scene.run(1.0 - scene.now % 1.0)
    scene.wire.take()
    for index in range(64):
        scene.run(1 / 64)
        scene.outlet.play([reading("bvp", index, float(index))], scene.now)
    scene.run(0.04)
    address = "/limen/1/value/bvp"
    assert [arguments[0] for path, arguments in scene.wire.to(FULL) if path == address] == list(range(64))
    smooth = [arguments[0] for path, arguments in scene.wire.to(SMOOTH) if path == address]
    assert 23 <= len(smooth) <= 26
    assert smooth[-1] == 63
    assert smooth == sorted(set(smooth))
    assert [path for path, _ in scene.wire.to(GATES_ONLY) if path == address] == []


def test_acc_is_three_floats():
    scene = Scene()
    scene.outlet.play([reading("acc", 0, 0.5, -1.0, 0.25)], scene.now)
    assert scene.wire.to(FULL) == [("/limen/1/value/acc", (0.5, -1.0, 0.25))]


def test_what_is_no_number_never_leaves_and_is_counted():
    scene = Scene()
    scene.outlet.play([reading("eda", 0, math.nan), reading("temp", 0, math.inf)], scene.now)
    scene.run(0.1)
    assert not any("/value/" in path for path, _ in scene.wire.to(FULL) + scene.wire.to(SMOOTH))
    assert scene.outlet.bad_values == 2


def test_values_wait_for_the_grid_only_while_nobody_wants_every_sample():
    assert Scene((Rate.SMOOTH,)).outlet.grid_s > 0
    assert Scene((Rate.SMOOTH, Rate.FULL)).outlet.grid_s == 0


def test_the_sentence_is_off_by_default_and_follows_the_edge_when_on():
    quiet, talking = Scene(), Scene(why=True)
    for scene in (quiet, talking):
        scene.outlet.play([edge("rise", 1, 0)], scene.now)
    assert not any("/why/" in path for path, _ in quiet.wire.to(SMOOTH))
    assert talking.wire.to(SMOOTH)[-1] == ("/limen/1/why/rise", (WHY.sentence.replace("µ", "u"),))


def test_states_are_sent_on_change_and_refreshed():
    scene = Scene()
    scene.outlet.link(1, up=True)
    scene.outlet.battery(1, 0.5)
    scene.outlet.mark(1, 3)
    scene.outlet.state("playing")
    scene.outlet.faults(())
    scene.outlet.faults(("undervoltage", "card-full"))
    scene.outlet.play([Status(1, "worn", Stream.EDA, 1, 0, 0.0)], scene.now)
    expected = [
        ("/limen/1/link", (1,)),
        ("/limen/1/battery", (0.5,)),
        ("/limen/1/mark", (3,)),
        ("/limen/box/state", ("playing",)),
        ("/limen/box/faults", ("undervoltage card-full",)),
        ("/limen/1/worn", (1,)),
    ]
    told = scene.wire.to(GATES_ONLY)
    told.remove(("/limen/box/faults", ("none",)))
    assert told == expected
    scene.wire.take()
    scene.run(2.0)
    assert set(expected) <= set(scene.wire.to(GATES_ONLY))


def test_the_age_of_a_stream_is_milliseconds_since_its_packet():
    scene = Scene()
    scene.outlet.packet(1, Stream.EDA, scene.now)
    scene.run(3.5)
    ages = [arguments[0] for path, arguments in scene.wire.to(SMOOTH) if path == "/limen/1/age/eda"]
    assert len(ages) >= 2
    assert all(after - before == 1000 for before, after in pairwise(ages))
    assert 0 <= ages[0] <= 2000
    assert not any(path == "/limen/1/age/bvp" for path, _ in scene.wire.to(SMOOTH))


def test_a_new_subscriber_gets_everything_that_is_true_in_small_steps():
    scene = Scene()
    scene.outlet.play([edge("move", 1, 0), reading("eda", 0, 1.5, level=0.5)], scene.now)
    scene.outlet.state("playing")
    scene.run(0.2)
    scene.wire.take()
    assert scene.outlet.subscribe("127.0.0.1", 9500)
    scene.outlet.run_due(scene.now)
    assert 0 < len(scene.wire.to(9500)) <= DUMP_STEP
    scene.run(0.03)
    heard = scene.wire.to(9500)
    told = {
        ("/limen/1/gate/move", (1,)),
        ("/limen/1/value/eda", (1.5,)),
        ("/limen/1/level/eda", (0.5,)),
        ("/limen/box/state", ("playing",)),
    }
    assert told <= set(heard)
    assert {f"/limen/1/gate/{gate}" for gate in GATES} <= {path for path, _ in heard}
    assert not any("/trig/" in path for path, _ in heard)


def test_many_subscribers_at_once_are_still_paced():
    scene = Scene((Rate.GATES,))
    for port in range(9500, 9520):
        scene.outlet.subscribe("127.0.0.1", port)
    until = scene.now + 0.5
    while (due := scene.outlet.next_due()) <= until:
        scene.now = max(scene.now, due)
        scene.wire.take()
        scene.outlet.run_due(scene.now)
        assert len(scene.wire.sent) <= DUMP_STEP + 2 * 21


def test_stopping_closes_the_open_gates_and_says_no_more_of_them():
    scene = Scene()
    scene.outlet.play([edge("move", 1, 0)], scene.now)
    scene.wire.take()
    scene.outlet.playing(False)
    assert scene.wire.to(SMOOTH) == [("/limen/1/gate/move", (0,))]
    scene.wire.take()
    scene.outlet.play([edge("rise", 1, 0), reading("eda", 0, 1.0)], scene.now)
    scene.run(2.0)
    heard = {path for path, _ in scene.wire.to(SMOOTH)}
    assert "/limen/box/alive" in heard
    assert not any("/gate/" in path or "/trig/" in path or "/value/" in path for path in heard)
    scene.wire.take()
    scene.outlet.playing(True)
    assert sorted(scene.wire.to(SMOOTH)) == [("/limen/1/gate/move", (1,)), ("/limen/1/gate/rise", (1,))]


def test_closing_leaves_no_gate_open():
    scene = Scene()
    scene.outlet.play([edge("move", 1, 0)], scene.now)
    scene.wire.take()
    scene.outlet.close()
    assert [(path, arguments) for _, path, arguments in scene.wire.sent][-2:] == [
        ("/limen/1/gate/move", (0,)),
        ("closed", ()),
    ]


def test_keep_awake_speaks_only_where_nothing_else_does():
    asleep = Scene((Rate.GATES,))
    awake = Scene((Rate.GATES, Rate.FULL), keep_awake=True)
    for scene in (asleep, awake):
        scene.wire.take()
        for index in range(50):
            scene.run(0.02)
            scene.outlet.play([reading("bvp", index, 1.0)], scene.now)
    assert len(asleep.wire.to(GATES_ONLY)) <= 25
    assert len(awake.wire.to(GATES_ONLY)) >= 20
    alive = [path for path, _ in awake.wire.to(FULL) if path == "/limen/box/alive"]
    assert len(alive) <= 1


def test_an_unknown_wearer_or_value_disturbs_nothing():
    scene = Scene()
    scene.outlet.play([edge("rise", 1, 0, wearer=7), reading("other", 0, 1.0)], scene.now)
    assert scene.wire.sent == []
