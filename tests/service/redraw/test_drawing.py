"""A draft is kept while it is edited, tells what would become of its grids, and is drawn exactly before it is seen."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import shapely
from redrawing import edit, move, planner, step
from sample_drafts import draft_like, household_id, plan_of, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import update
from statements import statements

from gridplan.errors import Conflict, InputRefused
from gridplan.planning.redraw import NO_OBSTACLES, redraw
from gridplan.service.plans.drafts import draft_map
from gridplan.service.redraw import steps
from gridplan.service.redraw.drawing import drawing_answer, ensure_drawn
from gridplan.service.redraw.edits import Label, Lock, Move
from gridplan.service.redraw.open_plan import as_of_day, open_plan, read_plan
from gridplan.service.redraw.outcomes import outcomes
from gridplan.service.redraw.page import redraw_data
from gridplan.store import Store
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import edits, plans
from gridplan.store.tables import household, membership, plan_exception
from gridplan.words import Message


@pytest.fixture
def plan(service):
    return plan_of(service.store, draft_like(service.store, OWN))


def homes(store, *numbers):
    return [household_id(store, f"{OWN}{number:04d}") for number in numbers]


def stored(store, plan_id):
    with store.read() as connection:
        return plans.town(connection, [plan_id], as_planned=True).villages[0]


def without_outlines(planned):
    return replace(
        planned,
        plan=replace(planned.plan, origin=None),
        grids=tuple(replace(grid, outline=None) for grid in planned.grids),
        exceptions=frozenset(map(repr, planned.exceptions)),
    )


def outlines(planned):
    return np.array([grid.outline for grid in planned.grids], object)


def test_what_is_kept_of_a_draft_is_what_was_saved_of_it(service, plan):
    store = service.store
    one, two, three = homes(store, 1, 2, 3)
    move(store, plan, 0, {one: -1, two: None})
    edit(store, plan, 1, Label(1, "东头"))
    edit(store, plan, 2, Lock((2,), (three,), locked=True))
    for version in (3, 4, 5):
        steps.undo(store, planner(store), step(plan, version), of_others=False, now=NOW)
    steps.redo(store, planner(store), step(plan, 6), of_others=False, now=NOW)
    with store.read() as connection:
        kept = open_plan(connection, plan)
        read = as_of_day(connection, read_plan(connection, edits.plan_row(connection, plan)), NOW.date())
    assert kept.rows == read.rows
    assert kept.homes == read.homes
    assert without_outlines(kept.planned) == without_outlines(read.planned)
    assert kept.is_exact is read.is_exact is False


def test_an_edit_reads_nothing_of_a_draft_that_is_kept_but_what_has_changed(service, plan):
    store = service.store
    one, two = homes(store, 1, 2)
    move(store, plan, 0, {one: 2})
    with statements(store) as executed:
        move(store, plan, 1, {two: 2})
    assert not [one for one in executed if one.startswith("SELECT") and "FROM membership" in one]
    assert len(executed) < 30
    with store.change(COMMAND_LINE, "change", "household", now=NOW) as change:
        change.connection.execute(update(household).where(household.c.id == one).values(name="新名"))
    with store.read() as connection:
        assert open_plan(connection, plan).homes[one]["name"] == "新名"


def test_an_edit_that_is_not_saved_after_all_is_not_kept(service, plan):
    store = service.store
    one, two = homes(store, 1, 2)
    with store.read() as connection:
        before = open_plan(connection, plan).rows.grid_of
    with pytest.raises(ZeroDivisionError), store.change(COMMAND_LINE, "edit", "plan", now=NOW) as change:
        steps.edit_in(change.connection, planner(store), step(plan, 0), Move(((one, 2),)), now=NOW)
        raise ZeroDivisionError
    with closing(Store(store.data, store.named_url)) as another:
        move(another, plan, 0, {two: 2})
    with store.read() as connection:
        number = open_plan(connection, plan).rows.grid_of
    assert (number[one] == before[one], number[two]) == (True, 2)


def test_an_exception_that_an_undo_brings_back_stays_through_other_edits(service, plan):
    store, why = service.store, Message("existing.no_grid")
    out, other = homes(store, 1, 2)
    with store.write() as connection:
        of_one = (membership.c.plan_id == plan) & (membership.c.household_id == out)
        connection.execute(update(membership).where(of_one).values(number=None, why=why))
        values = {"households": 1, "reason": why, "options": (), "household": f"{OWN}0001"}
        connection.execute(plan_exception.insert().values(plan_id=plan, **values))

    def said():
        return [one.reason for one in stored(store, plan).exceptions if one.household_id == f"{OWN}0001"]

    move(store, plan, 0, {out: 1})
    assert said() == []
    steps.undo(store, planner(store), step(plan, 1), of_others=False, now=NOW)
    move(store, plan, 2, {other: 4})
    assert said() == [why]


def test_after_an_edit_outlines_are_rough_until_they_are_drawn_as_if_they_were_drawn_anew(service, plan):
    store = service.store
    before = stored(store, plan)
    answer = move(store, plan, 0, dict.fromkeys(homes(store, 1, 2, 3), 2))
    assert not answer["is_exact"]
    moved = {2, *(before.plan.grid_of[f"{OWN}{number:04d}"] for number in (1, 2, 3))}
    assert moved <= {grid["number"] for grid in answer["grids"]}
    assert (outlines(stored(store, plan)) == outlines(before)).all()
    ensure_drawn(store, [plan])
    now = stored(store, plan)
    exact = redraw(now, now.plan, NO_OBSTACLES)
    assert shapely.equals_exact(outlines(now), outlines(exact), 1e-12).all()
    assert [(one.walk_m, one.connected) for one in now.grids if one.number in moved] == [
        (one.walk_m, one.connected) for one in exact.grids if one.number in moved
    ]
    told = drawing_answer(store, plan)
    assert (told["version"], len(told["outlines"])) == (1, len(now.grids))
    assert redraw_data(store, planner(store), plan, "zh", NOW.date())["is_exact"]


def test_whoever_sees_a_draft_sees_it_drawn_exactly(service):
    store = service.store
    draft = draft_like(store, OWN)
    plan = plan_of(store, draft)
    move(store, plan, 0, dict.fromkeys(homes(store, 1, 2, 3), 2))
    seen = draft_map(store, draft, "zh", NOW.date())
    with store.read() as connection:
        assert edits.not_drawn(connection, [plan]) == []
    assert draft_map(store, draft, "zh", NOW.date()) == seen


def test_what_changes_no_grid_leaves_outlines_as_they_are_drawn(service, plan):
    store = service.store
    assert edit(store, plan, 0, Label(1, "东头"))["is_exact"]
    with store.read() as connection:
        assert edits.not_drawn(connection, [plan]) == []


def test_outcomes_are_what_a_move_then_makes_of_grids(service, plan):
    store, moved = service.store, homes(service.store, 1, 2)
    told = outcomes(store, planner(store), plan, 0, moved, "en", NOW.date())
    joined = {one["number"]: one for one in told["joined"]}
    without = {one["number"]: one for one in told["without"]}
    answer = move(store, plan, 0, dict.fromkeys(moved, 2))
    for grid in answer["grids"]:
        one = joined[2] if grid["number"] == 2 else without.get(grid["number"])
        if one is not None:
            assert (one["size"], one["walk_m"], one["connected"]) == (grid["size"], grid["walk_m"], grid["connected"])
    assert told["alone"]["broken"][0] == "2 households, outside 10 to 15"
    with pytest.raises(Conflict):
        outcomes(store, planner(store), plan, 0, moved, "en", NOW.date())
    with pytest.raises(InputRefused):
        outcomes(store, planner(store), plan, 1, [household_id(store, f"{OTHER}0001")], "en", NOW.date())


def test_a_household_that_is_new_in_the_village_counts_where_it_would_come(service, plan):
    store = service.store
    (moved,) = (household_id(store, f"{OTHER}0001"),)
    with store.change(COMMAND_LINE, "change", "household", now=NOW) as change:
        came = {"village_id": village_id(store), "lon": None, "lat": None, "position": "hamlet"}
        change.connection.execute(update(household).where(household.c.id == moved).values(came))
    before = {one.number: one.size for one in stored(store, plan).grids}
    told = outcomes(store, planner(store), plan, 0, [moved], "en", NOW.date())
    assert {one["number"]: one["size"] for one in told["joined"]} == {n: size + 1 for n, size in before.items()}
    assert move(store, plan, 0, {moved: 1})["grids"][0]["size"] == before[1] + 1
