"""Villages that become one, and one that becomes two: nothing is lost or doubled, all is taken back in one step."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

import pytest
from databases import ON_BOTH
from sample_drafts import draft_like, inside, member_id, plan_in_force, village_id
from service import NOW, OTHER, OWN, peopled_town
from sqlalchemy import func, insert, select, update

from gridplan.contact.calendar import Week
from gridplan.contact.status import status
from gridplan.contact.visits import Visit
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.service.coverage.coverage import coverage
from gridplan.service.desk import sheet_entry
from gridplan.service.desk.pile import pile_of
from gridplan.service.desk.sheet_printing import print_sheets
from gridplan.service.imports.load_plan import load_plan
from gridplan.service.registry import village_changes as use
from gridplan.service.registry import village_split
from gridplan.service.registry.form import FormFields
from gridplan.store import Who
from gridplan.store.access import accounts
from gridplan.store.contact import states, visits, weeks
from gridplan.store.contact.records import grid_contacts
from gridplan.store.contact.visits import Entry
from gridplan.store.plans import plans
from gridplan.store.registry import villages
from gridplan.store.tables import (
    assignment,
    cover,
    draft,
    grid,
    hamlet,
    household,
    household_state,
    member,
    plan,
    term_change,
    village,
    visit,
)

TODAY = NOW.date()
ZONE = ZoneInfo("Asia/Shanghai")
LATER = timedelta(days=28)


@pytest.fixture
def store(service):
    store = service.store
    with store.write() as connection:
        for name, days in ((OWN, 60), (OTHER, 40)):
            start = TODAY - timedelta(days=days)
            connection.execute(update(village).where(village.c.name == name).values(start_day=start, notice_day=start))
        ids = dict(connection.execute(select(household.c.code, household.c.id)).all())
        homes, lead = [ids[f"{OTHER}000{n}"] for n in (2, 3)], member_id(store, f"{OTHER}-M1")
        days = [TODAY - timedelta(days=30), TODAY - timedelta(days=9)]
        some = [Visit(str(day), home, lead, day, "met", "door", "told") for home, day in zip(homes, days, strict=True)]
        visits.add(connection, some, Entry(None, NOW))
        states.begin(connection, ids[f"{OTHER}0001"], "away", since=TODAY, until=None, set_by=None)
    return store


@pytest.fixture
def planner(store):
    with store.read() as connection:
        return Who(accounts.by_login(connection, "planner")["id"], "planner")


def counts(store):
    """Returns how many households, states and visits there are, and who is in which village."""
    with store.read() as connection:
        tables = (household, household_state, visit)
        return [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def standing(store, day, *names):
    """Returns how each household of villages stands on a day."""
    with store.read() as connection:
        ids = [villages.ids_by_name(connection)[name] for name in names]
        of = [one for of in grid_contacts(connection, day, ZONE, ids) for one in of.households]
    return {one.id: (status(one.record, day), one.record.start, one.record.last) for one in of}


def grids(store, name):
    plan_id = plan_in_force(store, name)
    with store.read() as connection:
        town = plans.town(connection, [plan_id])
    return inside(store, plan_id), {grid: lead for (_, grid), lead in town.leads.items()}


def miscounted(store):
    """Returns what the doctor finds wrong: visits that do not count as they should, weeks that are counted wrong."""
    with store.read() as connection:
        return [*visits.miscounted(connection)[1], *weeks.miscounted(connection)[1]]


def merge(store, who, source=OTHER):
    return use.merge(store, who, *both(store, source), shown(store, who, source).fingerprint, now=NOW, today=TODAY)


def both(store, source=OTHER):
    return village_id(store, source), village_id(store)


def shown(store, who, source=OTHER):
    return use.preview_merger(store, who, *both(store, source), now=NOW, today=TODAY)


@ON_BOTH
def test_households_keep_all_of_theirs_and_grids_come_with_their_leads(store, planner):
    before, stood = counts(store), standing(store, TODAY, OWN, OTHER)
    (own, own_leads), (other, other_leads) = grids(store, OWN), grids(store, OTHER)
    past = standing(store, TODAY - timedelta(days=1), OTHER)
    preview = shown(store, planner)
    assert grids(store, OTHER)[0] == other
    found = merge(store, planner)
    assert found == preview and found.households == sum(map(len, other.values()))
    numbers = dict(found.grids)
    assert not {*own} & {*numbers.values()}
    now, leads = grids(store, OWN)
    assert now == own | {numbers[number]: homes for number, homes in other.items()}
    assert leads == own_leads | {numbers[number]: lead for number, lead in other_leads.items()}
    assert counts(store) == before
    assert standing(store, TODAY, OWN) == stood
    assert standing(store, TODAY - timedelta(days=1), OTHER) == past
    assert miscounted(store) == []
    with store.read() as connection:
        for day in (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)):
            coverage(connection, day, ZONE, None)
        labels = dict(
            connection.execute(select(grid.c.number, grid.c.label).where(grid.c.plan_id == plan_in_force(store))).all()
        )
    assert labels[numbers[1]].endswith(f"({OTHER}-01)")
    use.end_former_numbers(store, now=NOW + LATER, today=TODAY + LATER)
    with store.read() as connection:
        assert connection.execute(
            select(grid.c.label).where(grid.c.plan_id == plan_in_force(store))
        ).scalars().all() == [None] * len(now)


def test_a_merger_is_taken_back_in_one_step_also_days_later(store, planner):
    before, stood = (
        [grids(store, name) for name in (OWN, OTHER)],
        standing(store, TODAY + timedelta(days=3), OWN, OTHER),
    )
    members = member_villages(store)
    merge(store, planner)
    (row,) = use.changes(store, village_id(store))
    now = NOW + timedelta(days=3)
    with store.write() as connection:
        home = connection.execute(select(household.c.id).where(household.c.code == f"{OTHER}0002")).scalar_one()
        day = TODAY + timedelta(days=1)
        met = Visit("meanwhile", home, member_id(store, f"{OTHER}-M1"), day, "met", "door", "told")
        visits.add(connection, [met], Entry(None, NOW + timedelta(days=2)))
    assert use.undo(store, planner, row["id"], now=now, today=now.date()) == 0
    assert [grids(store, name) for name in (OWN, OTHER)] == before
    assert member_villages(store) == members
    after = standing(store, now.date(), OWN, OTHER)
    assert after.pop(home)[2] == day and stood.pop(home) and after == stood
    assert miscounted(store) == []
    with pytest.raises(InputRefused):
        use.undo(store, planner, row["id"], now=now, today=now.date())


def member_villages(store):
    with store.read() as connection:
        return dict(connection.execute(select(member.c.id, member.c.village_id)).all())


def test_villages_with_open_drafts_are_neither_merged_nor_split(store, planner, part):
    with store.write() as connection:
        content = {"leads": [{"village": village_id(store, OTHER)}], "staff": None}
        term = {"day": TODAY + LATER, "content": content, "made_at": NOW, "state": "waiting"}
        connection.execute(insert(term_change).values(**term))
    draft_like(store, OTHER)
    assert [one.code for one in shown(store, planner).open] == ["merger.term", "merger.drafts"]
    with store.write() as connection:
        connection.execute(update(term_change).values(state="withdrawn"))
    for change in (merge, partial(split, part=part)):
        with pytest.raises(InputRefused, match="again"):
            change(store, planner)


NEW = "新村"
CUT = 3


@pytest.fixture
def part(store):
    """Returns the part of a village that is two of its grids, and some households of a third."""
    homes = grids(store, OTHER)[0][CUT]
    return village_split.SplitRequest(NEW, "X1", frozenset(), frozenset({1, 2}), ("、".join(homes[:5]),), True, False)


def preview(store, who, part):
    return village_split.preview_split(store, who, village_id(store, OTHER), part, now=NOW, today=TODAY)


def split(store, who, part, reasons=None, seen=None):
    reasons = village_split.Reasons(reasons or {}, "" if reasons else "few")
    seen = seen or preview(store, who, part).fingerprint
    of = village_id(store, OTHER)
    return village_split.split(store, who, of, part, seen, reasons, now=NOW, today=TODAY)


def test_a_part_becomes_a_village_with_all_that_is_of_its_households(store, planner, part):
    before, stood, (homes, leads) = counts(store), standing(store, TODAY, OTHER), grids(store, OTHER)
    past = standing(store, TODAY - timedelta(days=1), OTHER)
    with store.read() as connection:
        boundary = villages.boundaries(connection)[village_id(store, OTHER)]
    found = preview(store, planner, part)
    assert grids(store, OTHER) == (homes, leads)
    assert (found.households, found.stay) == (len(homes[1] + homes[2]) + 5, sum(map(len, homes.values())) - 29)
    assert [(one.number, one.stay, one.go) for one in found.cut] == [(CUT, 7, 5)]
    broken = [(OTHER, "rule.size"), (NEW, "rule.size"), (NEW, "rule.not_connected")]
    assert [(one.village, one.reason.code) for one in found.exceptions] == broken
    with pytest.raises(InputRefused, match="reason"):
        split(store, planner, part, {0: "few"})
    split(store, planner, part)
    (stayed, of_rest), (went, of_part) = grids(store, OTHER), grids(store, NEW)
    assert went == {1: homes[1], 2: homes[2], CUT: homes[CUT][:5]}
    assert stayed == {number: inside for number, inside in homes.items() if number > CUT} | {CUT: homes[CUT][5:]}
    assert of_part == leads and of_rest == {CUT: leads[CUT]}
    assert counts(store) == before
    now = standing(store, TODAY, OTHER, NEW)
    assert {home: of[1:] for home, of in now.items()} == {home: of[1:] for home, of in stood.items()}
    assert standing(store, TODAY - timedelta(days=1), OTHER) == past
    assert miscounted(store) == []
    with store.read() as connection:
        shapes = [villages.boundaries(connection)[village_id(store, name)] for name in (OTHER, NEW)]
        rows = plans.exception_rows(connection, plan_in_force(store, NEW))
        label = select(grid.c.label).where(grid.c.plan_id == plan_in_force(store, NEW), grid.c.number == 1)
        assert connection.execute(label).scalar_one() == f"1 ({OTHER}-01)"
    assert [(row["number"], row["accepted_because"]) for row in rows] == [(CUT, "few")] * 2
    assert shapes[0].union(shapes[1]).symmetric_difference(boundary).area < 1e-4 * boundary.area
    assert shapes[0].intersection(shapes[1]).area < 1e-4 * boundary.area


@ON_BOTH
def test_a_split_is_taken_back_in_one_step_with_what_came_since(store, planner, part):
    before, later = grids(store, OTHER), NOW + timedelta(days=3)
    stood, lived = standing(store, later.date(), OTHER), member_villages(store)
    split(store, planner, part)
    assert member_villages(store) != lived
    with store.write() as connection:
        new_id = village_id(store, NEW)
        home = connection.execute(select(household.c.id).where(household.c.code == before[0][1][0])).scalar_one()
        day = TODAY + timedelta(days=1)
        met = Visit("since", home, member_id(store, f"{OTHER}-M1"), day, "met", "door", "told")
        visits.add(connection, [met], Entry(None, NOW + timedelta(days=2)))
    (row,) = use.changes(store, new_id)
    assert use.undo(store, planner, row["id"], now=later, today=later.date()) == 0
    assert grids(store, OTHER) == before
    assert member_villages(store) == lived
    after = standing(store, later.date(), OTHER)
    assert after.pop(home)[2] == day and stood.pop(home) and after == stood
    assert miscounted(store) == []
    assert split(store, planner, part) == new_id and {*grids(store, NEW)[0]} == {1, 2, CUT}


@pytest.mark.parametrize("kind", ["merged", "split"])
@ON_BOTH
def test_sheets_printed_before_are_typed_for_the_same_households_and_are_in(store, planner, part, kind):
    week = Week.of(TODAY)
    with store.write() as connection:
        connection.execute(update(plan).values(published_at=NOW - timedelta(60)))
        connection.execute(update(assignment).values(since=TODAY - timedelta(60)))
    numbers = print_sheets(store, planner, village_id(store, OTHER), week.month, zone=ZONE, now=NOW, random=Random(1))
    if kind == "merged":
        merge(store, planner)
    else:
        split(store, planner, part)
    into = village_id(store, OWN if kind == "merged" else NEW)
    page = sheet_entry.sheet_page(store, [into], numbers[0], week, today=TODAY)
    form = FormFields({"week": week.key, "member": str(page.caller), "seen": page.seen, "met": "1 2"})
    sheet_entry.save_sheet(store, planner, [into], numbers[0], form, now=NOW, today=TODAY)
    with store.read() as connection:
        found = select(visit.c.household_id).where(visit.c.village_id == into, visit.c.source == "sheet")
        assert {*connection.execute(found).scalars()} == {row["id"] for row in page.rows if row["row"] in (1, 2)}
        pile, before = pile_of(connection, week, ZONE, None), pile_of(connection, week.shift(-1), ZONE, None)
    names = {one.id: one.name for one in pile.villages}
    assert {(names[one.village_id], one.sheet) for of in pile.villages for one in of.grids if one.is_in} == {
        (names[into], numbers[0])
    }
    assert {one.sheet for of in pile.villages for one in of.grids if one.sheet} == {*numbers}
    assert {of.name: len(of.grids) for of in before.villages} == {OTHER: len(numbers), OWN: 32}
    with pytest.raises(NotFound):
        sheet_entry.sheet_page(store, [village_id(store, "龙头村")], numbers[0], week, today=TODAY)


def test_what_is_confirmed_is_what_was_shown(store, planner, part):
    seen = preview(store, planner, part).fingerprint
    one = shown(store, planner).fingerprint
    with store.write() as connection:
        gone = household.c.code == grids(store, OTHER)[0][1][0]
        connection.execute(update(household).where(gone).values(retired_on=TODAY))
    with pytest.raises(Conflict):
        split(store, planner, part, seen=seen)
    with pytest.raises(Conflict):
        use.merge(store, planner, *both(store), one, now=NOW, today=TODAY)


def test_a_part_is_some_households_that_are_known(store, planner, part):
    everybody = frozenset(grids(store, OTHER)[0])
    for wrong in (replace(part, codes=("nobody",)), replace(part, grids=everybody), replace(part, name=OWN)):
        with pytest.raises(InputRefused):
            preview(store, planner, wrong)


def test_an_earlier_plan_is_loaded_into_the_village_that_has_its_name_for_a_former_one(store, planner):
    known, earlier = village_id(store, OTHER), peopled_town()
    with store.write() as connection:
        changed = {"name": "新名村", "former_names": [OTHER]}
        connection.execute(update(village).where(village.c.id == known).values(**changed))
    draft_id = load_plan(store, planner, earlier, name="earlier", made_by=planner.account_id, now=NOW).draft_id
    with store.read() as connection:
        (again,) = plans.town(connection, [plans.of_draft(connection, draft_id)[known]]).villages
        assert OTHER not in villages.ids_by_name(connection)
    assert again.plan.grid_of == next(one.plan.grid_of for one in earlier.villages if one.plan.village == OTHER)
    with store.write() as connection:
        connection.execute(update(draft).where(draft.c.id == draft_id).values(deleted_at=NOW))
    merge(store, planner, "新名村")
    with pytest.raises(InputRefused, match=f"is part of {OWN}"):
        load_plan(store, planner, earlier, name="both", made_by=planner.account_id, now=NOW)


@ON_BOTH
def test_hamlets_and_covers_of_a_whole_village_go_with_it_and_come_back(store, planner):
    of, into = both(store)
    lead, by = (member_id(store, f"{OTHER}-M{n}") for n in (1, 2))
    with store.write() as connection:
        homes = update(household).where(household.c.code.in_([f"{OWN}0000", f"{OWN}0005"]))
        connection.execute(homes.values(hamlet=f"{OTHER}1组"))
        places = [
            {"village_id": id_, "name": name, "lon": 119.4, "lat": 31.4}
            for id_, name in ((of, "1组"), (into, "1组"), (into, f"{OTHER}1组"), (of, "山上"))
        ]
        connection.execute(insert(hamlet), places)
        days = {"first_day": TODAY, "last_day": TODAY + LATER}
        connection.execute(insert(cover).values(member_id=lead, by_member_id=by, village_id=of, number=None, **days))

    def kept():
        with store.read() as connection:
            named = connection.execute(select(hamlet.c.village_id, hamlet.c.name)).all()
            return {*named}, connection.execute(select(cover.c.village_id)).scalars().all()

    before = kept()
    merge(store, planner)
    names = {f"{OTHER}{OTHER}1组", "1组", f"{OTHER}1组", "山上"}
    assert kept() == ({(into, name) for name in names}, [into])
    use.undo(store, planner, use.changes(store, into)[0]["id"], now=NOW, today=TODAY)
    assert kept() == before
