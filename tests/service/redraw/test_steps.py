"""Edits of a draft: rows are moved, taken back and made again, each against the version that was seen."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from databases import ON_BOTH
from redrawing import edit, move, planner, step
from sample_drafts import draft_like, household_id, inside, member_id, plan_of
from service import NOW, OTHER, OWN

from gridplan.edits import ExceptionKey, applied
from gridplan.errors import Conflict, InputRefused, StaleEdit
from gridplan.service.redraw import steps
from gridplan.service.redraw.edits import Accept, Deputy, Label, Lead, Lock, Move
from gridplan.service.redraw.history import history
from gridplan.store import Store
from gridplan.store.plans import edits as stored


@pytest.fixture
def plan(service):
    return plan_of(service.store, draft_like(service.store, OWN))


def test_a_household_moves_and_comes_back(service, plan):
    store, before = service.store, inside(service.store, plan)
    (home, *_), target = next(iter(before.values())), list(before)[1]
    answer = move(store, plan, 0, {household_id(store, home): target})
    assert home in inside(store, plan)[target]
    assert answer["version"] == 1 and answer["undo"]["own"] and answer["redo"] is None
    assert [one["grid"] for one in answer["households"]] == [target]
    back = steps.undo(store, planner(store), step(plan, 1), of_others=False, now=NOW)
    assert inside(store, plan) == before and back["undo"] is None
    steps.redo(store, planner(store), step(plan, 2), of_others=False, now=NOW)
    assert home in inside(store, plan)[target]


def test_an_old_version_is_refused_and_the_same_request_gets_the_same_answer(service, plan):
    store = service.store
    home, id_ = household_id(store, f"{OWN}0001"), str(uuid4())
    first = move(store, plan, 0, {home: None}, id_)
    assert move(store, plan, 0, {home: None}, id_) == first
    with pytest.raises(Conflict):
        move(store, plan, 0, {home: None})
    with pytest.raises(InputRefused):
        move(store, plan, 0, {}, id_)


def test_a_new_grid_gets_a_number_that_none_ever_had(service, plan):
    store, highest = service.store, max(inside(service.store, plan))
    home = household_id(store, f"{OWN}0001")
    assert [one["grid"] for one in move(store, plan, 0, {home: -1})["households"]] == [highest + 1]
    move(store, plan, 1, {home: None})
    assert highest + 1 not in inside(store, plan)
    assert [one["grid"] for one in move(store, plan, 2, {home: -1})["households"]] == [highest + 2]


def test_what_is_locked_is_not_moved_until_it_is_unlocked(service, plan):
    store, before = service.store, inside(service.store, plan)
    (one, two, *_), home = list(before), household_id(service.store, next(iter(before.values()))[0])
    said = edit(store, plan, 0, Lock((one,), (home,), locked=True))
    assert said["grids"][0]["locked"] and said["households"][0]["locked"]
    with pytest.raises(InputRefused, match="Unlock the household"):
        move(store, plan, 1, {home: two})
    edit(store, plan, 1, Lock((), (home,), locked=False))
    with pytest.raises(InputRefused, match=f"Grid {one} is locked"):
        move(store, plan, 2, {home: two})
    with pytest.raises(InputRefused, match=f"Grid {one} is locked"):
        move(store, plan, 2, {household_id(store, before[two][0]): one})
    edit(store, plan, 2, Lock((one,), (), locked=False))
    assert move(store, plan, 3, {home: two})["version"] == 4


def test_a_grid_is_called_otherwise_and_keeps_its_name_where_an_undo_makes_it_again(service, plan):
    store, before = service.store, inside(service.store, plan)
    one, two, *_ = before
    hostile = "<script>\u202egrid\u0007  七"
    assert edit(store, plan, 0, Label(one, hostile))["grids"][0]["label"] == "<script>grid 七"
    with pytest.raises(InputRefused, match="200"):
        edit(store, plan, 1, Label(one, "长" * 201))
    merged = move(store, plan, 1, {household_id(store, home): two for home in before[one]})
    assert merged["gone"] == [one]
    again = steps.undo(store, planner(store), step(plan, 2), of_others=False, now=NOW)
    assert {grid["number"]: grid["label"] for grid in again["grids"]} == {one: "<script>grid 七", two: None}
    assert edit(store, plan, 3, Label(one, " "))["grids"][0]["label"] is None


def test_leads_and_deputies_change(service, plan):
    store, (one, two, *_) = service.store, inside(service.store, plan)
    first, second = (member_id(store, f"{OWN}-M{number}") for number in (1, 2))
    answer = edit(store, plan, 0, Lead(one, second))
    assert [lead["id"] for lead in answer["grids"][0]["leads"]] == [second]
    with pytest.raises(InputRefused, match="can be deputy of none"):
        edit(store, plan, 1, Deputy(one, second, add=True))
    assert edit(store, plan, 1, Deputy(two, first, add=True))["grids"][0]["deputies"][0]["id"] == first
    assert edit(store, plan, 2, Deputy(two, first, add=False))["grids"][0]["deputies"] == []
    edit(store, plan, 3, Deputy(two, first, add=True))
    assert all(not grid["deputies"] for grid in edit(store, plan, 4, Lead(one, first))["grids"])
    assert edit(store, plan, 5, Lead(one, None))["grids"][0]["leads"] == []
    elsewhere = member_id(store, f"{OTHER}-M1")
    with pytest.raises(InputRefused, match="cannot be chosen"):
        edit(store, plan, 6, Lead(one, elsewhere))


@ON_BOTH
def test_a_broken_rule_names_its_exception_which_is_accepted_and_taken_back(service, plan):
    store, home = service.store, household_id(service.store, f"{OWN}0001")
    broken = next(one for one in move(store, plan, 0, {home: None})["broken"] if one["household"] == home)
    assert broken["reason"] is None
    key = ExceptionKey(**broken["exception"])
    accepted = edit(store, plan, 1, Accept(key, " 长期外出 "))
    assert [one["reason"] for one in accepted["broken"] if one["household"] == home] == ["长期外出"]
    steps.undo(store, planner(store), step(plan, 2), of_others=False, now=NOW)
    with pytest.raises(InputRefused, match="no exception"):
        edit(store, plan, 3, Accept(key._replace(household="nobody"), "x"))


@ON_BOTH
def test_any_point_is_restored_and_what_was_left_stays_in_the_history(service, plan):
    store, before = service.store, inside(service.store, plan)
    one, two, *_ = before
    homes = [household_id(store, code) for code in before[one][:3]]
    made = [move(store, plan, version, {home: two})["edit"] for version, home in enumerate(homes)]
    after = inside(store, plan)
    back = steps.restore(store, planner(store), step(plan, 3), None, now=NOW)
    assert inside(store, plan) == before and back["edit"] is None and back["redo"]["edit"] == made[0]
    other = edit(store, plan, 4, Label(one, "another way"))["edit"]
    steps.restore(store, planner(store), step(plan, 5), made[2], now=NOW)
    assert inside(store, plan) == after
    told = history(store, planner(store), plan, "en")
    latest = history(store, planner(store), plan, "en", most=2)
    rest = history(store, planner(store), plan, "en", latest["earlier"])
    assert [*rest["steps"], *latest["steps"]] == told["steps"] and len(latest["steps"]) == 2
    assert ([*rest["edits"], *latest["edits"]], rest["earlier"], told["earlier"]) == (told["edits"], None, None)
    assert [one["edit"] for one in told["edits"]] == [*made, other]
    assert [one["on_way"] for one in told["edits"]] == [True, True, True, False]
    assert [one["kind"] for one in told["steps"]] == ["edit", "edit", "edit", "restore", "edit", "restore"]


def test_a_refusal_tells_what_was_done_since(service, plan):
    store, home = service.store, household_id(service.store, f"{OWN}0001")
    move(store, plan, 0, {home: None})
    with pytest.raises(StaleEdit) as refused:
        move(store, plan, 0, {home: None})
    values = refused.value.message.values
    assert values["version"] == 1 and [one["by"] for one in values["since"]] == ["planner"]


@pytest.mark.slow
@ON_BOTH
def test_of_many_who_edit_a_village_at_once_nobody_loses_an_edit_and_all_others_are_told(service, plan):
    store, threads, tries = service.store, 8, 25
    beside = Store(store.data, store.named_url)  # as another process has it
    who, before = planner(store), rows(store, plan)
    homes = sorted(before.memberships)
    started = threading.Barrier(threads)

    def work(at):
        seen, done, refused, own = 0, [], 0, (store, beside)[at % 2]
        started.wait()
        for n in range(tries):
            home = homes[(7 * at + n) % len(homes)]
            request = Move(((home, (at + n) % 9 + 1),)) if n % 3 else Label(at + 1, f"{at} {n}")
            try:
                if n % 5 == 4 and seen > threads:
                    answer = steps.undo(own, who, step(plan, seen), of_others=False, now=NOW)
                else:
                    answer = edit(own, plan, seen, request)
            except StaleEdit as conflict:
                told = conflict.message.values
                assert [one["version"] for one in told["since"]] == list(range(seen + 1, told["version"] + 1))
                seen, refused = told["version"], refused + 1
            else:
                seen = answer["version"]
                done.append(seen)
        return done, refused

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(work, range(threads)))
    beside.close()
    versions = sorted(version for done, _ in found for version in done)
    assert versions == list(range(1, len(versions) + 1))
    assert len(versions) + sum(refused for _, refused in found) == threads * tries
    replayed, at = before, None
    with store.read() as connection:
        for one in stored.steps_since(connection, plan, 0):
            for changes in stored.changes_between(connection, plan, at, one["edit_id"]):
                replayed = applied(replayed, changes)
            at = one["edit_id"]
    assert rows(store, plan) == replayed


def rows(store, plan_id):
    with store.read() as connection:
        return stored.read_rows(connection, plan_id)
