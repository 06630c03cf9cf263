"""Another lead for a grid: who could, and a change that keeps its date."""

from datetime import timedelta

import pytest
from databases import ON_BOTH
from sample_drafts import draft_like, member_id, plan_of, village_id
from service import NOW, OWN
from sqlalchemy import select, update

from gridplan.errors import Conflict, NotFound
from gridplan.service.plans import leads
from gridplan.service.redraw import leads as redraw_leads
from gridplan.store import Who
from gridplan.store.access import scope
from gridplan.store.access.accounts import by_login
from gridplan.store.plans import plans
from gridplan.store.registry import villages
from gridplan.store.tables import assignment, member

TODAY = NOW.date()
WHO = Who(None, "planner")


@pytest.fixture
def store(service):
    return service.store


@pytest.fixture
def in_force(store):
    with store.read() as connection:
        return plans.published(connection)[villages.ids_by_name(connection)[OWN]]


def planner(store):
    with store.read() as connection:
        return scope.actor(connection, by_login(connection, "planner")["id"])


def choice(store, plan_id, number):
    return leads.lead_choice(store, plan_id, number, TODAY)


def give(store, plan_id, number, member, instead_of, days=0):
    now = NOW + timedelta(days=days)
    grid, by = (plan_id, number), planner(store)
    redraw_leads.change_lead(store, by, grid, member, instead_of=instead_of, now=now, today=now.date())


def test_everybody_of_the_village_could_lead_the_nearest_first(store, in_force):
    found = choice(store, in_force, 1)
    assert found.lead.member.member_id == f"{OWN}-M1"
    assert {one.member.village for one in found.candidates} == {OWN}
    assert [one.metres for one in found.candidates] == sorted(one.metres for one in found.candidates)
    assert [one.leads for one in found.candidates] == [1, 1, 1]
    assert not any(one.room for one in found.candidates)


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


@ON_BOTH
def test_in_a_draft_a_choice_is_an_edit_that_is_undone_at_any_time_and_leaves_no_trace_once_published(store):
    draft_id = draft_like(store, OWN)
    plan_id = plan_of(store, draft_id)
    first, second, third = (member_id(store, f"{OWN}-M{n}") for n in (1, 2, 3))
    before = present(store, plan_id)
    give(store, plan_id, 1, third, first)
    give(store, plan_id, 1, second, third, days=1)
    assert [row.code for row in listed(store, draft_id, "by_hand")] == [f"{OWN}-M2"]
    undo(store, plan_id, 1, second, days=3)
    assert choice(store, plan_id, 1).lead.id == third
    undo(store, plan_id, 1, third, days=3)
    assert present(store, plan_id) == before
    give(store, plan_id, 1, third, first)
    with store.write() as connection:
        plans.publish(connection, [plan_id], WHO, now=NOW, today=TODAY)
    assert {(row.role, row.since, row.until) for row in everything(store, plan_id)} <= {
        ("lead", TODAY, None),
        ("deputy", TODAY, None),
    }
    with pytest.raises(Conflict, match="no longer be undone"):
        undo(store, plan_id, 1, third)


def test_in_a_plan_in_force_a_choice_is_undone_on_its_day_only(store, in_force):
    first, second = (member_id(store, f"{OWN}-M{n}") for n in (1, 2))
    before = everything(store, in_force)
    give(store, in_force, 1, second, first, days=4)
    with pytest.raises(Conflict, match="no longer be undone"):
        undo(store, in_force, 1, second, days=5)
    with pytest.raises(Conflict, match="示例2"):
        undo(store, in_force, 1, first, days=4)
    undo(store, in_force, 1, second, days=4)
    assert everything(store, in_force) == before
    give(store, in_force, 9, second, None, days=4)
    undo(store, in_force, 9, second, days=4)
    assert everything(store, in_force) == before


@ON_BOTH
def test_grids_are_listed_by_what_is_the_matter_with_their_leads_and_found_by_name(store, in_force):
    with store.read() as connection:
        grids = len(plans.grid_rows(connection, in_force))
    page = leads.leads_in_force(store, [village_id(store)], leads.LeadsQuery(page_size=2), TODAY)
    assert (len(page.grids), page.total, page.counts["all"]) == (2, grids, grids)
    assert page.grids[0].lead.member.member_id == f"{OWN}-M1"
    assert page.counts["none"] == sum(row["lead_id"] is None for row in rows_of(page_of(store, "none")))
    with store.write() as connection:
        away = update(member).where(member.c.id == member_id(store, f"{OWN}-M2"))
        connection.execute(away.values(excused_until=TODAY + timedelta(days=9)))
    assert {row["code"] for row in rows_of(page_of(store, "away"))} == {f"{OWN}-M2"}
    assert {row["code"] for row in rows_of(page_of(store, text="示例2"))} == {f"{OWN}-M2"}
    assert [row["number"] for row in rows_of(page_of(store, text="3"))] == [3]


def page_of(store, which="all", text=""):
    return leads.leads_in_force(store, [village_id(store)], leads.LeadsQuery(which=which, text=text), TODAY)


def rows_of(page):
    return [grid.row for grid in page.grids]


def listed(store, draft_id, which):
    return rows_of(leads.leads_of_draft(store, draft_id, leads.LeadsQuery(which=which), TODAY))


def undo(store, plan_id, number, member, days=0):
    now = NOW + timedelta(days=days)
    redraw_leads.undo_lead(store, planner(store), (plan_id, number), member, now=now, today=now.date())


def present(store, plan_id):
    return {(row.number, row.role, row.member_id, row.since) for row in everything(store, plan_id)}


def everything(store, plan_id):
    with store.read() as connection:
        return connection.execute(
            select(assignment).where(assignment.c.plan_id == plan_id).order_by(assignment.c.id)
        ).all()


def test_a_grid_without_a_lead_gets_one(store, in_force):
    assert choice(store, in_force, 9).lead is None
    give(store, in_force, 9, member_id(store, f"{OWN}-M1"), None)
    assert choice(store, in_force, 9).lead.leads == 2


def test_who_saw_another_lead_is_told(store, in_force):
    first, second, third = (member_id(store, f"{OWN}-M{n}") for n in (1, 2, 3))
    give(store, in_force, 1, second, first)
    with pytest.raises(Conflict, match="lead of this grid is 示例2"):
        give(store, in_force, 1, third, first)


def test_strangers_and_grids_that_are_not_there_are_not_here(store, in_force):
    with pytest.raises(NotFound):
        give(store, in_force, 1, member_id(store, "和平村-M1"), member_id(store, f"{OWN}-M1"))
    with pytest.raises(NotFound):
        choice(store, in_force, 99)
    with pytest.raises(NotFound):
        choice(store, 12345, 1)


def test_that_a_lead_agreed_to_be_named_on_maps_is_kept_of_the_member_and_of_nobody_who_does_not_lead(store, in_force):
    first, second = (member_id(store, f"{OWN}-M{n}") for n in (1, 2))
    on = {"now": NOW, "today": TODAY}
    leads.note_agreement(store, WHO, (in_force, 1), first, agreed=True, **on)
    named = {one.id for one in choice(store, in_force, 1).candidates if one.member.named_on_maps}
    assert named == {first}
    with pytest.raises(Conflict):
        leads.note_agreement(store, WHO, (in_force, 1), second, agreed=True, **on)
    leads.note_agreement(store, WHO, (in_force, 1), first, agreed=False, **on)
    assert not choice(store, in_force, 1).lead.member.named_on_maps
