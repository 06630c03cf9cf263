"""Layers of barriers and crossings, read from real files."""

import geopandas as gpd
import pytest
import shapely

from gridplan.errors import InputRefused
from gridplan.exchange.lists.features import read_barriers, read_crossings, read_water

RIVER = shapely.LineString([(110, 35), (110.1, 35.02)])
LAKE = shapely.box(110, 35, 110.01, 35.01)
SPOT = shapely.Point(110.05, 35.01)


def layer(path, shapes, crs="EPSG:4326", **columns):
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(
        path, **({} if path.suffix != ".gpkg" else {"layer": "有水"})
    )
    return str(path)


def codes(read):
    return [note.code for note in read.notes]


@pytest.mark.parametrize("name", ["河流.geojson", "河流.gpkg", "river.shp"])
def test_lines_and_areas_are_barriers_in_any_file(tmp_path, name):
    shapes = [RIVER, RIVER] if name.endswith("shp") else [RIVER, LAKE]
    read = read_barriers(layer(tmp_path / name, shapes, name=["沁河", "湖"]))
    assert [shapely.hausdorff_distance(found, shape) < 1e-9 for found, shape in zip(read.shapes, shapes, strict=True)]
    assert read.notes == ()


def test_a_layer_and_its_frame_can_be_named(tmp_path):
    metres = gpd.GeoSeries([RIVER], crs="EPSG:4326").to_crs("EPSG:4546")
    file = layer(tmp_path / "全部.gpkg", list(metres), crs="EPSG:4546", name=["沁河"])
    (found,) = read_barriers(f"{file}#有水@EPSG:4546").shapes
    assert shapely.hausdorff_distance(found, RIVER) < 1e-6


def test_points_are_no_barriers_and_what_is_left_out_is_told(tmp_path):
    read = read_barriers(layer(tmp_path / "a.geojson", [RIVER, SPOT, None, shapely.LineString([(1, 99), (2, 95)])]))
    assert len(read.shapes) == 1
    assert [(note.code, note.values["n"], note.values["rows"]) for note in read.notes] == [
        ("barrier.note.unusable", 3, "2, 3, 4")
    ]


def test_what_is_in_a_tunnel_parts_nobody(tmp_path):
    read = read_barriers(layer(tmp_path / "a.geojson", [RIVER] * 4, tunnel=["yes", None, "no", "culvert"]))
    assert len(read.shapes) == 2
    assert codes(read) == ["barrier.note.tunnels"]


def test_of_roads_only_bridges_and_tunnels_are_crossings(tmp_path):
    columns = {"bridge": ["yes", None, "no", "viaduct", ""], "tunnel": [None, "yes", "0", None, ""]}
    read = read_crossings(layer(tmp_path / "roads.geojson", [RIVER] * 5, **columns))
    assert len(read.shapes) == 3
    assert read.notes[0].values["n"] == 3
    assert read.notes[0].values["of"] == 5


def test_a_layer_that_says_nothing_of_bridges_is_all_crossings(tmp_path):
    read = read_crossings(layer(tmp_path / "a.geojson", [SPOT, RIVER], name=["渡口", "桥"]))
    assert read.shapes == (SPOT, RIVER)
    assert read.notes == ()


@pytest.mark.parametrize(
    ("read", "shapes", "columns", "code"),
    [
        (read_barriers, [SPOT], {}, "barrier.no_barriers"),
        (read_crossings, [RIVER], {"bridge": ["no"]}, "barrier.no_crossings"),
    ],
)
def test_a_layer_without_any_is_refused(tmp_path, read, shapes, columns, code):
    file = layer(tmp_path / "a.geojson", shapes, **columns)
    with pytest.raises(InputRefused) as refused:
        read(file)
    assert refused.value.message.code == code


def test_a_table_without_shapes_is_refused(tmp_path):
    file = tmp_path / "桥.csv"
    file.write_text("名称,经度\n一号桥,110\n", encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        read_crossings(str(file))
    assert refused.value.message.code == "barrier.no_shapes"


def test_land_of_another_kind_beside_water_is_no_water_and_said(tmp_path):
    far = shapely.transform(LAKE, lambda lonlat: lonlat + 0.1)
    mixed = read_water(layer(tmp_path / "a.geojson", [LAKE, far, LAKE], kind=["water", "landuse_residential", ""]))
    assert (len(mixed.shapes), codes(mixed)) == (2, ["barrier.note.dry"])
    plain = read_water(layer(tmp_path / "b.geojson", [LAKE, far], kind=["a", "b"]))
    assert (len(plain.shapes), codes(plain)) == (2, [])
