"""Snapshots: what they hold of people, nothing; who may take them; the same content each time, or told what changed."""

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain

import pytest
import shapely
from databases import ON_BOTH
from redrawing import move
from sample_drafts import draft_like, household_id, inside, plan_in_force, plan_of, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import select, update

from gridplan.contact.calendar import Week
from gridplan.contact.visits import Visit
from gridplan.errors import InputRefused, NotAllowed, NotFound
from gridplan.exchange.meeting.lot import drawn_by_lot
from gridplan.names import sort_key
from gridplan.profiles import PROFILES
from gridplan.service.meeting.access import Asking
from gridplan.service.meeting.content import content
from gridplan.service.meeting.snapshots import Wanted, take
from gridplan.service.plans.publish import publish, publish_previews
from gridplan.store import snapshots as stored
from gridplan.store.access import accounts, scope
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.system.town_settings import TownSettings, write_settings
from gridplan.store.tables import audit, household, member, village, visit

WHY = "for the test"
COMMAND_LINE = Asking(None)


def asking(store, role):
    with store.read() as connection:
        return Asking(scope.actor(connection, accounts.by_login(connection, role)["id"]))


def row_of(store, snapshot_id):
    with store.read() as connection:
        return stored.by_id(connection, snapshot_id)


def made(store, snapshot_id, form="wall-map"):
    with store.read() as connection:
        return content(connection, stored.by_id(connection, snapshot_id), form)


@pytest.fixture
def store(service):
    """Return a store in which a village is visited, with a phone and a code of its own for everybody in it."""
    own = village_id(service.store)
    with service.store.write() as connection:
        connection.execute(update(village).where(village.c.id == own).values(start_day=NOW.date() - timedelta(30)))
        connection.execute(update(village).values(phone="0511-8700"))
        connection.execute(update(household).values(phone="139" + household.c.code))
        homes = connection.execute(select(household.c.id).where(household.c.village_id == own).limit(40)).scalars()
        who = connection.execute(select(member.c.id).limit(1)).scalar_one()
        some = [
            Visit(f"v{n}", home, who, NOW.date() - timedelta(n % 9 + 1), "met", "door", "sheet")
            for n, home in enumerate(homes)
        ]
        visits.add(connection, some, Entry(None, NOW))
    return service.store


def test_a_snapshot_holds_no_field_of_a_person(store):
    with store.read() as connection:
        people = [*connection.execute(select(household)).mappings(), *connection.execute(select(member)).mappings()]
    fields = ("code", "name", "phone", "door", "lon", "lat")
    planted = {str(row[one]) for row in people for one in fields if row.get(one) is not None}
    for wanted in (Wanted("zh", profile, reason=WHY) for profile in PROFILES):
        row = row_of(store, take(store, COMMAND_LINE, wanted, now=NOW))
        held = json.dumps(dict(row), ensure_ascii=False, default=str)
        texts = json.dumps([*_texts(json.loads(held))], ensure_ascii=False)
        assert [one for one in planted if one in (texts if one.isdigit() else held)] == []


def _texts(value):
    """Yield the texts in JSON."""
    if isinstance(value, dict):
        yield from chain.from_iterable(map(_texts, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_texts, value))
    elif isinstance(value, str):
        yield value


def test_made_again_it_is_the_same_and_what_changed_since_is_counted(store):
    id_ = take(store, COMMAND_LINE, Wanted("en", "planner", [village_id(store)], reason=WHY), now=NOW)
    before = made(store, id_)
    assert made(store, id_) == before
    assert before.stamp.changed == ()
    gone, moved = inside(store, plan_in_force(store))[1][:2]
    for code, values in ((gone, {"retired_on": NOW.date()}), (moved, {"door": "9号"})):
        with store.change(COMMAND_LINE.who, "change", "household", now=NOW) as change:
            change.connection.execute(update(household).where(household.c.code == code).values(**values))
            change.village_id = village_id(store)
    after = made(store, id_)
    assert [one.say("en") for one in after.stamp.changed] == [
        "1 household fewer since the snapshot was taken",
        "2 changes of the directory since the snapshot was taken",
    ]
    assert after.villages[0].grids[0].size == 11
    assert replace(after.stamp, changed=()) == before.stamp


