"""Who works on the villages that a service plans."""

import pytest

from gridplan.errors import Unavailable
from gridplan.planning.county import PlanSettings
from gridplan.planning.execution import dask_team
from gridplan.planning.town import plan_town
from gridplan.service.jobs.workers import DASK, planning_workers


def test_the_cluster_that_the_environment_names_plans_else_processes(monkeypatch):
    monkeypatch.delenv(DASK, raising=False)
    assert isinstance(planning_workers(), int)
    monkeypatch.setenv(DASK, "tcp://127.0.0.1:1")
    monkeypatch.setattr(dask_team, "CONNECT_S", 0.5)
    with pytest.raises(Unavailable, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        plan_town([], [], PlanSettings(), workers=planning_workers(), progress=lambda *_: None)
