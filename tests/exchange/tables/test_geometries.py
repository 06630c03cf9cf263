"""A geometry that is there is read, or its row is refused with its value and the reason, in every format and list."""

import io
import json
import sqlite3
import struct

import numpy as np
import pyarrow
import pytest
import shapefile
import shapely
from geopackages import blob, geopackage, view
from pyarrow import parquet

from gridplan.errors import InputRefused
from gridplan.exchange.lists.features import read_barriers
from gridplan.exchange.lists.hamlets import read_hamlets
from gridplan.exchange.lists.households.households import read_households
from gridplan.exchange.lists.members import read_members
from gridplan.exchange.lists.villages import read_villages
from gridplan.exchange.tables.formats import read_unsandboxed
from gridplan.exchange.tables.readers import geopackage as readers
from gridplan.exchange.tables.readers.geopackage import layers_of
from gridplan.exchange.tables.source import parse_source

HOME = shapely.Point(110.5, 38.25)
YARD = shapely.box(110.51, 38.25, 110.5101, 38.2501)
FIELD = shapely.box(110, 38, 110.01, 38.01)


def read(path):
    (table,) = read_unsandboxed(parse_source(str(path)))
    return table


def geojson(path, *geometries, **more):
    features = [
        {"type": "Feature", "properties": {"户编号": str(at), "村": "柳村", "姓名": f"户{at}", **more}, "geometry": one}
        for at, one in enumerate(geometries)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return str(path)


def kml(path, *shapes):
    marks = "".join(f"<Placemark><name>户{at}</name>{one}</Placemark>" for at, one in enumerate(shapes))
    path.write_text(f"<kml><Document>{marks}</Document></kml>", encoding="utf-8")
    return path


CURVE = b"\1" + struct.pack("<II6d", 8, 3, *[110.0, 38, 110.1, 38.1, 110.2, 38])
NESTED = shapely.GeometryCollection([shapely.GeometryCollection([HOME])])
DEEP = (b"\1" + struct.pack("<II", 7, 1)) * 5000 + shapely.to_wkb(HOME)


@pytest.mark.parametrize(
    "position",
    [
        [110.5, 38.25, 12.5, 4],
        [110.5, 38.25, None],
        ["110.5", " 38.25 ", "x"],
        [[110.5, 38.25]],
        [110.5, 38.25, 12, 4, 5, 6],
    ],
)
def test_longitude_and_latitude_are_read_where_they_are_plain_numbers(tmp_path, position):
    path = geojson(tmp_path / "a.geojson", {"type": "Point", "coordinates": position})
    assert list(read(path).shapes) == [HOME]
    ring = [[0, 0, None], ["9", 0, 1, 2], [9, "9"], [0, 9]]  # not closed either
    assert read(geojson(tmp_path / "b.geojson", {"type": "Polygon", "coordinates": [ring]})).shapes[0].area == 81


def test_what_is_no_geometry_at_all_is_not_taken_for_a_broken_one(tmp_path):
    nothing = [None, *({"type": "Point", "coordinates": one} for one in ([], None, [None, None], ["", ""]))]
    table = read(geojson(tmp_path / "a.geojson", *nothing, {"type": "GeometryCollection", "geometries": []}))
    assert not table.unread
    assert not table.drawn or shapely.is_empty(table.shapes[-1])
    table = read(geopackage(tmp_path / "a.gpkg", [None, blob(shapely.Point())]))
    assert not table.unread
    table = read(kml(tmp_path / "a.kml", "", "<Point><coordinates> </coordinates></Point>"))
    assert (list(table.shapes), table.unread) == ([None, None], {})


def test_features_within_collections_and_bare_geometries_among_features_are_read(tmp_path):
    point = {"type": "Point", "coordinates": [110.5, 38.25]}
    inner = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1}, "geometry": point}]}
    document = {"type": "FeatureCollection", "features": [inner, point, {"properties": {"a": 2}, "geometry": point}]}
    (tmp_path / "a.geojson").write_text(json.dumps(document))
    table = read(tmp_path / "a.geojson")
    assert list(table.shapes) == [HOME] * 3
    assert table.rows == [("1",), ("",), ("2",)]


