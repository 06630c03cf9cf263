"""A plan folder as gridplan plan leaves it, written from a town drawn by hand."""

import json

import pytest
from drawn import hostile_town, town

from gridplan.exchange.geopackage import write_plan
from gridplan.exchange.webmap import write_map


@pytest.fixture(scope="session")
def make_folder(tmp_path_factory):
    def make(plan, name):
        folder = tmp_path_factory.mktemp("plans") / name
        folder.mkdir()
        write_plan(plan, folder / "plan.gpkg", "zh")
        write_map(plan, folder / "map.html", "zh", name)
        report = {"refused": 3, "seed": 7, "version": "0.1.0", "lower_bound_m": None, "gap": None}
        (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
        (folder / "run.json").write_text("{}", encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def folder(make_folder):
    return make_folder(town(), "溧阳镇")


@pytest.fixture(scope="session")
def hostile_folder(make_folder):
    return make_folder(hostile_town(), "hostile")
