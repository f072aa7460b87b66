import pytest

from limen.inlets.band.ladder import (
    LADDER,
    LONGEST_BACK_OFF_S,
    MAX_REBOOTS,
    ROUND,
    Action,
    Failure,
    Situation,
    Step,
    next_step,
)

LONG_UP_S = 1e6


def climb(failure, count=ROUND, now=LONG_UP_S, situation=None):
    return [next_step(k, failure, now, situation) for k in range(1, count + 1)]


def remedies(steps):
    return [step.action for step in steps if step.action is not Action.RETRY]


def test_remedies_come_gentlest_first_each_once_in_a_round():
    assert remedies(climb(Failure.TIMEOUT)) == [
        Action.DROP,
        Action.FORGET,
        Action.POWER_CYCLE,
        Action.RESTART,
        Action.REBOOT,
    ]


def test_every_rung_is_news_once_and_the_next_round_is_none():
    steps = climb(Failure.DROPPED, 2 * ROUND)
    assert [step.action for step in steps if step.news] == [rung.action for rung in LADDER]
    assert remedies(steps[:ROUND]) == remedies(steps[ROUND:])


@pytest.mark.parametrize(
    ("failure", "first"),
    [
        (Failure.STALE, Action.DROP),
        (Failure.ADAPTER, Action.POWER_CYCLE),
        (Failure.DAEMON, Action.RESTART),
        (Failure.BUSY, Action.RETRY),
        (Failure.SILENT, Action.RETRY),
    ],
)
def test_what_retrying_cannot_help_begins_further_up(failure, first):
    assert next_step(1, failure, LONG_UP_S).action is first
    assert next_step(1, failure, LONG_UP_S).news


def test_a_band_that_is_not_seen_breaks_nothing():
    steps = climb(Failure.NOT_SEEN, 500)
    assert remedies(steps) == []
    assert sum(step.news for step in steps) == 1


@pytest.mark.parametrize("failure", list(Failure))
def test_another_band_that_plays_is_never_disturbed(failure):
    situation = Situation(others_streaming=True)
    actions = set(remedies(climb(failure, 100, situation=situation)))
    assert actions <= {Action.DROP, Action.FORGET}


def test_the_box_is_restarted_at_most_twice_and_not_soon_after_its_start():
    at = next(rung.at for rung in LADDER if rung.action is Action.REBOOT)
    said = {
        (now, reboots): next_step(at, Failure.TIMEOUT, now, Situation(reboots=reboots)).action is Action.REBOOT
        for now in (599.0, 600.0, 2399.0, 2400.0, LONG_UP_S)
        for reboots in range(MAX_REBOOTS + 1)
    }
    assert {key for key, reboot in said.items() if reboot} == {
        (600.0, 0),
        (2399.0, 0),
        (2400.0, 0),
        (LONG_UP_S, 0),
        (2400.0, 1),
        (LONG_UP_S, 1),
    }


@pytest.mark.parametrize("failure", list(Failure))
def test_waits_grow_and_stay_short_enough_to_be_back_in_ten_seconds(failure):
    waits = [step.wait_s for step in climb(failure, 5000) if step.action is Action.RETRY]
    assert all(0.0 <= wait <= LONGEST_BACK_OFF_S for wait in waits)
    assert waits == sorted(waits)


def test_the_first_retry_after_a_dropped_link_is_quick():
    assert next_step(1, Failure.DROPPED, 20.0) == Step(Action.RETRY, 0.25, news=True)
