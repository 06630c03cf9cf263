"""What phones send: each thing once however often it comes, judged by itself, and nothing lost for what is wrong."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from uuid import uuid4

import pytest
from databases import ON_BOTH, POSTGRESQL
from sample_drafts import village_id
from sending_phones import DAY, TODAY, milliseconds
from service import NOW, OTHER, OWN
from sqlalchemy import event, func, insert, select, text, update
from statements import statements

from gridplan.contact.visits import Visit
from gridplan.errors import DiskFull, TooMuchWaits
from gridplan.service.admin.town_state import read_town_state
from gridplan.service.contact.own_list import own_list
from gridplan.service.contact.record import record_visits
from gridplan.store import Store, Who, needs
from gridplan.store.database import COMMAND_LINE
from gridplan.store.phone import devices
from gridplan.store.registry import erasure
from gridplan.store.tables import (
    assignment,
    audit,
    correction,
    cover,
    device,
    household,
    household_change,
    kept_apart,
    need,
    village,
    visit,
)


def test_what_comes_again_is_the_same_whatever_the_order_of_its_fields_and_other_content_is_kept_apart(begun, phone):
    home, other = begun.homes()[:2]
    met = phone.visit(home)
    first = phone.send(met)
    assert [(one.verdict, one.day) for one in first.results] == [("created", TODAY)]
    again = dict(reversed(met.items())) | {"unknown": 1}
    late = phone.send(again, {**met, "outcome": "away"}, phone.visit(other), now=NOW + timedelta(days=40))
    assert [(one.verdict, one.day) for one in late.results[:2]] == [("replay", TODAY), ("conflict", TODAY)]
    assert begun.visits() == {(home, TODAY, "met", "standing"), (other, TODAY, "met", "standing")}
    assert begun.all(select(kept_apart.c.verdict, kept_apart.c.id)) == [("conflict", met["id"])]
    assert phone.verdicts({**met, "outcome": "away"}, met) == ["conflict", "replay"]
    assert begun.one(select(func.count()).select_from(kept_apart)) == 1


# ---- clocks and days


def test_a_wrong_clock_moves_no_day_and_nothing_is_refused_for_it(begun, phone):
    homes = iter(begun.homes())
    for off in (timedelta(), timedelta(days=3 * 365), timedelta(days=-20 * 365)):
        phone.off = off
        told = phone.visit(next(homes), at=NOW - 3 * DAY, days_ago=1)
        (result,) = phone.send(told).results
        assert (result.verdict, result.day, result.is_uncertain) == ("created", TODAY - 4 * DAY, False)
    phone.off = timedelta()
    before = phone.visit(next(homes), at=NOW - 2 * DAY)
    phone.off = timedelta(days=-400)  # set since
    assert [(one.day, one.clock) for one in phone.send(before).results] == [(TODAY - 2 * DAY, "changed")]
    lost = phone.visit(next(homes), at=NOW - timedelta(days=10))
    lost["made_at"] += milliseconds(NOW)  # by a clock that was set twice
    (result,) = phone.send(lost).results
    assert (result.verdict, result.is_uncertain) == ("created", True)
    assert TODAY - timedelta(days=11) <= result.day <= TODAY
    assert phone.send(lost).results[0].is_uncertain
    (dated,) = phone.send(phone.amend(lost["id"], "day", days_ago=2)).results
    assert (dated.verdict, dated.day) == ("created", TODAY - 2 * DAY)
    again = phone.send(lost).results[0]
    assert (again.verdict, again.day, again.is_uncertain) == ("replay", TODAY - 2 * DAY, False)
    clocks = [clock for (clock,) in begun.all(select(visit.c.clock).order_by(visit.c.n))]
    assert clocks == ["good", "corrected", "corrected", "changed", "uncertain"]


def test_a_new_card_makes_what_an_old_phone_kept_no_younger(begun, phone):
    home = begun.homes()[0]
    kept = phone.visit(home, at=NOW - 9 * DAY)
    new = begun.phone(at=NOW)
    assert [(one.verdict, one.day) for one in new.send(kept).results] == [("created", TODAY - 9 * DAY)]
    assert phone.verdicts(kept) == ["replay"]


# ---- whose household


def test_what_is_not_in_charge_is_kept_apart_with_the_same_answer_whatever_there_is(begun, phone):
    far, near = begun.sign_up("far", begun.member(f"{OTHER}-M1")), begun.sign_up("near", begun.member(f"{OWN}-M2"))
    homes = begun.homes()
    strange = [phone.visit(home) for home in (begun.homes("far")[0], begun.homes("near")[0], 10**6)]
    assert {(one.verdict, one.why) for one in phone.send(*strange).results} == {("quarantined", "not yours")}
    assert phone.verdicts(*strange) == ["quarantined"] * 3
    rows = begun.all(select(kept_apart.c.village_id, kept_apart.c.content))
    assert {village for village, _ in rows} == {village_id(begun.store, OWN)}
    assert {content["day"] for _, content in rows} == {TODAY.isoformat()}
    told = phone.visit(homes[0], days_ago=7)
    assert [one.why for one in phone.send(told).results] == ["too far back"]
    assert begun.visits() == set()
    days = {"first_day": TODAY + 2 * DAY, "last_day": TODAY + 4 * DAY}
    of = {"member_id": phone.member_id, "by_member_id": near.member_id, "village_id": village_id(begun.store, OWN)}
    begun.change(insert(cover).values(**of, **days))
    early = near.visit(homes[1]) | {"list": (TODAY + 3 * DAY).isoformat()}
    assert near.verdicts(early) == ["quarantined"]
    mine = [device.visit(begun.homes(login)[0]) for device, login in ((far, "far"), (near, "near"))]
    assert far.verdicts(mine[0]) == near.verdicts(mine[1]) == ["created"]
    assert far.verdicts(mine[1]) == ["conflict"]  # of somebody else, under an id of theirs


def test_a_list_of_before_a_handover_is_good_for_a_fortnight(begun, phone):
    homes = begun.homes()
    handed_over = TODAY - 10 * DAY
    begun.change(update(assignment).values(until=handed_over).where(assignment.c.member_id == phone.member_id))
    good = phone.visit(homes[0], at=NOW - 2 * DAY) | {"list": (handed_over - DAY).isoformat()}
    old = phone.visit(homes[1]) | {"list": (handed_over - 8 * DAY).isoformat()}
    new = phone.visit(homes[2]) | {"list": handed_over.isoformat()}
    ahead = phone.visit(homes[3]) | {"list": "2099-01-01"}
    before = phone.visit(homes[4], at=NOW - 11 * DAY) | {"list": TODAY.isoformat()}
    assert phone.verdicts(good, old, new, ahead, before) == [
        "created",
        "created",
        "quarantined",
        "quarantined",
        "created",
    ]
    assert phone.verdicts(old, now=NOW + 30 * DAY) == ["replay"]
    late = phone.visit(homes[5], at=NOW + 5 * DAY) | {"list": (handed_over - DAY).isoformat()}
    assert phone.verdicts(late, now=NOW + 5 * DAY) == ["quarantined"]


def test_a_household_that_was_merged_counts_for_the_one_that_all_of_it_is_now(begun, phone):
    old, new = begun.homes()[:2]
    begun.change(insert(household_change).values(old_id=old, new_id=new, kind="merged", day=TODAY - DAY))
    begun.change(update(household).where(household.c.id == old).values(retired_on=TODAY - DAY))
    assert phone.verdicts(phone.visit(old)) == ["created"]
    assert begun.all(select(visit.c.household_id, visit.c.contact_of)) == [(old, new)]


def test_whose_part_has_ended_is_heard_and_nothing_of_it_counts_but_what_came_before(begun, phone):
    homes = begun.homes()
    before, order = phone.visit(homes[0]), phone.made("order", households=homes)
    assert phone.verdicts(before, order) == ["created", "created"]
    with begun.store.write() as connection:
        devices.end(connection, [phone.member_id], "handover", NOW)
    led = (assignment.c.member_id == phone.member_id) & assignment.c.until.is_(None)
    ids = [id_ for (id_,) in begun.all(select(assignment.c.id).where(led))]
    begun.change(update(assignment).where(assignment.c.id.in_(ids)).values(until=TODAY))
    change = phone.amend(before["id"], "withdraw")
    sent = [before, order, phone.visit(homes[1], days_ago=2), change, phone.made("order", households=homes[:1])]
    sent += [phone.need(homes[0], days_ago=2), phone.correction("wrong number", homes[0], {"door": "9"}, at=NOW - DAY)]
    assert phone.verdicts(*sent, now=NOW + DAY) == ["replay", "replay", *["quarantined"] * 5]
    assert begun.visits() == {(homes[0], TODAY, "met", "standing")}
    begun.change(update(assignment).where(assignment.c.id.in_(ids)).values(until=None))  # the grid came back
    assert phone.verdicts(phone.visit(homes[1], days_ago=1), change) == ["created", "quarantined"]


# ---- changes


@ON_BOTH
def test_what_was_sent_is_changed_by_operations_of_their_own_in_whatever_order_they_come(begun, phone):
    home = begun.homes()[0]
    told = phone.visit(home, outcome="not home")
    first, second = (
        phone.amend(told["id"], "outcome", outcome="away"),
        phone.amend(told["id"], "outcome", outcome="met"),
    )
    assert phone.verdicts(second) == ["later"]  # its visit is on the way
    assert phone.verdicts(second, told) == ["created", "created"]
    assert phone.verdicts(first, second) == ["created", "replay"]
    assert begun.visits() == {(home, TODAY, "met", "standing")}
    back = phone.amend(told["id"], "withdraw")
    channel = phone.amend(told["id"], "channel", channel="phone")
    assert phone.verdicts(channel, back, {**back, "seq": 99}) == ["created", "created", "conflict"]
    assert phone.verdicts(told, first, second, back) == ["replay"] * 4
    assert begun.visits() == {(home, TODAY, "met", "withdrawn")}
    assert begun.one(select(func.count()).where(visit.c.contact_of.is_not(None))) == 0


def test_the_own_visits_are_corrected_and_those_of_others_in_the_own_name_disputed(begun, phone):
    home, other = begun.homes()[:2]
    near = begun.sign_up("near", begun.member(f"{OWN}-M2"))
    theirs = near.visit(begun.homes("near")[0])
    assert near.verdicts(theirs) == ["created"]
    desk = Visit(str(uuid4()), home, phone.member_id, TODAY, "met", "door", "told")
    record_visits(begun.store, Who(None, "clerk"), [desk], now=NOW)
    refused = [phone.amend(theirs["id"], kind) for kind in ("withdraw", "dispute")]
    refused.append(phone.amend(desk.id, "withdraw"))
    assert {(one.verdict, one.why) for one in phone.send(*refused).results} == {("quarantined", "not yours")}
    dispute, uphold = phone.amend(desk.id, "dispute"), phone.amend(desk.id, "uphold")
    assert phone.verdicts(dispute) == ["created"]
    assert begun.visits() >= {(home, TODAY, "met", "disputed")}
    assert phone.verdicts(uphold, dispute) == ["created", "replay"]
    assert begun.visits() >= {(home, TODAY, "met", "standing")}
    mine = phone.visit(other)
    far_back, strange_day = phone.amend(mine["id"], "day", days_ago=28), phone.amend(mine["id"], "day", days_ago=3)
    begun.change(update(village).values(start_day=TODAY - DAY))
    assert phone.verdicts(mine, far_back, strange_day) == ["created", "quarantined", "created"]
    assert phone.send(far_back).results[0].why == "too far back"


def test_a_change_of_what_is_kept_apart_is_kept_with_it(begun, phone):
    strange = phone.visit(10**6)
    back = phone.amend(strange["id"], "withdraw")
    assert [(one.verdict, one.why) for one in phone.send(back, strange).results] == [
        ("quarantined", "with its visit"),
        ("quarantined", "not yours"),
    ]


# ---- what is wrong spoils nothing else


def test_what_says_what_none_may_say_spoils_itself_alone_and_is_kept_without_identity_numbers(begun, phone):
    home = begun.homes()[0]
    good, number = phone.visit(home), "11010519491231002X"
    wrong = [
        phone.visit(home, day="2026-11-15"),
        phone.visit(home, outcome="liked"),
        phone.need(home, text=f"他的号码 {number}"),
        phone.need(home, text=["\0", "\ud800", number, "x" * 5000]),
        phone.need(home, text="\ud800\0"),
        "no operation",
    ]
    verdicts = [(one.verdict, one.why) for one in phone.send(wrong[0], good, *wrong[1:]).results]
    assert verdicts == [
        ("quarantined", "unreadable"),
        ("created", None),
        ("quarantined", "unreadable"),
        ("quarantined", "need.identity_number"),
        ("quarantined", "unreadable"),
        ("quarantined", "unreadable"),
        ("quarantined", "unreadable"),
    ]
    contents = begun.all(select(kept_apart.c.content).order_by(kept_apart.c.n))
    assert number not in str(contents)
    assert max(len(str(content)) for (content,) in contents) < 4300
    again = [dict(reversed(one.items())) if isinstance(one, dict) else one for one in wrong]
    assert phone.verdicts(*again) == ["quarantined"] * 6
    assert len(begun.all(select(kept_apart.c.n))) == 6


BREAKS = {
    "sqlite": """CREATE TRIGGER breaks BEFORE INSERT ON visit WHEN NEW.channel = 'elsewhere'
        BEGIN SELECT RAISE(ABORT, 'broken'); END""",
    "postgresql": """CREATE FUNCTION breaks() RETURNS trigger AS $$ BEGIN
        IF NEW.channel = 'elsewhere' THEN RAISE 'broken'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql;
        CREATE TRIGGER breaks BEFORE INSERT ON visit FOR EACH ROW EXECUTE FUNCTION breaks()""",
}


@ON_BOTH
def test_what_breaks_the_service_is_kept_apart_and_the_others_are_taken(begun, phone, caplog):
    homes = begun.homes()
    with begun.store.write() as connection:
        connection.exec_driver_sql(BREAKS[begun.store.dialect])
    broken = phone.visit(homes[1], channel="elsewhere")
    back = phone.amend(broken["id"], "withdraw")
    sent = [phone.visit(homes[0]), broken, phone.visit(homes[2]), back]
    results = phone.send(*sent).results
    assert [one.verdict for one in results] == ["created", "quarantined", "created", "quarantined"]
    assert [one.why for one in results if one.why] == ["broken", "with its visit"]
    assert "broke the service" in caplog.text
    assert [home for home, *_ in sorted(begun.visits())] == sorted([homes[0], homes[2]])
    assert begun.one(select(func.count()).where(visit.c.contact_of.is_not(None))) == 2
    (kept,) = begun.all(select(kept_apart.c.content).where(kept_apart.c.id == broken["id"]))
    assert kept[0]["operation"] == broken
    assert phone.verdicts(*sent) == ["replay", "quarantined", "replay", "quarantined"]


FULL = """CREATE FUNCTION full_disk() RETURNS trigger AS $$ BEGIN
    IF NEW.channel = 'elsewhere' THEN RAISE 'no room' USING ERRCODE = '53100'; END IF; RETURN NEW; END
    $$ LANGUAGE plpgsql;
    CREATE TRIGGER full_disk BEFORE INSERT ON visit FOR EACH ROW EXECUTE FUNCTION full_disk()"""


def let_pages_be(store, most):
    event.listen(
        store.engine, "begin", lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")
    )


def test_where_there_is_no_room_nothing_is_taken_and_the_phone_keeps_all(begun, phone):
    homes = begun.homes()
    with begun.store.write() as connection:
        if begun.store.dialect == "sqlite":
            let_pages_be(begun.store, connection.exec_driver_sql("PRAGMA page_count").scalar_one() + 1)
        else:
            connection.exec_driver_sql(FULL)
    sent = [phone.need(home, text="路" * 100) for home in (homes * 4)[:40]]
    sent += [phone.visit(home, channel="elsewhere") for home in homes[:10]]
    with pytest.raises(DiskFull):
        phone.send(*sent)
    if begun.store.dialect == "sqlite":
        let_pages_be(begun.store, 10**6)
    else:
        begun.change(text("DROP TRIGGER full_disk ON visit"))
    assert begun.visits() == set()
    assert begun.all(select(kept_apart.c.n)) == begun.all(select(need.c.n)) == []
    assert set(phone.verdicts(*sent)) == {"created"}


def test_no_more_is_kept_apart_of_a_member_than_the_desk_can_settle(begun, phone):
    home, strange = begun.homes()[0], phone.visit(10**6)
    of = {"content": {}, "content_hash": "", "member_id": phone.member_id, "received_at": NOW}
    begun.change(insert(kept_apart).values([{**of, "id": str(n), "verdict": "quarantined"} for n in range(499)]))
    assert phone.verdicts(strange) == ["quarantined"]
    more = phone.visit(10**6)
    with pytest.raises(TooMuchWaits):
        phone.send(more, phone.visit(home))
    assert (begun.visits(), begun.one(select(func.count()).select_from(kept_apart))) == (set(), 500)
    assert phone.verdicts(strange, phone.visit(home)) == ["quarantined", "created"]
    begun.change(update(kept_apart).where(kept_apart.c.id == "0").values(settled_at=NOW, settled_as="dropped"))
    assert phone.verdicts(more) == ["quarantined"]


def test_days_too_far_back_are_not_looked_up(begun, phone):
    with statements(begun.store) as few:
        phone.send(phone.visit(10**6, days_ago=100))
    with statements(begun.store) as many:
        phone.send(*(phone.visit(10**6, days_ago=100 + n) for n in range(20)))
    assert len(many) < 20 + len(few)


# ---- numbers, and what was erased


def test_a_phone_hears_that_the_service_knows_less_of_it_than_before(begun, phone):
    homes = begun.homes()
    sent = [phone.visit(home) for home in homes[:3]]
    later = phone.amend(str(uuid4()), "withdraw")
    assert phone.send(*sent, later, unsent=9).high == 3
    assert begun.all(select(device.c.received, device.c.unsent, device.c.used_day)) == [(3, 6, TODAY)]
    assert phone.send(high=3).high == 3
    assert phone.send(*sent[:1], high=3).high == 4
    assert phone.send(*sent, high=20).high == 4  # a copy of the file was put back: all of it comes again
    assert phone.send(*sent, high=4).high == 10
    assert phone.send().kept_until is None
    with begun.store.change(COMMAND_LINE, "backup", "town", now=NOW):
        pass
    assert phone.send().kept_until == NOW
    with begun.store.change(COMMAND_LINE, "backup", "town", now=NOW + DAY):
        pass
    assert phone.send().kept_until is None  # made while the clock was ahead
    assert phone.send(now=NOW + DAY).kept_until == NOW + DAY


def test_of_what_was_erased_nothing_is_kept(begun, phone):
    home, other = begun.homes()[:2]
    told = phone.visit(home, at=NOW - DAY)
    apart = phone.visit(home, days_ago=9)
    spoiled = [{**phone.need(home), "day": "2026-11-15"}, phone.visit(home, channel=["door"] * 1500)]
    assert phone.verdicts(told, apart, *spoiled) == ["created", *["quarantined"] * 3]
    assert phone.verdicts(phone.amend(apart["id"], "withdraw")) == ["quarantined"]
    with begun.store.write() as connection:
        erasure.erase(connection, home, day=TODAY, now=NOW)
    assert begun.all(select(kept_apart.c.n)) == []
    back = phone.amend(told["id"], "withdraw")
    late = phone.visit(home, at=NOW - DAY)  # it lived there then
    sent = [told, apart, back, late, phone.need(home), phone.correction("wrong number", home, {"door": "9"})]
    sent.append({**late, "day": "2026-11-15"})
    assert phone.verdicts(*sent, phone.visit(other)) == [*["gone"] * 7, "created"]
    assert phone.verdicts(*(phone.amend(one["id"], "dispute") for one in (late, apart))) == ["gone"] * 2
    assert begun.all(select(kept_apart.c.n)) == begun.all(select(need.c.n)) == []
    assert {household_id for household_id, *_ in begun.visits()} == {other}


@pytest.mark.parametrize("databases", [POSTGRESQL], indirect=True)
def test_what_comes_while_a_household_is_erased_waits_for_that(begun, phone):
    home = begun.homes()[0]
    told = phone.visit(home)
    assert phone.verdicts(told) == ["created"]
    sent = [phone.visit(home, days_ago=1), phone.amend(told["id"], "withdraw")]
    phone.store = Store(begun.store.data, begun.store.url)
    with ThreadPoolExecutor() as others:
        with begun.store.write() as connection:
            erasure.erase(connection, home, day=TODAY, now=NOW)
            verdicts = others.submit(phone.verdicts, *sent)
            assert not wait([verdicts], timeout=0.5).done
        assert verdicts.result() == ["gone"] * 2
    phone.store.close()
    assert (begun.visits(), begun.all(select(kept_apart.c.n))) == (set(), [])


def test_the_audit_counts_a_batch_by_village_and_names_nobody(begun, phone):
    homes = begun.homes()
    told = phone.visit(homes[0])
    phone.send(told, {**told, "outcome": "away"}, phone.visit(10**6), phone.visit(homes[1], unknown=1))
    own = village_id(begun.store, OWN)
    rows = begun.all(select(audit.c.account_id, audit.c.village_id, audit.c.detail).where(audit.c.verb == "hand in"))
    counts = {"entries": 4, "created": 2, "conflict": 1, "quarantined": 1, "ignored": 1}
    assert rows == [(None, own, counts)]
    phone.send()
    assert len(begun.all(select(audit.c.id).where(audit.c.verb == "hand in"))) == 1


# ---- besides visits


@ON_BOTH
def test_corrections_needs_and_the_order_are_taken_once_and_where_the_member_may_tell(begun, phone):
    homes = begun.homes()
    far = begun.sign_up("far", begun.member(f"{OTHER}-M1"))
    (grid,) = own_list(begun.store, begun.actor(), today=TODAY, town=read_town_state(begun.store)).grids
    at = (grid.plan_id, grid.number)
    told = phone.visit(homes[0])
    sent = [
        told,
        phone.need(homes[0], visit=told["id"], solved=True),
        phone.correction("wrong spot", homes[1], {"lon": 119.4351, "lat": 31.4152}),
        phone.correction("new house", None, {"door": "19"}, at),
        phone.correction("two are one", homes[2], {"other": homes[3]}, at),
        phone.made("order", households=homes[::-1]),
    ]
    assert phone.verdicts(*sent) == ["created"] * 6
    assert phone.verdicts(*sent) == ["replay"] * 6
    changed = [
        {**sent[1], "text": "另一件事"},
        {**sent[2], "kind": "gone away"},
        {**sent[5], "households": homes},
    ]
    assert phone.verdicts(*changed) == ["conflict"] * 3
    with begun.store.write() as connection:  # the desk words it otherwise
        needs.set_wording(connection, begun.one(select(need.c.n)), "other", "换个说法")
    assert phone.verdicts(sent[1]) == ["replay"]
    need_row = begun.all(select(need.c.household_id, need.c.visit_id, need.c.state, need.c.source, need.c.raised_day))
    assert need_row == [(homes[0], told["id"], "solved on the spot", "phone", TODAY)]
    kinds = begun.all(select(correction.c.kind, correction.c.village_id, correction.c.member_id))
    own = village_id(begun.store, OWN)
    assert set(kinds) == {(kind, own, phone.member_id) for kind in ("wrong spot", "new house", "two are one")}
    assert begun.homes() == homes[::-1]
    refused = [
        far.need(homes[0]),
        far.correction("gone away", homes[0], {}),
        far.correction("new house", None, {"door": "19"}, at),
        phone.correction("not there", homes[0], {}),
        phone.correction("two are one", homes[2], {"other": 10**6}),
        phone.need(homes[0], category="complaints"),
    ]
    whys = [one.why for one in far.send(*refused[:3]).results] + [one.why for one in phone.send(*refused[3:]).results]
    assert whys == [*["not yours"] * 3, "correction.no_such_kind", "registry.not_in_list", "need.no_category"]


def test_the_order_that_was_made_last_holds_on_whichever_phone(begun, phone):
    homes = begun.homes()
    first = phone.made("order", at=NOW - DAY, households=homes[::-1])
    second = begun.phone().made("order", at=NOW - DAY / 2, households=homes[1:] + homes[:1])
    assert phone.verdicts(second) == phone.verdicts(first) == ["created"]
    assert begun.homes() == homes[1:] + homes[:1]
