"""Drafts of one village to be redrawn: of the plan in force, and of what somebody saw who was not the fastest."""

import pytest
from databases import ON_BOTH
from redrawing import edit, planner, step
from sample_drafts import draft_like, household_id, inside, plan_of, village_id
from service import NOW, OWN
from sqlalchemy import update

from gridplan.edits import ExceptionKey
from gridplan.errors import InputRefused, StaleEdit
from gridplan.service.plans import drafts as all_drafts
from gridplan.service.plans.publish import draft_previews, publish
from gridplan.service.redraw import drafts, steps
from gridplan.service.redraw.edits import Accept, Move
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.tables import household


def in_force(store):
    with store.read() as connection:
        return plans.published(connection, [village_id(store)])[village_id(store)]


def redraw(store, plan_id):
    return drafts.redraw_plan(store, planner(store), plan_id, "en", now=NOW)


def draft_of(store, plan_id):
    with store.read() as connection:
        return connection.exec_driver_sql(f"SELECT draft_id FROM plan WHERE id = {plan_id}").scalar_one()


def publish_draft(store, draft_id, reasons=None):
    _, previews = draft_previews(store, draft_id)
    given = {(one.id, place): "agreed" for one in previews for place in range(len(one.exceptions))}
    publish(
        store, COMMAND_LINE, {one.id: one.fingerprint for one in previews}, reasons or given, now=NOW, today=NOW.date(),
        day=NOW.date(),
    )  # fmt: skip


@ON_BOTH
def test_the_plan_in_force_is_redrawn_in_one_draft_with_its_numbers_as_the_lists_are_now(service):
    store, published = service.store, in_force(service.store)
    before, gone = inside(store, published), household_id(store, f"{OWN}0003")
    with store.write() as connection:
        connection.execute(update(household).where(household.c.id == gone).values(retired_on=NOW.date()))
    made = redraw(store, published)
    assert inside(store, made) == inside(store, published) != before
    assert redraw(store, published) == made == redraw(store, made)
    moved = edit(store, made, 0, Move(((household_id(store, f"{OWN}0001"), None),)))
    assert not [one for one in moved["households"] if one["state"]]
    assert inside(store, published) != inside(store, made)
    all_drafts.delete_draft(store, COMMAND_LINE, draft_of(store, made), now=NOW)
    assert redraw(store, published) != made


@ON_BOTH
def test_who_was_not_the_fastest_keeps_what_they_saw_with_their_edit_as_a_draft_of_its_own(service):
    store = service.store
    plan = plan_of(store, draft_like(store, OWN))
    before, homes = inside(store, plan), [household_id(store, f"{OWN}000{n}") for n in (1, 2)]
    edit(store, plan, 0, Move(((homes[0], None),)))
    with pytest.raises(StaleEdit):
        edit(store, plan, 0, Move(((homes[1], -1),)))
    mine = step(plan, 0)
    made = drafts.keep_mine(store, planner(store), mine, Move(((homes[1], -1),)), now=NOW)["plan"]
    assert drafts.keep_mine(store, planner(store), mine, None, now=NOW)["plan"] == made
    kept = inside(store, made)
    assert kept.pop(max(kept)) == [f"{OWN}0002"]
    assert kept == {number: [home for home in of if home != f"{OWN}0002"] for number, of in before.items()}
    name = all_drafts.draft_by_id(store, draft_of(store, made)).row["name"]
    assert name == "again (copy by planner)"
    steps.undo(store, planner(store), step(made, 1), of_others=False, now=NOW)
    assert inside(store, made) == before


@ON_BOTH
def test_a_draft_that_was_published_or_deleted_meanwhile_says_so_and_can_be_kept(service):
    store, draft = service.store, draft_like(service.store, OWN)
    plan, home = plan_of(store, draft), household_id(service.store, f"{OWN}0001")
    edit(store, plan, 0, Move(((home, None),)))
    all_drafts.delete_draft(store, COMMAND_LINE, draft, now=NOW)
    with pytest.raises(StaleEdit, match="deleted"):
        edit(store, plan, 1, Move(((home, 1),)))
    all_drafts.restore_deleted(store, COMMAND_LINE, draft, now=NOW)
    publish_draft(store, draft)
    with pytest.raises(StaleEdit, match="published"):
        edit(store, plan, 1, Move(((home, 1),)))
    made = drafts.keep_mine(store, planner(store), step(plan, 1), Move(((home, 1),)), now=NOW)["plan"]
    assert f"{OWN}0001" in inside(store, made)[1] and f"{OWN}0001" not in inside(store, plan)[1]
    with pytest.raises(InputRefused):
        drafts.keep_mine(store, planner(store), step(plan, 1), Move(((home, 99),)), now=NOW)


def test_reasons_given_while_a_draft_is_drawn_are_offered_when_it_is_published_and_numbers_stay(service):
    store = service.store
    draft = draft_like(store, OWN)
    plan, home = plan_of(store, draft), household_id(store, f"{OWN}0001")
    answer = edit(store, plan, 0, Move(((home, -1),)))
    alone = answer["households"][0]["grid"]
    broken = next(one for one in answer["broken"] if one["grid"] == alone and one["exception"])
    edit(store, plan, 1, Accept(ExceptionKey(**broken["exception"]), "只有一户"))
    _, (preview,) = draft_previews(store, draft)
    assert list(preview.accepted.values()) == ["只有一户"]
    publish_draft(store, draft)
    assert inside(store, plan)[alone] == [f"{OWN}0001"]
