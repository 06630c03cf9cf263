"""Edits of a plan's rows: whatever is done is undone and done again exactly, and what comes of it is always a plan."""

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan import edits
from gridplan.edits import (
    AssignmentKey,
    ExceptionKey,
    ExceptionRow,
    GridRow,
    GroupRow,
    MembershipRow,
    PlanRow,
    PlanRows,
    applied,
    difference,
    inverse,
)
from gridplan.model import Household, Plan
from gridplan.store.plans.edits import changes_from_json, changes_to_json
from gridplan.words import Message

HOMES, MEMBERS, WHY = range(9), range(3), Message("town.in_no_grid")
KEY = ExceptionKey("rule.size", None, None, 1)
START = PlanRows(
    plan={"plan": PlanRow(1.5, ({"n": 1},))},
    groups={1: GroupRow("红旗", 0)},
    grids={1: GridRow("一片", 1), 2: GridRow(None, 1), 3: GridRow(None, 1, locked=True)},
    memberships={home: MembershipRow(home % 4 or None, None if home % 4 else WHY, lon=1.0, lat=2.0) for home in HOMES},
    assignments={AssignmentKey(1, "lead", 0): WHY, AssignmentKey(2, "deputy", 1): WHY},
    shortages={3: (WHY,)},
    exceptions={KEY: ExceptionRow(2, WHY, (WHY,), "agreed")},
)
NUMBERS = st.one_of(st.none(), st.integers(-2, 12).filter(bool))
OPERATIONS = st.one_of(
    st.tuples(st.just("move"), st.dictionaries(st.sampled_from([*HOMES, 20]), NUMBERS, max_size=4)),
    st.tuples(st.just("take over"), st.dictionaries(st.sampled_from([*HOMES, 20]), st.booleans(), max_size=3)),
    st.tuples(st.just("lock"), st.sets(st.integers(1, 12)), st.sets(st.sampled_from(HOMES)), st.booleans()),
    st.tuples(st.just("label"), st.integers(1, 12), st.one_of(st.none(), st.text(max_size=5))),
    st.tuples(st.just("lead"), st.integers(1, 12), st.one_of(st.none(), st.sampled_from(MEMBERS))),
    st.tuples(st.just("deputy"), st.integers(1, 12), st.sampled_from(MEMBERS), st.booleans()),
    st.tuples(st.just("accept"), st.one_of(st.none(), st.text(max_size=5))),
    st.tuples(st.just("group"), st.integers(1, 3), st.text(max_size=5)),
)


def done(rows, operation):
    """Return rows after an operation; one on what is not there changes nothing."""
    kind, *values = operation
    if kind == "move":
        moves = {home: to for home, to in values[0].items() if to is None or to < 0 or to in rows.grids}
        return rows if edits.lock_on(rows, moves) else edits.move(rows, moves, max([3, *rows.grids]) + 1, WHY)
    if kind == "take over":
        now = {home: MembershipRow(None, lon=3.0, lat=4.0) if stays else None for home, stays in values[0].items()}
        return edits.take_over(rows, now, WHY)
    if kind == "lock":
        grids, homes, locked = values
        return edits.lock(rows, grids & rows.grids.keys(), homes & rows.memberships.keys(), locked=locked)
    if kind == "accept":
        return edits.accept(rows, KEY, values[0]) if KEY in rows.exceptions else rows
    if kind == "group":
        return edits.change_group(rows, values[0], GroupRow(values[1]))
    if values[0] not in rows.grids:
        return rows
    if kind == "label":
        return edits.call_grid(rows, *values)
    if kind == "lead":
        return edits.give_lead(rows, *values, WHY)
    return edits.change_deputy(rows, values[0], values[1], WHY if values[2] else None)


def check(rows):
    """Check what always holds of rows."""
    names = [Household(f"{home}", "村", 0, 0) for home in rows.memberships]
    loose = {f"{home}": row.why for home, row in rows.memberships.items() if row.number is None}
    plan = Plan("村", tuple(names), {f"{home}": number for home, number in rows.grid_of.items()}, loose)
    assert plan.grids.keys() == rows.grids.keys()
    assert {key.number for key in rows.assignments} | rows.shortages.keys() <= rows.grids.keys()
    assert len({key.number for key in rows.assignments if key.role == "lead"}) == len(rows.leads())


@given(st.lists(OPERATIONS, max_size=12), st.data())
@settings(max_examples=120, deadline=None)
def test_any_operations_are_undone_done_again_and_any_point_of_them_is_restored(operations, data):
    way = [START]
    for operation in operations:
        way.append(done(way[-1], operation))
        check(way[-1])
    changes = [difference(before, after) for before, after in pairwise(way)]
    stored = [changes_from_json(json.loads(json.dumps(changes_to_json(one)))) for one in changes]
    assert stored == changes
    here = way[-1]
    for at in reversed(range(len(stored))):
        here = applied(here, inverse(stored[at]))
        assert here == way[at]
    point = data.draw(st.integers(0, len(stored)))
    for one in stored[:point]:
        here = applied(here, one)
    assert here == way[point]


@given(st.lists(OPERATIONS, max_size=8), st.sets(st.sampled_from([*HOMES, 20])))
@settings(max_examples=60, deadline=None)
def test_rows_in_which_some_households_stay_as_they_were_are_those_of_a_plan(operations, staying):
    rows = START
    for operation in operations:
        rows = done(rows, operation)
    kept = edits.keep_households(START, rows, staying)
    check(kept)
    for home in staying:
        assert kept.memberships.get(home) == rows.memberships.get(home)


def test_what_is_locked_is_named():
    assert edits.lock_on(START, {3: 1}) == edits.Lock(3, 3)
    assert edits.lock_on(START, {1: 3}) == edits.Lock(1, 3)
    assert edits.lock_on(START, {3: 3, 1: None}) is None
    locked = edits.lock(START, [], [1], locked=True)
    assert edits.lock_on(locked, {1: -1}) == edits.Lock(1, None)
    assert edits.lock_on(edits.lock(locked, [], [1], locked=False), {1: -1}) is None
