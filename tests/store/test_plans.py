"""The store: plans come back as they were kept, one is in force, and no change is without its row in the audit."""

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nouns import FLOAT, MESSAGE, any_of, many
from service import NOW, OWN, peopled_town
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from gridplan.errors import InputRefused
from gridplan.model import (
    Assignment,
    DrawnGrid,
    Household,
    Member,
    PartyGroup,
    Plan,
    PlanException,
    PlannedVillage,
    Shortage,
    SizeBounds,
    SplitHamlets,
    TownPlan,
    in_order,
)
from gridplan.service.imports.load_plan import load_plan
from gridplan.store import tables
from gridplan.store.access import accounts
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.registry import households, members, villages


def in_force(store):
    with store.read() as connection:
        return plans.town(connection, plans.published(connection).values())


def rows(store, table):
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def admin(store):
    with store.change(COMMAND_LINE, "add", "account", now=NOW) as change:
        return accounts.add(change.connection, name="x", role="administrator", login="x", now=NOW)


def test_a_plan_comes_back_as_it_was_kept(store, admin):
    town = peopled_town()
    load_plan(store, COMMAND_LINE, town, name="first", made_by=admin, now=NOW, publish_on=NOW.date())
    kept = in_force(store)
    given = in_order(town.villages)
    for was, now in zip(given, kept.villages, strict=True):
        assert now.plan.households == tuple(sorted(was.plan.households, key=lambda home: home.household_id))
        assert (now.plan.grid_of, now.plan.left_out) == (was.plan.grid_of, was.plan.left_out)
        assert (now.bounds, now.exceptions, now.outside) == (was.bounds, was.exceptions, was.outside)
        assert now.boundary.equals_exact(was.boundary, 0)
        assert [(g.number, g.size, g.walk_m, g.label) for g in now.grids] == [
            (g.number, g.size, g.walk_m, g.label) for g in was.grids
        ]
        assert all(a.outline.equals_exact(b.outline, 0) for a, b in zip(now.grids, was.grids, strict=True))
    assert sorted(kept.assignments, key=repr) == sorted(town.assignments, key=repr)
    assert sorted(kept.members, key=repr) == sorted(town.members, key=repr)


# ---- what is saved is what is read


@st.composite
def towns(draw):
    """Return the plan of one village, with people for its grids."""
    name, degrees = st.just(OWN), FLOAT | st.just(math.nan)
    numbers = sorted(draw(st.sets(st.integers(1, 99), min_size=1, max_size=3)))
    codes = [f"H{place}" for place in range(draw(st.integers(1, 6)))]
    homes = [
        draw(any_of(Household, household_id=st.just(code), village=name, lon=degrees, lat=degrees)) for code in codes
    ]
    grid_of = draw(st.dictionaries(st.sampled_from(codes), st.sampled_from(numbers)))
    left_out = {code: draw(MESSAGE) for code in codes if code not in grid_of}
    grids = [
        draw(any_of(DrawnGrid, number=st.just(number), size=st.just([*grid_of.values()].count(number))))
        for number in numbers
    ]
    heads = st.none() | st.sampled_from(["M1", "M4"])
    groups = [draw(any_of(PartyGroup, number=st.just(number), head=heads)) for number in sorted({1, *numbers})]
    planned = any_of(
        PlannedVillage,
        plan=st.just(Plan(OWN, tuple(homes), grid_of, left_out)),
        bounds=any_of(SizeBounds),
        grids=st.just(tuple(grids)),
        exceptions=many(any_of(PlanException, village=name)),
        split_hamlets=many(any_of(SplitHamlets)),
        groups=st.just(tuple(groups)),
        **dict.fromkeys(("town", "code", "listed_name"), st.none()),  # the row of the village says these
    )
    leads = draw(st.dictionaries(st.sampled_from(numbers), st.sampled_from(["M1", "M2"])))
    deputies = draw(st.dictionaries(st.sampled_from(numbers), st.sampled_from(["M2", "M3"])))
    roles = [
        (number, of[number], role)
        for number in numbers
        for of, role in ((leads, "lead"), (deputies, "deputy"))
        if number in of
    ]
    assignments = [Assignment(OWN, number, member, role, draw(MESSAGE)) for number, member, role in roles]
    people = sorted({member for _, member, _ in roles} | {one.head for one in groups if one.head})
    shortages = [
        draw(any_of(Shortage, village=name, grid=st.just(number))) for number in numbers if number not in leads
    ]
    return TownPlan(
        (draw(planned),),
        tuple(draw(any_of(Member, member_id=st.just(code), village=st.none() | name)) for code in people),
        tuple(assignments),
        tuple(shortages),
    )


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(town=towns())
def test_what_is_saved_of_a_plan_is_what_is_read(store, town):
    with store.engine.connect() as connection:  # rolled back at the end
        ids = villages.add_missing(connection, [OWN])
        households.add(connection, town.villages[0].plan.households, ids)
        members.add(connection, town.members, ids)
        plan_ids = plans.save_plans(connection, town, None)
        read = plans.town(connection, list(plan_ids.values()))
        drawn = tuple(replace(one, plan=replace(one.plan, origin=None)) for one in read.villages)
        assert replace(read, villages=drawn) == town