def unreadable(tmp_path):
    """Files in every format, each with geometries that are there and cannot be read, by the reason for each."""
    numbers, kind, broken, finite = (
        f"read.row.{code}" for code in ("shape_numbers", "shape_kind", "shape_broken", "not_finite")
    )
    shapes = {"type": "FeatureCollection", "features": []}
    yield (
        geojson(
            tmp_path / "a.geojson",
            {"type": "Point", "coordinates": ["东经110.5", 38.25]},
            {"type": "Point", "coordinates": [110.5]},
            {"type": "Point", "coordinates": "110.5,38.25"},
            {"type": "Point", "coordinates": {"lng": 110.5, "lat": 38.25}},
            {"type": "Point", "coordinates": [True, 38.25]},
            {"type": "Point", "coordinates": [float("nan"), 38.25]},
            {"type": "Point", "coordinates": [10**400, 38.25]},
            {"type": "Circle", "coordinates": [110.5, 38.25]},
            {"x": 110.5, "y": 38.25},
            "POINT (110.5 38.25)",
            shapes,
        ),
        [numbers, numbers, numbers, numbers, numbers, finite, finite, kind, broken, broken, kind],
    )
    yield (
        geopackage(
            tmp_path / "a.gpkg",
            [
                blob(HOME)[:-4],
                blob(HOME)[:8],
                b"\0\1" + bytes(30),
                "POINT (110.5 38.25)",
                blob(HOME)[:8] + CURVE,
                blob(HOME)[:8] + DEEP,
                blob(shapely.LineString([(110, 38), (np.inf, 38)])),
                blob(HOME)[:8] + shapely.to_wkb(HOME)[:5] + struct.pack("<2d", 110.5, np.nan),
            ],
        ),
        [broken, broken, broken, broken, kind, broken, finite, finite],
    )
    yield (
        kml(
            tmp_path / "a.kml",
            "<Point><coordinates>110.5 38.25 0</coordinates></Point>",
            "<Point><coordinates>东经110.5,北纬38.25</coordinates></Point>",
            "<Point><coordinates>110,5,38,25</coordinates></Point>",
            "<Point><coordinates>110.5,38.25 110.6,38.25</coordinates></Point>",
            "<Polygon><outerBoundaryIs><LinearRing><coordinates>1,1 2,2</coordinates></LinearRing></outerBoundaryIs>"
            "</Polygon>",
            "<Track><coord>110.5 38.25 0</coord></Track>",
            "<Model><Location><longitude>110.5</longitude></Location></Model>",
        ),
        [numbers, numbers, numbers, broken, broken, kind, kind],
    )
    geo = {"primary_column": "g", "columns": {"g": {"encoding": "WKB"}}}
    column = pyarrow.array([shapely.to_wkb(HOME)[:9], CURVE, b"", shapely.to_wkb(NESTED)])
    table = pyarrow.table({"g": column, "户编号": list("abcd"), "村": ["柳村"] * 4})
    parquet.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), tmp_path / "a.parquet")
    yield tmp_path / "a.parquet", [broken, kind, broken]
    parts = {ending: io.BytesIO() for ending in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, shapeType=shapefile.MULTIPATCH) as writer:
        writer.field("id", "C", 20)
        writer.record("1")
        writer.multipatch([[[0, 0], [1, 0], [1, 1]]], partTypes=[0])
    for ending, part in parts.items():
        (tmp_path / f"a.{ending}").write_bytes(part.getvalue())
    yield tmp_path / "a.shp", [kind]


def test_a_geometry_that_is_there_and_cannot_be_read_is_never_none(tmp_path):
    for path, reasons in unreadable(tmp_path):
        table = read(path)
        assert [table.unread[at].reason.code for at in range(len(reasons))] == reasons
        assert all(one.value and one.reason.say("zh") and one.reason.say("en") for one in table.unread.values())
        assert shapely.is_missing(table.shapes[: len(reasons)]).all()
        assert len(table.unread) == len(reasons)


def test_blanks_in_the_coordinates_of_a_placemark_do_no_harm(tmp_path):
    table = read(
        kml(
            tmp_path / "a.kml",
            "<Point><coordinates> 110.5 , 38.25,\n 12 </coordinates></Point>",
            "<Point><coordinates>110.5,38.25,12.5,4</coordinates></Point>",
            "<LineString><coordinates>110, 38, 0\n110.5, 38.25, 0,</coordinates></LineString>",
        )
    )
    assert list(table.shapes) == [HOME, HOME, shapely.LineString([(110, 38), (110.5, 38.25)])]


