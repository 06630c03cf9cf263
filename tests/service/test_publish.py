"""Putting plans in force: what would change, what has to be accepted, and that nothing is overwritten silently."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random
from threading import Event
from time import sleep
from zoneinfo import ZoneInfo

import pytest
from databases import ON_BOTH
from sample_drafts import draft_like, household_id, inside, member_id, plan_of, rows_of, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import insert, select, update

from gridplan.contact.visits import Visit
from gridplan.errors import Conflict, InputRefused
from gridplan.model import Household
from gridplan.planning.visiting_order import visiting_places
from gridplan.service.plans import publish as publishing
from gridplan.service.plans.comparison import compare_drafts
from gridplan.service.plans.contact_changes import contact_changes
from gridplan.service.plans.drafts import draft_by_id
from gridplan.service.plans.publish import publish_previews
from gridplan.store import Store, Who
from gridplan.store.access import accounts
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.plans import assignments, plans
from gridplan.store.plans.plan_figures import ever_published, figures_in_force, plan_figures
from gridplan.store.registry import households
from gridplan.store.tables import (
    assignment,
    audit,
    cadence,
    grid,
    household,
    member,
    membership,
    plan,
    plan_exception,
    village,
    visit,
)
from gridplan.words import Message

TODAY = NOW.date()
ZONE = ZoneInfo("Asia/Shanghai")
ODD = "小塘村"


@pytest.fixture
def store(service):
    return service.store


@pytest.fixture
def planner(store):
    with store.read() as connection:
        return Who(accounts.by_login(connection, "planner")["id"], "planner")


def preview(store, *plan_ids):
    with store.read() as connection:
        return publish_previews(connection, plan_ids)


def publish(store, who, *plan_ids, reasons=None, previewed=None, now=NOW):
    fingerprints = previewed or {one.id: one.fingerprint for one in preview(store, *plan_ids)}
    return publishing.publish(store, who, fingerprints, reasons or {}, now=now, today=now.date())


def change(store, table, id_, **values):
    with store.write() as connection:
        connection.execute(update(table).where(table.c.id == id_).values(**values))


def in_force(store, name=OWN):
    with store.read() as connection:
        (row,) = figures_in_force(connection, [village_id(store, name)]).values()
    return row


def first_of(store, grid=1, name=OWN):
    return inside(store, in_force(store, name)["id"])[grid][0]


# ---- the preview


def test_the_preview_says_who_changes_and_who_gains_whom(store):
    moved = first_of(store)
    (one,) = preview(store, plan_of(store, draft_like(store, OWN, moves={moved: 2})))
    assert [(move.household.household_id, move.before, move.after) for move in one.change.compared.moves] == [
        (moved, 1, 2)
    ]
    gained = {change.name: [home.household_id for home in change.gained] for change in one.change.caseloads}
    lost = {change.name: [home.household_id for home in change.lost] for change in one.change.caseloads}
    assert gained == {"示例1": [], "示例2": [moved]}
    assert lost == {"示例1": [moved], "示例2": []}
    assert one.without_lead == 29


def test_the_preview_says_what_walking_it_adds_and_which_grids_are_new_gone_or_renumbered(store):
    former = in_force(store)["id"]
    homes = inside(store, former)
    moved = {homes[1][0]: 2, **dict.fromkeys(homes[32], 31)}
    plan_id = plan_of(store, draft_like(store, OWN, moves=moved))
    with store.write() as connection:
        mine = (grid.c.plan_id == plan_id) & (grid.c.number == 2)
        connection.execute(update(grid).where(mine).values(walk_m=grid.c.walk_m + 250))
    change = preview(store, plan_id)[0].change
    assert [(one.before, one.after) for one in change.walks] == [(1, 1), (2, 2), (31, 31), (32, None)]
    walk = change.walks[1]
    assert round(walk.becomes_m - walk.was_m) == round(change.added_m) == 250
    assert (change.new_grids, change.gone_grids, change.renumbered) == ((), (32,), ())
    publish(store, Who(None, "planner"), plan_id, reasons={(plan_id, n): "a flood" for n in range(9)})
    with store.write() as connection:  # as if it had been numbered otherwise
        theirs = (membership.c.plan_id == plan_id) & membership.c.number.in_((3, 4))
        connection.execute(update(membership).where(theirs).values(number=7 - membership.c.number))
    change = preview(store, former)[0].change
    assert (change.new_grids, change.gone_grids, change.renumbered) == ((32,), (), ((3, 4), (4, 3)))
    leads = {(one.after, one.was, one.becomes) for one in change.new_leads}
    assert leads == {(3, None, f"{OWN}-M3"), (4, f"{OWN}-M3", None)}


def test_the_preview_says_by_grid_what_is_due_of_those_who_get_another_lead_and_whose_cadence_changes(store):
    moved, stays = inside(store, in_force(store)["id"])[1][:2]
    with store.write() as connection:
        of_village = village.c.id == village_id(store)
        connection.execute(update(village).where(of_village).values(start_day=TODAY - timedelta(days=70)))
        often = {"subject": "household", "village_id": village_id(store), "number": 2, "days": 14, "from_day": TODAY}
        connection.execute(insert(cadence).values(**often))
        homes, lead = [household_id(store, code) for code in (moved, stays)], member_id(store, f"{OWN}-M1")
        days = [TODAY - timedelta(days=40), TODAY]
        some = [Visit(str(day), home, lead, day, "met", "door", "told") for home, day in zip(homes, days, strict=True)]
        visits.add(connection, some, Entry(None, NOW))
    draft = plan_of(store, draft_like(store, OWN, moves={moved: 2}))
    (of,) = contact_changes(store, preview(store, draft), TODAY, ZONE).values()
    assert [(one.number, one.households, one.due, one.overdue) for one in of.taken_over] == [(2, 1, 0, 1)]
    assert [(one.home.household_id, one.before.days, one.after.days) for one in of.cadences] == [(moved, 28, 14)]
    former = in_force(store)["id"]
    publish(store, Who(None, "planner"), draft)
    (back,) = contact_changes(store, preview(store, former), TODAY, ZONE).values()
    assert [(one.number, one.households, one.due, one.overdue) for one in back.taken_over] == [(1, 1, 1, 0)]
    assert [(one.home.household_id, one.before.days, one.after.days) for one in back.cadences] == [(moved, 14, 28)]


def test_what_is_taken_over_is_what_the_stored_rows_say(store):
    """Worked out anew from membership, assignments and visits, of visits and moves at random."""
    luck, former = Random(0), in_force(store)["id"]
    codes = {code: number for number, of in inside(store, former).items() for code in of}
    with store.write() as connection:
        connection.execute(update(village).values(start_day=TODAY - timedelta(days=100)))
        often = {"subject": "household", "village_id": village_id(store), "number": 2, "days": 14, "from_day": TODAY}
        connection.execute(insert(cadence).values(**often))
        ids, lead = {code: household_id(store, code) for code in codes}, member_id(store, f"{OWN}-M1")
        some = [
            Visit(f"{code}-{n}", ids[code], lead, TODAY - timedelta(luck.randrange(90)), outcome, "door", "told")
            for code in luck.sample(sorted(codes), len(codes) * 4 // 5)
            for n, outcome in enumerate(("met", "met", "not home"))
        ]
        visits.add(connection, some, Entry(None, NOW))
    moves = {code: luck.randint(1, 4) for code, number in codes.items() if number < 6 and luck.random() < 0.3}
    draft = plan_of(store, draft_like(store, OWN, moves=moves))
    with store.read() as connection:
        of_plans = select(membership.c["plan_id", "household_id", "number"])
        homes = connection.execute(of_plans.where(membership.c.plan_id.in_((former, draft)))).all()
        leads = connection.execute(select(assignment).where(assignment.c.role == "lead")).all()
        met = connection.execute(select(visit.c["household_id", "day"]).where(visit.c.outcome == "met")).all()
    grid_of = {(home.plan_id, home.household_id): home.number for home in homes}
    lead_of = {(one.plan_id, one.number): one.member_id for one in leads}
    wanted = {}
    for (plan_id, home), number in grid_of.items():
        if plan_id != draft or lead_of.get((draft, number)) in (None, lead_of.get((former, grid_of[former, home]))):
            continue
        every = 14 if number == 2 else 28
        since = ((TODAY - one.day).days for one in met if one.household_id == home)
        days = min(since, default=100 + every)  # never: due from the day on which the village started
        counts = wanted.setdefault(number, [0, 0, 0])
        counts[0] += 1
        counts[1] += every <= days < 2 * every
        counts[2] += days >= 2 * every
    (of,) = contact_changes(store, preview(store, draft), TODAY, ZONE).values()
    assert {one.number: [one.households, one.due, one.overdue] for one in of.taken_over} == wanted
    assert all(map(sum, zip(*wanted.values(), strict=True)))


@ON_BOTH
def test_looking_changes_nothing(store):
    draft = draft_like(store, OWN)
    before = rows_of(store, draft)
    preview(store, plan_of(store, draft))
    assert rows_of(store, draft) == before


def test_a_draft_that_is_older_than_the_lists_says_so(store):
    plan_id = plan_of(store, draft_like(store, OWN))
    gone, moved = inside(store, plan_id)[1][:2]
    change(store, household, household_id(store, gone), retired_on=TODAY)
    change(store, household, household_id(store, moved), lon=119.4371)
    with store.write() as connection:
        households.add(connection, [Household("NEW", OWN, 119.43, 31.41)], {OWN: village_id(store)})
    (one,) = preview(store, plan_id)
    assert one.gone == 1
    assert [home.household_id for home in one.moved] == [moved]
    assert [home.household_id for home in one.new] == ["NEW"]
    assert [home.household_id for home in one.in_no_grid] == ["NEW"]
    assert gone not in one.planned.plan.grid_of
    assert moved in one.planned.plan.grid_of


def test_a_household_that_is_in_another_village_now_leaves_the_plan(store):
    plan_id = plan_of(store, draft_like(store, OWN))
    gone = inside(store, plan_id)[1][0]
    change(store, household, household_id(store, gone), village_id=village_id(store, OTHER))
    (one,) = preview(store, plan_id)
    assert one.gone == 1
    assert gone not in one.planned.plan.grid_of


def test_an_archived_plan_has_nothing_of_where_a_household_lives_since(store, planner):
    old = plan_of(store, draft_like(store, OWN))
    publish(store, planner, old)
    publish(store, planner, plan_of(store, draft_like(store, OWN)))
    gone, there = inside(store, old)[1][0], village_id(store, OTHER)
    with store.read() as connection:
        was = households.by_id(connection, household_id(store, gone))
    change(
        store, household, household_id(store, gone),
        village_id=there, lon=119.9, lat=31.9, door="new door", hamlet="new hamlet", phone="1", address="new address",
    )  # fmt: skip
    with store.read() as connection:
        (planned,) = plans.town(connection, [old]).villages
    (home,) = (one for one in planned.plan.households if one.household_id == gone)
    assert (home.village, home.hamlet, home.door, home.phone, home.address) == (OWN, was["hamlet"], None, None, None)
    assert (home.lon, home.lat) == (was["lon"], was["lat"])


def test_a_grid_that_became_too_small_has_to_be_accepted(store, planner):
    plan_id = plan_of(store, draft_like(store, OWN))
    for gone in inside(store, plan_id)[4][:3]:
        change(store, household, household_id(store, gone), retired_on=TODAY)
    (one,) = preview(store, plan_id)
    assert [(found.grid, found.households, found.reason.code) for found in one.exceptions] == [(4, 9, "rule.size")]
    with pytest.raises(InputRefused, match="needs a reason"):
        publish(store, planner, plan_id)
    publish(store, planner, plan_id, reasons={(plan_id, 0): "three moved to town"})
    with store.read() as connection:
        (exception,) = plans.exception_rows(connection, plan_id)
        assert exception["accepted_because"] == "three moved to town"
    assert len(inside(store, plan_id)[4]) == 9


def test_a_grid_that_became_too_small_has_to_be_accepted_beside_a_household_that_is_in_none(store):
    plan_id = plan_of(store, draft_like(store, OWN))
    with store.write() as connection:
        loose, why = inside(store, plan_id)[1][0], Message("existing.no_grid")
        listed = {"plan_id": plan_id, "households": 1, "household": loose, "reason": why, "options": ()}
        connection.execute(plan_exception.insert().values(**listed))
        mine = (membership.c.plan_id == plan_id) & (membership.c.household_id == household_id(store, loose))
        connection.execute(update(membership).where(mine).values(number=None, why=why))
    for gone in inside(store, plan_id)[4][:3]:
        change(store, household, household_id(store, gone), retired_on=TODAY)
    (one,) = preview(store, plan_id)
    assert [(found.grid, found.household_id) for found in one.exceptions] == [(None, loose), (4, None)]


def test_who_stepped_down_leads_no_grid(store, planner):
    plan_id = plan_of(store, draft_like(store, OWN))
    change(store, member, member_id(store, f"{OWN}-M1"), retired_on=TODAY)
    (one,) = preview(store, plan_id)
    assert one.without_lead == 30
    publish(store, planner, plan_id)
    with store.read() as connection:
        assert sorted(assignments.leads(connection, plan_id)) == [2, 3]


# ---- publishing


@ON_BOTH
def test_publishing_archives_the_former_plan_and_dates_the_assignments(store, planner):
    former = in_force(store)["id"]
    plan_id = plan_of(store, draft_like(store, OWN, moves={first_of(store): 2}))
    later = NOW + timedelta(days=3)
    assert publish(store, planner, plan_id, now=later) == (plan_id,)
    now = in_force(store)
    assert (now["id"], now["revision"], now["published_at"], now["publisher"]) == (plan_id, 2, later, "planner")
    with store.read() as connection:
        assert connection.execute(select(plan.c.state).where(plan.c.id == former)).scalar() == "archived"
        dates = select(assignment.c.since, assignment.c.until).distinct()
        assert connection.execute(dates.where(assignment.c.plan_id == former)).all() == [(TODAY, later.date())]
        assert connection.execute(dates.where(assignment.c.plan_id == plan_id)).all() == [(later.date(), None)]


def test_publishing_writes_a_row_of_the_audit_for_every_village(store, planner):
    draft = draft_like(store, OWN, OTHER)
    publish(store, planner, *(row["id"] for row in rows_of(store, draft)))
    with store.read() as connection:
        found = connection.execute(select(audit.c.village_id).where(audit.c.verb == "publish")).scalars().all()
    assert sorted(found) == sorted([village_id(store), village_id(store, OTHER)])


def test_some_villages_of_a_draft_can_be_published_and_the_others_later(store, planner):
    draft = draft_like(store, OWN, OTHER)
    publish(store, planner, plan_of(store, draft, OWN))
    states = {row["village"]: row["state"] for row in rows_of(store, draft)}
    assert states == {OWN: "published", OTHER: "draft"}


def test_every_exception_needs_a_reason_and_nothing_is_published_without(store, planner):
    plan_id = plan_of(store, draft_like(store, ODD), ODD)
    with pytest.raises(InputRefused, match="1 exception needs a reason"):
        publish(store, planner, plan_id, reasons={(plan_id, 0): "  "})
    assert in_force(store, ODD)["revision"] == 1
    with pytest.raises(InputRefused, match="at most 200 are kept"):
        publish(store, planner, plan_id, reasons={(plan_id, 0): "x" * 100_000})
    publish(store, planner, plan_id, reasons={(plan_id, 0): " flats "})
    with store.read() as connection:
        because = select(plan_exception.c.accepted_because).where(plan_exception.c.plan_id == plan_id)
        assert connection.execute(because).scalars().all() == ["flats"]


def test_one_reason_may_stand_for_all_exceptions_of_a_kind_that_have_none_of_their_own(store, planner):
    plan_id = plan_of(store, draft_like(store, ODD), ODD)
    (shown,) = preview(store, plan_id)
    previewed, kind = {plan_id: shown.fingerprint}, shown.exceptions[0].reason.code
    by = {"now": NOW, "today": TODAY}
    with pytest.raises(InputRefused, match="1 exception needs a reason"):
        publishing.publish(store, planner, previewed, {}, alike={"another.kind": "flats"}, **by)
    publishing.publish(store, planner, previewed, {(plan_id, 0): " "}, alike={kind: "one block "}, **by)
    with store.read() as connection:
        assert [row["accepted_because"] for row in plans.exception_rows(connection, plan_id)] == ["one block"]


@ON_BOTH
def test_who_writes_while_a_publication_is_worked_out_is_seen_by_it(store, planner):
    plan_id = plan_of(store, draft_like(store, OWN))
    home = household_id(store, inside(store, plan_id)[1][0])
    (shown,) = preview(store, plan_id)
    writing = Event()

    def retire_meanwhile():
        with store.change(planner, "retire", "household", now=NOW) as change:
            change.connection.execute(update(household).where(household.c.id == home).values(retired_on=TODAY))
            writing.set()
            sleep(0.3)

    with ThreadPoolExecutor(1) as other:
        done = other.submit(retire_meanwhile)
        writing.wait()
        with pytest.raises(Conflict, match="have changed since"):
            publish(store, planner, plan_id, previewed={plan_id: shown.fingerprint})
        done.result()


def test_a_village_published_by_somebody_else_in_between_is_refused_with_who_and_when(store, planner):
    mine, other = plan_of(store, draft_like(store, OWN)), plan_of(store, draft_like(store, OWN))
    (shown,) = preview(store, mine)
    publish(store, planner, other)
    with pytest.raises(Conflict, match=r"planner published another plan of 石桥村 on 2026-11-16 10:00"):
        publish(store, planner, mine, previewed={mine: shown.fingerprint})
    assert in_force(store)["id"] == other


def test_a_second_click_is_told_that_it_is_done(store, planner):
    plan_id = plan_of(store, draft_like(store, OWN))
    (shown,) = preview(store, plan_id)
    publish(store, planner, plan_id)
    with pytest.raises(Conflict, match="published already, by planner"):
        publish(store, planner, plan_id, previewed={plan_id: shown.fingerprint})


def test_lists_that_change_between_looking_and_publishing_are_a_conflict(store, planner):
    plan_id = plan_of(store, draft_like(store, OWN))
    (shown,) = preview(store, plan_id)
    change(store, household, household_id(store, inside(store, plan_id)[1][0]), retired_on=TODAY)
    with pytest.raises(Conflict, match="have changed since"):
        publish(store, planner, plan_id, previewed={plan_id: shown.fingerprint})


def test_a_refusal_leaves_every_village_as_it_was(store, planner):
    draft = draft_like(store, OWN, ODD)
    with pytest.raises(InputRefused):
        publish(store, planner, *(row["id"] for row in rows_of(store, draft)))
    assert {row["state"] for row in rows_of(store, draft)} == {"draft"}
    assert in_force(store)["revision"] == 1


def test_numbers_survive_even_a_plan_that_was_published_in_between(store, planner):
    draft = plan_of(store, draft_like(store, OWN))
    homes = inside(store, draft)
    swap = dict.fromkeys(homes[1], 2) | dict.fromkeys(homes[2], 1)
    with store.write() as connection:
        town = plans.town(connection, [draft])
        (village,) = town.villages
        moved = replace(village, plan=village.plan.move(swap))
        plans.replace_contents(connection, replace(town, villages=(moved,)), {OWN: draft})
    change(store, household, household_id(store, homes[3][0]), retired_on=TODAY)
    publish(store, planner, draft)
    assert inside(store, draft) == homes | {3: homes[3][1:]}


def test_plans_are_numbered_when_they_come_into_force(store, planner):
    first, second, third = (draft_like(store, OWN) for _ in range(3))
    assert [row["revision"] for draft in (first, second, third) for row in rows_of(store, draft)] == [None] * 3
    for draft in (third, first):
        publish(store, planner, plan_of(store, draft))
    assert [row["revision"] for draft in (first, second, third) for row in rows_of(store, draft)] == [3, None, 2]


@ON_BOTH
def test_of_two_who_publish_a_village_at_one_moment_the_second_is_told_of_the_first(store, planner):
    mine, other = plan_of(store, draft_like(store, OWN)), plan_of(store, draft_like(store, OWN))
    (shown,) = preview(store, mine)
    another = Store(store.folder, store.url)
    elsewhere = ThreadPoolExecutor(1)
    with store.change(planner, "publish", "plan", now=NOW) as now:
        plans.publish(now.connection, [other], planner, now=NOW, today=TODAY)
        waiting = elsewhere.submit(publish, another, planner, mine, previewed={mine: shown.fingerprint})
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
    with pytest.raises(Conflict, match="planner published another plan of 石桥村"):
        waiting.result()
    another.close()
    assert (in_force(store)["id"], in_force(store)["revision"]) == (other, 2)


# ---- restoring


def test_an_archived_plan_can_be_put_in_force_again_and_history_stays(store, planner):
    former = in_force(store)["id"]
    homes = inside(store, former)
    publish(store, planner, plan_of(store, draft_like(store, OWN, moves={homes[1][0]: 2})))
    (restored,) = publish(store, planner, former, now=NOW + timedelta(days=9))
    assert restored != former
    assert (in_force(store)["revision"], in_force(store)["repeats"]) == (3, 1)
    assert inside(store, restored) == homes
    with store.read() as connection:
        history = [row["state"] for row in plan_figures(connection, ever_published(village_id(store)))]
        assert history == ["archived", "archived", "published"]
        dates = select(assignment.c.since, assignment.c.until).where(assignment.c.plan_id == former).distinct()
        assert connection.execute(dates).all() == [(TODAY, TODAY)]
        assert sorted(assignments.leads(connection, restored)) == [1, 2, 3]


def test_households_have_places_in_the_visiting_order_whatever_way_their_plan_came_into_force(store, planner):
    def ordered():
        with store.read() as connection:
            (village,) = plans.town(connection, [in_force(store)["id"]]).villages
            found = select(household.c.code, membership.c.place).join(membership)
            rows = connection.execute(found.where(membership.c.plan_id == in_force(store)["id"]))
            return dict(row for row in rows if row.place) == visiting_places([village])

    former = in_force(store)["id"]
    assert ordered()
    publish(store, planner, plan_of(store, draft_like(store, OWN, moves={first_of(store): 2})))
    assert ordered()
    changed = plan_of(store, draft_like(store, OWN))
    change(store, household, household_id(store, first_of(store, grid=3)), lon=119.4371)
    publish(store, planner, changed)
    assert ordered()
    change(store, household, household_id(store, first_of(store, grid=3)), lon=119.4372)
    publish(store, planner, former)
    assert ordered()


def test_the_reasons_once_given_are_offered_again(store, planner):
    first = plan_of(store, draft_like(store, ODD), ODD)
    publish(store, planner, first, reasons={(first, 0): "flats"})
    second = plan_of(store, draft_like(store, ODD), ODD)
    publish(store, planner, second, reasons={(second, 0): "still"})
    assert [one.offered for one in preview(store, first)] == [{(first, 0): "flats"}]


def test_a_restored_plan_is_in_no_draft_and_the_draft_is_what_it_was(store, planner):
    former, draft = in_force(store)["id"], in_force(store)["draft_id"]
    before = draft_by_id(store, draft).figures
    publish(store, planner, plan_of(store, draft_like(store, OWN)))
    publish(store, planner, former, now=NOW + timedelta(days=9))
    assert in_force(store)["draft_id"] is None
    assert (draft_by_id(store, draft).figures, plan_of(store, draft)) == (before, former)
    assert {one.village for one in compare_drafts(store, draft, 0).villages} >= {OWN}


def test_a_restored_plan_keeps_its_own_numbers_whoever_came_and_went(store, planner):
    former = in_force(store)["id"]
    homes = inside(store, former)
    swap = dict.fromkeys(homes[1], 2) | dict.fromkeys(homes[2], 1)
    publish(store, planner, plan_of(store, draft_like(store, OWN, moves=swap)))
    now = in_force(store)["id"]
    with store.write() as connection:  # as if the plan in between had been numbered otherwise
        theirs = (membership.c.plan_id == now) & membership.c.number.in_((1, 2))
        connection.execute(update(membership).where(theirs).values(number=3 - membership.c.number))
    gone = homes[1][0]
    change(store, household, household_id(store, gone), retired_on=TODAY)
    with store.write() as connection:
        households.add(connection, [Household("NEW", OWN, 119.43, 31.41)], {OWN: village_id(store)})
    (restored,) = publish(store, planner, former, now=NOW + timedelta(days=9))
    assert inside(store, restored) == {number: [one for one in of if one != gone] for number, of in homes.items()}
