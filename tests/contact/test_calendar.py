"""Days and weeks of a town: ISO weeks through New Year, the day in its time zone, days of pause that do not count."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridplan.contact.calendar import (
    DAY,
    Pause,
    Week,
    counted_days,
    counted_later,
    local_day,
    paused_days,
    weeks_of_month,
)
from gridplan.errors import InputRefused

WEEKS = """
    2026-12-27  2026-W52    Sunday
    2026-12-28  2026-W53    Monday of week 53
    2026-12-31  2026-W53    its Thursday
    2027-01-01  2026-W53    New Year's Day
    2027-01-03  2026-W53    its Sunday
    2027-01-04  2027-W01    Monday
    2024-12-30  2025-W01    a Monday in December
    2024-02-29  2024-W09    leap day
    2021-01-03  2020-W53    the other year of 53 weeks
    2023-01-01  2022-W52    a year that begins on Sunday
"""
MONTHS = """
    2026-11-30  2026-W45 2026-W46 2026-W47 2026-W48
    2026-12-01  2026-W49 2026-W50 2026-W51 2026-W52 2026-W53
    2027-01-31  2027-W01 2027-W02 2027-W03 2027-W04
    2024-02-29  2024-W05 2024-W06 2024-W07 2024-W08 2024-W09
    2025-01-15  2025-W01 2025-W02 2025-W03 2025-W04 2025-W05
"""
CLOCKS = """
    Asia/Shanghai  2026-12-31T15:59:59  2026-12-31
    Asia/Shanghai  2026-12-31T16:00:00  2027-01-01
    Asia/Urumqi    2026-12-31T17:59:59  2026-12-31
    Europe/Berlin  2026-03-28T22:59:59  2026-03-28    the night before clocks go forward
    Europe/Berlin  2026-03-28T23:00:00  2026-03-29
    Europe/Berlin  2026-03-29T21:59:59  2026-03-29    a day of 23 hours
    Europe/Berlin  2026-03-29T22:00:00  2026-03-30
    Europe/Berlin  2026-10-24T22:00:00  2026-10-25    a day of 25 hours
    Europe/Berlin  2026-10-25T22:59:59  2026-10-25
    Europe/Berlin  2026-10-25T23:00:00  2026-10-26
"""
COUNTED = """
    2026-02-01  2026-02-09   8    up to the day before the pause
    2026-02-01  2026-02-10   8    its first day
    2026-02-01  2026-02-16   8    its last day
    2026-02-01  2026-02-17   9    the day after it
    2026-02-12  2026-02-17   1    since a day of it
    2024-02-28  2024-03-01   2    over the leap day
    2026-12-28  2027-01-04   7    over New Year
"""
FESTIVAL = paused_days([Pause(date(2026, 2, 10), date(2026, 2, 14)), Pause(date(2026, 2, 13), date(2026, 2, 16))])


def table(text, columns):
    return [line.split(None, columns)[:columns] for line in text.strip().splitlines()]


def day(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize(("of", "key"), table(WEEKS, 2))
def test_a_week_begins_on_monday_and_has_the_year_of_its_thursday(of, key):
    week = Week.of(day(of))
    assert (week.key, Week.parse(key)) == (key, week)
    assert (week.monday.weekday(), week.sunday - week.monday) == (0, 6 * DAY)
    assert week.monday <= day(of) <= week.sunday


@pytest.mark.parametrize("key", ["2025-W53", "2026-W54", "2026-W00", "2026-1", "2026-W1", "9999-W53", "٢٠٢٦-W01", ""])
def test_a_week_that_the_year_does_not_have_is_refused(key):
    with pytest.raises(InputRefused):
        Week.parse(key)


def test_weeks_follow_each_other_through_week_53():
    assert [Week(2026, 52).shift(n).key for n in (0, 1, 2, 3)] == ["2026-W52", "2026-W53", "2027-W01", "2027-W02"]
    assert Week(2027, 1).shift(-54).key == "2025-W52"


@pytest.mark.parametrize("line", MONTHS.strip().splitlines())
def test_the_weeks_of_a_month_are_those_whose_thursday_lies_in_it(line):
    of, *keys = line.split()
    assert [week.key for week in weeks_of_month(day(of))] == keys
    assert {week.month for week in map(Week.parse, keys)} == {day(of).replace(day=1)}


@pytest.mark.parametrize(("zone", "moment", "local"), table(CLOCKS, 3))
def test_the_day_is_that_of_the_town(zone, moment, local):
    assert local_day(datetime.fromisoformat(moment).replace(tzinfo=UTC), ZoneInfo(zone)) == day(local)


@pytest.mark.parametrize(("since", "until", "counted"), table(COUNTED, 3))
def test_days_of_pause_do_not_count_and_days_of_two_pauses_are_one(since, until, counted):
    assert counted_days(day(since), day(until), FESTIVAL) == int(counted)


@given(st.integers(0, 60), st.integers(0, 70), st.frozensets(st.integers(0, 90)))
def test_so_many_days_later_is_the_first_day_on_which_so_many_were_counted(since, days, pauses):
    first = date(2026, 1, 1)
    paused = frozenset(first + n * DAY for n in pauses)
    later = counted_later(first + since * DAY, days, paused)
    after = (first + n * DAY for n in range(since, 400))
    assert later == next(
        one for one in after if one not in paused and counted_days(first + since * DAY, one, paused) >= days
    )
