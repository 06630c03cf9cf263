"""The file of a phone at the desk: taken as if the phone had sent it, all of it or nothing, and nothing twice."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from service import NOW, OTHER, OWN
from sqlalchemy import func, select, update

from gridplan.contact.operations import read_request
from gridplan.errors import InputRefused
from gridplan.service.admin.town_state import read_town_state
from gridplan.service.contact.apart import waiting_apart
from gridplan.service.contact.own_list import own_list
from gridplan.service.contact.own_visits import own_visits
from gridplan.service.phone.batch import take_batch
from gridplan.service.phone.devices import device_of_token, new_device
from gridplan.service.phone.phone_file import LARGEST, MOST, take_file
from gridplan.store import Store, Who
from gridplan.store.access import accounts, scope
from gridplan.store.phone import devices
from gridplan.store.registry import villages
from gridplan.store.tables import assignment, audit, kept_apart, member, plan, village, visit

ZONE = ZoneInfo("Asia/Shanghai")
TODAY, DAY = NOW.date(), timedelta(days=1)


def milliseconds(moment):
    return round(moment.timestamp() * 1000)


@dataclass
class Desk:
    """The desk of a village, and the phone of a lead in it, which heard from the service an hour before each entry."""

    store: Store
    token: str
    member_id: int
    numbers: count = field(default_factory=lambda: count(1))
    off: timedelta = timedelta()
    """How far the phone's clock is ahead."""

    def actor(self, login="member"):
        with self.store.read() as connection:
            return scope.actor(connection, accounts.by_login(connection, login)["id"])

    def homes(self):
        return list(own_list(self.store, self.actor(), today=TODAY, town=read_town_state(self.store)).households)

    def made(self, type_, at=NOW, **fields):
        server, device = at - timedelta(hours=1), at + self.off - timedelta(hours=1)
        return {
            "id": str(uuid4()),
            "type": type_,
            "seq": next(self.numbers),
            "made_at": milliseconds(at + self.off),
            "after": {"server": milliseconds(server), "device": milliseconds(device)},
            "list": at.astimezone(ZONE).date().isoformat(),
            **fields,
        }

    def visit(self, home, at=NOW, **fields):
        usual = {"household": home, "outcome": "met", "channel": "door", "days_ago": 0}
        return self.made("visit", at, **usual | fields)

    def body(self, *ops, saved=NOW, **fields):
        said = {"v": 1, "member": self.member_id, "now": milliseconds(saved + self.off), "epoch": "", "high": 0}
        return said | {"unsent": len(ops), "ops": list(ops)} | fields

    def file(self, *ops, **fields):
        return json.dumps(self.body(*ops, **fields)).encode()

    def hand_in(self, content, login="clerk", now=NOW, name="gridplan.json"):
        actor = self.actor(login)
        who = Who(actor.account_id, actor.role)
        return dict(take_file(self.store, who, actor.scope, name, content, now=now, zone=ZONE).verdicts)

    def send(self, *ops):
        request = read_request(self.body(*ops))
        found = device_of_token(self.store, self.token, NOW)
        return [one.verdict for one in take_batch(self.store, found, request, now=NOW, zone=ZONE).results]

    def all(self, statement):
        with self.store.read() as connection:
            return connection.execute(statement).all()

    def count(self, table):
        return self.all(select(func.count()).select_from(table))[0][0]


@pytest.fixture
def desk(service):
    store = service.store
    with store.write() as connection:
        connection.execute(update(village).values(notice_day=TODAY - timedelta(70), start_day=TODAY - timedelta(56)))
        connection.execute(update(plan).values(published_at=NOW - timedelta(70)))
        connection.execute(update(assignment).values(since=TODAY - timedelta(70)))
        actor = scope.actor(connection, accounts.by_login(connection, "member")["id"])
    made = new_device(store, actor, address="http://town", now=NOW - 20 * DAY, today=TODAY - 20 * DAY)
    return Desk(store, made.token, made.member_id)


def test_a_file_gets_the_verdicts_that_the_phone_would_get_and_what_the_phone_sends_as_well_counts_once(desk):
    homes = desk.homes()
    sent, kept, changed = (desk.visit(home) for home in homes[:3])
    back = desk.made("amend", visit=changed["id"], kind="withdraw")
    strange, spoiled = desk.visit(10**15), {**desk.visit(homes[3]), "day": "2026-11-11"}
    early = desk.made("amend", visit=str(uuid4()), kind="withdraw")
    assert desk.send(sent) == ["created"]
    content = desk.file(sent, kept, back, changed, strange, spoiled, early)
    assert desk.hand_in(content) == {"replay": 1, "created": 3, "quarantined": 2, "later": 1}
    assert desk.hand_in(b"\xef\xbb\xbf  " + content) == {"replay": 4, "quarantined": 2, "later": 1}
    assert desk.send(sent, kept, changed, back, strange) == [*["replay"] * 4, "quarantined"]
    assert desk.hand_in(desk.file({**kept, "outcome": "away"})) == {"conflict": 1}
    rows = desk.all(select(visit.c.id, visit.c.source, visit.c.state, visit.c.day).order_by(visit.c.n))
    assert sorted(rows) == sorted(
        [
            (sent["id"], "phone", "standing", TODAY),
            (kept["id"], "file", "standing", TODAY),
            (changed["id"], "file", "withdrawn", TODAY),
        ]
    )
    assert desk.count(kept_apart) == 3
    after = desk.made("amend", visit=kept["id"], kind="outcome", outcome="not home")
    assert desk.send(after) == ["created"]  # the member entered it, whoever handed it in
    (of_file,) = (one for one in own_visits(desk.store, desk.actor(), today=TODAY) if one.row["id"] == kept["id"])
    assert (of_file.row["source"], of_file.row["outcome"], of_file.is_mine) == ("file", "not home", True)


