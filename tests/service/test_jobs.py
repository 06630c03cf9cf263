"""Jobs run in processes of their own, say how far they are, can be stopped, and leave nothing when they break."""

import multiprocessing
import time
from datetime import UTC, datetime

import pytest
from databases import ON_BOTH
from job_kinds import KINDS

from gridplan.roles import Actor
from gridplan.service.jobs import runner as job_runner
from gridplan.service.jobs.control import job_status
from gridplan.service.jobs.runner import Runner
from gridplan.store.access import accounts
from gridplan.store.database import COMMAND_LINE
from gridplan.store.system import jobs
from gridplan.words import Message

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def started_anew(monkeypatch):
    """Let jobs begin as in the product, with nothing loaded."""
    monkeypatch.setattr(job_runner, "PROCESSES", multiprocessing.get_context("spawn"))


@pytest.fixture
def queue(store):
    """Return a function that queues a job, and one that waits until it has ended and returns it."""
    with store.change(COMMAND_LINE, "add", "account", now=NOW) as change:
        maker = accounts.add(change.connection, name="x", role="administrator", login="x", now=NOW)
    runner = Runner(store, KINDS, lambda: NOW)
    runner.start()

    def add(kind, **request):
        with store.write() as connection:
            job_id = jobs.add(connection, kind, request, made_by=maker, now=NOW)
        runner.wake()
        return job_id

    yield add, lambda job_id: ended_job(store, job_id)
    runner.close()


def ended_job(store, job_id):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with store.read() as connection:
            job = jobs.by_id(connection, job_id)
        if job["ended_at"] is not None:
            return job
        time.sleep(0.05)
    raise AssertionError("the job did not end")


@ON_BOTH
def test_a_job_says_how_far_it_is_and_what_came_of_it(queue):
    add, ended = queue
    job = ended(add("count", numbers=[1, 2, 3]))
    assert (job["state"], job["result"], job["error"]) == ("done", {"sum": 6}, None)
    assert job["progress"] == {"done": 2, "total": 3}


def test_a_job_that_cannot_be_done_says_why_and_the_next_one_runs(queue):
    add, ended = queue
    codes = {"refuse": "plan.missing", "break": "job.broke", "vanish": "job.broke", "unsaved": "plan.missing"}
    for kind, code in codes.items():
        job = ended(add(kind, numbers=[]))
        assert (job["state"], job["error"].code, job["result"]) == ("failed", code, {}), kind
    assert ended(add("count", numbers=[2]))["state"] == "done"


def test_a_job_that_is_cancelled_stops_and_stays_cancelled(queue, store, tmp_path):
    add, ended = queue
    begun = tmp_path / "begun"
    job_id = add("wait", begun=str(begun))
    while not begun.exists():
        time.sleep(0.05)
    with store.write() as connection:
        assert jobs.end(connection, job_id, "cancelled", now=NOW)
    assert ended(add("count", numbers=[5]))["result"] == {"sum": 5}
    assert (store.folder / "cleared").exists()
    with store.read() as connection:
        assert jobs.by_id(connection, job_id)["state"] == "cancelled"
    with store.write() as connection:
        assert not jobs.end(connection, job_id, "done", now=NOW)


@ON_BOTH
def test_the_next_job_waits_and_what_was_running_when_the_service_stopped_is_said_to_have_failed(store):
    with store.change(COMMAND_LINE, "add", "account", now=NOW) as change:
        maker = accounts.add(change.connection, name="x", role="administrator", login="x", now=NOW)
    with store.write() as connection:
        job_id = jobs.add(connection, "count", {}, made_by=maker, now=NOW)
        jobs.claim_next(connection, NOW)
        next_id = jobs.add(connection, "count", {}, made_by=maker, now=NOW)
    waits = job_status(store, Actor(maker, "x", "administrator", None), next_id)
    assert (waits.state, waits.at) == ("queued", Message("job.waits", {"n": 1}))
    with store.write() as connection:
        jobs.end(connection, next_id, "cancelled", now=NOW)
    runner = Runner(store, KINDS, lambda: NOW)
    runner.start()
    job = ended_job(store, job_id)
    runner.close()
    assert (job["state"], job["error"]) == ("failed", Message("job.interrupted"))


def test_jobs_go_on_once_the_database_is_back(sqlite, tmp_path):
    with sqlite.copy("empty", tmp_path) as store:
        with store.change(COMMAND_LINE, "add", "account", now=NOW) as change:
            maker = accounts.add(change.connection, name="x", role="administrator", login="x", now=NOW)
            job_id = jobs.add(change.connection, "count", {"numbers": [5]}, made_by=maker, now=NOW)
        away = store.file.path.with_name("away")
        store.file.path.rename(away)
        runner = Runner(store, KINDS, lambda: NOW)
        runner.start()
        time.sleep(0.2)  # it has tried in vain
        away.rename(store.file.path)
        runner.wake()
        assert ended_job(store, job_id)["result"] == {"sum": 5}
        runner.close()
