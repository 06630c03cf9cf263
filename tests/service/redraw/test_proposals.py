"""Proposals for a draft: moves by the ids of households, a price, and nothing done before they are applied."""

from uuid import uuid4

import pytest
from sample_drafts import draft_like, household_id, inside, plan_of
from service import NOW, OWN

from gridplan.errors import InputRefused, StaleEdit
from gridplan.service.redraw import steps
from gridplan.service.redraw.edits import Lock, Move
from gridplan.service.redraw.proposals import proposal
from gridplan.service.redraw.steps import Step
from gridplan.store.access import scope
from gridplan.store.access.accounts import by_login


def planner(store):
    with store.read() as connection:
        return scope.actor(connection, by_login(connection, "planner")["id"])


def edited(store, plan_id, version, request):
    step = Step(plan_id, version, str(uuid4()), "en")
    return steps.edit(store, planner(store), step, request, now=NOW)


@pytest.fixture
def plan(service):
    return plan_of(service.store, draft_like(service.store, OWN))


def proposed(store, plan_id, version, kind, grids=(), households=(), lang="en"):
    return proposal(store, planner(store), plan_id, version, kind, grids, households, lang, NOW.date())


def test_a_household_in_no_grid_is_placed_and_the_moves_can_be_applied_and_undone(service, plan):
    store, home = service.store, household_id(service.store, f"{OWN}0001")
    before = inside(store, plan)
    answer = edited(store, plan, 0, Move(((home, None),)))
    found = proposed(store, plan, 1, "loose")
    assert [id_ for id_, _ in found["moves"]] == [home] and found["version"] == 1
    assert found["said"].startswith("Repairs ") and "1 household gets a grid" in found["said"]
    assert inside(store, plan) != before
    applied = edited(store, plan, 1, Move(tuple(found["moves"]), "loose"))
    assert inside(store, plan) == before and len(applied["broken"]) < len(answer["broken"])
    broken = dict(found["price"])["Broken rules"].split(" → ")
    assert int(broken[0]) - int(broken[1]) == len(answer["broken"]) - len(applied["broken"])


def test_what_is_locked_stays_and_is_named(service, plan):
    store = service.store
    edited(store, plan, 0, Lock((1,), (), True))
    found = proposed(store, plan, 1, "split", [1])
    assert found["moves"] == [] and found["price"] == [] and found["said"] == "Grid 1 is locked."


def test_an_old_version_and_strange_grids_or_households_are_refused(service, plan):
    with pytest.raises(StaleEdit):
        proposed(service.store, plan, 3, "mend")
    with pytest.raises(InputRefused):
        proposed(service.store, plan, 0, "split", [99])
    with pytest.raises(InputRefused):
        proposed(service.store, plan, 0, "nearest", [], [99_999])
