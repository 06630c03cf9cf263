"""Households that were merged into others: their contacts are those of the one that all of it is now."""

from __future__ import annotations

from sqlalchemy import Connection, select

from gridplan.store.tables import household_change


def merged_into(connection: Connection) -> dict[int, int]:
    """Return the households that were merged into others, each with the one that all of it is now."""
    found = select(household_change.c.old_id, household_change.c.new_id).where(household_change.c.kind == "merged")
    direct = {old: new for old, new in connection.execute(found.order_by(household_change.c.id))}
    last = {}
    for old, new in direct.items():
        seen = {old}
        while new in direct and new not in seen:
            seen.add(new)
            new = direct[new]
        last[old] = new
    return last
