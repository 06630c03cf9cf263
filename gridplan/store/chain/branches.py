"""Branches of villages."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from gridplan.names import NameKey, door_key
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import add_row, by_name, only_row
from gridplan.store.tables import branch, village

_BRANCHES = select(branch, village.c.name.label("village")).join(village, village.c.id == branch.c.village_id)


def rows(connection: Connection, scope: Scope = None, *, retired: bool = False) -> list[RowMapping]:
    """Return the branches of a scope by village and name; with `retired` also those that are no more."""
    found = _BRANCHES.where(in_scope(branch.c.village_id, scope), village.c.retired_on.is_(None))
    if not retired:
        found = found.where(branch.c.retired_on.is_(None))
    listed = connection.execute(found.order_by(by_name(village.c.name), by_name(branch.c.name))).mappings()
    by_village = groupby(listed, key=itemgetter("village_id"))
    return [row for _, inside in by_village for row in sorted(inside, key=_by_number)]


def _by_number(row: RowMapping) -> NameKey:
    return door_key(row["name"])


def by_id(connection: Connection, branch_id: int) -> RowMapping:
    """Return a branch with its village.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    return only_row(connection, _BRANCHES.where(branch.c.id == branch_id))


def add(connection: Connection, village_id: int, name: str) -> int:
    """Add a branch of a name that is not known in its village, and return its id."""
    return add_row(connection, branch, {"village_id": village_id, "name": name})


def change(connection: Connection, branch_id: int, values: Mapping[str, Any]) -> None:
    """Give a branch another name, or a day on which it was no more."""
    connection.execute(update(branch).where(branch.c.id == branch_id).values(**values))
