"""Weeks of a trend, worked out by hand: through New Year and week 53, pauses, cadences, later entries."""

from datetime import date, timedelta

import pytest

from gridplan.contact.calendar import Pause, Week, is_settled, paused_days
from gridplan.contact.trend import (
    GridOnDay,
    GridWeek,
    TrendWeek,
    WeekFigures,
    last_weeks,
    since_start,
    state_of,
    total,
    week_figures,
)

START = date(2026, 1, 5)
W53, W1 = Week(2026, 53), Week(2027, 1)
GRIDS = {1: GridOnDay({START: 12}, 7), 2: GridOnDay({START: 10, date(2026, 12, 30): 1}, 14)}


@pytest.mark.parametrize(
    ("today", "weeks"),
    [
        (date(2027, 1, 4), ["2026-W52", "2026-W53", "2027-W01"]),
        (date(2027, 1, 3), ["2026-W51", "2026-W52", "2026-W53"]),
        (date(2027, 1, 1), ["2026-W51", "2026-W52", "2026-W53"]),  # a year that begins on a Friday
        (date(2026, 1, 1), ["2025-W51", "2025-W52", "2026-W01"]),
        (date(2021, 1, 3), ["2020-W51", "2020-W52", "2020-W53"]),
        (date(2032, 12, 31), ["2032-W51", "2032-W52", "2032-W53"]),
    ],
)
def test_the_last_weeks_follow_each_other_through_new_year(today, weeks):
    assert [week.key for week in last_weeks(today, 3)] == weeks


@pytest.mark.parametrize(
    ("week", "settle_days", "today", "state"),
    [
        (W53, 3, date(2026, 12, 31), "running"),
        (W53, 3, date(2027, 1, 3), "running"),
        (W53, 3, date(2027, 1, 4), "not settled"),
        (W53, 3, date(2027, 1, 6), "not settled"),
        (W53, 3, date(2027, 1, 7), "settled"),
        (W53, 1, date(2027, 1, 4), "not settled"),
        (W53, 1, date(2027, 1, 5), "settled"),
        (Week(2025, 52), 3, date(2025, 12, 31), "not settled"),
        (Week(2025, 52), 3, date(2026, 1, 1), "settled"),
    ],
)
def test_a_week_settles_some_days_after_its_sunday_in_the_next_year_too(week, settle_days, today, state):
    assert state_of(week, settle_days, today) == state
    assert is_settled(week, settle_days, today) == (state == "settled")


def figures(week, came_in=None, today=date(2027, 2, 1), pauses=(), numbers=None, grids=GRIDS):
    return week_figures(week, today, grids, came_in or {}, paused_days(pauses), numbers)


def test_grids_households_and_contacts_of_a_week():
    came_in = {W53: {1: GridWeek(3, 2, later=1)}, W1: {1: GridWeek(4, 4, later=-2)}}
    assert figures(W53, came_in) == WeekFigures(
        expected=2, reached=1, households=23, contacts=3, contacted=2, later=1, contacts_lately=3,
        household_days=22 * 28 + 5,
    )  # fmt: skip
    after = figures(W1, came_in)
    assert (after.reached, after.later, after.fewer, after.contacts_lately) == (1, 0, 2, 7)
    assert after.frequency == pytest.approx(7 * 28 / (22 * 28 + 12))
    assert figures(W1, came_in, numbers={2}).contacts == 0
    assert total([figures(W1, came_in, numbers={1}), figures(W1, came_in, numbers={2})]) == after


def test_a_grid_with_a_longer_cadence_has_had_a_contact_in_as_many_weeks():
    came_in = {W53: {2: GridWeek(1, 1)}}
    assert [figures(W53.shift(n), came_in).reached for n in range(-1, 4)] == [0, 1, 1, 0, 0]


def test_in_a_week_with_a_day_of_pause_nothing_is_expected_and_its_days_do_not_count():
    new_year = [Pause(date(2026, 12, 31), date(2027, 1, 2))]
    paused = figures(W53, {W53: {1: GridWeek(1, 1)}}, pauses=new_year)
    assert (paused.expected, paused.reached, paused.paused, paused.contacts) == (0, 0, 2, 1)
    assert paused.household_days == 22 * 25 + 2
    assert figures(W1, pauses=new_year).expected == 2
    assert TrendWeek(W53, "settled", paused).is_paused
    assert not TrendWeek(W1, "settled", figures(W1, pauses=new_year)).is_paused


def test_the_running_week_has_no_frequency_and_neither_have_the_first_ones():
    assert figures(W53, today=W53.sunday - timedelta(1)).frequency is None
    assert figures(W53, today=W53.sunday).frequency == 0
    started = {1: GridOnDay({W53.monday: 12}, 7)}
    assert [figures(W53.shift(n), grids=started).frequency for n in range(3)] == [None, 0, 0]


def test_weeks_before_the_start_are_left_out():
    weeks = [
        TrendWeek(W53.shift(n), "settled", figures(W53.shift(n), grids={1: GridOnDay({W1.monday: 3}, 7)}))
        for n in range(3)
    ]
    assert [one.week for one in since_start(weeks)] == [W1, W1.shift(1)]
    assert [one.week for one in since_start(weeks[:1])] == [W53]
