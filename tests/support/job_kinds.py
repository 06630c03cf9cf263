"""Kinds of jobs for tests of jobs. Their processes load this module, and nothing else that only tests need."""

import os
import time
from pathlib import Path

from gridplan.errors import InputRefused
from gridplan.service.jobs.control import finish_job
from gridplan.service.jobs.runner import JobKind


def count(store, request, progress):
    for done in range(3):
        progress({"done": done, "total": 3})
    return {"sum": sum(request["numbers"])}


def wait_for_a_file_that_never_comes(store, request, progress):
    Path(request["begun"]).touch()
    while not Path(request["begun"]).with_suffix(".end").exists():
        time.sleep(0.05)


def refuse(store, request, progress):
    raise InputRefused("plan.missing", path="households.csv")


def divide_by_nothing(store, request, progress):
    return 1 / 0


def vanish(store, request, progress):
    os._exit(3)


def save(store, job, result, now):
    with store.write() as connection:
        finish_job(connection, job, result or {}, now)


def refuse_to_save(store, job, result, now):
    raise InputRefused("plan.missing", path="saved")


def clear(store):
    (store.folder / "cleared").touch()


KINDS = {
    "count": JobKind(count, save),
    "wait": JobKind(wait_for_a_file_that_never_comes, save, clear),
    "refuse": JobKind(refuse, save),
    "break": JobKind(divide_by_nothing, save),
    "vanish": JobKind(vanish, save),
    "unsaved": JobKind(count, refuse_to_save),
}