def test_figures_stay_those_of_the_day_whatever_is_entered_later(store):
    id_ = take(store, COMMAND_LINE, Wanted("en", "meeting", reason=WHY), now=NOW)
    before = made(store, id_, "slides")
    home = household_id(store, inside(store, plan_in_force(store))[9][0])
    with store.write() as connection:
        who = connection.execute(select(member.c.id).limit(1)).scalar_one()
        visits.add(connection, [Visit("x", home, who, NOW.date(), "met", "door", "sheet")], Entry(None, NOW))
    assert made(store, id_, "slides") == before
    own = next(one for one in before.contact.villages if one.village == OWN)
    assert (own.households, own.well, own.grids) == (384, 40, 32)
    assert len(before.contact.grids) == len(before.contact.views[0].of_grid) == len(before.grids)
    assert before.contact.grids[-1].village == before.villages[-1].name


@ON_BOTH
def test_few_households_are_told_as_few_and_sums_are_of_what_is_told(store):
    with store.write() as connection:
        connection.execute(update(village).values(start_day=NOW.date() - timedelta(30)))
    id_ = take(store, COMMAND_LINE, Wanted("en", "meeting", reason=WHY), now=NOW)
    with store.write() as connection:
        connection.execute(update(village).values(start_day=NOW.date() - timedelta(60)))
    frozen = row_of(store, id_)["figures"]["contact"]
    told = [of[name] for of in frozen["villages"].values() for name in ("well", "due", "overdue")]
    assert not {1, 3, 4} & {*told}
    assert f"{sum(of['well'] for of in frozen['villages'].values()):,} of" in frozen["sentence"]


def test_an_inspection_has_settled_weeks_and_the_days_of_grids_drawn_by_lot(store):
    monday = Week.of(NOW.date()).shift(-2).monday
    with store.write() as connection:
        ids = connection.execute(select(visit.c.id)).scalars().all()
        for at, id_ in enumerate(ids):
            connection.execute(update(visit).where(visit.c.id == id_).values(day=monday + timedelta(at % 3)))
    id_ = take(store, COMMAND_LINE, Wanted("en", "meeting", reason=WHY), now=NOW)
    of, row = made(store, id_, "inspection").inspection, row_of(store, id_)
    assert made(store, id_, "slides").inspection is None
    first, last = of.weeks[0], of.weeks[-1] + timedelta(6)
    assert NOW.date() - timedelta(16) <= last < NOW.date()
    assert [one.village for one in of.villages] == sorted((one.village for one in of.villages), key=sort_key)
    assert {OWN, OTHER} < {one.village for one in of.villages}
    assert {len(one.weeks) for one in of.villages} == {len(of.weeks)}
    assert of.drawn_of == 32
    assert [(one.village, one.number) for one in of.grids] == drawn_by_lot(
        [(OWN, n) for n in range(1, 33)], row["code"]
    )
    grids = inside(store, plan_in_force(store))
    with store.read() as connection:
        codes = {id_: code for id_, code in connection.execute(select(household.c.id, household.c.code))}
        found = [(codes[one.household_id], one.day) for one in connection.execute(select(visit)) if one.contact_of]
    for one in of.grids:
        days = {day for code, day in found if code in grids[one.number] and first <= day <= last}
        assert [(told.day, told.source) for told in one.days] == [(day, "sheet") for day in sorted(days)]
    assert any(one.days for one in of.grids)


@ON_BOTH
def test_an_edited_draft_is_made_again_as_it_was(store):
    draft_id = draft_like(store, OWN)
    plan_id = plan_of(store, draft_id)
    first, second = (household_id(store, code) for code in inside(store, plan_id)[1][:2])
    move(store, plan_id, 0, {first: 2})
    id_ = take(store, asking(store, "planner"), Wanted("en", "planner", draft_id=draft_id, reason=WHY), now=NOW)
    before = made(store, id_)
    move(store, plan_id, 1, {second: 2})
    after = made(store, id_)
    assert before.stamp.is_draft
    assert [grid.rows for grid in after.villages[0].grids] == [grid.rows for grid in before.villages[0].grids]
    assert all(
        one.outline.symmetric_difference(other.outline).area < 1e-6 * one.outline.area
        for one, other in zip(before.villages[0].grids, after.villages[0].grids, strict=True)
    )
    assert after.stamp.changed == ()


def test_nobody_is_named_beside_a_figure_and_leads_only_where_they_agreed(store):
    ids = {
        one: take(store, COMMAND_LINE, Wanted("en", one, [village_id(store)], reason=WHY), now=NOW) for one in PROFILES
    }
    named = {one: made(store, id_).villages[0].grids[0].contact for one, id_ in ids.items()}
    assert {one: contact and contact.name for one, contact in named.items()} == {
        "wall": f"office of {OWN}", "meeting": None, "member": f"office of {OWN}", "planner": "示例1",
    }  # fmt: skip
    assert made(store, ids["meeting"]).contact is not None
    assert {made(store, ids[one]).contact for one in ("wall", "member", "planner")} == {None}


