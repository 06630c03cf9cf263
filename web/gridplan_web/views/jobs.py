"""Jobs: the script of a page asks how far one is, and cancels it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from gridplan.service.jobs import control
from gridplan.words import on_page
from gridplan_web import auth
from gridplan_web.clock import now
from gridplan_web.language import page_lang

api = APIBlueprint("jobs_api", __name__, url_prefix="/api", tag="Jobs")


class Job(BaseModel):
    """A job as it is now."""

    id: int
    kind: str
    state: control.State
    at: str = Field(description="what it is at, or why it failed, as a sentence")
    done: int
    total: int = Field(description="0 where it is not known")
    result: dict[str, Any] = Field(description="what came of it, once it is done")


@api.get("/jobs/<int:job_id>")
@api.output(Job)
def job(job_id: int) -> Job:
    """Return the state and progress of a job."""
    return _job(job_id)


@api.post("/jobs/<int:job_id>/stop")
@api.output(Job)
def cancel(job_id: int) -> Job:
    """Cancel a job; what it would have written is not written."""
    control.cancel_job(auth.store(), auth.actor(), job_id, now=now())
    return _job(job_id)


def _job(job_id: int) -> Job:
    job = control.job_status(auth.store(), auth.actor(), job_id)
    return Job(**asdict(job) | {"at": on_page(job.at).say(page_lang())})
