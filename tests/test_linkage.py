"""Linkage: how many links somebody lacks, on which days a link holds, and when a call is due."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridplan.linkage import holds, last_day, missing, overlap, standing

DAYS = st.dates(date(2019, 12, 1), date(2028, 2, 1))


@pytest.mark.parametrize(
    ("rule", "count", "n", "lacking"),
    [
        ("exactly", 6, 5, 1),
        ("exactly", 6, 6, 0),
        ("exactly", 6, 7, -1),
        ("at least", 3, 0, 3),
        ("at least", 3, 3, 0),
        ("at least", 3, 9, 0),
    ],
)
def test_what_somebody_lacks_under_a_rule(rule, count, n, lacking):
    assert missing(rule, count, n) == lacking


@pytest.mark.parametrize(
    ("from_day", "last_call", "day", "stands"),
    [
        ("2026-06-10", "2026-11-01", "2026-11-30", "called"),
        ("2026-06-10", "2026-10-31", "2026-11-01", "due"),  # a day later, and another month
        ("2026-06-10", "2026-10-01", "2026-11-30", "due"),
        ("2026-06-10", "2026-09-30", "2026-11-01", "overdue"),  # all of October has passed
        ("2026-06-10", "2026-12-31", "2027-01-01", "due"),
        ("2026-06-10", "2026-12-01", "2027-01-31", "due"),
        ("2026-06-10", "2026-11-30", "2027-01-01", "overdue"),
        ("2026-06-10", "2026-11-30", "2027-02-01", "overdue"),
        ("2026-11-16", None, "2026-11-16", "due"),
        ("2026-11-16", None, "2026-12-31", "due"),  # no whole month has passed
        ("2026-11-16", None, "2027-01-01", "overdue"),
        ("2026-12-01", None, "2026-12-31", "due"),
        ("2026-12-01", None, "2027-01-01", "overdue"),
    ],
)
def test_a_call_is_due_in_each_calendar_month(from_day, last_call, day, stands):
    last = date.fromisoformat(last_call) if last_call else None
    assert standing(date.fromisoformat(from_day), last, date.fromisoformat(day)) == stands


@pytest.mark.parametrize(
    ("last_call", "day", "stands"),
    [
        ("2026-12-20", "2026-12-20", "called"),
        ("2026-12-20", "2027-01-02", "called"),
        ("2026-12-20", "2027-01-03", "due"),
        ("2026-12-20", "2027-01-16", "due"),
        ("2026-12-20", "2027-01-17", "overdue"),
        (None, "2026-12-01", "due"),
        (None, "2026-12-14", "due"),
        (None, "2026-12-15", "overdue"),
    ],
)
def test_a_call_is_due_so_many_days_after_the_last(last_call, day, stands):
    last = date.fromisoformat(last_call) if last_call else None
    assert standing(date(2026, 12, 1), last, date.fromisoformat(day), cadence_days=14) == stands


@given(from_day=DAYS, called=DAYS, cadence=st.none() | st.integers(1, 90), days=st.integers(0, 800))
def test_without_a_call_nothing_gets_better_and_a_call_today_always_helps(from_day, called, cadence, days):
    last = called if called >= from_day else None
    day = (last or from_day) + timedelta(days=days)
    order = ("called", "due", "overdue")
    now, later = (standing(from_day, last, on, cadence) for on in (day, day + timedelta(days=1)))
    assert order.index(now) <= order.index(later)
    assert standing(from_day, day, day, cadence) == "called"


@given(first=DAYS, n=st.integers(1, 40), second=DAYS, m=st.integers(1, 40), is_open=st.booleans())
def test_links_overlap_where_both_hold_on_one_day(first, n, second, m, is_open):
    one = first, first + timedelta(days=n)
    other = second, None if is_open else second + timedelta(days=m)
    days = (first + timedelta(days=at) for at in range(n))
    assert overlap(one, other) == any(holds(*one, day) and holds(*other, day) for day in days)


def test_the_last_day_of_a_month():
    assert [last_day(date(2026, month, 5)).day for month in (2, 4, 12)] == [28, 30, 31]
    assert last_day(date(2028, 2, 29)) == date(2028, 2, 29)
