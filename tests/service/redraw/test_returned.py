"""A plan.xlsx that comes back: what was typed is an edit, merged row by row with what was done in the draft since."""

from io import BytesIO

import openpyxl
import pytest
from databases import ON_BOTH
from redrawing import planner
from sample_drafts import draft_like, household_id, inside, plan_of, village_id
from service import NOW, OTHER, OWN

from gridplan.errors import Conflict, InputRefused
from gridplan.exchange.exports import exported
from gridplan.service.plans import drafts
from gridplan.service.plans.plans_as_of_now import town_for_files
from gridplan.service.redraw import edits, returned, steps
from gridplan.service.redraw.steps import Step
from gridplan.store.plans import plans


@pytest.fixture
def draft(service):
    return draft_like(service.store, OWN)


def book_of(store, draft_id):
    return openpyxl.load_workbook(BytesIO(exported("plan.xlsx", drafts.draft_town(store, draft_id)[1], "zh", "draft")))


def typed(book, sheet, title, of):
    """Type into the cells below a title, each by the code of its row."""
    page = book[sheet]
    headers = [cell.value for cell in page[1]]
    code = headers.index("户编号" if sheet == "住户" else "微网格编号")
    for row in page.iter_rows(min_row=2):
        if row[code].value in of:
            row[headers.index(title)].value = of[row[code].value]


def preview(store, book):
    content = BytesIO()
    book.save(content)
    content.seek(0)
    return returned.preview_workbook(store, planner(store), "plan.xlsx", content, now=NOW)


def apply(store, found, *chosen):
    return returned.apply_workbook(store, planner(store), found.form, chosen, "en", now=NOW)


def grid_of(store, plan):
    return {home: number for number, homes in inside(store, plan).items() for home in homes}


@ON_BOTH
def test_typed_grids_are_an_edit_that_can_be_undone(service, draft):
    store, plan = service.store, plan_of(service.store, draft)
    before, book = grid_of(store, plan), book_of(store, draft)
    first, second, third = list(before)[:3]
    target = max(before.values())
    typed(book, "住户", "微网格编号", {first: target, second: None, third: target + 20})
    found = preview(store, book)
    (village,) = found.villages
    assert [(one.what.split()[0], one.after) for one in village.changes] == [
        (first, str(target)),
        (second, "–"),
        (third, str(target + 20)),
    ]
    assert not found.refused and not village.conflicts and grid_of(store, plan) == before
    assert apply(store, found) == (plan,)
    now = grid_of(store, plan)
    assert now[first] == target and second not in now and now[third] > target
    assert {home: now[home] for home in now if home not in (first, third)} == {
        home: number for home, number in before.items() if home not in (first, second, third)
    }
    steps.undo(store, planner(store), Step(plan, 1, "undo", "en"), of_others=False, now=NOW)
    assert grid_of(store, plan) == before
    with pytest.raises(Conflict):
        apply(store, found)


def test_rows_changed_on_both_sides_are_chosen_and_the_others_are_merged(service, draft):
    store, plan = service.store, plan_of(service.store, draft)
    before, book = grid_of(store, plan), book_of(store, draft)
    first, second, third = list(before)[:3]
    high = max(before.values())
    typed(book, "住户", "微网格编号", {first: high, second: high})
    elsewhere = next(number for number in before.values() if number not in (before[first], high))
    for version, home in enumerate((first, third)):
        move = edits.Move(((household_id(store, home), elsewhere),))
        steps.edit(store, planner(store), Step(plan, version, f"move {home}", "en"), move, now=NOW)
    found = preview(store, book)
    (village,) = found.villages
    assert [one.what.split()[0] for one in village.changes] == [second]
    assert [(one.what.split()[0], one.before, one.now, one.after) for one in village.conflicts] == [
        (first, str(before[first]), str(elsewhere), str(high))
    ]
    apply(store, found, village.conflicts[0].key)
    assert [grid_of(store, plan)[home] for home in (first, second, third)] == [high, high, elsewhere]


def test_a_lead_is_taken_by_code_and_by_name(service, draft):
    store, book = service.store, book_of(service.store, draft)
    typed(book, "微网格", "微网格长编号", {1: f"{OWN}-M2"})
    found = preview(store, book)
    assert [(one.kind, one.what) for one in found.villages[0].changes] == [("lead", "1")]
    apply(store, found)
    again = book_of(store, draft)
    assert preview(store, again).form == "[]"
    typed(again, "微网格", "微网格长编号", {1: "nobody"})
    assert [one.code for one in preview(store, again).refused] == ["returned.no_member"]


def test_a_workbook_of_a_plan_in_force_changes_a_draft_of_it(service):
    store = service.store
    with store.read() as connection:
        plan = plans.published(connection)[village_id(store)]
        town = town_for_files(connection, [plan])
    book = openpyxl.load_workbook(BytesIO(exported("plan.xlsx", town, "zh", "in force")))
    before = grid_of(store, plan)
    home = next(iter(before))
    typed(book, "住户", "微网格编号", {home: max(before.values())})
    found = preview(store, book)
    assert not found.villages[0].is_draft
    (made,) = apply(store, found)
    assert made != plan and grid_of(store, plan) == before
    assert grid_of(store, made)[home] == max(before.values())


def test_what_is_of_nobody_here_is_refused(service, draft):
    store, book = service.store, book_of(service.store, draft)
    book["gridplan"]["B2"].value = "12345"
    assert [one.code for one in preview(store, book).refused] == ["returned.unknown"]
    other = book_of(store, draft_like(store, OTHER))
    assert [one.code for one in preview(store, other).refused] == ["returned.unknown"]
    del book["gridplan"]
    with pytest.raises(InputRefused):
        preview(store, book)
    for form in ("", "{", '[{"plan": 1}]', "[[]]", "[" * 9_000):
        with pytest.raises(InputRefused):
            returned.apply_workbook(store, planner(store), form, (), "en", now=NOW)
