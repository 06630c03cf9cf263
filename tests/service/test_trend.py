"""The trend of a town, its villages, party groups and grids, from stored rows."""

from datetime import timedelta

import pytest
from databases import ON_BOTH
from sqlalchemy import update
from two_villages import ZONE, later, noon, put, put_plan, put_villages

from gridplan.contact.amendments import Amendment
from gridplan.contact.visits import Visit
from gridplan.service.coverage.trend import Part, trend
from gridplan.store import tables
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.database import COMMAND_LINE

MONDAY = later(4)
"""Of week 50; the villages started on the Thursday before."""


@pytest.fixture
def town(store):
    """Return a store with two villages of two grids, and visits until the week after New Year."""
    with store.write() as connection:
        put_villages(connection)
        for home, day in ((1, 0), (5, 1), (1, 22), (3, 23), (5, 24), (7, 29), (1, 30)):
            put_visit(connection, home, MONDAY + timedelta(day))
    return store


def put_visit(connection, home, day, received=None):
    one = Visit(f"{home} {day}", home, 1, day, "met", "door", "sheet")
    visits.add(connection, [one], Entry(None, noon(received or day)))


def weeks(store, today, scope=None, **asked):
    with store.read() as connection:
        return {one.week.key: one for one in trend(connection, today, ZONE, scope, **asked)}


def told(store, today, scope=None, **asked):
    return {
        key: (one.figures.reached, one.figures.expected, one.figures.contacts)
        for key, one in weeks(store, today, scope, **asked).items()
    }


@ON_BOTH
def test_weeks_of_the_town_a_village_and_a_grid_go_through_new_year(town):
    today = MONDAY + timedelta(30)  # the Wednesday of 2027-W01
    assert told(town, today) == {
        "2026-W49": (0, 4, 0), "2026-W50": (2, 4, 2), "2026-W51": (0, 4, 0), "2026-W52": (0, 4, 0),
        "2026-W53": (3, 4, 3), "2027-W01": (2, 4, 2),
    }  # fmt: skip
    assert told(town, today, [2])["2026-W53"] == (1, 2, 1)
    assert told(town, today, [1], part=Part(grid=1))["2026-W53"] == (1, 1, 1)
    assert told(town, today, count=2).keys() == {"2026-W53", "2027-W01"}
    assert [one.state for one in weeks(town, today).values()] == [*["settled"] * 4, "not settled", "running"]
    assert len(weeks(town, today + timedelta(400), count=99)) == 26


def test_as_of_a_day_nothing_of_after_it_counts(town):
    assert told(town, MONDAY + timedelta(22))["2026-W53"] == (1, 4, 1)
    assert weeks(town, MONDAY + timedelta(22))["2026-W53"].state == "running"


def test_weeks_that_are_kept_are_those_that_are_made_anew_as_of_any_day(town):
    days = [MONDAY + timedelta(n) for n in (30, 20, 22, 13, 27, 30, 6)]
    for amended in (False, True):
        for of in ({}, {"count": 3}, {"part": Part(grid=1)}):
            for today in days:
                assert weeks(town, today, kept=town.kept, **of) == weeks(town, today, **of), (amended, of, today)
        with town.change(COMMAND_LINE, "record", "visit", now=noon(MONDAY + timedelta(31))) as change:
            put_visit(change.connection, 2, MONDAY + timedelta(9), received=MONDAY + timedelta(31))


def test_what_came_in_later_is_told_and_pauses_of_one_village_are_those_of_its_grids(town):
    today = MONDAY + timedelta(30)
    with town.write() as connection:
        put(connection, tables.pause, village_id=2, kind="festival", first_day=later(25), last_day=later(28))
        put_visit(connection, 2, MONDAY + timedelta(9), received=today)
        visits.amend(connection, [Amendment("x", f"1 {MONDAY}", "withdraw", {})], Entry(None, noon(today)))
    found = weeks(town, today)
    assert [(one.figures.later, one.figures.fewer) for one in found.values()] == [
        (0, 0), (0, 1), (1, 0), (0, 0), (0, 0), (0, 0),
    ]  # fmt: skip
    assert [(one.figures.expected, one.figures.paused) for one in found.values()][3:] == [(4, 0), (2, 2), (4, 0)]
    assert weeks(town, today, [2])["2026-W53"].is_paused


def test_grids_and_groups_are_those_of_the_plan_of_each_sunday(town):
    redrawn = MONDAY + timedelta(23)  # a Wednesday, of 2026-W53
    with town.write() as connection:
        connection.execute(
            update(tables.plan).where(tables.plan.c.id == 1).values(state="archived", archived_at=noon(redrawn))
        )
        put_plan(connection, 3, 1, redrawn, None, {1: 1, 2: 1, 3: 1, 4: None})
        for plan_id, number, group in ((1, 1, 1), (1, 2, 2), (3, 1, 2)):
            here = (tables.grid.c.plan_id == plan_id) & (tables.grid.c.number == number)
            connection.execute(update(tables.grid).where(here).values(group_number=group))
    today = MONDAY + timedelta(30)
    assert [one.figures.expected for one in weeks(town, today, [1]).values()] == [2, 2, 2, 2, 1, 1]
    assert [one.figures.households for one in weeks(town, today, [1]).values()] == [4, 4, 4, 4, 3, 3]
    assert [one.figures.expected for one in weeks(town, today, [1], part=Part(group=1)).values()] == [1, 1, 1, 1, 0, 0]
    assert told(town, today, [1], part=Part(group=2))["2027-W01"] == (1, 1, 1)


def test_where_nothing_has_started_there_is_the_running_week_alone(town):
    with town.write() as connection:
        connection.execute(update(tables.village).values(start_day=later(90)))
        connection.execute(tables.grid_week.delete())
    assert told(town, later(60)) == {"2027-W05": (0, 0, 0)}
