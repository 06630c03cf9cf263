"""The town's own basemap, drawn of its land."""

import pyogrio
import pytest
import shapely
from service import NOW

from gridplan.service.town import basemap
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import features

ROAD = shapely.LineString([(119.43, 31.41), (119.44, 31.42)])
HOUSE = shapely.box(119.431, 31.411, 119.432, 31.412)
LAKE = shapely.Point(119.435, 31.415).buffer(0.001)


def lay(store, **land):
    with store.change(COMMAND_LINE, "add", "feature", now=NOW) as made:
        return [id_ for kind, shape in land.items() for id_ in features.add(made.connection, kind, [("名", shape)])]


@pytest.mark.filterwarnings("ignore")
def test_it_holds_roads_water_and_buildings_and_nothing_else(store):
    lay(store, road=ROAD, building=HOUSE, water=LAKE, barrier=ROAD)
    assert basemap.draw_basemap(store)
    drawn = pyogrio.read_dataframe(store.folder / basemap.FILE)
    assert set(drawn["kind"]) == {"road", "building", "water"}
    assert [file.name for file in store.folder.glob("*.pmtiles")] == [basemap.FILE]


def test_it_goes_when_the_land_goes(store):
    ids = lay(store, road=ROAD)
    basemap.draw_basemap(store)
    with store.change(COMMAND_LINE, "remove", "feature", now=NOW) as made:
        features.remove(made.connection, ids)
    assert not basemap.draw_basemap(store)
    assert basemap.basemap_version(store) is None


def test_its_age_tells_when_it_was_drawn_anew(store):
    lay(store, road=ROAD)
    basemap.draw_basemap(store)
    before = basemap.basemap_version(store)
    lay(store, water=LAKE)
    basemap.draw_basemap(store)
    assert basemap.basemap_version(store) != before


@pytest.mark.filterwarnings("ignore")
def test_what_spans_half_the_earth_is_drawn_only_where_the_town_is(service):
    lay(service.store, road=ROAD, water=shapely.box(-80, -60, 130, 60))
    assert basemap.draw_basemap(service.store)
    west, south, east, north = pyogrio.read_info(service.store.folder / basemap.FILE, force_total_bounds=True)[
        "total_bounds"
    ]
    assert (east - west, north - south) < (200_000, 200_000)  # in metres of Web Mercator
