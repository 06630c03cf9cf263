"""Needs raised and followed up: sent twice is one; two answers at once; what happens to the household and the owner."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from databases import ON_BOTH
from sample_drafts import household_id, member_id, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import select, update

from gridplan.contact.visits import Visit
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.needs import Step, standing
from gridplan.service.access.accounts import disable_account
from gridplan.service.admin.retention import remove_old
from gridplan.service.contact.record import record_visits
from gridplan.service.lists.filters import Reader
from gridplan.service.lists.nouns import NEEDS
from gridplan.service.lists.page import list_page
from gridplan.service.needs import follow_up, raising
from gridplan.service.needs.figures import need_figures, overdue_needs, stage_counts
from gridplan.service.registry import households as registry
from gridplan.service.registry import members as member_registry
from gridplan.service.registry.form import FormFields
from gridplan.store import Who, needs
from gridplan.store.access import accounts, scope
from gridplan.store.contact import corrections
from gridplan.store.database import COMMAND_LINE
from gridplan.store.needs import By, Need
from gridplan.store.tables import assignment, audit, household, need, need_step, plan, village

TODAY = NOW.date()
HOME = f"{OWN}0000"


def actor(service, login):
    with service.store.read() as connection:
        return scope.actor(connection, accounts.by_login(connection, login)["id"])


def raised(service, login="clerk", home=HOME, **typed):
    fields = {"id": str(uuid4()), "category": "roads", "text": "路灯不亮", "day": TODAY.isoformat()} | typed
    who, page = actor(service, login), raising.raise_page(service.store, household_id(service.store, home))
    found = raising.parse_need(FormFields(fields), who, page, today=TODAY)
    by = Who(who.account_id, who.role)
    return raising.raise_need(service.store, by, found, now=NOW, today=TODAY), fields


def answered(service, n, kind, login="clerk", seen=None, **typed):
    who, page = actor(service, login), follow_up.need_page(service.store, n)
    fields = {"id": str(uuid4()), "kind": kind, "day": TODAY.isoformat(), "seen": str(seen or page.seen)} | typed
    answer = follow_up.parse_answer(FormFields(fields), page, today=TODAY)
    follow_up.follow_up(service.store, Who(who.account_id, who.role), n, answer, now=NOW)
    return fields


REFERRED = {"department": "水务站", "deadline": "2026-11-20", "contact_person": "村委会 0519", "agreed": "1"}


def of(service, n):
    with service.store.read() as connection:
        return needs.by_n(connection, n)


@ON_BOTH
def test_a_need_that_is_sent_twice_is_one_and_its_row_is_what_its_steps_say(service):
    n, fields = raised(service)
    assert raised(service, **fields)[0] == n
    with pytest.raises(Conflict) as refused:
        raised(service, **fields | {"text": "别的"})
    assert refused.value.message.values["n"] == n
    with pytest.raises(NotFound):
        raised(service, "planner", **fields)
    typed = answered(service, n, "referred", **REFERRED)
    answered(service, n, "referred", seen=1, **REFERRED | {"id": typed["id"]})
    with pytest.raises(Conflict):
        answered(service, n, "referred", **REFERRED | {"id": typed["id"], "department": "电力所"})
    for kind, said in (("replied", {"reply": "已修"}), ("done", {}), ("confirmed", {}), ("reopened", {})):
        answered(service, n, kind, **said)
        page = follow_up.need_page(service.store, n)
        now = standing(needs.steps(page.steps))
        assert {name: page.row[name] for name in type(now).__slots__} == {
            name: getattr(now, name) for name in type(now).__slots__
        }
    assert (page.row["state"], page.row["department"], len(page.steps)) == ("open", None, 6)
    answered(service, n, "taken back", step=page.last.id)
    assert (of(service, n)["state"], of(service, n)["closed_day"]) == ("confirmed", TODAY)
    with service.store.read() as connection:
        deeds = connection.execute(select(audit.c.verb, audit.c.detail).where(audit.c.object == "need")).all()
    assert deeds[:3] == [("raise", {"needs": 1}), ("raise", {"needs": 0}), ("follow up", {"needs": 1})]


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [("explained", {"reason": "不在规划内"}, "Explained"), ("solved on the spot", {}, "Solved on the spot")],
)
def test_who_answers_what_another_has_answered_meanwhile_is_told_who_when_and_what(service, kind, typed, said):
    n, _ = raised(service)
    seen = follow_up.need_page(service.store, n).seen
    answered(service, n, kind, "planner", **typed)
    with pytest.raises(Conflict) as refused:
        answered(service, n, "done", seen=seen)
    assert refused.value.say("en") == (
        f"planner answered this need on 2026-11-16 10:00: {said}. Look at its history before you go on."
    )
    assert (of(service, n)["state"], len(follow_up.need_page(service.store, n).steps)) == (kind, 2)


@pytest.mark.parametrize(
    ("kind", "typed", "field"),
    [
        ("referred", {name: value for name, value in REFERRED.items() if name != left}, left)
        for left in ("department", "contact_person", "agreed")
    ]
    + [
        ("referred", REFERRED | {"deadline": "2026-11-01"}, "deadline"),
        ("referred", REFERRED | {"deadline": "2062-11-20"}, "deadline"),
        ("changed", {"category": "roads", "text": "路灯", "deadline": "9999-12-31"}, "deadline"),
        ("explained", {}, "reason"),
        ("explained", {"reason": "字" * 121}, "reason"),
        ("done", {"day": "2026-11-15"}, "day"),
        ("done", {"day": "2026-11-17"}, "day"),
        ("done", {"note": "身份证 32048119800101123X"}, "note"),
        ("changed", {"category": "roads", "text": "路灯不亮"}, "text"),
        ("changed", {"category": "roads", "text": "路灯", "owner": "99999"}, "owner"),
    ],
)
def test_what_is_wrong_with_a_step_is_said_at_its_field(service, kind, typed, field):
    n, _ = raised(service)
    page = follow_up.need_page(service.store, n)
    form = FormFields({"id": str(uuid4()), "kind": kind, "day": TODAY.isoformat(), "seen": str(page.seen)} | typed)
    with pytest.raises(InputRefused):
        follow_up.parse_answer(form, page, today=TODAY)
    assert list(form.problems) == [field]


def move(service, home):
    with service.store.write() as connection:
        connection.execute(
            update(household).where(household.c.id == home).values(village_id=village_id(service.store, OTHER))
        )


def merge(service, home):
    with service.store.write() as connection:
        corrections.merge(connection, home, household_id(service.store, f"{OWN}0001"), TODAY, at=NOW)


def retire(service, home):
    registry.retire(service.store, COMMAND_LINE, home, 1, TODAY, now=NOW)


def redraw(service, _):
    with service.store.write() as connection:
        connection.execute(update(plan).values(state="archived"))


def end_member(service, _):
    member_registry.retire(service.store, COMMAND_LINE, member_id(service.store, f"{OWN}-M1"), 1, today=TODAY, now=NOW)


@pytest.mark.parametrize("happens", [move, merge, retire, redraw, end_member])
def test_whatever_happens_a_need_stays_open_and_somebody_owns_it(service, happens):
    n, _ = raised(service, "member")
    home = household_id(service.store, HOME)
    happens(service, home)
    remove_old(service.store, now=NOW + timedelta(days=1500))
    row = of(service, n)
    assert (row["state"], row["owner"], row["is_owned"], row["village"]) == ("open", "clerk", True, OWN)
    there = {move: None, merge: household_id(service.store, f"{OWN}0001")}.get(happens, home)
    assert (row["home"] and row["home"]["id"]) == there
    with service.store.read() as connection:
        assert [one["n"] for one in needs.of_households(connection, [there or home])] == [n]


@ON_BOTH
def test_a_need_whose_owner_has_gone_is_found_and_taken_over(service):
    mine, _ = raised(service, "planner")
    theirs, _ = raised(service, "clerk")
    disable_account(service.store, COMMAND_LINE, actor(service, "clerk").account_id, now=NOW)
    assert [of(service, n)["is_owned"] for n in (mine, theirs)] == [True, False]
    planner = actor(service, "planner")
    assert [follow_up.take_over(service.store, planner, now=NOW, today=TODAY) for _ in range(2)] == [1, 0]
    assert (of(service, theirs)["owner"], follow_up.need_page(service.store, theirs).steps[-1]["kind"]) == (
        "planner",
        "changed",
    )


def test_a_member_raises_for_own_households_and_passes_on_their_word_and_no_other_s(service):
    with service.store.write() as connection:
        connection.execute(update(village).values(start_day=TODAY - timedelta(56)))
        connection.execute(update(plan).values(published_at=NOW - timedelta(70)))
        connection.execute(update(assignment).values(since=TODAY - timedelta(70)))
    member = actor(service, "member")
    own = [one.row["n"] for one in follow_up.own_needs(service.store, member, now=NOW)]
    assert own == []
    with service.store.read() as connection:
        theirs = sorted(follow_up._own_households(connection, member.member_id, NOW))
    other = next(n for n in range(300) if household_id(service.store, f"{OWN}{n:04d}") not in theirs)
    codes = [code for code in (f"{OWN}{n:04d}" for n in range(384)) if household_id(service.store, code) in theirs[:1]]
    mine, _ = raised(service, "member", codes[0])
    strange, _ = raised(service, "clerk", f"{OWN}{other:04d}")
    visited = Visit("v", theirs[0], member.member_id, TODAY, "declined", "door", "phone")
    record_visits(service.store, COMMAND_LINE, [visited], now=NOW)
    for n in (mine, strange):
        answered(service, n, "done")
    (found,) = follow_up.own_needs(service.store, member, now=NOW)
    assert (found.row["n"], found.may_say) == (mine, ("confirmed", "reopened"))
    said = {"id": str(uuid4()), "kind": "reopened", "seen": str(found.seen)}
    for _ in range(2):
        follow_up.pass_on(service.store, member, mine, FormFields(said), now=NOW)
    assert (of(service, mine)["state"], of(service, mine)["deadline"]) == ("open", TODAY + timedelta(14))
    for n, kind in ((strange, "confirmed"), (mine, "explained")):
        with pytest.raises(NotFound):
            follow_up.pass_on(service.store, member, n, FormFields(said | {"id": str(uuid4()), "kind": kind}), now=NOW)
    with service.store.write() as connection:
        connection.execute(update(assignment).values(until=TODAY))
    answered(service, mine, "done")
    (found,) = follow_up.own_needs(service.store, member, now=NOW)
    assert (found.row["n"], found.is_own, found.may_say) == (mine, False, ())
    with pytest.raises(NotFound):
        follow_up.pass_on(service.store, member, mine, FormFields(said | {"id": str(uuid4())}), now=NOW)
    with service.store.read() as connection:
        by = connection.execute(select(audit.c.account_id).where(audit.c.object == "need", audit.c.role == "member"))
        assert set(by.scalars()) == {None}


@ON_BOTH
def test_all_wording_is_removed_where_the_household_asks_for_it_and_what_was_done_stays(service):
    n, _ = raised(service)
    answered(service, n, "explained", reason="家里困难")
    answered(service, n, "changed", erase="1")
    with service.store.read() as connection:
        kept = str(connection.execute(select(need)).all()) + str(connection.execute(select(need_step)).all())
    assert "路灯" not in kept
    assert "困难" not in kept
    assert [step["kind"] for step in follow_up.need_page(service.store, n).steps] == ["raised", "explained", "changed"]
    assert of(service, n)["state"] == "explained"


def test_a_need_goes_two_years_after_it_is_closed_and_never_while_it_is_open(service):
    closed, _ = raised(service, solved="1")
    still, _ = raised(service)
    remove_old(service.store, now=NOW + timedelta(days=720))
    assert {of(service, closed)["state"], of(service, still)["state"]} == {"solved on the spot", "open"}
    remove_old(service.store, now=NOW + timedelta(days=760))
    assert of(service, still)["state"] == "open"
    with pytest.raises(NotFound):
        of(service, closed)


def test_the_figures_of_a_scope_are_those_of_its_needs_by_village(service):
    homes = {name: household_id(service.store, f"{name}0000") for name in (OWN, OTHER)}

    def made(name, place, *kinds):
        id_ = str(uuid4())
        told = {"deadline": TODAY.isoformat(), **({"department": "站"} if "referred" in kinds else {})}
        steps = [Step(f"{id_} {kind}", kind, TODAY, told) for kind in ("raised", *kinds)]
        return Need(id_, village_id(service.store, name), homes[name], "roads", f"{place}", TODAY, "told"), steps, BY

    BY = By(None, NOW)
    with service.store.write() as connection:
        needs.add_first(connection, [made(OWN, n, "solved on the spot") for n in range(163)])
        needs.add_first(connection, [made(OTHER, n, "referred") for n in range(79)])
    town = need_figures(service.store, None, TODAY + timedelta(1))
    counts = {name: (one.raised, one.on_the_spot, one.referred, one.overdue) for _, name, one in town.villages}
    assert (counts[OWN], counts[OTHER]) == ((163, 163, 0, 0), (79, 0, 79, 79))
    assert (town.total.raised, town.total.on_the_spot, town.total.referred) == (242, 163, 79)
    assert town.categories["roads"].values == {"first": 240, "last": 249}
    own = need_figures(service.store, frozenset({village_id(service.store)}), TODAY)
    assert (own.total.raised, len(own.villages)) == (163, 1)
    with pytest.raises(NotFound):
        need_figures(service.store, frozenset({village_id(service.store)}), TODAY, village_id(service.store, OTHER))


@ON_BOTH
def test_the_list_is_sorted_and_filtered_by_either_database(service):
    late, _ = raised(service, day=(TODAY - timedelta(40)).isoformat())
    done, _ = raised(service, text="水压不够", category="water and power")
    spot, _ = raised(service, solved="1")
    answered(
        service,
        late,
        "referred",
        **REFERRED | {"deadline": (TODAY - timedelta(1)).isoformat(), "day": (TODAY - timedelta(9)).isoformat()},
    )
    answered(service, done, "done")
    asked_by = Reader(frozenset({village_id(service.store)}), "en", TODAY, ZoneInfo("Asia/Shanghai"))

    def listed(**asked):
        page = list_page(service.store, NEEDS, asked_by, asked)
        assert page.asked.complaints == ()
        return [row["n"] for row, _ in page.rows]

    assert listed() == [late, done]
    expected = {"overdue": [late], "open": [], "referred": [late], "waiting": [done], "closed": [spot]}
    assert {stage: listed(stage=stage) for stage in expected} == expected
    assert stage_counts(service.store, asked_by, {"category": "roads"}) == {
        "": 1, "overdue": 1, "open": 0, "referred": 1, "waiting": 0, "closed": 1,
    }  # fmt: skip
    assert overdue_needs(service.store, asked_by) == 1
    owner = str(actor(service, "clerk").account_id)
    assert [listed(department="水务站"), listed(owner=owner), listed(owner="none"), listed(q="水压")] == [
        [late], [late, done], [], [done],
    ]  # fmt: skip
    for sort in ("n", "category", "village", "state", "deadline", "department", "owner", "raised"):
        assert {*listed(sort=sort), *listed(sort=f"-{sort}")} == {late, done}
    assert listed(sort="-n") == [done, late]
    assert listed(sort="closed", stage="closed") == [spot]
