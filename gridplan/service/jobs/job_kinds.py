"""The kinds of jobs that the service runs, each in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gridplan.service.imports import apply_job, preview_job
from gridplan.service.jobs.runner import Work
from gridplan.service.plans import plan_job

WORK: Final[Mapping[str, Work]] = {
    "preview": Work(preview_job.look, preview_job.keep),
    "import": Work(apply_job.take, apply_job.keep),
    "plan": Work(plan_job.plan, plan_job.keep),
}
