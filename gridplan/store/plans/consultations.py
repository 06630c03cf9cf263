"""Consultation copies of drafts: which were sent, what came back, and which of it was applied."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, Select, select, update

from gridplan.store.rows import insert_new, only_row
from gridplan.store.tables import account, consultation, plan, village

ConsultationState = Literal["sent", "returned", "applied"]


def add(
    connection: Connection,
    plan_id: int,
    number: str,
    version: int,
    rows: Sequence[tuple[int, int | None]],
    *,
    sent_by: int,
    now: datetime,
) -> bool:
    """Add a copy under a number, with the household and grid of each row; return whether the number was free."""
    values = {"plan_id": plan_id, "number": number, "version": version, "rows": [list(row) for row in rows]}
    return bool(insert_new(connection, consultation, [values | {"sent_by": sent_by, "sent_at": now}], "number"))


def by_number(connection: Connection, number: str) -> RowMapping:
    """Return a copy with the names of its village and of who sent it, and the state of its plan.

    Raises
    ------
    NotFound
        There is none.
    """
    return only_row(connection, _copies().where(consultation.c.number == number))


def of_plan(connection: Connection, plan_id: int) -> list[RowMapping]:
    """Return the copies of a plan, the latest first."""
    found = _copies().where(consultation.c.plan_id == plan_id).order_by(consultation.c.id.desc())
    return list(connection.execute(found).mappings())


def state_of(row: RowMapping) -> ConsultationState:
    """Return how far a copy is."""
    if row["applied_at"] is not None:
        return "applied"
    return "sent" if row["returned_at"] is None else "returned"


def latest_states(connection: Connection, plan_ids: Collection[int]) -> dict[int, ConsultationState]:
    """Return how far the latest copy of each of some plans is that was asked about."""
    found = select(consultation).where(consultation.c.plan_id.in_(plan_ids)).order_by(consultation.c.id)
    return {row["plan_id"]: state_of(row) for row in connection.execute(found).mappings()}


def _copies() -> Select[Any]:
    return (
        select(consultation, account.c.name.label("sender"), village.c.name.label("village"))
        .add_columns(plan.c.village_id, plan.c.state, plan.c.version.label("plan_version"))
        .join(plan, plan.c.id == consultation.c.plan_id)
        .join(village, village.c.id == plan.c.village_id)
        .join(account, account.c.id == consultation.c.sent_by)
    )


def note_returned(
    connection: Connection,
    id_: int,
    wishes: Mapping[int, int | None],
    word: str | None,
    *,
    returned_by: int,
    now: datetime,
) -> None:
    """Note what came back of a copy: the grid wished for rows, None for none, and the word of the branch."""
    values = {"wishes": sorted(wishes.items()), "word": word, "returned_by": returned_by, "returned_at": now}
    connection.execute(update(consultation).where(consultation.c.id == id_).values(values))


def note_applied(connection: Connection, id_: int, edit_id: int | None, now: datetime) -> None:
    """Note that what was wished was applied, and by which edit; by none where nothing was to be changed."""
    values = {"edit_id": edit_id, "applied_at": now}
    connection.execute(update(consultation).where(consultation.c.id == id_).values(values))