def test_below_planners_a_content_lies_nowhere_and_on_walls_it_has_no_household(store):
    for profile in PROFILES:
        found = made(store, take(store, COMMAND_LINE, Wanted("en", profile, reason=WHY), now=NOW))
        shapes = [grid.outline for _, grid in found.grids]
        marks = [mark for _, grid in found.grids for mark in grid.marks]
        rows = [row for _, grid in found.grids for row in grid.rows]
        assert (shapely.total_bounds(shapes)[1] > 31) == (profile == "planner")
        assert bool(marks and rows) == (profile in ("member", "planner"))
        assert any(row.name or row.phone for row in rows) == (profile == "planner")


def test_names_of_households_are_given_to_members_where_the_town_allows_them(store):
    with store.write() as connection:
        write_settings(connection, TownSettings(household_names=True))
    found = made(store, take(store, COMMAND_LINE, Wanted("en", "member", reason=WHY), now=NOW))
    assert all(row.name and not row.phone for row in found.villages[0].grids[0].rows)


@pytest.mark.parametrize(
    ("role", "wanted", "error", "code"),
    [
        ("viewer", Wanted("en", "member", reason=WHY), NotAllowed, "pack.too_wide"),
        ("clerk", Wanted("en", "planner", reason=WHY), NotAllowed, "pack.too_wide"),
        ("member", Wanted("en", "wall"), NotAllowed, "pack.too_wide"),
        ("planner", Wanted("en", "planner", reason=" "), InputRefused, "pack.no_reason"),
        ("planner", Wanted("en", "wall", as_of=NOW.date() + timedelta(2)), InputRefused, "coverage.day_to_come"),
        ("planner", Wanted("en", "wall", as_of=date.min), InputRefused, "pack.day_too_early"),
        ("planner", Wanted("en", "wall", villages=[]), InputRefused, "pack.no_plan"),
    ],
)
def test_what_is_too_wide_or_lacks_a_reason_is_refused(store, role, wanted, error, code):
    with pytest.raises(error) as refused:
        take(store, asking(store, role), wanted, now=NOW)
    assert refused.value.message.code == code


def test_what_is_out_of_scope_looks_as_if_it_were_not_there(store):
    planner, other = asking(store, "planner"), village_id(store, OTHER)
    drafts = [draft_like(store, OTHER), draft_like(store, OWN)]
    for who, wanted in (
        (planner, Wanted("en", "wall", villages=[other])),
        (planner, Wanted("en", "wall", draft_id=drafts[0])),
        (asking(store, "viewer"), Wanted("en", "wall", draft_id=drafts[1])),
    ):
        with pytest.raises(NotFound):
            take(store, who, wanted, now=NOW)
    assert row_of(store, take(store, planner, Wanted("en", "wall"), now=NOW))["villages"] == [village_id(store)]
    with store.read() as connection:
        (said,) = connection.execute(select(audit).where(audit.c.object == "snapshot")).mappings()
    assert (said["verb"], said["village_id"], said["detail"]["profile"]) == ("take", village_id(store), "wall")


def test_another_plan_since_changes_nothing_and_a_day_before_it_is_of_the_former_one(store):
    own = [village_id(store)]
    before = take(store, COMMAND_LINE, Wanted("en", "planner", own, reason=WHY), now=NOW)
    was = made(store, before)
    later = NOW + timedelta(3)
    redrawn = plan_of(store, draft_like(store, OWN, moves={inside(store, plan_in_force(store))[1][0]: 2}))
    with store.read() as connection:
        shown = {one.id: one.fingerprint for one in publish_previews(connection, [redrawn])}
    publish(store, COMMAND_LINE.who, shown, {}, now=later, today=later.date(), alike={"rule.size": WHY})
    after = made(store, before)
    assert [grid.rows for grid in after.villages[0].grids] == [grid.rows for grid in was.villages[0].grids]
    assert (after.villages, after.stamp) == (was.villages, was.stamp)
    asked = replace(Wanted("en", "meeting", own, reason=WHY), as_of=NOW.date())
    past = made(store, take(store, COMMAND_LINE, asked, now=later), "slides")
    now = made(store, take(store, COMMAND_LINE, replace(asked, as_of=None), now=later), "slides")
    assert [(one.villages[0].revision, one.stamp.day) for one in (past, now)] == [(1, NOW.date()), (2, later.date())]
