"""Where contact fails, worked by hand: what is told of a grid for a week, and which villages need help."""

from datetime import date

import pytest

from gridplan.contact.calendar import Pause, Week, paused_days
from gridplan.contact.help import grid_state, help_needed, is_mostly_out, weeks_in_vain

WEEK = Week.parse("2026-W53")
"""Monday, 28 December to Sunday, 3 January 2027."""
START = date(2026, 11, 2)
TODAY = date(2027, 1, 5)

STATES = [
    (START, [], False, True, "without contact"),
    (START, [], True, True, "reached"),
    (START, [], False, False, "sheet not in"),
    (START, [], True, False, "reached"),
    (START, [date(2027, 1, 3)], False, True, "paused"),
    (START, [date(2027, 1, 4)], True, True, "reached"),
    (date(2027, 1, 3), [], False, True, "without contact"),
    (date(2027, 1, 4), [], False, True, "new"),
    (date(2027, 1, 6), [], False, True, "not started"),
    (None, [], False, True, "not started"),
]


@pytest.mark.parametrize(("start", "paused", "is_reached", "is_in", "state"), STATES)
def test_a_sheet_not_in_is_a_state_of_its_own_unless_a_contact_is_known(start, paused, is_reached, is_in, state):
    assert grid_state(WEEK, start, paused, today=TODAY, is_reached=is_reached, is_in=is_in) == state


IN_VAIN = [
    (date(2026, 12, 28), {}, 0, "in the week"),
    (date(2027, 1, 4), {}, 0, "after it"),
    (date(2026, 12, 27), {}, 1, "in the week before"),
    (date(2026, 12, 27), {"cadence_days": 14}, 0, "every two weeks"),
    (date(2026, 12, 14), {}, 2, "across New Year"),
    (None, {}, 9, "never, since it started"),
    (date(2026, 10, 30), {}, 9, "before it started"),
    (date(2026, 12, 1), {"paused": paused_days([Pause(date(2026, 12, 20), date(2026, 12, 22))])}, 2, "two of pause"),
]


@pytest.mark.parametrize(("last", "others", "weeks", "what"), IN_VAIN)
def test_weeks_in_vain_are_those_in_a_row_in_which_contact_was_expected(last, others, weeks, what):
    assert weeks_in_vain(last, START, WEEK, **others) == weeks, what


def test_a_village_needs_help_with_grids_that_are_long_without_contact_and_with_many_at_once():
    assert not help_needed([0, 1, 3, 3], 2, 4)
    assert not help_needed([0, 3, 9], 0, 3)
    assert help_needed([0, 4, 9], 0, 3).long == 2
    assert help_needed([1] * 12, 3, 12).many == 3
    assert not help_needed([1] * 12, 3, 13)
    assert not help_needed([1] * 12, 2, 2)


def test_most_sheets_of_a_village_are_out_where_it_is_half_of_them_and_not_few():
    assert [is_mostly_out(*one) for one in ((2, 2), (3, 6), (3, 7), (17, 36))] == [False, True, False, False]
