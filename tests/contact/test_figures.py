"""Figures of contact, worked by hand: in calendar weeks and rolling days, for households and for grids."""

from datetime import date

import pytest

from gridplan.contact.calendar import Pause, Week, paused_days
from gridplan.contact.figures import (
    Window,
    counted_in,
    coverage,
    frequency,
    grid_is_reached,
    is_covered,
    percent,
    shown_counts,
    weeks_without_contact,
)
from gridplan.contact.status import Cadence, ContactRecord

START = date(2026, 1, 1)
"""A Thursday."""
FESTIVAL = paused_days([Pause(date(2026, 2, 10), date(2026, 2, 16))])


def reached(*last, **others):
    return ContactRecord(START, last=date(2026, *last) if last else None, **others)


def test_a_window_is_a_calendar_week_or_so_many_days_that_end_today():
    new_year = Window.of_week(Week.parse("2026-W53"))
    assert (new_year.first, new_year.last, new_year.days) == (date(2026, 12, 28), date(2027, 1, 3), 7)
    rolling = Window.rolling(date(2027, 1, 1), 7)
    assert (rolling.first, rolling.last) == (date(2026, 12, 26), date(2027, 1, 1))
    assert [rolling.holds(date(2026, 12, n)) for n in (25, 26)] == [False, True]


COVERED = [
    (reached(1, 5), "2026-02-01", True, "27 days ago"),
    (reached(1, 5), "2026-02-02", False, "28 days ago: not within 28 days"),
    (reached(1, 5, cadence=Cadence(7)), "2026-01-11", True, "6 days ago, every seven"),
    (reached(1, 5, cadence=Cadence(7)), "2026-01-12", False, "7 days ago, every seven"),
    (reached(), "2026-01-02", False, "never"),
]


@pytest.mark.parametrize(("record", "today", "covered", "what"), COVERED)
def test_covered_is_who_was_reached_within_the_cadence(record, today, covered, what):
    assert is_covered(record, date.fromisoformat(today)) == covered, what


def test_coverage_is_of_those_that_have_started():
    today = date(2026, 2, 1)
    records = [reached(1, 5), reached(1, 3), reached(), reached(1, 30), ContactRecord(None)]
    assert coverage(records, today) == 2 / 4
    assert coverage([ContactRecord(None), ContactRecord(date(2026, 3, 1))], today) is None
    assert coverage([reached(1, 12)], date(2026, 2, 12)) == 0
    assert coverage([reached(1, 20)], date(2026, 2, 20), FESTIVAL) == 1  # 31 days, seven of them of pause


def test_frequency_is_per_household_and_four_weeks_without_days_of_pause():
    february = Window(date(2026, 2, 1), date(2026, 2, 28))
    assert frequency(26, 13 * counted_in(february, START)) == 2
    assert frequency(26, 13 * counted_in(february, START, FESTIVAL)) == 26 / 13 * 28 / 21
    assert counted_in(february, date(2026, 2, 15), FESTIVAL) == 14 - 2
    assert frequency(26, 13 * 28 + 0) == frequency(26, 6 * 28 + 7 * 28)
    assert frequency(0, 0) is None
    assert counted_in(Window(date(2026, 2, 11), date(2026, 2, 12)), START, FESTIVAL) == 0
    assert counted_in(february, None) == counted_in(february, date(2026, 3, 1)) == 0


def test_a_share_of_few_is_told_in_numbers_alone():
    assert percent(12, 29) is None
    assert [percent(n, 300) for n in (0, 2, 3, 299, 300)] == [0, 0, 1, 99, 100]


def test_above_the_lead_four_counts_are_told():
    records = [reached(), reached(1, 20), reached(1, 2), reached(own=True), ContactRecord(None)]
    assert shown_counts(records, date(2026, 1, 30)) == {"overdue": 1, "in order": 2, "due": 1, "not started": 1}


WEEKS = [
    (None, "2025-12-31", None, "not started"),
    (None, "2026-01-01", 0, "the Thursday on which it starts"),
    (None, "2026-01-04", 0, "Sunday of that week"),
    (None, "2026-01-05", 1, "Monday: a calendar week without a contact"),
    ("2026-01-02", "2026-01-11", 1, "last Friday"),
    ("2026-01-05", "2026-01-11", 0, "Monday of this week"),
    ("2025-12-01", "2026-01-05", 1, "before the start nothing was owed"),
    ("2026-12-31", "2027-01-04", 1, "week 53 is one week before week 1"),
]


@pytest.mark.parametrize(("last", "today", "weeks", "what"), WEEKS)
def test_weeks_without_contact_are_calendar_weeks_since_the_last_one_or_the_start(last, today, weeks, what):
    day = date.fromisoformat(last) if last else None
    assert weeks_without_contact(day, START, date.fromisoformat(today)) == weeks, what


def test_a_village_without_a_start_has_no_weeks():
    assert weeks_without_contact(None, None, START) is None


REACHED = [
    ("2026-12-28", "2027-01-03", 7, True),
    ("2026-12-28", "2027-01-04", 7, False),
    ("2026-12-27", "2026-12-28", 7, False),
    ("2026-12-28", "2027-01-10", 14, True),
    ("2026-12-27", "2027-01-10", 14, False),
    ("2026-12-28", "2027-01-10", 10, True),
]
"""The last contact in a grid, today, how often somebody in it is to be reached, and whether somebody was."""


@pytest.mark.parametrize(("last", "today", "cadence_days", "is_reached"), REACHED)
def test_a_grid_is_reached_in_the_calendar_weeks_of_its_cadence(last, today, cadence_days, is_reached):
    assert grid_is_reached(date.fromisoformat(last), date.fromisoformat(today), cadence_days) == is_reached


def test_a_grid_without_a_contact_is_not_reached():
    assert not grid_is_reached(None, START)