def test_a_collection_stands_for_its_only_point_or_its_areas(tmp_path):
    collections = [
        NESTED,
        shapely.GeometryCollection([HOME, FIELD]),
        shapely.GeometryCollection([YARD]),
        shapely.GeometryCollection([HOME, shapely.Point(1, 2)]),
        shapely.GeometryCollection([shapely.LineString([(0, 0), (1, 1)])]),
    ]
    path = geopackage(tmp_path / "a.gpkg", map(blob, collections))
    listed = read_households(str(path))
    assert [(one.lon, one.lat) for one in listed.households[:2]] == [(110.5, 38.25)] * 2
    assert YARD.contains(shapely.Point(listed.households[2].lon, listed.households[2].lat))
    assert [(one.row, one.reason.code) for one in listed.refused] == [
        (4, "read.row.not_a_point"),
        (5, "read.row.line"),
    ]


def test_every_list_refuses_what_it_cannot_read_by_column_value_and_reason(tmp_path):
    broken = {"type": "Point", "coordinates": ["110.5°", 38.25]}
    good = {"type": "Point", "coordinates": [110.5, 38.25]}
    path = geojson(tmp_path / "a.geojson", good, broken, 组="一组")
    for listed in (read_households(path), read_members(path)):
        (refusal,) = listed.refused
        assert (refusal.row, refusal.column, refusal.value) == (2, "geometry", json.dumps(broken, ensure_ascii=False))
        assert refusal.reason.code == "read.row.shape_numbers"
    (place,) = read_hamlets(path).hamlets
    assert (place.lon, place.lat) == (110.5, 38.25)
    assert [note.code for note in read_hamlets(path).notes] == ["read.note.hamlet_left_out"]
    alone = geojson(
        tmp_path / "b.geojson", broken, {"type": "Point", "coordinates": [1, 2]}, 经度="110.5", 纬度="38.25"
    )
    assert len(read_households(alone).refused) == 1  # and the columns do not stand in without a word


def test_a_position_in_a_column_beside_the_geometries_of_others_is_never_none(tmp_path):
    path = geojson(
        tmp_path / "a.geojson", {"type": "Point", "coordinates": [110.5, 38.25]}, None, 经度="110.6", 纬度="38.25"
    )
    for listed in (read_households(path), read_members(path)):
        (refusal,) = listed.refused
        assert (refusal.row, refusal.value, refusal.reason.code) == (2, "110.6", "read.row.beside_geometry")
    columns = {"lon": "经度", "lat": "纬度"}
    assert [one.lon for one in read_households(path, columns=columns).households] == [110.6, 110.6]


def test_a_parquet_file_that_does_not_say_which_column_has_its_geometries_gives_them(tmp_path):
    table = pyarrow.table({"geometry": [shapely.to_wkb(HOME), b"x"], "户编号": ["a", "b"]})
    parquet.write_table(table, tmp_path / "a.parquet")
    table = read(tmp_path / "a.parquet")
    assert (table.header, list(table.shapes), list(table.unread)) == (("户编号",), [HOME, None], [1])
    assert [note.code for note in table.notes] == ["read.note.frame_assumed"]


def test_a_boundary_is_the_polygons_of_its_collection(tmp_path):
    boundary = shapely.GeometryCollection([FIELD, HOME, shapely.box(110.01, 38, 110.02, 38.01)])
    for path in (
        geopackage(tmp_path / "a.gpkg", [blob(boundary)]),
        geojson(tmp_path / "a.geojson", json.loads(shapely.to_geojson(boundary))),
    ):
        (village,) = read_villages(str(path)).villages
        assert village.boundary is not None
        assert village.boundary.equals(shapely.box(110, 38, 110.02, 38.01))
    (tmp_path / "a.csv").write_text(f'村,WKT\n柳村,"{boundary.wkt}"', encoding="utf-8")
    (village,) = read_villages(str(tmp_path / "a.csv")).villages
    assert village.boundary is not None
    listed = read_villages(str(geopackage(tmp_path / "b.gpkg", [blob(HOME)[:8] + CURVE])))
    assert [note.code for note in listed.notes] == ["read.note.polygon_unread"]
    assert "CircularString" in listed.notes[0].say("en")


