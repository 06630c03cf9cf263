"""What is kept apart: the desk settles it, and sees whose household it is of and which day, never what came of it.

Accepted, it becomes what it would have been, as if the member had the household in charge; what came under the id of
something else becomes another thing. Changes of a visit that is kept apart go with that visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from gridplan.contact.calendar import local_day
from gridplan.contact.clocks import Moment, Reading
from gridplan.contact.operations import (
    AmendMade,
    CorrectionMade,
    NeedMade,
    Operation,
    VisitMade,
    read_operation,
)
from gridplan.errors import Conflict
from gridplan.service.contact.record import note_visits
from gridplan.service.phone.authority import AnyHousehold
from gridplan.service.phone.batch import BROKEN, TAKES, UNREADABLE
from gridplan.service.phone.sender import NOT_YOURS, Kept, Result, Sender
from gridplan.service.phone.sent_visits import TOO_FAR_BACK
from gridplan.store import Change, Store, Who
from gridplan.store.contact import apart, visits
from gridplan.store.contact.apart import Settled
from gridplan.store.contact.visits import Entry
from gridplan.store.registry import households
from gridplan.store.registry.villages import Scope

What = Literal["visit", "change", "correction", "need", "other"]
WHAT: Final[Mapping[type, What]] = {
    VisitMade: "visit",
    AmendMade: "change",
    CorrectionMade: "correction",
    NeedMade: "need",
}
REASONS: Final = frozenset({NOT_YOURS, TOO_FAR_BACK, UNREADABLE, BROKEN})


@dataclass(frozen=True, slots=True)
class WaitingApart:
    """How many are kept apart until somebody decides, and for how long the first of them has been."""

    n: int
    days: int


def waiting_apart(store: Store, scope: Scope, *, today: date, zone: ZoneInfo) -> WaitingApart | None:
    """Return how many wait to be settled in the villages of a scope; None where none does."""
    with store.read() as connection:
        n, first = apart.waiting(connection, scope)
    return WaitingApart(n, (today - local_day(first, zone)).days) if first else None


@dataclass(frozen=True, slots=True)
class KeptApart:
    """Something kept apart, as far as the desk sees it."""

    n: int
    village: str | None
    what: What
    why: str | None
    """Why it could not be taken, which may be the code of a sentence; None: something else is stored under its id."""
    household_id: int | None
    """None where there is no such household, or none in these villages."""
    code: str | None
    day: date | None
    entered_by: str | None
    received_at: datetime

    @property
    def may_be_accepted(self) -> bool:
        """Whether it can become what it was to be."""
        return self.household_id is not None and self.what != "other"

    @property
    def reason(self) -> str:
        """Why it is kept apart, as the end of a code."""
        if self.why is None:
            return "conflict"
        return self.why.replace(" ", "_") if self.why in REASONS else "refused"


def apart_page(store: Store, scope: Scope) -> list[KeptApart]:
    """Return what waits to be settled in the villages of a scope."""
    with store.read() as connection:
        rows = apart.open_rows(connection, scope)
        codes = _codes(connection, scope, {row["content"].get("household") for row in rows})
    return [_kept(row, codes) for row in rows]


def _codes(connection: Connection, scope: Scope, ids: set[int | None]) -> dict[int, str]:
    """Return the codes of households, of those that there are in a scope."""
    found = households.rows_by_id(connection, {id_ for id_ in ids if id_ is not None})
    return {row["id"]: row["code"] for row in found if scope is None or row["village_id"] in scope}


def _kept(row: RowMapping, codes: Mapping[int, str]) -> KeptApart:
    content = row["content"]
    household_id, day = content.get("household"), content.get("day")
    operation = read_operation(content["operation"]) if "operation" in content else None
    return KeptApart(
        row["n"],
        row["village"],
        "visit" if operation is None else WHAT.get(type(operation), "other"),
        row["why"],
        household_id if household_id in codes else None,
        codes.get(household_id),
        day and date.fromisoformat(day),
        row["account"],
        row["received_at"],
    )


# ---- settled


def settle_apart(
    store: Store, who: Who, scope: Scope, n: int, settled_as: Settled, *, now: datetime, zone: ZoneInfo
) -> None:
    """Settle one, and with a visit the changes of it.

    Raises
    ------
    NotFound
        There is none in these villages that waits.
    Conflict
        It cannot become what it was to be any more.
    """
    with store.change(who, "settle", "visit", now=now) as change:
        row = apart.open_row(change.connection, n, scope)
        with_it = apart.changes_of(change.connection, row)
        change.village_id = row["village_id"]
        if settled_as == "accepted":
            _accept(change, scope, row, with_it, Entry(who.account_id, now), zone)
        apart.settle(change.connection, [n, *(one["n"] for one in with_it)], settled_as, who.account_id, now)


def _accept(
    change: Change, scope: Scope, row: RowMapping, with_it: list[RowMapping], entry: Entry, zone: ZoneInfo
) -> None:
    content = row["content"]
    if "operation" not in content:
        one = apart.visit_apart(row)
        note_visits(change, [one], visits.add(change.connection, [one], entry))
        return
    village_id = _village_of(change.connection, scope, content)
    today = local_day(entry.received_at, zone)
    authority = AnyHousehold(change.connection, row["member_id"], today, zone, village_id=village_id)
    first = _accepted_operation(change.connection, row, authority, entry.received_at)
    if first.verdict not in ("created", "replay"):
        raise Conflict("record.cannot_accept")
    for other in with_it:
        _accepted_operation(change.connection, other, authority, entry.received_at)
    change.by_village = {village_id: {"visits": 1}}


def _village_of(connection: Connection, scope: Scope, content: Mapping[str, Any]) -> int:
    for home in households.rows_by_id(connection, {content["household"]} - {None}):
        if scope is None or home["village_id"] in scope:
            return int(home["village_id"])
    raise Conflict("record.cannot_accept")


def _accepted_operation(connection: Connection, row: RowMapping, authority: AnyHousehold, now: datetime) -> Result:
    """Return what becomes of what a phone sent, told as when it came, wherever its household is."""
    one = read_operation(row["content"]["operation"])
    if not isinstance(one, Operation) or type(one) not in WHAT:
        raise Conflict("record.cannot_accept")
    result = _take(connection, row, one, authority, now)
    if result.verdict == "conflict":
        return _take(connection, row, replace(one, id=str(uuid4())), authority, now)
    return result


def _take(connection: Connection, row: RowMapping, one: Operation, authority: AnyHousehold, now: datetime) -> Result:
    content = row["content"]
    moment = Moment(datetime.fromisoformat(content["made_at"]), content["clock"])
    sender = Sender(
        connection,
        row["member_id"],
        row["entered_by"],
        row["village_id"],
        row["device_id"],
        False,
        now,
        Reading(now, now),
        authority.zone,
        authority,
        content["source"],
        Kept(moment, row["content_hash"]),
    )
    return TAKES[type(one)](sender, [one])[one.id]
