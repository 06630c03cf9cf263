"""Plans that are to come into force on a day: one of each village at most."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    delete,
    insert,
    select,
    update,
)

from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import by_name, noun_of
from gridplan.store.tables import account, draft, plan, plan_schedule, village
from gridplan.words import Message


@dataclass(frozen=True, slots=True)
class ScheduledPlan:
    """A plan that is to come into force on a day."""

    plan_id: int
    village_id: int
    village: str
    day: date
    instead_of: int | None
    """The plan of the village that was in force when it was scheduled."""
    confirmed: Mapping[str, Any]
    """What was seen then, of both plans."""
    made_by: int | None
    maker: str | None
    role: str | None
    """Of the account that scheduled it."""
    made_at: datetime
    draft_id: int | None
    draft: str | None
    is_archived: bool
    """Whether it was in force before."""
    held: Message | None
    """Why it does not come into force unless somebody confirms it again."""


_NOW: Final = plan.alias("now")
"""The plan in force of the village."""
IS_NOT_HELD: Final = plan_schedule.c.held.is_(None)


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Let plans come into force on a day, in the place of what was said of them before."""
    remove(connection, [row["plan_id"] for row in rows])
    connection.execute(insert(plan_schedule), [dict(row) for row in rows])


def scheduled(connection: Connection, *conditions: ColumnElement[bool]) -> list[ScheduledPlan]:
    """Return the plans that are scheduled, by day and village."""
    found = (
        select(plan_schedule, village.c.name.label("village"), account.c.name.label("maker"), account.c.role)
        .add_columns(plan.c.draft_id, draft.c.name.label("draft"), (plan.c.state == "archived").label("is_archived"))
        .add_columns(_NOW.c.id.label("in_force"), plan.c.version)
        .join(plan, plan.c.id == plan_schedule.c.plan_id)
        .join(village, village.c.id == plan_schedule.c.village_id)
        .outerjoin(draft, draft.c.id == plan.c.draft_id)
        .outerjoin(account, account.c.id == plan_schedule.c.made_by)
        .outerjoin(_NOW, and_(_NOW.c.village_id == plan_schedule.c.village_id, _NOW.c.state == "published"))
        .where(*conditions)
        .order_by(plan_schedule.c.day, plan_schedule.c.made_at, by_name(village.c.name))
    )
    rows = connection.execute(found).mappings()
    return [noun_of(ScheduledPlan, row, held=row["held"] or _held(row)) for row in rows]


def _held(row: RowMapping) -> Message | None:
    """Return why a plan will be held on its day, as far as that can be told before."""
    if row["in_force"] != row["instead_of"]:
        return Message("schedule.replaced")
    return Message("schedule.edited") if row["version"] != row["confirmed"]["version"] else None


def in_villages(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that a scheduled plan is of a village of a scope."""
    return in_scope(plan_schedule.c.village_id, scope)


def of_plans(plan_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a scheduled plan is one of these."""
    return plan_schedule.c.plan_id.in_(plan_ids)


def due(day: date) -> ColumnElement[bool]:
    """Return the condition that the day of a scheduled plan has come, and that nothing holds it."""
    return and_(IS_NOT_HELD, plan_schedule.c.day <= day)


def hold(connection: Connection, why: Mapping[int, Message]) -> None:
    """Keep plans from coming into force until somebody confirms them again, each for a reason."""
    for plan_id, said in why.items():
        connection.execute(update(plan_schedule).where(plan_schedule.c.plan_id == plan_id).values(held=said))


def remove(connection: Connection, plan_ids: Collection[int]) -> None:
    """Let plans not come into force by themselves."""
    connection.execute(delete(plan_schedule).where(plan_schedule.c.plan_id.in_(plan_ids)))
