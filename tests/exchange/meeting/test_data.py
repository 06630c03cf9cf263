"""The data of a snapshot: a plan that can be read back and says what it is of; the same as GeoJSON."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from meeting_content import content
from sample_towns import town

from gridplan.errors import InputRefused
from gridplan.exchange.geopackage import read_plan
from gridplan.exchange.meeting.data import write_geojson, write_geopackage


@pytest.fixture(scope="module")
def known():
    return replace(content("planner"), town=town())


def test_a_geopackage_is_the_plan_and_says_what_it_is_of(known, tmp_path):
    path = tmp_path / "plan.gpkg"
    path.write_bytes(write_geopackage(known))
    assert path.read_bytes() == write_geopackage(known)
    read = read_plan(path)
    assert [one.plan.grid_of for one in read.villages] == [one.plan.grid_of for one in town().villages]
    with closing(sqlite3.connect(path)) as database:
        (told,) = {one for (one,) in database.execute("SELECT description FROM gpkg_contents")}
    assert known.stamp.snapshot in told


def test_geojson_has_a_layer_for_each_feature(known):
    made = json.loads(write_geojson(known))
    layers = [one["properties"]["layer"] for one in made["features"]]
    assert {one: layers.count(one) for one in dict.fromkeys(layers)} == {"households": 882, "grids": 73, "villages": 5}
    assert known.stamp.snapshot in made["description"]


def test_data_are_for_planners_alone():
    for write in (write_geopackage, write_geojson):
        with pytest.raises(InputRefused):
            write(content("meeting"))