def test_a_barrier_in_a_collection_is_its_lines_and_areas(tmp_path):
    river = shapely.LineString([(110, 38), (111, 38)])
    path = geopackage(tmp_path / "a.gpkg", [blob(shapely.GeometryCollection([HOME, river]))])
    assert list(read_barriers(str(path)).shapes) == [river]


# ---- what a GeoPackage computes


GENERATED = """ALTER TABLE list ADD COLUMN 组 TEXT GENERATED ALWAYS AS (fid || '组') VIRTUAL;
ALTER TABLE list ADD COLUMN "a""b" TEXT GENERATED ALWAYS AS (upper(村)) VIRTUAL;"""


def test_generated_columns_are_columns(tmp_path):
    table = read(geopackage(tmp_path / "a.gpkg", [blob(HOME)] * 2, GENERATED))
    assert table.header == ("fid", "户编号", "村", "组", 'a"b')
    assert table.rows[1] == ("2", "1", "柳村", "2组", "柳村")
    assert {one.hamlet for one in read_households(str(tmp_path / "a.gpkg")).households} == {"1组", "2组"}


def test_a_view_of_tables_of_the_file_is_read_where_it_is_named_or_the_only_layer(tmp_path):
    nested = view("SELECT geom, 户编号, 村 FROM list WHERE fid > 1 ORDER BY fid DESC", "first")
    path = geopackage(
        tmp_path / "a.gpkg", [blob(HOME)] * 3, nested + view("SELECT * FROM first JOIN list USING (geom)")
    )
    assert [row[0] for row in read(f"{path}#first").rows] == ["2", "1"]
    assert list(read(f"{path}#v").shapes[:2]) == [HOME, HOME]
    table = read(path)
    assert (table.sheet, len(table.rows)) == ("list", 3)
    (note,) = table.notes
    assert (note.code, str(note.say("en")).count("first, v")) == ("read.note.views", 1)
    only = "DELETE FROM gpkg_geometry_columns; " + view("SELECT * FROM list")
    assert read(geopackage(tmp_path / "b.gpkg", [blob(HOME)], only)).sheet == "v"


HOSTILE = [
    "WITH RECURSIVE t(geom) AS (SELECT 1 UNION ALL SELECT 1 FROM t) SELECT * FROM t",
    "SELECT count(a.fid + h.fid) AS geom FROM list a, list b, list c, list d, list e, list f, list g, list h",
    "SELECT sql AS geom FROM sqlite_master",
    "SELECT atom AS geom FROM json_each('[1]')",
    "SELECT name AS geom FROM pragma_database_list",
    "SELECT geom FROM elsewhere",
    "SELECT load_extension('x') AS geom",
    "SELECT zeroblob(900000000) AS geom",
    "SELECT geom FROM nowhere",
    "SELECT ST_Buffer(geom, 1) AS geom FROM list",
]


@pytest.mark.parametrize("definition", HOSTILE)
def test_a_view_that_does_not_end_or_reads_anything_else_is_refused(tmp_path, monkeypatch, definition):
    monkeypatch.setattr(readers, "STEPS", 1_000_000)
    elsewhere = "CREATE VIRTUAL TABLE elsewhere USING fts5(geom);"
    path = geopackage(tmp_path / "a.gpkg", [blob(HOME)] * 20, elsewhere + view(definition))
    with pytest.raises(InputRefused) as caught:
        read(f"{path}#v")
    assert caught.value.message.code == "read.computed_layer"
    assert caught.value.say("zh") and caught.value.say("en")
    assert len(read(path).rows) == 20
    assert layers_of(path)["v"].is_view


def test_layers_that_are_listed_by_a_view_are_none(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", [blob(HOME)])
    with sqlite3.connect(path) as database:
        endless = "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT 1 FROM t) SELECT x, x, x FROM t"
        database.executescript(f"DROP TABLE gpkg_geometry_columns; CREATE VIEW gpkg_geometry_columns AS {endless}")
    assert layers_of(path) == {}
    with pytest.raises(InputRefused):
        read(path)
