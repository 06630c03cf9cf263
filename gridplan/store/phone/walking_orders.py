"""The orders in which members walk, as they set them on their phones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from gridplan.store.rows import insert_new
from gridplan.store.tables import walking_order

_ORDERS: Final = select(walking_order.c.member_id, walking_order.c.household_ids).where(
    walking_order.c.member_id.in_(bindparam("members", expanding=True))
)


def orders_of(connection: Connection, member_ids: Collection[int]) -> dict[int, list[int]]:
    """Return the ids of households in the order in which a member walks, by member, where one is set."""
    if not member_ids:
        return {}
    rows = connection.execute(_ORDERS, {"members": [*member_ids]})
    return {member_id: list(household_ids) for member_id, household_ids in rows}


def order_of(connection: Connection, member_id: int) -> tuple[str, list[int]] | None:
    """Return the operation that set the order in which a member walks, and that order; None where none is set."""
    found = select(walking_order.c.operation_id, walking_order.c.household_ids)
    row = connection.execute(found.where(walking_order.c.member_id == member_id)).one_or_none()
    return None if row is None else (row[0], list(row[1]))


def set_order(
    connection: Connection, member_id: int, operation_id: str, made_at: datetime, household_ids: Sequence[int]
) -> None:
    """Set the order in which a member walks; one that was made later, on whichever phone, stays."""
    values = {"operation_id": operation_id, "made_at": made_at, "household_ids": list(household_ids)}
    if not insert_new(connection, walking_order, [{"member_id": member_id, **values}], "member_id"):
        earlier = (walking_order.c.member_id == member_id) & (walking_order.c.made_at <= made_at)
        connection.execute(update(walking_order).where(earlier).values(**values))
