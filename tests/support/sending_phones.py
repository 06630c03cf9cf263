"""A town with visits begun, and phones of its members that send what a test enters on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from uuid import uuid4
from zoneinfo import ZoneInfo

from service import NOW
from sqlalchemy import select, update

from gridplan.contact.operations import read_request
from gridplan.service.admin.town_state import read_town_state
from gridplan.service.contact.own_list import own_list
from gridplan.service.phone.batch import take_batch
from gridplan.service.phone.devices import device_of_token, new_device
from gridplan.store import Store
from gridplan.store.access import accounts, scope
from gridplan.store.tables import assignment, member, plan, village, visit

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = NOW.date()
SIGNED_IN = NOW - timedelta(days=20)
DAY = timedelta(days=1)


def milliseconds(moment):
    return round(moment.timestamp() * 1000)


@dataclass
class Phone:
    """A phone of a member, which is always right about the time unless its clock is set."""

    store: Store
    token: str
    member_id: int
    off: timedelta = timedelta()
    """How far its clock is ahead."""
    numbers: count = field(default_factory=lambda: count(1))
    high: int = 0

    def made(self, type_, at=NOW, **fields):
        heard = {
            "server": milliseconds(at - timedelta(hours=1)),
            "device": milliseconds(at + self.off - timedelta(hours=1)),
        }
        common = {"seq": next(self.numbers), "made_at": milliseconds(at + self.off), "after": heard}
        made = {"id": str(uuid4()), "type": type_, "list": at.astimezone(ZONE).date().isoformat()}
        return {**made, **common, **fields}

    def visit(self, home, **fields):
        usual = {"household": home, "outcome": "met", "channel": "door", "days_ago": 0}
        return self.made("visit", **usual | fields)

    def amend(self, visit_id, kind, **fields):
        return self.made("amend", visit=visit_id, kind=kind, **fields)

    def need(self, home, text="路灯不亮", **fields):
        usual = {"household": home, "category": "roads", "text": text, "days_ago": 0, "solved": False}
        return self.made("need", **usual | fields)

    def correction(self, kind, home, content, grid=(0, 0), **fields):
        return self.made("correction", kind=kind, household=home, grid=list(grid), content=content, **fields)

    def send(self, *ops, now=NOW, **fields):
        body = {"v": 1, "now": milliseconds(now + self.off), "epoch": "", "high": self.high, "unsent": len(ops)}
        found = device_of_token(self.store, self.token, now)
        request = read_request({**body, "ops": list(ops), **fields})
        return take_batch(self.store, found, request, now=now, zone=ZONE)

    def verdicts(self, *ops, **fields):
        return [one.verdict for one in self.send(*ops, **fields).results]


@dataclass
class Town:
    """The drawn town with visits begun eight weeks ago, and the phone of its lead of the first grid."""

    store: Store

    @classmethod
    def begun(cls, store):
        """Return the town of a store, with visits begun."""
        town = cls(store)
        town.change(update(village).values(notice_day=TODAY - timedelta(70), start_day=TODAY - timedelta(56)))
        town.change(update(plan).values(published_at=NOW - timedelta(70)))
        town.change(update(assignment).values(since=TODAY - timedelta(70)))
        return town

    def actor(self, login="member"):
        with self.store.read() as connection:
            return scope.actor(connection, accounts.by_login(connection, login)["id"])

    def phone(self, login="member", at=SIGNED_IN):
        made = new_device(self.store, self.actor(login), address="http://town", now=at, today=at.date())
        return Phone(self.store, made.token, made.member_id)

    def homes(self, login="member"):
        return list(own_list(self.store, self.actor(login), today=TODAY, town=read_town_state(self.store)).households)

    def change(self, statement, **values):
        with self.store.write() as connection:
            return connection.execute(statement, values)

    def all(self, statement):
        with self.store.read() as connection:
            return connection.execute(statement).all()

    def one(self, statement):
        with self.store.read() as connection:
            return connection.execute(statement).scalar_one()

    def visits(self):
        return set(self.all(select(visit.c.household_id, visit.c.day, visit.c.outcome, visit.c.state)))

    def member(self, code):
        return self.one(select(member.c.id).where(member.c.code == code))

    def sign_up(self, login, member_id):
        with self.store.write() as connection:
            accounts.add(connection, name=login, role="member", login=login, now=NOW, member_id=member_id)
        return self.phone(login)
