"""The jobs of an application: a thread that runs them begins with the first one, or with those that were left over."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final, cast

from flask import Flask, current_app

from gridplan.service.access.card_job import CardTray, draw_cards
from gridplan.service.imports import apply_job, preview
from gridplan.service.jobs.control import has_open_jobs
from gridplan.service.jobs.runner import JobKind, Runner
from gridplan.service.meeting import pack_job
from gridplan.service.plans import plan_job
from gridplan.service.registry import imagery
from gridplan.store import Store

JOB_KINDS: Final[Mapping[str, JobKind]] = {
    "preview": JobKind(preview.preview_batch, preview.save_preview),
    "import": JobKind(apply_job.prepare_import, apply_job.apply_import),
    "imagery": JobKind(imagery.cut_imagery, imagery.save_imagery),
    pack_job.KIND: JobKind(pack_job.make_files, pack_job.save_files, pack_job.remove_strays),
    "plan": JobKind(plan_job.plan_villages, plan_job.save_result),
}


class Jobs:
    """Starts the runner of an application when there is something to run."""

    def __init__(self, app: Flask, store: Store) -> None:
        self._app, self._store = app, store
        self.card_tray = CardTray()
        self._lock = threading.Lock()
        self._runner: Runner | None = None

    def wake(self) -> None:
        """Say that there is a new job."""
        with self._lock:
            if self._runner is None:
                kinds = {**JOB_KINDS, "cards": JobKind(draw_cards, self.card_tray.save_drawn)}
                self._runner = Runner(self._store, kinds, lambda: self._app.extensions["clock"]())
                self._runner.start()
        self._runner.wake()

    def close(self) -> None:
        """Stop the job that is running and take no other."""
        with self._lock:
            if self._runner is not None:
                self._runner.close()


def start(app: Flask, store: Store, *, run: bool) -> None:
    """Let the application have jobs; with `run`, go on with those that waited when it ended the last time."""
    app.extensions["jobs"] = Jobs(app, store)
    if run and has_open_jobs(store):
        app.extensions["jobs"].wake()


def wake() -> None:
    """Say that there is a new job, once it is in the store."""
    cast(Jobs, current_app.extensions["jobs"]).wake()


def card_tray() -> CardTray:
    """Return the cards that jobs of this application made and that can still be printed."""
    return cast(Jobs, current_app.extensions["jobs"]).card_tray
