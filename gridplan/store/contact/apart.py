"""What came under an id that other content is stored under, or could not be taken: kept, listed, and settled once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, func, select, update

from gridplan.contact.visits import Visit
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import insert_new, only_row
from gridplan.store.tables import account, kept_apart, village

Settled = Literal["accepted", "dropped"]
"""As what it was to be, or another visit; or not at all."""
WITH_VISIT: Final = "with its visit"
"""Why a change of a visit is quarantined: its visit is, and it is settled with that."""
_WAITS: Final = kept_apart.c.settled_at.is_(None) & kept_apart.c.why.is_distinct_from(WITH_VISIT)
_OF_IDS = select(kept_apart).where(kept_apart.c.id.in_(bindparam("ids", expanding=True)))


def keep(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what cannot be taken as it is; the same content under the same id once."""
    insert_new(connection, kept_apart, rows, "id", "content_hash")


def of_ids(connection: Connection, ids: Collection[str]) -> list[RowMapping]:
    """Return what is kept under some ids, settled or not."""
    return list(connection.execute(_OF_IDS, {"ids": list(ids)}).mappings())


def wait_for(connection: Connection, member_id: int, ids: Collection[str]) -> dict[str, bool]:
    """Return of the ids that something is kept under whether that of a member waits yet: changes of it wait with it."""
    rows = of_ids(connection, ids)
    waiting = {row["id"] for row in rows if row["settled_at"] is None and row["member_id"] == member_id}
    return {row["id"]: row["id"] in waiting for row in rows}


def open_rows(connection: Connection, scope: Scope) -> list[RowMapping]:
    """Return what is kept apart in a scope and not settled, the oldest first."""
    found = (
        select(kept_apart, village.c.name.label("village"), account.c.name.label("account"))
        .outerjoin(village, village.c.id == kept_apart.c.village_id)
        .outerjoin(account, account.c.id == kept_apart.c.entered_by)
        .where(in_scope(kept_apart.c.village_id, scope), _WAITS)
        .order_by(kept_apart.c.n)
    )
    return list(connection.execute(found).mappings())


def waiting(connection: Connection, scope: Scope) -> tuple[int, datetime | None]:
    """Return how many are kept apart in a scope and not settled, and when the first of them came in."""
    found = select(func.count(), func.min(kept_apart.c.received_at)).where(
        in_scope(kept_apart.c.village_id, scope), _WAITS
    )
    n, first = connection.execute(found).one()
    return n, first


def waiting_of(connection: Connection, member_id: int) -> int:
    """Return how many of a member wait for the desk."""
    return _count(connection, _WAITS, member_id)


def not_settled(connection: Connection, member_id: int) -> int:
    """Return how many of a member are not settled, those included that wait with something else."""
    return _count(connection, kept_apart.c.settled_at.is_(None), member_id)


def _count(connection: Connection, of: ColumnElement[bool], member_id: int) -> int:
    found = select(func.count()).select_from(kept_apart).where(of, kept_apart.c.member_id == member_id)
    return connection.execute(found).scalar_one()


def open_row(connection: Connection, n: int, scope: Scope) -> RowMapping:
    """Return one that is kept apart in a scope and not settled.

    Raises
    ------
    NotFound
        There is none.
    """
    mine = (kept_apart.c.n == n) & _WAITS
    return only_row(connection, select(kept_apart).where(mine, in_scope(kept_apart.c.village_id, scope)))


def visit_apart(row: RowMapping) -> Visit:
    """Return the visit that is kept apart, under an id of its own."""
    return Visit(**{**row["content"], "id": str(uuid4()), "day": date.fromisoformat(row["content"]["day"])})


def changes_of(connection: Connection, row: RowMapping) -> list[RowMapping]:
    """Return the changes of a visit that are kept apart with it, in the order in which they were made."""
    theirs = (kept_apart.c.member_id == row["member_id"]) & (kept_apart.c.why == WITH_VISIT)
    found = select(kept_apart).where(theirs, kept_apart.c.settled_at.is_(None))
    rows = connection.execute(found).mappings()
    return sorted(
        (one for one in rows if one["content"]["operation"]["visit"] == row["id"]),
        key=lambda one: one["content"]["operation"]["seq"],
    )


def settle(
    connection: Connection, numbers: Collection[int], settled_as: Settled, account_id: int | None, now: datetime
) -> None:
    """Note what became of some, and keep of what they said no more than the day."""
    values = {"settled_at": now, "settled_by": account_id, "settled_as": settled_as}
    found = select(kept_apart.c.n, kept_apart.c.content).where(kept_apart.c.n.in_(numbers))
    for n, content in connection.execute(found).all():
        left = {"content": {"day": content.get("day")}}
        connection.execute(update(kept_apart).where(kept_apart.c.n == n).values({**values, **left}))
