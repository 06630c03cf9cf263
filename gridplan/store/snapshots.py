"""Snapshots that the material of meetings is made of: which plans, what was counted, for whom. Nobody's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from gridplan.store.rows import add_row, only_row
from gridplan.store.tables import account, snapshot


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Add a snapshot and return its id."""
    return add_row(connection, snapshot, values)


def by_id(connection: Connection, snapshot_id: int) -> RowMapping:
    """Return a snapshot with the name of who asked for it; null: the command line did.

    Raises
    ------
    NotFound
        There is none.
    """
    found = select(snapshot, account.c.name.label("maker")).outerjoin(account, account.c.id == snapshot.c.made_by)
    return only_row(connection, found.where(snapshot.c.id == snapshot_id))
