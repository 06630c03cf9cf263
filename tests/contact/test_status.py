"""How a household stands from day to day, worked by hand: its village starts on Thursday, the first of January 2026."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gridplan.contact.calendar import Pause, Week, paused_days
from gridplan.contact.figures import due_this_week
from gridplan.contact.status import Cadence, ContactRecord, HouseholdState, shown, status, turn


def day(text):
    """Return a day of 2026, or of the year that stands before it."""
    return date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def state(kind, since, until=None):
    return HouseholdState(kind, day(since), day(until) if until else None)


START = day("01-01")
NEW = ContactRecord(START)
FESTIVAL = paused_days([Pause(day("02-10"), day("02-16"))])
AWAY = state("away", "01-20", "03-01")


def reached(text, **others):
    return ContactRecord(START, last=day(text), **others)


LIVES = {
    "never reached, first in its grid": (
        NEW,
        "2025-12-31 not-started | 01-01 due | 01-28 due | 01-29 overdue",
    ),
    "never reached, last in its grid: its turn comes after 26 days": (
        replace(NEW, turn=26),
        "2025-12-31 not-started | 01-01 waiting | 01-26 waiting | 01-27 due | 02-23 due | 02-24 overdue",
    ),
    "reached on the tenth": (
        reached("01-10"),
        "01-10 current | 02-06 current | 02-07 due | 03-06 due | 03-07 overdue",
    ),
    "the leap day is a day": (
        ContactRecord(day("2024-01-01"), last=day("2024-02-01")),
        "2024-02-28 current | 2024-02-29 due | 2024-03-27 due | 2024-03-28 overdue",
    ),
    "through New Year": (
        ContactRecord(day("2026-06-01"), last=day("2026-12-20")),
        "2027-01-16 current | 2027-01-17 due | 2027-02-13 due | 2027-02-14 overdue",
    ),
    "every seven days, three of grace": (
        reached("01-30", cadence=Cadence(7, 3)),
        "02-05 current | 02-06 due | 02-08 due | 02-09 overdue",
    ),
    "no grace at all": (
        reached("01-30", cadence=Cadence(14, 0)),
        "02-12 current | 02-13 overdue",
    ),
    "a short grace makes nothing overdue before the first full cadence": (
        replace(NEW, cadence=Cadence(28, 3)),
        "01-01 due | 01-28 due | 01-29 overdue",
    ),
    "a village without a start": (ContactRecord(None), "01-01 not-started | 2030-01-01 not-started"),
    "the own household": (replace(NEW, own=True), "2025-12-31 not-started | 01-01 own | 05-01 own"),
    "a household added in March": (
        ContactRecord(day("03-12")),
        "03-11 not-started | 03-12 due | 04-08 due | 04-09 overdue",
    ),
    "one that came back in March, last reached two months before": (
        ContactRecord(day("03-12"), last=day("01-10")),
        "03-11 not-started | 03-12 due | 04-08 due | 04-09 overdue",
    ),
    "reached a week before the start": (
        replace(NEW, last=day("2025-12-25"), turn=5),
        "01-01 current | 01-21 current | 01-22 due | 02-18 due | 02-19 overdue",
    ),
    "reached long before the start: its turn comes all the same": (
        replace(NEW, last=day("2025-07-01"), turn=5),
        "01-01 current | 01-05 current | 01-06 due | 02-02 due | 02-03 overdue",
    ),
    "away until March": (
        reached("01-10", states=(AWAY,)),
        "01-19 current | 01-20 away | 02-28 away | 03-01 due | 03-28 due | 03-29 overdue",
    ),
    "reached by phone while away": (
        reached("02-20", states=(AWAY,)),
        "02-20 away | 03-01 current | 03-19 current | 03-20 due",
    ),
    "away, ended early": (
        reached("01-10", states=(state("away", "01-20", "01-25"),)),
        "01-24 away | 01-25 current | 02-06 current | 02-07 due",
    ),
    "no visits wanted, said before the first one": (
        replace(NEW, states=(state("no visits wanted", "2025-12-01"),)),
        "2025-12-31 not-started | 01-01 no-visits-wanted | 2028-01-01 no-visits-wanted",
    ),
    "away, then unoccupied, then back": (
        replace(NEW, states=(state("away", "01-05", "01-20"), state("unoccupied", "01-20", "04-01"))),
        "01-05 away | 01-19 away | 01-20 unoccupied | 03-31 unoccupied | 04-01 due | 04-29 overdue",
    ),
    "away while unoccupied: the last that began is the one": (
        replace(NEW, states=(state("unoccupied", "01-05"), state("away", "01-10", "01-15"))),
        "01-09 unoccupied | 01-10 away | 01-14 away | 01-15 unoccupied",
    ),
    "away while no visits are wanted: none is": (
        replace(NEW, states=(state("no visits wanted", "01-05", "01-12"), state("away", "01-10", "01-15"))),
        "01-09 no-visits-wanted | 01-10 no-visits-wanted | 01-12 away | 01-15 due",
    ),
}
"""How it stands on some days, without any pause."""
PAUSED = {
    "due the day before the pause": (
        reached("01-12"),
        "02-08 current | 02-09 due | 02-16 due | 03-15 due | 03-16 overdue",
    ),
    "it would be due on its first day": (reached("01-13"), "02-10 current | 02-16 current | 02-17 due"),
    "it would be due on its last day": (reached("01-19"), "02-16 current | 02-22 current | 02-23 due"),
    "it would be due after it": (reached("01-20"), "02-23 current | 02-24 due"),
    "reached within it": (reached("02-12"), "03-15 current | 03-16 due"),
    "overdue before it": (reached("2025-12-10"), "02-09 overdue | 02-12 overdue | 02-17 overdue"),
    "its turn lies in it": (replace(NEW, turn=43), "02-12 waiting | 02-16 waiting | 02-20 due"),
    "back within the pause": (
        reached("01-01", states=(state("away", "01-20", "02-12"),)),
        "02-11 away | 02-12 current | 02-16 current | 02-17 due",
    ),
}
"""The same with a pause from the 10th to the 16th of February."""


@pytest.mark.parametrize(("record", "days"), LIVES.values(), ids=LIVES)
def test_a_household_stands_as_the_table_says(record, days, paused=frozenset()):
    for line in days.split(" | "):
        on, expected = line.split()
        assert status(record, day(on), paused) == expected.replace("-", " "), on


@pytest.mark.parametrize(("record", "days"), PAUSED.values(), ids=PAUSED)
def test_in_a_pause_nothing_falls_due_and_its_days_do_not_count(record, days):
    test_a_household_stands_as_the_table_says(record, days, FESTIVAL)


def test_thirteen_households_are_three_or_four_a_week_and_none_is_overdue_before_a_full_cadence():
    turns = [turn(place, 13, Cadence()) for place in range(1, 14)]
    assert turns == [0, 2, 4, 6, 8, 10, 12, 15, 17, 19, 21, 23, 25]
    monday = day("01-05")
    grid = [ContactRecord(monday, turn=one) for one in turns]
    offered = []
    for week in map(Week.of(monday).shift, range(12)):
        due = due_this_week(grid, week.monday)
        offered.append(len(due))
        assert {status(one, week.sunday) for one in grid} <= {"waiting", "current", "due"}
        grid = [replace(one, last=week.monday + timedelta(2)) if at in due else one for at, one in enumerate(grid)]
    assert offered == [4, 3, 3, 3] * 3


def test_nobody_called_in_the_first_round():
    grid = [ContactRecord(START, turn=turn(place, 13, Cadence())) for place in range(1, 14)]
    overdue = [sum(status(one, START + timedelta(n)) == "overdue" for one in grid) for n in (0, 27, 28, 41, 54)]
    assert overdue == [0, 0, 1, 7, 13]


def test_who_is_to_be_visited_this_week_the_longest_due_first():
    grid = [
        reached("01-10"),  # due on Saturday of the week
        reached("01-12"),  # due on Monday after it
        reached("01-02"),
        replace(NEW, turn=40),  # on Tuesday after it
        reached("01-01", states=(state("away", "01-20", "02-08"),)),  # back on its Sunday
        reached("01-01", states=(state("away", "01-20", "02-09"),)),
        replace(NEW, own=True),
    ]
    assert due_this_week(grid, day("02-04")) == (2, 0, 4)


def test_a_village_that_starts_on_thursday_offers_nothing_before_and_then_those_of_the_days_that_are_left():
    grid = [ContactRecord(START, turn=turn(place, 13, Cadence())) for place in range(1, 14)]
    offered = [len(due_this_week(grid, day(on))) for on in ("2025-12-29", "2025-12-31", "01-01", "01-04", "01-05")]
    assert offered == [0, 0, 2, 2, 6]


def test_a_week_before_it_may_be_back_the_lead_sees_it():
    one = reached("01-10", states=(AWAY,))
    seen = [one.back_on(day(on)) for on in ("01-19", "02-21", "02-22", "02-28", "03-01")]
    assert seen == [None, None, day("03-01"), day("03-01"), None]
    assert replace(one, states=(replace(AWAY, kind="unoccupied"),)).back_on(day("02-28")) is None


def test_above_the_lead_nothing_is_told_of_why_a_household_is_in_order():
    told = {shown(one) for one in ("own", "no visits wanted", "away", "unoccupied", "waiting", "current")}
    assert (told, shown("due"), shown("overdue"), shown("not started")) == (
        {"in order"}, "due", "overdue", "not started",
    )  # fmt: skip
