"""Versions of rows: a row is changed only by who has seen its latest version, and who changed it last is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, or_, select, update

from gridplan.store.tables import account, audit

OF_MANY: Final = ("hamlet", "lists")
"""Objects of changes that give many households or members a new version at once."""

NEW_VERSION: Final = ("change", "change days", "place", "put back", "draw", "retire", "bring back")
"""What gives one row a new version; cards and grids, which the audit names by their member, do not."""


@dataclass(frozen=True, slots=True)
class LastChange:
    """Who changed a row last: the name of the account, None for the command line; when, and what of it."""

    who: str | None
    at: datetime
    verb: str
    fields: tuple[str, ...]


def update_row(connection: Connection, table: Table, id_: int, values: Mapping[str, Any]) -> None:
    """Give a row new values and the next version."""
    connection.execute(update(table).where(table.c.id == id_).values(**values, version=table.c.version + 1))


def update_if_current(connection: Connection, table: Table, id_: int, version: int, values: Mapping[str, Any]) -> bool:
    """Give a row new values and the next version, if its version is still this one; return whether it was."""
    current = and_(table.c.id == id_, table.c.version == version)
    changed = update(table).where(current).values(**values, version=table.c.version + 1)
    return connection.execute(changed).rowcount == 1


def last_change(connection: Connection, object_: str, object_id: int, village_id: int | None) -> LastChange | None:
    """Return the latest change of a thing, or of many things of its village."""
    itself = or_(audit.c.object_id == object_id, and_(audit.c.object_id.is_(None), audit.c.village_id == village_id))
    one = and_(audit.c.object == object_, itself, audit.c.verb.in_(NEW_VERSION))
    many = and_(audit.c.object.in_(OF_MANY), or_(audit.c.village_id.is_(None), audit.c.village_id == village_id))
    found = (
        select(audit.c.at, audit.c.verb, audit.c.detail, account.c.name)
        .outerjoin(account, account.c.id == audit.c.account_id)
        .where(or_(one, many))
        .order_by(audit.c.id.desc())
        .limit(1)
    )
    row = connection.execute(found).one_or_none()
    return row and LastChange(row.name, row.at, row.verb, tuple(row.detail.get("fields", ())))
