"""What members enter: their own households only, once however often it is sent, and changed by amendments alone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4, uuid5

import pytest
from databases import ON_BOTH
from sample_drafts import village_id
from service import NOW, OTHER, OWN
from sqlalchemy import func, insert, select, update

from gridplan.contact.amendments import Amendment
from gridplan.contact.visits import Visit
from gridplan.errors import InputRefused, NotFound
from gridplan.service.admin.town_state import read_town_state
from gridplan.service.contact import own_visits, states
from gridplan.service.contact.own_grids import grids_of, own_grids
from gridplan.service.contact.own_list import own_list
from gridplan.service.contact.record import amend_visits, record_visits
from gridplan.store import Store, Who
from gridplan.store.access import accounts, scope
from gridplan.store.contact import visits, weeks
from gridplan.store.system import list_changes
from gridplan.store.tables import assignment, audit, cover, kept_apart, member, plan, village, visit
from gridplan.words import Message

TODAY = NOW.date()


@dataclass
class Town:
    """The drawn town with visits begun eight weeks ago, and what its lead of the first grid does."""

    store: Store

    def actor(self, login="member"):
        with self.store.read() as connection:
            return scope.actor(connection, accounts.by_login(connection, login)["id"])

    def by(self):
        return {"now": NOW, "town": read_town_state(self.store)}

    def list(self, login="member"):
        return own_list(self.store, self.actor(login), today=TODAY, town=read_town_state(self.store))

    def grids(self):
        return own_grids(self.store, self.actor().member_id, TODAY, read_town_state(self.store))

    def homes(self, login="member"):
        return list(self.list(login).households)

    def enter(self, home, login="member", **typed):
        form = {"id": str(uuid4()), "household": str(home), "outcome": "met", "channel": "door", "day": "today"}
        saved = own_visits.record_own_visit(self.store, self.actor(login), form | typed, **self.by())
        return saved.visit_ids[0]

    def answer(self, visit_id, answer, login="member", form=None):
        typed = {"id": form or str(uuid4())}
        own_visits.answer_own_visit(self.store, self.actor(login), visit_id, answer, typed, now=NOW)

    def settle(self, visit_id, answer, login="clerk"):
        typed = {"id": str(uuid4())}
        own_visits.settle_dispute(self.store, self.actor(login), visit_id, answer, typed, now=NOW)

    def correct(self, visit_id, login="member", **typed):
        form = {"id": str(uuid4()), "outcome": "met", "channel": "door", "day": TODAY.isoformat()} | typed
        own_visits.correct_own_visit(self.store, self.actor(login), visit_id, form, **self.by())

    def contacts(self):
        with self.store.read() as connection:
            found = select(visit.c.household_id, visit.c.day).where(visit.c.contact_of.is_not(None))
            return {(home, day) for home, day in connection.execute(found)}

    def change(self, statement):
        with self.store.write() as connection:
            list_changes.note_change(connection, ("change", "household"))
            return connection.execute(statement)

    def member(self, code):
        with self.store.read() as connection:
            return connection.execute(select(member.c.id).where(member.c.code == code)).scalar_one()

    def sign_up(self, login, member_id):
        with self.store.write() as connection:
            accounts.add(connection, name=login, role="member", login=login, now=NOW, member_id=member_id)


@pytest.fixture
def town(service):
    town = Town(service.store)
    town.change(update(village).values(notice_day=TODAY - timedelta(70), start_day=TODAY - timedelta(56)))
    town.change(update(plan).values(published_at=NOW - timedelta(70)))
    town.change(update(assignment).values(since=TODAY - timedelta(70)))
    return town


@ON_BOTH
def test_lead_and_deputy_see_one_list_from_which_who_was_reached_moves_on(town):
    (grid,) = town.list().grids
    assert (grid.role, len(grid.households), len(grid.due)) == ("lead", 12, 12)
    assert [home.place for home in grid.households] == list(range(1, 13))
    deputy = {"plan_id": grid.plan_id, "number": 1, "member_id": town.member(f"{OWN}-M2"), "role": "deputy"}
    town.change(insert(assignment).values(**deputy, why=Message("map.no_lead"), since=TODAY))
    town.sign_up("other", deputy["member_id"])
    first, second = (home.id for home in grid.due[:2])
    town.enter(first, "other")
    town.enter(second, outcome="not home")
    for login in ("member", "other"):
        grid = next(one for one in town.list(login).grids if one.number == 1)
        assert [home.id for home in grid.done] == [first]
        missed = next(home for home in grid.due if home.id == second)
        assert [one["outcome"] for one in missed.attempts] == ["not home"]
    assert (grid.role, [one.name for one in grid.leads]) == ("deputy", ["示例1"])


def test_only_the_own_households_of_that_day_can_be_visited(town):
    mine, *others = town.homes()
    town.sign_up("far", town.member(f"{OTHER}-M1"))
    town.sign_up("near", town.member(f"{OWN}-M2"))
    for stranger in (town.homes("far")[0], town.homes("near")[0], 10**6):
        with pytest.raises(NotFound):
            town.enter(stranger)
    town.change(update(village).where(village.c.name == OWN).values(start_day=TODAY - timedelta(1)))
    with pytest.raises(NotFound):
        town.enter(mine, day=(TODAY - timedelta(2)).isoformat())
    town.enter(others[1])
    kept = town.grids()
    town.enter(others[2])
    assert town.grids() is kept  # visits change nothing of it
    with town.store.read() as connection:
        read = grids_of(connection, town.actor().member_id, TODAY, read_town_state(town.store).zone)
    assert kept.charged == tuple((grid.with_last({}), charge) for grid, charge in read)
    assert set(kept.homes) == set(town.homes()) | {home.id for grid, _ in read for home in grid.households}
    no_more = states.StateForm("no visits wanted", None, ends=False)
    states.save_state(town.store, Who(None, "clerk"), others[0], no_more, now=NOW, today=TODAY)
    with pytest.raises(NotFound):
        town.enter(others[0])
    assert [home.status for home in town.list().grids[0].resting] == ["no visits wanted"]
    assert town.contacts() == {(home, TODAY) for home in others[1:3]}


def test_a_cover_has_the_list_for_its_days_and_enters_nothing_after_them(town):
    lead, stand_in = town.member(f"{OWN}-M1"), town.member(f"{OTHER}-M1")
    town.sign_up("other", stand_in)
    covered = {"member_id": lead, "by_member_id": stand_in, "village_id": village_id(town.store, OWN), "number": None}
    days = {"first_day": TODAY - timedelta(3), "last_day": TODAY - timedelta(1)}
    home = town.homes()[0]
    town.change(insert(cover).values(**covered, **days))
    town.enter(home, "other", day=(TODAY - timedelta(1)).isoformat())
    with pytest.raises(NotFound):
        town.enter(home, "other")
    town.change(update(cover).values(last_day=TODAY))
    grid = next(one for one in town.list("other").grids if one.role == "cover")
    assert (grid.village, grid.number, grid.until) == (OWN, 1, TODAY)


def test_a_form_sent_twice_is_one_visit_and_with_other_content_is_kept_apart(town):
    home, form = town.homes()[0], str(uuid4())
    assert town.enter(home, id=form) == town.enter(home, id=form)
    typed = {"id": form, "household": str(home), "outcome": "away", "channel": "door", "day": "today"}
    assert own_visits.record_own_visit(town.store, town.actor(), typed, **town.by()).is_conflict
    assert town.contacts() == {(home, TODAY)}
    with town.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(kept_apart)).scalar_one() == 1


def test_what_a_form_cannot_say_is_refused(town):
    home = town.homes()[0]
    for typed in (
        {"id": str(uuid5(uuid4(), "sheet"))},
        {"id": ""},
        {"outcome": "moved"},
        {"channel": "boat"},
        {"day": (TODAY + timedelta(1)).isoformat()},
        {"day": (TODAY - timedelta(7)).isoformat()},
        {"day": "yesterday"},
    ):
        with pytest.raises(InputRefused):
            town.enter(home, **typed)


@ON_BOTH
def test_what_members_entered_they_correct_and_take_back_and_nobody_else_does(town):
    home, before = town.homes()[0], TODAY - timedelta(20)
    made = town.enter(home)
    town.correct(made, outcome="not home")
    assert town.contacts() == set()
    town.correct(made, channel="phone", day=before.isoformat())
    assert town.contacts() == {(home, before)}
    shown = own_visits.own_visit(town.store, town.actor(), made)
    assert [one["kind"] for one in shown.amendments] == ["outcome", "outcome", "channel", "day"]
    with pytest.raises(InputRefused):
        town.correct(made, day=(TODAY - timedelta(28)).isoformat())
    town.sign_up("other", town.member(f"{OWN}-M2"))
    for attempt in (lambda: town.correct(made, "other"), lambda: town.answer(made, "withdraw", "other")):
        with pytest.raises(NotFound):
            attempt()
    form = str(uuid4())
    for _ in range(2):
        town.answer(made, "withdraw", form=form)
    assert town.contacts() == set()
    with pytest.raises(NotFound):
        town.correct(made)


@ON_BOTH
def test_what_others_entered_in_the_own_name_is_disputed_and_settled_at_the_desk(town):
    home, clerk = town.homes()[0], town.actor("clerk")
    told = Visit(str(uuid4()), home, town.actor().member_id, TODAY, "met", "door", "told")
    record_visits(town.store, Who(clerk.account_id, "clerk"), [told], now=NOW)
    (shown,) = own_visits.own_visits(town.store, town.actor(), today=TODAY)
    assert (shown.is_mine, shown.row["entered_by_name"], shown.row["source"]) == (False, "clerk", "told")
    for answer in ("withdraw", "uphold", "household"):
        with pytest.raises(NotFound):
            town.answer(told.id, answer)
    with pytest.raises(NotFound):
        town.settle(told.id, "withdraw")
    town.answer(told.id, "dispute")
    assert town.contacts() == set()
    assert [row["id"] for row in own_visits.disputed_visits(town.store, clerk)] == [told.id]
    assert own_visits.count_disputes(town.store, clerk) == 1
    town.change(update(visit).values(village_id=village_id(town.store, OTHER)))
    assert own_visits.count_disputes(town.store, clerk) == 0
    with pytest.raises(NotFound):
        town.settle(told.id, "uphold")
    town.change(update(visit).values(village_id=village_id(town.store, OWN)))
    town.settle(told.id, "uphold")
    assert town.contacts() == {(home, TODAY)}
    with pytest.raises(NotFound):
        town.answer(told.id, "dispute")
    other = Amendment(str(uuid4()), told.id, "channel", {"channel": "phone"})
    amend_visits(town.store, Who(clerk.account_id, "clerk"), [other], now=NOW)
    town.answer(told.id, "dispute")
    assert town.contacts() == set()


@ON_BOTH
def test_several_households_are_met_at_once_and_once_and_taken_back_together(town):
    homes, form = town.homes()[:3], str(uuid4())
    typed = {"id": form, "channel": "elsewhere", "day": "today"}
    for _ in range(2):
        saved = own_visits.record_own_visits(town.store, town.actor(), [str(one) for one in homes], typed, **town.by())
    assert len(saved.visit_ids) == 3
    assert not saved.is_conflict
    assert town.contacts() == {(home, TODAY) for home in homes}
    with town.store.read() as connection:
        rows = connection.execute(select(visit.c.channel, visit.c.meeting_id, visit.c.source)).all()
    assert set(map(tuple, rows)) == {("elsewhere", form, "phone")}
    town.sign_up("other", town.member(f"{OWN}-M2"))
    undo = {"id": str(uuid4())}
    with pytest.raises(NotFound):
        own_visits.withdraw_meeting(town.store, town.actor("other"), form, undo, now=NOW)
    for _ in range(2):
        own_visits.withdraw_meeting(town.store, town.actor(), form, undo, now=NOW)
    assert town.contacts() == set()
    with pytest.raises(InputRefused, match="No household is ticked"):
        own_visits.record_own_visits(town.store, town.actor(), [], typed, **town.by())


def test_what_is_recorded_at_one_moment_is_recorded_as_one_after_the_other(town):
    homes, lead = town.homes(), town.actor().member_id
    some = [Visit(str(uuid4()), home, lead, TODAY, "met", "door", "phone") for home in homes[:5]]
    lost = Visit(str(uuid4()), 10**6, lead, TODAY, "met", "door", "phone")
    begun = threading.Barrier(7)

    def record(who, new):
        begun.wait(10)
        try:
            return record_visits(town.store, who, new, now=NOW)
        except NotFound:
            return None

    clerk = town.actor("clerk")
    of = [[some[0]], some[1:3], [some[3]], [some[4]], [some[0]], [replace(some[1], channel="elsewhere")], [lost]]
    with ThreadPoolExecutor(len(of)) as threads:
        verdicts = list(threads.map(record, [Who(clerk.account_id, clerk.role)] * len(of), of))
    assert [len(one) for one in verdicts[:6]] == [1, 2, 1, 1, 1, 1]
    assert sorted((verdicts[0][some[0].id], verdicts[4][some[0].id])) == ["created", "replay"]
    assert sorted((verdicts[1][some[1].id], verdicts[5][some[1].id])) == ["conflict", "created"]
    assert verdicts[6] is None
    with town.store.read() as connection:
        assert visits.miscounted(connection)[1] == weeks.miscounted(connection)[1].keys() == set()
        stored = connection.execute(select(visit.c.id, visit.c.contact_of)).all()
        counts = connection.execute(select(audit.c.detail).where(audit.c.object == "visit")).scalars().all()
    assert dict(stored) == {one.id: one.household for one in some}
    assert sum(one.get("created", 0) for one in counts) == 5
