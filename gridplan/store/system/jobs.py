"""Jobs: their queue, progress and results. They outlive the page that asked for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, select, update

from gridplan.store.rows import add_row, only_row
from gridplan.store.tables import job
from gridplan.words import Message

OPEN_STATES: Final = ("queued", "running")
IS_OPEN: Final = job.c.state.in_(OPEN_STATES)


def add(connection: Connection, kind: str, request: Mapping[str, Any], *, made_by: int, now: datetime) -> int:
    """Queue a job and return its id."""
    values = {"kind": kind, "state": "queued", "request": dict(request), "progress": {}, "result": {}}
    return add_row(connection, job, values | {"made_by": made_by, "made_at": now})


def by_id(connection: Connection, job_id: int) -> RowMapping:
    """Return a job.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    return only_row(connection, select(job).where(job.c.id == job_id))


def open_jobs(connection: Connection, *, kind: str | None = None, made_by: int | None = None) -> list[RowMapping]:
    """Return the jobs that are queued or running, the oldest first; with a kind or an account only those of it."""
    wanted = {job.c.kind: kind, job.c.made_by: made_by}
    found = select(job).where(IS_OPEN, *(column == value for column, value in wanted.items() if value is not None))
    return list(connection.execute(found.order_by(job.c.id)).mappings())


def claim_next(connection: Connection, now: datetime) -> RowMapping | None:
    """Mark the oldest queued job as running and return it."""
    oldest = select(job.c.id).where(job.c.state == "queued").order_by(job.c.id).limit(1)
    job_id = connection.execute(oldest).scalar_one_or_none()
    if job_id is None:
        return None
    connection.execute(update(job).where(job.c.id == job_id).values(state="running", started_at=now))
    return by_id(connection, job_id)


def advance(connection: Connection, job_id: int, progress: Mapping[str, Any]) -> None:
    """Record the progress of a job."""
    connection.execute(update(job).where(job.c.id == job_id).values(progress=dict(progress)))


def end(
    connection: Connection,
    job_id: int,
    state: str,
    *,
    now: datetime,
    result: Mapping[str, Any] | None = None,
    error: Message | None = None,
) -> bool:
    """End a job that is still open; False if it had ended, by being cancelled perhaps."""
    values = {"state": state, "ended_at": now, "result": dict(result or {}), "error": error}
    return connection.execute(update(job).where(job.c.id == job_id, IS_OPEN).values(values)).rowcount == 1


def interrupt(connection: Connection, now: datetime, states: Collection[str] = ("running",)) -> None:
    """End the jobs that were running when the service stopped."""
    values = {"state": "failed", "ended_at": now, "error": Message("job.interrupted")}
    connection.execute(update(job).where(job.c.state.in_(states)).values(values))


def waiting_before(connection: Connection, job_id: int) -> int:
    """Return how many jobs are to be done before one that waits."""
    ahead = select(func.count()).where(job.c.id < job_id, IS_OPEN)
    return int(connection.execute(ahead).scalar_one())
