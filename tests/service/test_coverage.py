"""How far contact reaches: the figures of a grid worked out by hand, those of a town from stored rows."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from databases import ON_BOTH
from sample_drafts import draft_like, inside, plan_of, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import insert, select, update

from gridplan.contact.calendar import Week
from gridplan.contact.figures import Window
from gridplan.contact.visits import Visit
from gridplan.service.coverage import contact_map
from gridplan.service.coverage.coverage import coverage, facts_of_village, sentence, weeks_of_grid
from gridplan.service.demo.history import add_demo_history
from gridplan.service.plans.publish import publish, publish_previews
from gridplan.store.contact import visits
from gridplan.store.contact.coverage import came_in_later, contacts_of_grids
from gridplan.store.contact.records import grid_contacts
from gridplan.store.contact.visits import Entry
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.tables import cadence, grid_week, household, member, membership, pause, plan, village, visit

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = NOW.date()
"""Monday, 16 November 2026."""
START = date(2026, 10, 7)
FIELDS = ("households", "well", "reached", "due", "overdue", "contacts", "contacts_now")


@pytest.fixture
def store(service):
    """Return a store in which one village has started."""
    with service.store.write() as connection:
        connection.execute(update(village).where(village.c.name == OWN).values(start_day=START))
    return service.store


def visited(connection, *entered, who=None):
    """Enter visits at the households of the first grid: place, day, and what else is not as usual."""
    grid = grid_contacts(connection, TODAY, ZONE, [villages_own(connection)])[0]
    who = who or connection.execute(select(member.c.id).limit(1)).scalar_one()
    some = [
        Visit(**{"id": f"v{n}", "household": grid.households[place - 1].id, "member": who, "day": day,
                 "outcome": "met", "channel": "door", "source": "sheet"} | others)
        for n, (place, day, others) in enumerate(entered)
    ]  # fmt: skip
    visits.add(connection, some, Entry(None, NOW))


def villages_own(connection):
    return connection.execute(select(village.c.id).where(village.c.name == OWN)).scalar_one()


def test_the_figures_of_a_grid_are_those_worked_out_by_hand(store):
    with store.write() as connection:
        visited(
            connection,
            (1, date(2026, 11, 10), {}),
            (2, date(2026, 11, 12), {"channel": "phone"}),
            (2, date(2026, 11, 15), {"week_only": True}),  # absorbed by the dated one
            (3, date(2026, 11, 11), {"outcome": "not home"}),
            (4, date(2026, 10, 19), {}),  # the 29th day
            (5, date(2026, 10, 20), {}),  # the 28th
            (1, TODAY, {"channel": "elsewhere"}),
        )
        more_often = {"household_id": grid_contacts(connection, TODAY, ZONE)[0].households[4].id, "days": 14}
        connection.execute(insert(cadence).values(subject="household", from_day=START, **more_often))
        of = coverage(connection, TODAY, ZONE)
        first, second = of.grids[:2]
        assert [getattr(first.figures, name) for name in FIELDS] == [12, 3, 3, 8, 2, 2, 1]  # one is due and was reached
        assert [getattr(second.figures, name) for name in FIELDS] == [12, 0, 0, 6, 6, 0, 0]
        assert (first.weeks_since, second.weeks_since) == (0, 6)
        weeks = weeks_of_grid(connection, (first.village_id, first.number), TODAY, ZONE)
        assert [(one.week.key, one.attempts, *one.by_channel.values()) for one in weeks if one.attempts] == [
            ("2026-W47", 1, 0, 0, 1),
            ("2026-W46", 3, 1, 1, 0),
            ("2026-W43", 2, 2, 0, 0),
        ]


def test_what_has_not_started_is_in_no_figure(store):
    with store.read() as connection:
        of = coverage(connection, TODAY, ZONE)
        assert of.figures.households == 384
        assert of.not_started == 4
        other = of.of_village(village_id(store, OTHER))
        assert (other.figures.households, other.figures.grids, other.not_started) == (0, 0, 1)
        assert sentence(other, "en") == "Visits have not started here."
        for view in contact_map.coloured(other, "en")["views"]:
            assert {view["classes"][at]["mark"] for at in view["grids"]} == {"dotted"}


def test_a_week_with_a_pause_holds_nothing_against_a_grid_and_the_pause_is_named(store):
    with store.write() as connection:
        before = coverage(connection, TODAY, ZONE).of_village(village_id(store))
        days = {"first_day": date(2026, 11, 9), "last_day": date(2026, 11, 13)}
        connection.execute(insert(pause).values(village_id=village_id(store), kind="harvest", **days))
        after = coverage(connection, TODAY, ZONE).of_village(village_id(store))
    assert before.figures.sheets_out == before.figures.grids == 32
    assert after.figures.sheets_out == after.figures.grids == 0
    assert after.figures.overdue < before.figures.overdue
    assert sentence(after, "en").endswith(f"; paused: {OWN}, harvest, Mon 9 Nov to Fri 13 Nov.")
    assert ("Paused", "harvest, Mon 9 Nov to Fri 13 Nov") in facts_of_village(after, "en")


@ON_BOTH
def test_figures_of_a_week_use_the_plan_in_force_on_each_day_through_a_redraw_and_a_restore(store):
    thursday, saturday = NOW + timedelta(days=3), NOW + timedelta(days=5)
    with store.read() as connection:
        former = plans.published(connection)[villages_own(connection)]
    codes = inside(store, former)[1]
    redrawn = plan_of(store, draft_like(store, OWN, moves=dict.fromkeys(codes[:3], 2)))
    for plan_id, at in ((redrawn, thursday), (former, saturday)):
        with store.read() as connection:
            shown = {one.id: one.fingerprint for one in publish_previews(connection, [plan_id])}
        publish(store, COMMAND_LINE, shown, {}, now=at, today=at.date(), alike={"rule.size": "for the test"})
    week = Week.of(thursday.date())
    with store.write() as connection:
        homes = connection.execute(select(household.c.id).where(household.c.code.in_(codes[:6]))).scalars().all()
        who = connection.execute(select(member.c.id).limit(1)).scalar_one()
        days = [week.monday + timedelta(days=n) for n in range(7)]
        some = [Visit(f"{home} {day}", home, who, day, "met", "door", "told") for day in days for home in homes]
        visits.add(connection, some, Entry(None, saturday + timedelta(days=1)))
        in_force = connection.execute(select(plan).where(plan.c.village_id == villages_own(connection))).all()
        number_of = {(row.plan_id, row.household_id): row.number for row in connection.execute(select(membership))}
        contacts, contacted = Counter(), defaultdict(set)
        for one in some:
            (of,) = (
                row.id
                for row in in_force
                if (row.revision == 1 or row.published_at.astimezone(ZONE).date() <= one.day)
                and (row.archived_at is None or one.day < row.archived_at.astimezone(ZONE).date())
            )
            number = number_of[of, one.household]
            contacts[number] += 1
            contacted[number].add((of, one.household))
        assert contacts == {1: 6 * 3 + 3 * 2 + 6 * 2, 2: 3 * 2}
        counted = contacts_of_grids(connection, Window.of_week(week), ZONE)
        kept = connection.execute(select(grid_week.c.number, grid_week.c.contacts).where(grid_week.c.week == week.key))
        assert {number: one.contacts for (_, number), one in counted.items()} == contacts
        assert dict(map(tuple, kept)) == contacts
        (by_page,) = (
            one for one in weeks_of_grid(connection, (villages_own(connection), 1), days[-1], ZONE) if one.week == week
        )
        assert by_page.contacts == contacts[1]
        households_of = {number: len({home for _, home in of}) for number, of in contacted.items()}
        assert {number: one.households for (_, number), one in counted.items()} == households_of


@ON_BOTH
def test_what_came_in_after_a_day_is_counted_of_the_days_up_to_it(store):
    with store.write() as connection:
        days = (date(2026, 11, 12), date(2026, 11, 13), date(2026, 11, 15), TODAY)
        visited(connection, *((n, day, {}) for n, day in enumerate(days, start=1)))
        counted = [came_in_later(connection, date(2026, 11, day), ZONE) for day in (11, 12, 13, 15, 16)]
        elsewhere = came_in_later(connection, date(2026, 11, 13), ZONE, [village_id(store, OTHER)])
    own = village_id(store)
    assert (counted, elsewhere) == ([{}, {own: 1}, {own: 2}, {own: 3}, {}], {})


@ON_BOTH
def test_the_figures_of_a_town_are_those_of_its_stored_rows(store):
    with store.write() as connection:
        connection.execute(update(village).values(start_day=None))
        add_demo_history(connection, now=NOW)
        of = coverage(connection, TODAY, ZONE)
        started = {row.id for row in connection.execute(select(village)) if row.start_day and row.start_day <= TODAY}
        grid_of = {
            row.household_id: (row.plan_id, row.number) for row in connection.execute(select(membership)) if row.number
        }
        rows = connection.execute(select(visit).where(visit.c.contact_of.is_not(None))).all()
        homes = connection.execute(select(household.c.id, household.c.village_id)).all()
    in_28_days = {row.contact_of for row in rows if TODAY - timedelta(days=28) < row.day <= TODAY}
    in_week = {grid_of[row.contact_of] for row in rows if date(2026, 11, 9) <= row.day <= date(2026, 11, 15)}
    figures = of.figures
    assert figures.households == sum(village_id in started and id_ in grid_of for id_, village_id in homes)
    assert figures.reached == sum(id_ in in_28_days and village_id in started for id_, village_id in homes)
    assert figures.grids_reached == len(in_week)
    assert figures.well + figures.due + figures.overdue >= figures.households
    last = {}
    for row in rows:
        last[grid_of[row.contact_of]] = max(row.day, last.get(grid_of[row.contact_of], row.day))
    assert {(one.plan_id, one.number): one.last for one in of.grids if one.last} == last
