"""Ways to build phones and service that look as good and are not: each has to be noticed by the tests of faults.

Those of the service are functions that put something else in the place of a part, by `put` (setattr, or that of
pytest, which puts it back).
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from gridplan_web.views import phone as phone_views
from model_phone import Answer, ModelPhone
from sqlalchemy import Connection, func, insert, select

from gridplan.contact import operations
from gridplan.service.phone import batch, sender
from gridplan.service.phone.batch import SyncAnswer
from gridplan.service.phone.sender import Result
from gridplan.store.contact import visits
from gridplan.store.tables import household

Put = Callable[[object, str, object], None]
Breakage = Callable[[Put], None]

# ---- the service


def select_first(put: Put) -> None:
    """Look whether a visit is there, and insert it if not."""

    def insert_new(connection: Connection, table: Any, rows: Any, *keys: str) -> frozenset[Any]:
        key = table.c[keys[0]]
        there = set(connection.execute(select(key).where(key.in_([row[keys[0]] for row in rows]))).scalars())
        new = [row for row in rows if row[keys[0]] not in there]
        if new:
            connection.execute(insert(table), new)
        return frozenset(row[keys[0]] for row in new)

    put(visits, "insert_new", insert_new)


def acknowledge_before_commit(put: Put) -> None:
    """Answer at once, and store what was sent soon after."""
    take_batch = phone_views.take_batch

    def take_later(store, device, request, *, now, zone) -> SyncAnswer:
        threading.Timer(0.2, take_batch, (store, device, request), {"now": now, "zone": zone}).start()
        results = tuple(Result(one.id, "created") for one in request.operations)
        return SyncAnswer("first", device.received + len(results), None, results)

    put(phone_views, "take_batch", take_later)


def no_savepoint(put: Put) -> None:
    """Take all operations of a batch in one go."""
    put(Connection, "begin_nested", lambda connection: nullcontext())


def hash_of_bytes(put: Put) -> None:
    """Compare what was sent letter by letter."""
    read = operations._read

    def read_as_sent(said: Any) -> tuple[Any, int]:
        found, ignored = read(said)
        return (found if isinstance(found, operations.Unreadable) else replace(found, content=said)), ignored

    def hash_as_sent(content: Any, member_id: int) -> str:
        return hashlib.sha256(json.dumps([member_id, content]).encode()).hexdigest()

    put(operations, "_read", read_as_sent)
    for module in (batch, sender):
        put(module, "content_hash", hash_as_sent)


def unsorted_ids(put: Put) -> None:
    """Take operations in the order in which they came."""
    put(batch, "_order", lambda one: 0)
    put(visits, "sorted", lambda found, key=None: list(found))


def household_by_row_number(put: Put) -> None:
    """Give the next household the next number that is free."""
    column = household.c.id
    made = column._default_description_tuple._replace(
        arg=lambda context: context.connection.scalar(select(func.max(column))) + 1
    )
    put(column, "_default_description_tuple", made)


# ---- the phone


class DropsOn500(ModelPhone):
    """Gives up what the service broke on."""

    def _refused(self, owner: int, answer: Answer) -> None:
        super()._refused(owner, answer)
        if answer.status >= 500:
            self._drop(owner)

    def _drop(self, owner: int) -> None:
        self.queue = {id_: one for id_, one in self.queue.items() if one.owner != owner or one.state != "sent"}


class DropsOn401(DropsOn500):
    """Gives up what is sent by a token that is taken no longer."""

    def _refused(self, owner: int, answer: Answer) -> None:
        ModelPhone._refused(self, owner, answer)
        if answer.status == 401:
            self._drop(owner)


class ForgetsAtLogout(ModelPhone):
    """Removes everything at logout."""

    def sign_out(self) -> None:
        super().sign_out()
        self.queue.clear()


class RaisesVersion(ModelPhone):
    """Makes its database anew where its scripts are newer."""

    def update_scripts(self) -> None:
        super().update_scripts()
        self.queue.clear()


class IgnoresEpoch(ModelPhone):
    """Believes that what was acknowledged once is there for good."""

    def _compare(self, owner: int, epoch: str, *, is_behind: bool) -> None:
        self.epoch[owner] = epoch


class UndoDeletes(ModelPhone):
    """Takes a visit back by forgetting it."""

    def undo(self, visit: str) -> str:
        self.taken_back.add(visit)
        self.queue.pop(visit, None)
        return visit
