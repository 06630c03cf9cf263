"""What an undo meets that is not as it was: it does the rest, and says what it left out."""

import pytest
from databases import ON_BOTH
from redrawing import planner, step
from sample_drafts import draft_like, household_id, inside, member_id, plan_of
from service import NOW, OWN
from sqlalchemy import update

from gridplan.service.redraw import steps
from gridplan.service.redraw.edits import Lead, Move, TakeOver
from gridplan.store.database import COMMAND_LINE
from gridplan.store.tables import household, member, plan_edit

GONE = {"retired_on": NOW.date()}


@pytest.fixture
def plan(service):
    return plan_of(service.store, draft_like(service.store, OWN))


class Draft:
    """A draft that is edited, and the version it has."""

    def __init__(self, store, plan):
        self.store, self.plan, self.version, self.planner = store, plan, 0, planner(store)

    def _step(self):
        self.version += 1
        return step(self.plan, self.version - 1)

    def edit(self, request):
        return steps.edit(self.store, self.planner, self._step(), request, now=NOW)

    def undo(self):
        return steps.undo(self.store, self.planner, self._step(), of_others=False, now=NOW)

    def redo(self):
        return steps.redo(self.store, self.planner, self._step(), of_others=False, now=NOW)


def change(store, table, id_, **values):
    with store.change(COMMAND_LINE, "change", table.name, now=NOW) as made:
        made.connection.execute(update(table).where(table.c.id == id_).values(**values))


def test_an_undo_leaves_out_who_is_gone_since_and_puts_all_others_back(service, plan):
    store, draft, before = service.store, Draft(service.store, plan), inside(service.store, plan)
    codes = before[1][:3]
    homes = [household_id(store, code) for code in codes]
    draft.edit(Move(tuple((home, -1) for home in homes)))
    change(store, household, homes[0], name="张三", **GONE)
    undone = draft.undo()
    assert undone["left_out"] == [f"Left out, for they do not live in this village any more: 张三 ({codes[0]})."]
    assert undone["gone"] == []
    assert {one["grid"] for one in undone["households"]} == {1}
    assert inside(store, plan)[1] == [code for code in before[1] if code != codes[0]]
    change(store, household, homes[0], retired_on=None)
    assert [one["grid"] for one in draft.redo()["households"]] == [max(before) + 1] * 2


def test_an_undo_leaves_out_who_does_not_serve_any_more_and_what_is_erased(service, plan):
    store, draft = service.store, Draft(service.store, plan)
    first, second = (member_id(store, f"{OWN}-M{number}") for number in (1, 2))
    draft.edit(Lead(1, second))
    change(store, member, first, **GONE)
    undone = draft.undo()
    assert undone["left_out"] == ["示例1 does not serve any more and was not given grid 1 again."]
    assert undone["grids"][0]["leads"] == []
    home = household_id(store, f"{OWN}0001")
    edit = draft.edit(Move(((home, None),)))["edit"]
    with store.write() as connection:  # as if the household had been erased since
        changes = connection.execute(plan_edit.select().where(plan_edit.c.id == edit)).one().changes
        (row,) = changes["memberships"]
        changes["memberships"].append([10**6, row[1], None])
        connection.execute(update(plan_edit).where(plan_edit.c.id == edit).values(changes=changes))
    undone = draft.undo()
    assert undone["left_out"] == ["1 household is not kept any more and was left out."]
    assert [one["id"] for one in undone["households"]] == [home]


@ON_BOTH
def test_lists_are_taken_over_at_once_or_one_by_one_and_given_back(service, plan):
    store, draft, before = service.store, Draft(service.store, plan), inside(service.store, plan)
    gone, moved = (household_id(store, code) for code in before[1][:2])
    change(store, household, gone, **GONE)
    change(store, household, moved, lon=119.43, lat=31.41, position="exact")
    answer = draft.edit(TakeOver((moved,)))
    assert [(one["id"], one["lon"], one["state"]) for one in answer["households"]] == [(moved, 119.43, "")]
    assert draft.edit(TakeOver(None))["left"] == [gone]
    back = draft.undo()
    assert [(one["id"], one["grid"], one["state"]) for one in back["households"]] == [(gone, 1, "gone")]
    assert back["left_out"] == []
