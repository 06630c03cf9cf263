"""The exceptions of plans, and why they were accepted."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, RowMapping, select, update

from gridplan.store.tables import plan_exception


def exception_rows(connection: Connection, plan_id: int) -> list[RowMapping]:
    """Return the exceptions of a plan."""
    found = select(plan_exception).where(plan_exception.c.plan_id == plan_id).order_by(plan_exception.c.id)
    return list(connection.execute(found).mappings())


def save_accepted_reasons(connection: Connection, plan_id: int, because: Mapping[int, str]) -> None:
    """Save why the exceptions of a plan are accepted, by their place in the order in which they are listed."""
    if not because:
        return
    ids = select(plan_exception.c.id).where(plan_exception.c.plan_id == plan_id).order_by(plan_exception.c.id)
    for place, id_ in enumerate(connection.execute(ids).scalars().all()):
        if place in because:
            accepted = update(plan_exception).where(plan_exception.c.id == id_)
            connection.execute(accepted.values(accepted_because=because[place]))


def accepted_reasons(connection: Connection, plan_id: int) -> list[str | None]:
    """Return why the exceptions of a plan were accepted, in the order in which they are listed."""
    found = select(plan_exception.c.accepted_because).where(plan_exception.c.plan_id == plan_id)
    return list(connection.execute(found.order_by(plan_exception.c.id)).scalars())