def test_loading_the_same_plan_again_adds_a_draft_and_nobody(store, admin):
    load_plan(store, COMMAND_LINE, peopled_town(), name="first", made_by=admin, now=NOW, publish_on=NOW.date())
    again = load_plan(store, COMMAND_LINE, peopled_town(), name="second", made_by=admin, now=NOW)
    assert (again.households, again.members) == (0, 0)
    assert all(village.plan.revision == 1 for village in in_force(store).villages)


def test_publishing_archives_what_was_in_force_and_ends_its_assignments(store, admin):
    load_plan(store, COMMAND_LINE, peopled_town(), name="first", made_by=admin, now=NOW, publish_on=date(2026, 11, 2))
    load_plan(store, COMMAND_LINE, peopled_town(), name="second", made_by=admin, now=NOW, publish_on=date(2026, 11, 9))
    with store.read() as connection:
        states = connection.execute(select(tables.plan.c.state, func.count()).group_by(tables.plan.c.state)).all()
        ended = connection.execute(
            select(tables.assignment.c.since, tables.assignment.c.until).distinct().order_by(tables.assignment.c.since)
        ).all()
    assert dict(map(tuple, states)) == {"archived": 5, "published": 5}
    assert ended == [(date(2026, 11, 2), date(2026, 11, 9)), (date(2026, 11, 9), None)]
    assert all(village.plan.revision == 2 for village in in_force(store).villages)


def test_the_database_itself_refuses_a_second_published_plan_of_a_village(store, admin):
    load_plan(store, COMMAND_LINE, peopled_town(), name="first", made_by=admin, now=NOW, publish_on=NOW.date())
    load_plan(store, COMMAND_LINE, peopled_town(), name="second", made_by=admin, now=NOW)
    with pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(tables.plan.update().values(state="published"))


def test_a_household_that_is_in_another_village_here_stops_the_loading_whole(store, admin):
    with store.write() as connection:
        ids = villages.add_missing(connection, ["别村"])
        home = peopled_town().villages[0].plan.households[0]
        values = {"code": home.household_id, "village_id": ids["别村"], "position": "exact"}
        connection.execute(tables.household.insert().values(values))
    with pytest.raises(InputRefused, match="别村"):
        load_plan(store, COMMAND_LINE, peopled_town(), name="first", made_by=admin, now=NOW)
    assert (rows(store, tables.village), rows(store, tables.plan), rows(store, tables.draft)) == (1, 0, 0)


def test_a_change_and_its_row_in_the_audit_are_kept_together_or_not_at_all(store):
    with pytest.raises(RuntimeError), store.change(COMMAND_LINE, "add", "village", now=NOW) as change:
        villages.add_missing(change.connection, [OWN])
        raise RuntimeError
    assert (rows(store, tables.village), rows(store, tables.audit)) == (0, 0)
    with store.change(COMMAND_LINE, "add", "village", now=NOW + timedelta(days=1)) as change:
        change.village_id = villages.add_missing(change.connection, [OWN])[OWN]
    assert (rows(store, tables.village), rows(store, tables.audit)) == (1, 1)


def test_no_household_is_in_a_grid_and_left_out_at_once(store, admin):
    load_plan(store, COMMAND_LINE, peopled_town(), name="first", made_by=admin, now=NOW)
    with pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(tables.membership.update().values(number=None))
