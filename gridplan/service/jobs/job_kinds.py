"""The kinds of jobs that the service runs, each in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gridplan.service.imports import apply_job, preview
from gridplan.service.jobs.runner import JobKind
from gridplan.service.plans import plan_job

JOB_KINDS: Final[Mapping[str, JobKind]] = {
    "preview": JobKind(preview.preview_batch, preview.save_preview),
    "import": JobKind(apply_job.prepare_import, apply_job.apply_import),
    "plan": JobKind(plan_job.plan_villages, plan_job.save_result),
}
