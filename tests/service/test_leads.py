"""Another lead for a grid: who could, and a change that keeps its date."""

from datetime import timedelta

import pytest
from sample_drafts import draft_like, member_id, plan_of
from service import NOW, OWN
from sqlalchemy import select

from gridplan.errors import Conflict, NotFound
from gridplan.service.plans import leads
from gridplan.store import Who
from gridplan.store.plans import assignments, plans
from gridplan.store.registry import villages
from gridplan.store.tables import assignment

TODAY = NOW.date()
WHO = Who(None, "planner")


@pytest.fixture
def store(service):
    return service.store


@pytest.fixture
def in_force(store):
    with store.read() as connection:
        return plans.published(connection)[villages.ids_by_name(connection)[OWN]]


def choice(store, plan_id, number):
    return leads.lead_choice(store, plan_id, number, TODAY)


def give(store, plan_id, number, member, instead_of, days=0):
    now = NOW + timedelta(days=days)
    leads.change_lead(store, WHO, plan_id, number, member, instead_of=instead_of, now=now, today=now.date())


def test_everybody_of_the_village_could_lead_the_nearest_first(store, in_force):
    found = choice(store, in_force, 1)
    assert found.lead.member.member_id == f"{OWN}-M1"
    assert {one.member.village for one in found.candidates} == {OWN}
    assert [one.metres for one in found.candidates] == sorted(one.metres for one in found.candidates)
    assert [one.leads for one in found.candidates] == [1, 1, 1]
    assert all(one.is_full for one in found.candidates)


def test_in_a_plan_in_force_the_former_lead_stays_on_record(store, in_force):
    first, second = (member_id(store, f"{OWN}-M{n}") for n in (1, 2))
    give(store, in_force, 1, second, first, days=4)
    assert choice(store, in_force, 1).lead.id == second
    rows = select(assignment.c.member_id, assignment.c.since, assignment.c.until).where(
        assignment.c.plan_id == in_force, assignment.c.number == 1
    )
    with store.read() as connection:
        later = TODAY + timedelta(days=4)
        assert connection.execute(rows.order_by(assignment.c.id)).all() == [
            (first, TODAY, later),
            (second, later, None),
        ]


def test_in_a_draft_there_is_only_the_new_lead(store):
    plan_id = plan_of(store, draft_like(store, OWN))
    first, third = (member_id(store, f"{OWN}-M{n}") for n in (1, 3))
    give(store, plan_id, 1, third, first)
    with store.read() as connection:
        rows = select(assignment.c.member_id, assignment.c.since).where(
            assignment.c.plan_id == plan_id, assignment.c.number == 1
        )
        assert connection.execute(rows).all() == [(third, None)]
        assert assignments.leads(connection, plan_id) == {1: third, 2: member_id(store, f"{OWN}-M2"), 3: third}


def test_a_grid_without_a_lead_gets_one(store, in_force):
    assert choice(store, in_force, 9).lead is None
    give(store, in_force, 9, member_id(store, f"{OWN}-M1"), None)
    assert choice(store, in_force, 9).lead.leads == 2


def test_who_saw_another_lead_is_told(store, in_force):
    first, second, third = (member_id(store, f"{OWN}-M{n}") for n in (1, 2, 3))
    give(store, in_force, 1, second, first)
    with pytest.raises(Conflict, match="示例2 is lead of this grid"):
        give(store, in_force, 1, third, first)


def test_strangers_and_grids_that_are_not_there_are_not_here(store, in_force):
    with pytest.raises(NotFound):
        give(store, in_force, 1, member_id(store, "和平村-M1"), member_id(store, f"{OWN}-M1"))
    with pytest.raises(NotFound):
        choice(store, in_force, 99)
    with pytest.raises(NotFound):
        choice(store, 12345, 1)
