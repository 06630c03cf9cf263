"""Pauses: days on which no visit is expected, in the town or in a village."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, or_, select

from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import add_row, by_id
from gridplan.store.tables import pause, village


def since(connection: Connection, day: date, scope: Scope = None) -> list[RowMapping]:
    """Return the pauses of the town and of a scope that had not ended before a day, the last first."""
    found = (
        select(pause, village.c.name.label("village"))
        .outerjoin(village, village.c.id == pause.c.village_id)
        .where(or_(pause.c.village_id.is_(None), in_scope(pause.c.village_id, scope)), pause.c.last_day >= day)
        .order_by(pause.c.first_day.desc(), pause.c.id.desc())
    )
    return list(connection.execute(found).mappings())


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Add a pause and return its id."""
    return add_row(connection, pause, values)


def remove(connection: Connection, pause_id: int) -> RowMapping:
    """Remove a pause and return what it was.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    row = by_id(connection, pause, pause_id)
    connection.execute(delete(pause).where(pause.c.id == pause_id))
    return row
