"""Asking the village: what is printed has a number, what comes back is typed by it, and applied as one edit."""

from random import Random

import pytest
from databases import ON_BOTH
from redrawing import move, planner
from sample_drafts import draft_like, household_id, inside, plan_of
from service import NOW, OTHER, OWN

from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.service.redraw import consultation, edits, steps
from gridplan.service.redraw.steps import Step
from gridplan.store import Who
from gridplan.store.access import scope
from gridplan.store.access.accounts import by_login
from gridplan.store.plans.edits import not_drawn


@pytest.fixture
def plan(service):
    return plan_of(service.store, draft_like(service.store, OWN))


def who(store):
    return Who(planner(store).account_id, "planner")


def send(store, plan, seed=1):
    (number,) = consultation.send(store, who(store), [plan], now=NOW, random=Random(seed))
    return number


def type_back(store, plan, number, text, word=""):
    consultation.type_back(store, who(store), plan, number, text, word, now=NOW)
    return consultation.consultation_page(store, plan, NOW.date(), number)


def apply(store, plan, number, version=0):
    consultation.apply_wishes(store, planner(store), plan, number, version, "en", now=NOW)
    return consultation.consultation_page(store, plan, NOW.date(), number)


@ON_BOTH
def test_a_copy_goes_out_comes_back_and_is_applied_as_one_edit_that_can_be_undone(service, plan):
    store, before = service.store, inside(service.store, plan)
    number = send(store, plan)
    first, second = list(before)[:2]
    assert send(store, plan, 2) == number, "the same draft keeps its number"
    page = type_back(store, plan, number, f"1 2: {second}\n3 0\n", "同意")
    assert [(wish.row, wish.before, wish.after) for wish in page.wishes] == [
        (1, first, second),
        (2, first, second),
        (3, first, None),
    ]
    assert inside(store, plan) == before and page.shown.state == "returned"
    page = apply(store, plan, number)
    assert page.shown.state == "applied" and page.shown.row["word"] == "同意"
    assert [home in inside(store, plan)[second] for home in before[first][:2]] == [True, True]
    steps.undo(store, planner(store), Step(plan, 1, "undo", "en"), of_others=False, now=NOW)
    assert inside(store, plan) == before
    with pytest.raises(InputRefused):
        apply(store, plan, number, 2)


def test_rows_are_those_of_the_copy_also_when_the_draft_has_changed(service, plan):
    store, before = service.store, inside(service.store, plan)
    number, (first, second, *_) = send(store, plan), list(before)
    home = before[first][0]
    moved = edits.Move(((household_id(store, home), second),))
    steps.edit(store, planner(store), Step(plan, 0, "move", "en"), moved, now=NOW)
    page = type_back(store, plan, number, f"1 {second}\n2 {second}")
    assert not page.shown.is_current and [wish.row for wish in page.wishes] == [2]
    with pytest.raises(Conflict):
        apply(store, plan, number, 0)
    apply(store, plan, number, 1)
    assert send(store, plan, 3) != number


def test_what_cannot_be_understood_is_refused_with_its_line(service, plan):
    store, number = service.store, send(service.store, plan)
    for text, code in (
        ("twelve", "consultation.line"),
        ("1 999", "consultation.no_grid"),
        ("1 1\n1 2", "consultation.twice"),
        ("9999 1", "sheet.row_not_there"),
    ):
        with pytest.raises(InputRefused) as refused:
            type_back(store, plan, number, text)
        assert refused.value.message.code == code
    assert consultation.consultation_page(store, plan, NOW.date(), number).shown.state == "sent"


@pytest.mark.parametrize("line", ["1 2", "1:2", "1：2", "1 → 2", "1至2", "１ 调至 2", "1 to 2"])
def test_people_write_to_grid_in_their_own_ways(line):
    assert consultation.parse_wishes(line, 5, {2}) == {1: 2}


def test_a_copy_of_another_village_looks_like_none(service):
    store = service.store
    own, other = (plan_of(store, draft_like(store, name), name) for name in (OWN, OTHER))
    number = send(store, other)
    with pytest.raises(NotFound):
        type_back(store, own, number, "1 2")
    with pytest.raises(NotFound):
        consultation.find_copy(store, planner(store), number)
    with store.read() as connection:
        administrator = scope.actor(connection, by_login(connection, "administrator")["id"])
    assert consultation.find_copy(store, administrator, f" {number.lower()} ") == (other, number)


def test_what_is_printed_has_everybody_who_lives_there_once(service, plan):
    store, (first, *_) = service.store, next(iter(inside(service.store, plan).values()))
    move(store, plan, 0, {household_id(store, first): 2})
    (printed,) = consultation.printed_copies(store, [send(store, plan)], names=True, today=NOW.date())
    with store.read() as connection:
        assert not_drawn(connection, [plan]) == []
    assert [row.row for row in printed.rows] == list(range(1, len(printed.rows) + 1))
    assert sum(map(len, inside(store, plan).values())) <= len(printed.rows)
    (without,) = consultation.printed_copies(store, [printed.number], names=False, today=NOW.date())
    assert {row.name for row in without.rows} == {None}
