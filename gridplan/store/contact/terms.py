"""Changes of term: drafted, waiting for their day, applied or withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, RowMapping, delete, select, update

from gridplan.store.rows import add_row, only_row
from gridplan.store.tables import account, term_change

TermState = Literal["draft", "waiting", "applied", "withdrawn"]
TERM_STATES: Final[tuple[TermState, ...]] = get_args(TermState)
IS_WAITING: Final = term_change.c.state == "waiting"


def add_draft(connection: Connection, day: date, content: Mapping[str, Any], made_by: int | None, now: datetime) -> int:
    """Keep a change of term that is to be looked at, instead of the one that an account looked at before."""
    mine = (term_change.c.made_by == made_by) & (term_change.c.state == "draft")
    connection.execute(delete(term_change).where(mine))
    values = {"day": day, "content": dict(content), "made_by": made_by, "made_at": now, "state": "draft"}
    return add_row(connection, term_change, values)


def by_id(connection: Connection, term_id: int) -> RowMapping:
    """Return a change of term.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    return only_row(connection, select(term_change).where(term_change.c.id == term_id))


def rows(connection: Connection) -> list[RowMapping]:
    """Return the changes of term that were confirmed, the newest first, with who made them."""
    found = (
        select(term_change, account.c.name.label("maker"))
        .outerjoin(account, account.c.id == term_change.c.made_by)
        .where(term_change.c.state != "draft")
        .order_by(term_change.c.id.desc())
    )
    return list(connection.execute(found).mappings())


def due(connection: Connection, day: date) -> list[RowMapping]:
    """Return the changes of term that wait and whose day has come, the earliest first."""
    found = (
        select(term_change).where(IS_WAITING, term_change.c.day <= day).order_by(term_change.c.day, term_change.c.id)
    )
    return list(connection.execute(found).mappings())


def set_content(connection: Connection, term_id: int, content: Mapping[str, Any]) -> None:
    """Note what a change of term really changed."""
    connection.execute(update(term_change).where(term_change.c.id == term_id).values(content=dict(content)))


def set_state(connection: Connection, term_id: int, state: TermState, now: datetime, *, before: TermState) -> bool:
    """Give a change of term another state; return whether it was in the one before."""
    mine = (term_change.c.id == term_id) & (term_change.c.state == before)
    return connection.execute(update(term_change).where(mine).values(state=state, ended_at=now)).rowcount == 1