def test_the_audit_names_who_handed_it_in_with_counts_and_no_household(desk):
    desk.hand_in(desk.file(*(desk.visit(home) for home in desk.homes()[:2])))
    (row,) = desk.all(select(audit.c.role, audit.c.verb, audit.c.detail).where(audit.c.object == "phone file"))
    assert row == ("clerk", "hand in", {"entries": 2, "created": 2})


@pytest.mark.parametrize("off", [timedelta(), timedelta(days=-900), timedelta(days=4000)])
def test_the_day_is_that_of_the_entry_however_wrong_the_clock_and_however_late_the_file(desk, off):
    desk.off = off
    made = desk.visit(desk.homes()[0], at=NOW - 9 * DAY, days_ago=1)
    saved = NOW - 3 * DAY
    assert desk.hand_in(desk.file(made, saved=saved)) == {"created": 1}
    clock = "good" if not off else "corrected"
    assert desk.all(select(visit.c.day, visit.c.clock)) == [(TODAY - 10 * DAY, clock)]


def test_what_was_made_after_its_file_was_saved_is_uncertain_and_nothing_is_in_the_future(desk):
    homes = desk.homes()
    desk.hand_in(desk.file(desk.visit(homes[0]), saved=NOW - 3 * DAY))
    late = desk.visit(homes[1], at=NOW - DAY)
    late["made_at"] = milliseconds(NOW + 400 * DAY)
    desk.hand_in(desk.file(late, saved=NOW + 400 * DAY))
    assert desk.all(select(visit.c.day, visit.c.clock).order_by(visit.c.n)) == [(TODAY, "uncertain")] * 2


def test_of_a_member_whose_phones_have_ended_everything_is_kept_apart(desk):
    home = desk.homes()[0]
    with desk.store.write() as connection:
        devices.end(connection, [desk.member_id], "handover", NOW)
        connection.execute(update(assignment).where(assignment.c.member_id == desk.member_id).values(until=TODAY))
    assert desk.hand_in(desk.file(desk.visit(home, days_ago=2))) == {"quarantined": 1}
    assert desk.count(visit) == 0


def test_a_file_without_a_phone_that_is_known_is_judged_by_who_has_the_household(desk):
    with desk.store.read() as connection:
        other = villages.ids_by_name(connection)[OTHER]
    (stranger,) = desk.all(select(member.c.id).where(member.c.village_id == other).limit(1))[0]
    content = desk.file(desk.visit(desk.homes()[0]), member=stranger)
    assert desk.hand_in(content, "planner" if OTHER == OWN else "administrator") == {"quarantined": 1}
    with pytest.raises(InputRefused) as refused:
        desk.hand_in(content)
    assert refused.value.message.code == "phone_file.whose"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda content: content[:-10], "none"),
        (lambda content: b"\xff\xfe\x00", "none"),
        (lambda content: b"[" * 100_000, "none"),
        (lambda content: b"[]", "none"),
        (lambda content: content.replace(b'"member"', b'"person"'), "none"),
        (lambda content: content.replace(b'"member": ', b'"member": ' + b"9" * 19), "none"),
        (lambda content: content.replace(b'"v": 1', b'"v": 2'), "newer"),
        (lambda content: content.replace(b'"ops": [', b'"ops": [' + b"1," * MOST), "too_many"),
        (lambda content: content + b" " * LARGEST, "too_large"),
    ],
)
def test_what_is_no_whole_file_is_refused_by_name_and_nothing_of_it_is_taken(desk, change, code):
    content = change(desk.file(*(desk.visit(home) for home in desk.homes()[:2])))
    with pytest.raises(InputRefused) as refused:
        desk.hand_in(content, name="C:\\files\\mine.json")
    assert refused.value.message.code == f"phone_file.{code}"
    assert "mine.json" in refused.value.say("en") and "files" not in refused.value.say("en").split(".json")[0]
    assert desk.count(visit) == desk.count(kept_apart) == 0


def test_numbers_that_are_none_spoil_their_own_entry_alone(desk):
    home = desk.homes()[0]
    spoiled = [desk.visit(float("nan")), desk.visit(home, days_ago=float("inf")), desk.visit(home, other=float("nan"))]
    assert desk.hand_in(desk.file(*spoiled)) == {"quarantined": 2, "created": 1}
    assert desk.send(*spoiled) == ["quarantined", "quarantined", "replay"]


def test_the_desk_is_told_how_many_wait_and_for_how_long(desk):
    def waits(login, on=TODAY):
        return waiting_apart(desk.store, desk.actor(login).scope, today=on, zone=ZONE)

    assert waits("clerk") is None
    desk.hand_in(desk.file(desk.visit(10**15), desk.visit(10**15 + 1)))
    assert (waits("clerk").n, waits("clerk").days) == (2, 0)
    assert waits("planner", TODAY + 3 * DAY).days == 3
