from __future__ import annotations

import pytest
from tests.unit.osc_help import clock_from, edge, reading, readings

from limen.gates.records import Status
from limen.outlets.player import EDGES_WAITING, Player, Timing, default_delays
from limen.streams import Stream

D = default_delays()


def played(player: Player, until: float) -> list[tuple[float, object]]:
    """Run the clock to `until`, waking only when asked to."""
    out = []
    while (due := player.next_due()) is not None and due <= until:
        out += [(due, event) for event in player.pop_due(due)]
    return out


def steady_player(**options: object) -> Player:
    player = Player(**options)  # type: ignore[arg-type]
    player.clock[1] = clock_from(100.0)
    return player


def test_delays_are_the_packet_and_the_allowance():
    assert D[Stream.BVP] == pytest.approx(0.212, abs=0.001)
    assert D[Stream.ACC] == pytest.approx(0.2275)
    assert D[Stream.EDA] == pytest.approx(1.7275)
    assert D[Stream.TEMP] == pytest.approx(2.04)


def test_beats_of_one_packet_keep_their_rhythm():
    player = steady_player()
    for index, bit in ((0, 1), (7, 0), (10, 1)):
        player.push(edge("pulse", bit, index), now=100.18)
    times = [due for due, _ in played(player, 101)]
    assert times == pytest.approx([100 + D[Stream.BVP] + index / 64 for index in (0, 7, 10)])


def test_an_immediate_gate_leaves_on_arrival():
    player = steady_player()
    player.push(edge("constrict", 1, 0), now=100.18)
    assert player.next_due() == 100.18
    assert player.pop_due(100.18) == [edge("constrict", 1, 0)]


def test_six_eda_samples_are_not_one_burst():
    player = steady_player()
    player.push(readings("eda", 0, *(0.1 * index for index in range(6))), now=101.6)
    times = [due for due, _ in played(player, 110)]
    assert times == pytest.approx([100 + D[Stream.EDA] + index / 4 for index in range(6)])


def test_values_without_a_clock_leave_at_once():
    player = Player()
    player.push(edge("pulse", 1, 0), now=5.0)
    player.push(readings("bvp", 0, 1.0), now=5.0)
    assert len(player.pop_due(5.0)) == 2


def test_late_edges_leave_at_once_and_are_counted():
    player = steady_player()
    player.push(edge("pulse", 1, 0), now=103.0)
    assert player.pop_due(103.0) == [edge("pulse", 1, 0)]
    assert player.counts.late_edges == 1


def test_an_edge_that_turned_immediate_waits_for_the_scheduled_one_before_it():
    player = steady_player()
    player.push(edge("pulse", 1, 10), now=100.18)
    player.timing = Timing(steady=frozenset())
    player.push(edge("pulse", 0, 10), now=100.19)
    assert [event.bit for _, event in played(player, 101)] == [1, 0]


def test_a_clock_that_is_anchored_anew_turns_no_order_around():
    player = steady_player()
    player.push(edge("pulse", 1, 10), now=100.18)
    player.clock[1] = clock_from(99.9)
    player.push(edge("pulse", 0, 11), now=100.18)
    assert [event.bit for _, event in played(player, 101)] == [1, 0]


def test_a_clock_that_is_far_off_delays_nothing_for_longer_than_d():
    player = steady_player()
    player.clock[1] = clock_from(5000.0)
    player.push(edge("pulse", 1, 0), now=100.0)
    player.push(readings("bvp", 0, 1.0), now=100.0)
    assert [due for due, _ in played(player, 200)] == pytest.approx([100 + D[Stream.BVP]] * 2)


def test_edges_leave_before_values_of_the_same_moment():
    player = steady_player()
    player.push(readings("bvp", 5, 1.0), now=100.18)
    player.push(edge("pulse", 1, 5), now=100.18)
    due = player.next_due()
    assert due is not None
    assert player.pop_due(due) == [edge("pulse", 1, 5), reading("bvp", 5, 1.0)]


def test_states_leave_at_once():
    player = steady_player()
    status = Status(1, "worn", Stream.EDA, 0, 3, 0.75)
    player.push(status, now=100.2)
    assert player.pop_due(100.2) == [status]


def test_on_a_grid_only_the_newest_value_of_an_address_leaves():
    player = steady_player(grid_s=0.04)
    player.push(readings("bvp", 0, *map(float, range(11)), levels=[0.5] * 11), now=100.18)
    out = played(player, 101)
    assert all(round(due / 0.04, 6) == round(due / 0.04) for due, _ in out)
    assert 4 <= len(out) <= 6
    assert out[-1][1] == reading("bvp", 10, 10.0, level=0.5)


def test_an_edge_does_not_pull_values_off_the_grid():
    player = steady_player(grid_s=0.04)
    player.push(readings("bvp", 0, 1.0), now=100.18)
    late = 100 + D[Stream.BVP] + 0.02  # the value was due, its slot is at 100.24
    player.push(edge("constrict", 1, 1), now=late)
    assert player.pop_due(late) == [edge("constrict", 1, 1)]


def test_after_a_stall_old_values_are_dropped_and_the_newest_leaves():
    player = steady_player()
    player.push(readings("bvp", 0, *map(float, range(128))), now=105.0)
    values = [event.values[0] for event in player.pop_due(105.2)]
    assert values == [127.0]
    assert player.counts.dropped_readings == 127
    assert player.counts.late_readings == 128


def test_without_room_the_oldest_edge_goes_and_is_counted():
    player = steady_player()
    for index in range(EDGES_WAITING + 3):
        player.push(edge("pulse", index % 2, index), now=100.0)
    assert player.counts.dropped_edges == 3
    events = player.pop_due(200.0)
    assert len(events) == EDGES_WAITING
    assert events[-1] == edge("pulse", (EDGES_WAITING + 2) % 2, EDGES_WAITING + 2)


def test_values_that_nobody_takes_do_not_pile_up():
    player = steady_player()
    for index in range(0, 1000, 10):
        player.push(readings("bvp", index, *[0.5] * 10), now=100.0)
    assert player.counts.dropped_readings == 1000 - 256


def test_nothing_is_left_after_clear():
    player = steady_player()
    player.push(edge("pulse", 1, 10), now=100.18)
    player.push(readings("bvp", 10, 1.0), now=100.18)
    player.clear()
    assert player.next_due() is None
    assert player.pop_due(200.0) == []
