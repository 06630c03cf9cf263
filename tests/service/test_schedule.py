"""Plans that come into force on a day by themselves: once and as confirmed, or not at all until somebody looks."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import count
from multiprocessing import get_context

import pytest
from databases import ON_BOTH
from sample_drafts import (
    DAY,
    ZONE,
    comes,
    confirm,
    draft_like,
    household_id,
    inside,
    member_id,
    plan_in_force,
    plan_of,
    village_id,
)
from service import NOW, OTHER, OWN
from sqlalchemy import event, select, update

from gridplan.errors import Conflict, InputRefused
from gridplan.service.plans import drafts, leads, party_groups, schedule
from gridplan.service.plans.publish import publish, publish_previews
from gridplan.service.redraw import leads as redraw_leads
from gridplan.store import Store, Who
from gridplan.store.access import accounts, scope
from gridplan.store.plans.plan_figures import ever_published, plan_figures
from gridplan.store.tables import assignment, audit, household, member, plan

TODAY = NOW.date()
ODD = "小塘村"


@pytest.fixture
def store(service):
    return service.store


@pytest.fixture
def planner(store):
    with store.read() as connection:
        return Who(accounts.by_login(connection, "planner")["id"], "planner")


def state(store, plan_id):
    with store.read() as connection:
        return connection.execute(select(plan.c.state).where(plan.c.id == plan_id)).scalar_one()


def held(store):
    return [one.held.code if one.held else None for one in schedule.scheduled_plans(store, None)]


def change(store, table, id_, **values):
    with store.write() as connection:
        connection.execute(update(table).where(table.c.id == id_).values(**values))


@ON_BOTH
def test_a_plan_comes_into_force_on_its_day_however_late_somebody_asks_and_only_once(store, planner):
    first, plan_id = plan_in_force(store), plan_of(store, draft_like(store, OWN))
    confirm(store, planner, plan_id)
    (waiting,) = schedule.scheduled_plans(store, None)
    assert (waiting.day, waiting.village, waiting.maker, waiting.held) == (DAY, OWN, "planner", None)
    comes(store, DAY - timedelta(1))
    assert (state(store, plan_id), state(store, first)) == ("draft", "published")
    with ThreadPoolExecutor(3) as requests:
        list(requests.map(lambda _: comes(store, DAY + timedelta(3)), range(3)))
    with store.read() as connection:
        rows = plan_figures(connection, ever_published(village_id(store)))
        dates = select(assignment.c.since, assignment.c.until).distinct()
        old, new = (connection.execute(dates.where(assignment.c.plan_id == id_)).all() for id_ in (first, plan_id))
        deeds = connection.execute(select(audit.c.verb).where(audit.c.object == "plan").order_by(audit.c.id)).scalars()
        assert deeds.all()[-2:] == ["schedule", "publish"]
    midnight = datetime(2026, 12, 1, tzinfo=ZONE)
    assert [(row["id"], row["published_at"], row["archived_at"]) for row in rows[1:]] == [(plan_id, midnight, None)]
    assert (rows[0]["archived_at"], rows[1]["publisher"]) == (midnight, "planner")
    assert (old, new) == ([(TODAY, DAY)], [(DAY, None)])
    assert schedule.scheduled_plans(store, None) == ()


def test_what_the_lists_say_by_then_is_taken_up_unless_it_breaks_a_rule_that_nobody_accepted(store, planner):
    fine, broken = plan_of(store, draft_like(store, OWN)), plan_of(store, draft_like(store, OTHER), OTHER)
    odd = plan_of(store, draft_like(store, ODD), ODD)
    confirm(store, planner, fine)
    confirm(store, planner, broken, odd, reasons={(odd, 0): "flats"})
    gone = inside(store, fine)[1][0]
    change(store, household, household_id(store, gone), retired_on=TODAY)
    change(store, member, member_id(store, f"{OWN}-M1"), retired_on=TODAY)
    small = next(number for number, homes in inside(store, broken).items() if len(homes) < 14)
    for home in inside(store, broken)[small][:5]:
        change(store, household, household_id(store, home), retired_on=TODAY)
    comes(store)
    assert [state(store, id_) for id_ in (fine, broken, odd)] == ["published", "draft", "published"]
    assert gone not in inside(store, fine)[1]
    (waiting,) = schedule.scheduled_plans(store, None)
    assert (waiting.village, waiting.held.code) == (OTHER, "schedule.not_accepted")
    comes(store, DAY + timedelta(1))
    assert state(store, broken) == "draft"
    with store.read() as connection:
        (one,) = publish_previews(connection, [broken])
    reasons = {(broken, 0): "moved to town"}
    publish(store, planner, {broken: one.fingerprint}, reasons, now=NOW, today=DAY)
    assert (state(store, broken), schedule.scheduled_plans(store, None)) == ("published", ())


@ON_BOTH
def test_a_plan_that_was_edited_or_replaced_or_whose_village_has_another_lead_is_held(store, planner):
    draft = draft_like(store, OWN)
    plan_id = plan_of(store, draft)

    def is_held_once(code, undo=lambda: None):
        comes(store)
        assert (held(store), state(store, plan_id)) == ([code], "draft")
        undo()
        confirm(store, planner, plan_id)

    confirm(store, planner, plan_id)
    change(store, plan, plan_id, version=1)
    assert held(store) == ["schedule.edited"]
    is_held_once("schedule.edited")
    third, first = member_id(store, f"{OWN}-M3"), member_id(store, f"{OWN}-M1")
    by = {"instead_of": first, "now": NOW, "today": TODAY}
    with store.read() as connection:
        actor = scope.actor(connection, planner.account_id)
    redraw_leads.change_lead(store, actor, (plan_id, 1), third, **by)
    is_held_once("schedule.edited")
    leads.change_lead(store, planner, plan_in_force(store), 1, third, **by)
    is_held_once("schedule.led_otherwise")
    party_groups.change_group(
        store, actor, plan_in_force(store), 1, party_groups.GroupChange("", third, "", None), now=NOW
    )
    is_held_once("schedule.grouped_otherwise")
    confirm(store, planner, plan_of(store, draft_like(store, OWN)), day=TODAY)
    assert held(store) == ["schedule.replaced"]
    is_held_once("schedule.replaced")
    comes(store)
    assert state(store, plan_id) == "published"


def test_it_can_be_taken_back_until_then_and_only_one_plan_of_a_village_is_scheduled(store, planner):
    draft = draft_like(store, OWN)
    mine, other = plan_of(store, draft), plan_of(store, draft_like(store, OWN))
    confirm(store, planner, mine)
    with pytest.raises(Conflict, match="planner scheduled another plan of 石桥村 for 2026-12-01"):
        confirm(store, planner, other)
    with pytest.raises(Conflict, match="Take it back first"):
        drafts.delete_draft(store, planner, draft, now=NOW)
    confirm(store, planner, mine, day=DAY + timedelta(31))
    comes(store)
    assert state(store, mine) == "draft"
    schedule.take_back(store, planner, [mine], now=NOW)
    with pytest.raises(Conflict, match="not scheduled any more"):
        schedule.take_back(store, planner, [mine], now=NOW)
    comes(store, DAY + timedelta(31))
    assert state(store, mine) == "draft"
    confirm(store, planner, other)
    comes(store)
    assert state(store, other) == "published"


def test_an_archived_plan_can_come_into_force_again_on_a_day(store, planner):
    former = plan_in_force(store)
    confirm(store, planner, plan_of(store, draft_like(store, OWN)), day=TODAY)
    confirm(store, planner, former)
    comes(store)
    with store.read() as connection:
        rows = plan_figures(connection, ever_published(village_id(store)))
    assert [(row["revision"], row["repeats"], row["state"]) for row in rows][2:] == [(3, 1, "published")]


def test_a_day_that_is_past_or_more_than_a_year_away_is_refused(store, planner):
    plan_id = plan_of(store, draft_like(store, OWN))
    for day in (TODAY - timedelta(1), date(2027, 11, 17)):
        with pytest.raises(InputRefused, match="from 2026-11-16 to 2027-11-16"):
            confirm(store, planner, plan_id, day=day)


def test_what_nobody_thought_of_holds_the_plan_and_not_the_service(store, planner):
    plan_id = plan_of(store, draft_like(store, OWN))
    confirm(store, planner, plan_id)
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE plan_schedule SET confirmed = json_remove(confirmed, '$.leads')")
    comes(store)
    assert (held(store), state(store, plan_id)) == (["schedule.broke"], "draft")


def publish_and_die(folder, url, statements):
    """Ask for a page on the day, in a process that is killed right after so many statements that write."""
    store, left = Store(folder, url), count(statements, -1)

    @event.listens_for(store.engine, "after_cursor_execute")
    def die(connection, cursor, statement, *rest):
        if statement.startswith(("INSERT", "UPDATE", "DELETE")) and next(left) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    comes(store)


@ON_BOTH
def test_who_is_killed_while_publishing_leaves_the_old_plan_whole_and_the_next_request_publishes(store, planner):
    former = plan_in_force(store)
    plan_id = plan_of(store, draft_like(store, OWN, moves={inside(store, former)[1][0]: 2}))
    confirm(store, planner, plan_id)
    before = inside(store, former), assigned(store, former), assigned(store, plan_id)
    for statements in (2, 5, 8, 10) if store.dialect == "sqlite" else (8,):
        killed = get_context("fork").Process(target=publish_and_die, args=(store.data, store.named_url, statements))
        killed.start()
        killed.join()
        assert killed.exitcode == -signal.SIGKILL
        assert (state(store, former), state(store, plan_id)) == ("published", "draft")
        assert (inside(store, former), assigned(store, former), assigned(store, plan_id)) == before
    comes(store)
    assert (state(store, former), state(store, plan_id)) == ("archived", "published")


def assigned(store, plan_id):
    with store.read() as connection:
        found = select(assignment).where(assignment.c.plan_id == plan_id).order_by(assignment.c.id)
        return connection.execute(found).all()
