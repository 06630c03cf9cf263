"""A town and the phones of its members in one process, in which anything may happen: what the stateful tests play."""

from __future__ import annotations

import sqlite3
from collections import deque
from contextlib import ExitStack, closing, suppress
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Literal

from model_phone import Answer, Json, Lost, ModelPhone
from phone_town import ZONE, begin, day_at, homes_of, milliseconds, new_token, wrong
from redrawing import planner
from sample_drafts import draft_like, plan_in_force, plan_of
from service import NOW, OWN, serve
from sqlalchemy import event, insert, select

from gridplan.errors import InputRefused
from gridplan.service.phone.devices import end_phones
from gridplan.service.plans.leads import change_lead
from gridplan.service.plans.publish import publish, publish_previews
from gridplan.service.registry.erasure import erase
from gridplan.store import Store, Who
from gridplan.store.access.guesses import secret
from gridplan.store.contact import corrections
from gridplan.store.contact.merges import merged_into
from gridplan.store.database import COMMAND_LINE
from gridplan.store.phone import journal
from gridplan.store.phone.epoch import begin_epoch, epoch
from gridplan.store.plans.assignments import leads
from gridplan.store.registry.erasure import erase_gone
from gridplan.store.tables import household, membership

Fate = Literal["sent", "request lost", "answer lost", "killed", "busy", "broken", "portal"]
"""What becomes of a request: it is answered; it, or its answer, is lost; the service dies as it commits; the service
has no time; something in between breaks; somebody else's page comes instead of an answer."""
BUSY = {"busy": Answer(503), "broken": Answer(500), "portal": Answer(200)}


class Killed(BaseException):
    """The service ends in the middle of what it does."""


