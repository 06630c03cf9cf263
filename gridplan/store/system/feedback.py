"""What people say about pages: the role and the page, not who."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from gridplan.store.tables import feedback


def add(connection: Connection, *, at: datetime, role: str, page: str, text: str) -> None:
    """Keep what somebody said."""
    connection.execute(insert(feedback).values(at=at, role=role, page=page, text=text))


def count(connection: Connection, at: datetime, role: str) -> int:
    """Return how much people of a role said at a time."""
    found = select(func.count()).where(feedback.c.at == at, feedback.c.role == role)
    return connection.execute(found).scalar_one()


def newest(connection: Connection, most: int) -> list[RowMapping]:
    """Return what was said last: what nobody has read first."""
    found = select(feedback).order_by(feedback.c.read_at.is_not(None), feedback.c.id.desc()).limit(most)
    return list(connection.execute(found).mappings())


def mark_read(connection: Connection, feedback_id: int, now: datetime) -> None:
    """Note that something was read; what was read before, or is not there, stays as it is."""
    unread = (feedback.c.id == feedback_id) & feedback.c.read_at.is_(None)
    connection.execute(update(feedback).where(unread).values(read_at=now))
