import pytest

from limen.errors import BandError
from limen.inlets.band.roster import STRANGER_S, Roster, Wanted

A, B, C = "00:07:80:00:00:0A", "00:07:80:00:00:0B", "00:07:80:00:00:0C"
NAME = "Empatica E4"


def test_two_bands_of_one_name_go_to_two_wearers_and_stay_theirs():
    roster = Roster([Wanted(1), Wanted(2)])
    assert roster.wearer_of(B, NAME, (1, 2), 0.0) == 1
    assert roster.wearer_of(A, NAME, (2,), 0.0) == 2
    assert roster.wearer_of(B.lower(), None, (1,), 1e6) == 1
    again = Roster([Wanted(1), Wanted(2)], assigned=roster.assigned)
    assert again.wearer_of(A, NAME, (1, 2), 0.0) == 2


def test_an_address_in_the_configuration_goes_before_everything():
    roster = Roster([Wanted(1), Wanted(2, B.lower())], assigned={B: 1})
    assert roster.wearer_of(A, NAME, (1, 2), 0.0) == 1
    assert roster.wearer_of(B, "whatever", (1, 2), 0.0) == 2


def test_a_name_of_ones_own_is_a_prefix_in_any_case():
    roster = Roster([Wanted(1, name="empatica e4 43"), Wanted(2)])
    assert roster.wearer_of(A, "Empatica E4 43d011", (1, 2), 0.0) == 1
    assert roster.wearer_of(B, "EMPATICA", (1, 2), 0.0) == 2
    assert roster.wearer_of(C, "Something", (1, 2), 0.0) is None
    assert roster.wearer_of(C, None, (1, 2), 0.0) is None


def test_a_stranger_takes_the_place_of_a_band_that_stays_away_but_not_at_once():
    roster = Roster([Wanted(1)])
    assert roster.wearer_of(A, NAME, (1,), 0.0) == 1
    assert roster.wearer_of(B, NAME, (), 10.0) is None
    assert roster.wearer_of(B, NAME, (1,), 100.0) is None
    assert roster.wearer_of(B, NAME, (1,), 100.0 + STRANGER_S) == 1
    assert roster.assigned == {B: 1}


def test_one_number_twice_is_refused():
    with pytest.raises(BandError, match="twice"):
        Roster([Wanted(1), Wanted(1)])