class World:
    """A town, its service at a clock that is turned, and phones."""

    def __init__(self, store: Store, database: ExitStack, random: Random, phone: type[ModelPhone] = ModelPhone) -> None:
        self.now, self._database, self._random, self._phone = NOW, database, random, phone
        self.members = begin(store)
        self.homes = {one: homes_of(store, one, NOW) for one in self.members}
        self.phones: list[ModelPhone] = []
        self.erased: set[int] = set()
        self.fates: deque[Fate] = deque()
        self._off: list[timedelta] = []
        self._backups = 0
        self._erased_before: set[int] = set()
        self._journal: set[int] = set()
        """What was ever erased: a restore erases it again."""
        self._open(store)

    def _open(self, store: Store) -> None:
        self.store, service = store, serve(store)
        service.app.extensions["clock"] = lambda: self.now
        self._client = service.app.test_client()

    # ---- phones

    def new_phone(self, member: int, clock_is_off: timedelta = timedelta()) -> ModelPhone:
        """Sign a member in on a new phone."""
        which = len(self.phones)
        phone = self._phone(self._send, lambda: milliseconds(self.now + self._off[which]), self._random)
        self.phones.append(phone)
        self._off.append(clock_is_off)
        self.sign_in(phone, member)
        return phone

    def sign_in(self, phone: ModelPhone, member: int) -> None:
        """Sign a member in by card."""
        token = new_token(self.store, member, self.now)
        with self.store.read() as connection:
            its_epoch = epoch(connection)
        phone.sign_in(member, token, its_epoch, now=milliseconds(self.now), day=day_at(self.now))

    def set_clock(self, phone: ModelPhone, off: timedelta) -> None:
        """Set the clock of a phone."""
        self._off[self.phones.index(phone)] = off

    def _send(self, token: str, request: Json) -> Answer:
        self.now += timedelta(seconds=1)
        fate = self.fates.popleft() if self.fates else "sent"
        if fate == "request lost":
            raise Lost
        if fate in BUSY:
            return BUSY[fate]
        if fate == "killed":
            self._kill_at_commit(token, request)
            raise Lost
        got = self._client.post("/m/api/sync", json=request, headers={"Authorization": f"Bearer {token}"})
        if fate == "answer lost":
            raise Lost
        return Answer(got.status_code, got.get_json(silent=True))

    def _kill_at_commit(self, token: str, request: Json) -> None:
        def die(_: object) -> None:
            raise Killed

        event.listen(self.store.engine, "commit", die)
        try:
            self._client.post("/m/api/sync", json=request, headers={"Authorization": f"Bearer {token}"})
        except Killed:
            pass
        finally:
            event.remove(self.store.engine, "commit", die)
        self._open(self.store)

    def lose(self, member: int) -> None:
        """End the phones of a member, who said that one of them is lost."""
        with self.store.write() as connection:
            end_phones(self.store, connection, [member], "lost", self.now)

    # ---- backups

    @property
    def can_back_up(self) -> bool:
        """Whether its database is a file, which is copied in no time."""
        return self.store.file is not None

    def back_up(self) -> None:
        """Make a backup: the database as the command keeps it."""
        with self.store.write() as connection:
            secret(connection)
        self._backups += 1
        self._erased_before = set(self.erased)
        with closing(sqlite3.connect(self.store.url.database)) as now, closing(self._backup()) as kept:
            now.backup(kept)

    def _backup(self) -> sqlite3.Connection:
        return sqlite3.connect(self.store.data / f"{self._backups}.backup")

    @property
    def has_backup(self) -> bool:
        return self._backups > 0

    def copy_back(self) -> None:
        """Put the file of the last backup in the place of the database, without telling anybody: nothing is erased."""
        self._put_back()
        self.erased = set(self._erased_before)

    def _put_back(self) -> None:
        self.store.close()
        file = Path(self.store.url.database)
        for part in ("-wal", "-shm"):
            file.with_name(file.name + part).unlink(missing_ok=True)
        with closing(self._backup()) as kept, closing(sqlite3.connect(file)) as now:
            kept.backup(now)
        self._open(Store(self.store.data))

    def restore(self) -> None:
        """Restore the last backup: what the command does in the database beyond copying it."""
        self._put_back()
        with self.store.write() as connection:
            journal.replay(self.store.data, connection)
            erase_gone(connection, day=self._today, now=self.now)
            begin_epoch(connection)
        self.erased = set(self._journal)

    # ---- what the office does

    def redraw(self, home: int, grid: int) -> None:
        """Put a household into another grid, from today on."""
        plan_id = plan_of(self.store, draft_like(self.store, OWN, moves={self.code(home): grid}))
        with self.store.read() as connection:
            shown = {one.id: one.fingerprint for one in publish_previews(connection, [plan_id])}
        with suppress(InputRefused):  # a grid may be too small by now, which would need a reason
            publish(self.store, self._planner(), shown, {}, now=self.now, today=self._today)

    def hand_over(self, number: int, to: int) -> None:
        """Let another member lead a grid from today on."""
        plan_id = plan_in_force(self.store)
        with self.store.read() as connection:
            lead = leads(connection, plan_id).get(number)
        if lead != to:
            change_lead(
                self.store, self._planner(), plan_id, number, to, instead_of=lead, now=self.now, today=self._today
            )

    def merge(self, home: int, into: int) -> None:
        """Make one household of two, where they are two."""
        with self.store.read() as connection:
            merged = merged_into(connection)
        if home == into or {home, into} & (self.erased | merged.keys()):
            return
        with self.store.change(COMMAND_LINE, "merge", "household", now=self.now) as change:
            corrections.merge(change.connection, home, into, self._today, at=self.now)

    def erase(self, home: int) -> None:
        """Erase a household that asked for it, and those that are one with it."""
        with self.store.read() as connection:
            merged = merged_into(connection)
        erase(self.store, self._planner(), home, now=self.now, today=self._today)
        together = {home} | {old for old, last in merged.items() if last == home}
        self.erased |= together
        self._journal |= together

    def add_beside(self, home: int, code: str) -> int:
        """Add a household to the grid of another one; return its id."""
        with self.store.write() as connection:
            row = dict(connection.execute(select(household).where(household.c.id == home)).mappings().one())
            new = {name: value for name, value in row.items() if name != "id"} | {"code": code}
            id_ = connection.execute(insert(household).values(new).returning(household.c.id)).scalar_one()
            inside = select(membership).where(membership.c.household_id == home)
            place = connection.execute(inside.where(membership.c.number.is_not(None))).mappings().one()
            connection.execute(insert(membership).values({**place, "household_id": id_}))
        return int(id_)

    def code(self, home: int) -> str:
        """Return the code of a household."""
        with self.store.read() as connection:
            return str(connection.execute(select(household.c.code).where(household.c.id == home)).scalar_one())

    @property
    def _today(self) -> date:
        return self.now.astimezone(ZONE).date()

    def _planner(self) -> Who:
        actor = planner(self.store)
        return Who(actor.account_id, actor.role)

    # ---- in the end

    def settle(self) -> set[str]:
        """Let there be signal, and a card for whoever needs one; return what is wrong with where everything ended."""
        self.fates.clear()
        for _ in range(3):
            for phone in self.phones:
                for member in sorted(phone.needs_card):
                    self.sign_in(phone, member)
                phone.flush()
        return wrong(self.store, self.phones, erased=self.erased)

    def close(self) -> None:
        """Close what was opened."""
        self.store.close()
        self._database.close()
