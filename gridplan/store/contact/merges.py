"""Households that were merged into others: their contacts are those of the one that all of it is now."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select

from gridplan.store.tables import household_change

_MERGED: Final = (
    select(household_change.c.old_id, household_change.c.new_id)
    .where(household_change.c.kind == "merged")
    .order_by(household_change.c.id)
)


def merged_into(connection: Connection) -> dict[int, int]:
    """Return the households that were merged into others, each with the one that all of it is now."""
    direct = {old: new for old, new in connection.execute(_MERGED)}
    last = {}
    for old, new in direct.items():
        seen = {old}
        while new in direct and new not in seen:
            seen.add(new)
            new = direct[new]
        last[old] = new
    return last
