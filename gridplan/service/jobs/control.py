"""Jobs as their pages see them: the state and progress of each, and cancelling it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Connection, RowMapping

from gridplan.errors import Conflict, NotAllowed, NotFound
from gridplan.roles import Actor, Power
from gridplan.store import Store, Who
from gridplan.store.access import scope
from gridplan.store.system import jobs
from gridplan.words import Message, message_from_json, message_to_json

Progress = Callable[[Mapping[str, Any]], None]
State = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job: its state, what it is at, and how much is done of how much (0 of 0 where that is not known)."""

    id: int
    kind: str
    state: State
    at: Message
    done: int
    total: int
    result: Mapping[str, Any]

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in jobs.OPEN_STATES


def step(at: Message, done: int = 0, total: int = 0) -> dict[str, object]:
    """Return the progress of a job as its function reports it: what it is at, and how much is done of how much."""
    return {"at": message_to_json(at), "done": done, "total": total}


def maker_of(store: Store, job: RowMapping, power: Power, villages: Collection[int]) -> Who:
    """Return who asked for a job, to write what it found in their name.

    Raises
    ------
    NotAllowed
        They have not, or no longer, the power over these villages.
    """
    with store.read() as connection:
        maker = scope.actor(connection, job["made_by"])
    if maker is None or not maker.may(power) or not maker.reaches(villages):
        raise NotAllowed("entrance.not_allowed")
    return Who(maker.account_id, maker.role)


def finish_job(connection: Connection, job: RowMapping, result: Mapping[str, Any], now: datetime) -> None:
    """End a job as done, in the transaction that writes what it found: both are there, or neither is.

    Raises
    ------
    Conflict
        The job was cancelled.
    """
    if not jobs.end(connection, job["id"], "done", now=now, result=result):
        raise Conflict("job.state.cancelled")


def job_status(store: Store, actor: Actor, job_id: int) -> JobStatus:
    """Return a job as it is now.

    Raises
    ------
    NotFound
        There is none, or it is not the actor's to see.
    """
    with store.read() as connection:
        return _status_of(connection, _visible_job(connection, actor, job_id))


def open_jobs(store: Store, actor: Actor, kind: str) -> list[JobStatus]:
    """Return the jobs of a kind that wait or run, of those that the actor may see."""
    with store.read() as connection:
        found = jobs.open_jobs(connection, kind=kind)
        return [_status_of(connection, job) for job in found if may_see_job(job, actor)]


def has_open_jobs(store: Store) -> bool:
    """Return whether any job waits or runs."""
    with store.read() as connection:
        return bool(jobs.open_jobs(connection))


def cancel_job(store: Store, actor: Actor, job_id: int, *, now: datetime) -> None:
    """Cancel a job; one that has ended stays as it is.

    Raises
    ------
    NotFound
        There is none, or it is not the actor's to see.
    """
    with store.write() as connection:
        _visible_job(connection, actor, job_id)
        jobs.end(connection, job_id, "cancelled", now=now)


def _visible_job(connection: Connection, actor: Actor, job_id: int) -> RowMapping:
    job = jobs.by_id(connection, job_id)
    if not may_see_job(job, actor):
        raise NotFound("entrance.not_here")
    return job


def may_see_job(job: RowMapping, actor: Actor) -> bool:
    """Return whether a job and its result are an actor's to see.

    A request names the villages that it is about under `villages`, None for all. A planner who has lost one of them
    since sees the job no more.
    """
    about = job["request"].get("villages")
    own = job["made_by"] == actor.account_id and about is not None and actor.reaches(about)
    return own or actor.may("see all jobs")


def _status_of(connection: Connection, job: RowMapping) -> JobStatus:
    state, progress = cast(State, job["state"]), job["progress"]
    at = Message(f"job.state.{state}")
    if state == "failed":
        at = job["error"]
    elif state == "running" and "at" in progress:
        at = message_from_json(progress["at"])
    elif state == "queued" and (before := jobs.waiting_before(connection, job["id"])):
        at = Message("job.waits", {"n": before})
    return JobStatus(
        job["id"], job["kind"], state, at, progress.get("done", 0), progress.get("total", 0), job["result"]
    )
