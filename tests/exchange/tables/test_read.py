"""Files of every kind become the same table of text cells, or are refused with one clear sentence."""

import csv
import json
import os
import shutil
import sqlite3
import zipfile
from contextlib import contextmanager

import geopandas
import hypothesis.strategies as st
import openpyxl
import pytest
import shapely
from hypothesis import given, settings

from gridplan.errors import InputRefused
from gridplan.exchange.lists.hamlets import read_hamlets
from gridplan.exchange.lists.households.households import read_households
from gridplan.exchange.lists.members import read_members, write_refused_members
from gridplan.exchange.lists.villages import read_villages
from gridplan.exchange.tables.formats import READERS, read_unsandboxed
from gridplan.exchange.tables.plain_cells import PlainCells
from gridplan.exchange.tables.read import read_all, read_table
from gridplan.exchange.tables.readers import spreadsheet as workbooks
from gridplan.exchange.tables.source import parse_source

VRT = "<OGRVRTDataSource><OGRVRTLayer><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"

HOME = shapely.Point(110, 38)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


def refusal(argument) -> str:
    """The code of the refusal; its sentence exists in both languages."""
    with pytest.raises(InputRefused) as caught:
        read_table(str(argument))
    assert caught.value.say("en") and caught.value.say("zh")
    return caught.value.message.code


def write_csv(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return str(path)


def write_geojson(path, *geometries, **more):
    features = [{"type": "Feature", "properties": {"id": f"h{n}"}, "geometry": g} for n, g in enumerate(geometries)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}), encoding="utf-8")
    return str(path)


def write_geopackage(path, crs="EPSG:4326", layer="homes", shapes=(HOME,)):
    geopandas.GeoDataFrame({"id": [f"{n:03d}" for n in range(len(shapes))]}, geometry=list(shapes), crs=crs).to_file(
        path, layer=layer, driver="GPKG"
    )
    return str(path)


def point(lon, lat):
    return {"type": "Point", "coordinates": [lon, lat]}


# ---- CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_csv_is_read_with_any_of_three_delimiters_with_or_without_a_byte_order_mark(tmp_path, delimiter, encoding):
    rows = [("编号", "户主"), ("001", "NA"), ("1E5", "null"), ("1234567890123456789", "TRUE")]
    path = write_csv(tmp_path / "a.csv", "\r\n".join(delimiter.join(row) for row in rows), encoding)
    table = read_table(path)
    assert [table.header, *table.rows] == rows
    assert list(table.numbers) == [2, 3, 4]


def test_a_quoted_line_break_is_part_of_its_cell_and_rows_count_as_a_spreadsheet_counts_them(tmp_path):
    table = read_table(write_csv(tmp_path / "a.csv", 'id,address\n1,"line 1\nline 2"\n\n2,b\n,\n3,c\n'))
    assert table.rows == [("1", "line 1\nline 2"), ("2", "b"), ("3", "c")]
    assert table.numbers == [2, 4, 6]
    assert table.blank_rows == 2


def test_a_short_row_is_filled_up_and_a_long_one_keeps_its_cells(tmp_path):
    table = read_table(write_csv(tmp_path / "a.csv", "a,b\n1\n1,2,,\n1,2,3,\n"))
    assert table.rows == [("1", ""), ("1", "2"), ("1", "2", "3")]


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
def test_any_plain_text_survives_a_csv_unchanged(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    quoted = ['"' + '","'.join(cell.replace('"', '""') for cell in row) + '"' for row in rows]
    write_csv(path, "\n".join(["id,name", *quoted]))
    plain = [(*PlainCells().of_row(row),) for row in rows]
    assert read_table(str(path)).rows == [row for row in plain if "".join(row).strip()]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "read.empty"),
        (b"id,name\n1,\x80\xff\n", "read.encoding"),
        ("编号,户主\n1,张三\n".encode() + b"2,\xe5\xbc\n", "read.encoding"),
        ("\ufeff编号".encode() + "户主\n".encode("gb18030"), "read.encoding"),
        ("id,name\n".encode("utf-16-le"), "read.nul"),
        (b"id,name\n1,a\0b\n2,\0\n", "read.nul"),
        ("id,name\n1,\u6731\n".encode("utf-8") + "2,\u738b\n".encode("gb18030"), "read.encoding_mixed"),
        (
            "\u6236\u7de8\u865f,\u6236\u4e3b\n1,\u738b\u5927\u660e\n2,\u67f3\u7063\u6751\n".encode("big5"),
            "read.encoding_named",
        ),
        ("番号,氏名,住所\n1,山田花子,東京都千代田区\n2,たなか,大阪市\n".encode("cp932"), "read.encoding_named"),
        ("番号,氏名\n1,やまだはなこ\n2,たなか たろう\n".encode("euc_jp"), "read.encoding_named"),
        (
            "".join(f"{chr(at)},{chr(at + 999)}\n" for at in range(0xAC00, 0xC000, 120)).encode("euc_kr", "ignore"),
            "read.encoding_named",
        ),
        ("id,이름,마을\n1,김철수,수원\n".encode("euc_kr"), "read.encoding_named"),
        ("id,이름\n1,김철수\n".encode("johab") * 3, "read.encoding_unclear"),
        ("番号,氏名\n1,山田\n".encode("iso2022_jp"), "read.encoding_named"),
        ("户号,村\n1,柳村\n".encode("hz"), "read.encoding_named"),
        ("код,улица\n1,Улица Ленина\n2,Садовая\n3,Новая\n".encode("koi8-r"), "read.encoding_named"),
        ("id,name\n1,Küchlergasse\n2,Äscherle\n".encode("cp1252"), "read.encoding_named"),
        ("код,улица\n1,Улица Ленина\n2,Садовая\n".encode("cp1251"), "read.encoding_named"),
        (b'id,name\n1,"never closed ' + b"x" * 200_000, "read.csv"),
        (b"id\n" + b"x" * 200_000, "read.csv"),
        (b"id,name,village\n" + b'1,"a"b,c\n' * 1_001, "read.csv"),
        (b"PK\x03\x04 a workbook", "read.another_kind"),
        (b"SQLite format 3\0", "read.another_kind"),
    ],
)
def test_what_is_no_csv_is_refused(tmp_path, content, code):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert refusal(path) == code


LIST = [
    "户编号,户主,村,经度,纬度",
    *(f"{at:03d},户主{at},柳村,112.5{at:02d},33.5{at:02d}" for at in range(1, 31)),
]


@pytest.mark.parametrize(
    ("torn", "cells"),
    [
        ({4: '004,"户主4,柳村,112.504,33.504'}, {4: '"户主4'}),
        ({4: '004,"户"主4,柳村,112.504,33.504'}, {4: '"户"主4'}),
        ({4: '004,"户主4,柳村,112.504,33.504', 9: '009,户主9",柳村,112.509,33.509'}, {4: '"户主4'}),
        ({4: '"004,户主4,柳村,112.504,33.504', 9: '009,"户主9,柳村,112.509,33.509'}, {4: '"004', 9: '"户主9'}),
        ({4: '004,户主4,柳村,112.504,"33.504', 30: '030,户主30,柳村,112.530,33.530"'}, {4: '"33.504'}),
    ],
)
def test_a_lone_quote_is_its_own_rows_fault(tmp_path, torn, cells):
    lines = [torn.get(at, line) for at, line in enumerate(LIST)]
    listed = read_households(write_csv(tmp_path / "a.csv", "\n".join(lines)))
    found = {int(refusal.cells[0].strip('"')): refusal.value for refusal in listed.refused}
    assert {refusal.reason.code for refusal in listed.refused} <= {"read.row.quotes", "read.row.not_number"}
    assert cells.items() <= found.items()
    assert len(listed.households) == 30 - len(found)
    assert len(found) <= len(torn)
    assert {refusal.row for refusal in listed.refused} == {at + 1 for at in found}


def test_cells_on_several_lines_are_no_torn_rows(tmp_path):
    homes = [["1", "甲", "一组\n2号, 东, 西", "112.5"], ["2", '他说"好"', "", "112.6"], ["3", "乙", "a\n\nb", "1,5"]]
    with (tmp_path / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["户编号", "户主", "地址", "经度"], *homes])
    assert read_table(str(tmp_path / "a.csv")).rows == [tuple(home) for home in homes]


def test_a_row_with_a_lone_quote_is_refused_in_every_list_until_it_is_mended(tmp_path):
    members = write_csv(tmp_path / "m.csv", '姓名,村,电话\n甲,柳村,1\n"乙,柳村,2\n丙,柳村,3\n')
    listed = read_members(members)
    assert [member.name for member in listed.members] == ["甲", "丙"]
    assert [refusal.row for refusal in listed.refused] == [3]
    places = read_hamlets(write_csv(tmp_path / "p.csv", '村,组,经度,纬度\n柳村,一组,112,33\n柳村,"二组,112,33\n'))
    assert [hamlet.name for hamlet in places.hamlets] == ["一组"]
    villages = read_villages(write_csv(tmp_path / "v.csv", '村,代码\n柳村,1\n桥"村,2\n"石村,3\n'))
    assert [village.name for village in villages.villages] == ["柳村", '桥"村']
    assert [note.code for note in villages.notes] == ["read.note.no_polygons", "read.note.village_left_out"]
    write_refused_members(tmp_path / "refused.csv", listed, "zh")
    mended = (tmp_path / "refused.csv").read_text("utf-8-sig").replace('"""乙"', "乙")
    again = read_members([members, write_csv(tmp_path / "mended.csv", mended)])
    assert [member.name for member in again.members] == ["甲", "乙", "丙"]


# ---- XLSX


@pytest.fixture
def workbook(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "一村"
    for row in [
        ["编号", "户主", "经度"],
        ["001", "张三", 110.5],
        [13, True, -7],
        [None, None, None],
        ["x", "=1+1", None],
    ]:
        book.active.append(row)
    book.create_sheet("二村").append(["id"])
    book.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def test_a_workbook_gives_its_first_sheet_as_text(workbook):
    table = read_table(str(workbook))
    assert table.header == ("编号", "户主", "经度")
    assert table.rows == [("001", "张三", "110.5"), ("13", "TRUE", "-7"), ("x", "", "")]
    assert table.numbers == [2, 3, 5]
    assert table.blank_rows == 1


def test_a_sheet_is_picked_by_name(workbook):
    assert read_table(f"{workbook}#二村").header == ("id",)
    assert refusal(f"{workbook}#三村") == "read.no_sheet"


def test_what_is_no_workbook_is_refused(tmp_path, workbook):
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(workbook.read_bytes()[:900])
    archive = tmp_path / "archive.xlsx"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "a")
    text = tmp_path / "text.xlsx"
    text.write_text("id,lon,lat\n")
    assert [refusal(path) for path in (cut, archive, text)] == [
        *["read.not_its_ending"] * 2,
        "read.another_kind",
    ]


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(workbook, monkeypatch):
    monkeypatch.setattr(workbooks, "UNPACKED_LIMIT", 1000)
    with pytest.raises(InputRefused) as caught:
        read_unsandboxed(parse_source(str(workbook)))
    assert caught.value.message.code == "read.too_large"


# ---- GeoJSON


def test_geojson_gives_text_cells_and_shapes(tmp_path):
    properties = {"id": 1234567890123456789, "户主": "NA", "n": 13.0, "none": None, "ok": True, "list": ["一"]}
    first = {"type": "Feature", "properties": properties, "geometry": point(110.5, 38.25)}
    second = {"type": "Feature", "id": 7, "properties": {"更多": "x"}, "geometry": None}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [first, second, 5]}), encoding="utf-8-sig")
    table = read_table(str(path))
    assert table.header == ("id", "户主", "n", "none", "ok", "list", "更多")
    assert table.rows[0] == ("1234567890123456789", "NA", "13", "", "true", '["一"]', "")
    assert table.rows[1] == ("7", "", "", "", "", "", "x")
    assert list(table.shapes) == [shapely.Point(110.5, 38.25), None, None]


def test_a_lone_feature_and_a_bare_geometry_are_geojson_too(tmp_path):
    for document in (point(1, 2), {"type": "Feature", "properties": None, "geometry": point(1, 2)}):
        path = tmp_path / "a.json"
        path.write_text(json.dumps(document))
        assert list(read_table(str(path)).shapes) == [shapely.Point(1, 2)]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": ["1", "O"]},
        {"type": "Point"},
        {"type": ["Point"], "coordinates": [1, 2]},
        {"type": "Curve", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": [[[0, 0]]]},
        "POINT (1 2)",
    ],
)
def test_a_geometry_that_cannot_be_read_is_said_to_be_so_and_the_others_stay(tmp_path, geometry):
    table = read_table(write_geojson(tmp_path / "a.geojson", geometry, point(1, 2)))
    assert list(table.shapes) == [None, shapely.Point(1, 2)]
    assert table.unread[0].value == json.dumps(geometry)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (VRT, "read.another_kind"),
        ("#!/bin/sh\nrm -rf /\n", "read.another_kind"),
        ('{"type": "Topology", "objects": {}}', "read.topojson"),
        ('[{"户主": "甲", "经度": 110.5}, {"户主": "乙", "经度": 110.6}]', "read.json_records"),
        ('{"code": 0, "data": [{"户主": "甲"}]}', "read.json_records"),
        ('{"type": "Feature", "geometry": null}\n{"type": "Feature", "geometry": null}', "read.json_lines"),
        (
            '{"fields": [{"name": "a"}], "features": [{"attributes": {"a": 1}, "geometry": {"x": 1, "y": 2}}]}',
            "read.esri_json",
        ),
        ('{"Version": "V10.6.2", "ObjItems": []}', "read.ovital_json"),
        ('{"type": "FeatureCollection", "features": 5}', "read.not_its_ending"),
        ("[" * 200_000, "read.json_deep"),
        ('{"a":' * 200_000, "read.json_deep"),
        ('{"type": "Feature", "properties": {"id": "\\ud800"}, "geometry": null}', "read.encoding_json"),
        ('{"type": "Feature", "properties": {"id": %s}}' % ("9" * 5000), "read.not_its_ending"),
    ],
)
def test_what_is_no_geojson_is_refused(tmp_path, content, code):
    path = tmp_path / "a.geojson"
    path.write_text(content)
    assert refusal(path) == code


# ---- GeoPackage


def test_a_geopackage_gives_text_cells_and_shapes(tmp_path):
    path = tmp_path / "a.gpkg"
    shapes = [shapely.Point(110, 38, 5), None, shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)])]
    frame = geopandas.GeoDataFrame({"编号": ["001", "NA", None], "n": [1.5, 2.0, 3.0]}, geometry=shapes, crs=4326)
    frame.to_file(path, layer="户", driver="GPKG")
    table = read_table(str(path))
    assert table.header == ("fid", "编号", "n")
    assert table.rows == [("1", "001", "1.5"), ("2", "NA", "2"), ("3", "", "3")]
    assert list(table.shapes) == [shapely.Point(110, 38), None, shapes[2]]
    assert not shapely.has_z(table.shapes).any()


def test_of_several_layers_one_must_be_picked(tmp_path):
    path = write_geopackage(tmp_path / "a.gpkg")
    write_geopackage(path, layer="x'; DROP TABLE homes;--\"", shapes=[shapely.Point(1, 2)])
    assert refusal(path) == "read.which_layer"
    assert refusal(f"{path}#nowhere") == "read.no_layer"
    assert list(read_table(f"{path}#x'; DROP TABLE homes;--\"").shapes) == [shapely.Point(1, 2)]
    assert list(read_table(f"{path}#homes").shapes) == [shapely.Point(110, 38)]


def test_a_virtual_table_is_no_layer(tmp_path):
    """Its module may read what is not in the file."""
    path = write_geopackage(tmp_path / "a.gpkg")
    with sqlite3.connect(path) as database:
        database.execute("CREATE VIRTUAL TABLE elsewhere USING fts5(geom)")
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("UPDATE gpkg_geometry_columns SET table_name = 'elsewhere'")
    assert refusal(path) == "read.no_features"


def test_a_list_of_layers_that_is_itself_a_view_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA application_id = 1196444487")
        database.execute(
            "CREATE VIEW gpkg_geometry_columns AS "
            "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT 1 FROM t) SELECT * FROM t"
        )
    assert refusal(path) == "read.geopackage"


def test_geometries_that_geos_would_follow_until_the_stack_is_gone_are_none(tmp_path):
    path = write_geopackage(tmp_path / "a.gpkg", shapes=[shapely.Point(1, 2)] * 3)
    header = b"GP\x00\x01" + (4326).to_bytes(4, "little")
    nested = b"\x01\x07\x00\x00\x00\x01\x00\x00\x00" * 200_000
    inside_multipolygon = b"\x01\x06\x00\x00\x00\x01\x00\x00\x00" + nested
    with sqlite3.connect(path) as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        database.execute("UPDATE homes SET geom = ? WHERE fid = 1", [header + nested])
        database.execute("UPDATE homes SET geom = ? WHERE fid = 2", [header + inside_multipolygon])
    assert list(read_table(path).shapes) == [None, None, shapely.Point(1, 2)]


def test_what_is_no_geopackage_is_refused(tmp_path):
    write_geopackage(tmp_path / "whole.gpkg")
    whole = (tmp_path / "whole.gpkg").read_bytes()
    with sqlite3.connect(tmp_path / "other.gpkg") as database:
        database.execute("CREATE TABLE homes (id)")
    with zipfile.ZipFile(tmp_path / "zip.gpkg", "w") as file:
        file.writestr("a.txt", "a")
    (tmp_path / "text.gpkg").write_text("id,lon,lat\n")
    (tmp_path / "vrt.gpkg").write_text(VRT)
    (tmp_path / "cut.gpkg").write_bytes(whole[: len(whole) // 3])
    (tmp_path / "empty.gpkg").write_bytes(b"SQLite format 3\0".ljust(68, b"\0") + b"GPKG")
    codes = {name: refusal(tmp_path / f"{name}.gpkg") for name in ("other", "zip", "text", "vrt", "cut", "empty")}
    assert set(codes.values()) <= {"read.not_its_ending", "read.another_kind", "read.geopackage"}
    assert codes["cut"] == codes["empty"] == "read.geopackage"


def test_a_geopackage_that_another_program_is_writing_to_is_refused(tmp_path):
    path = write_geopackage(tmp_path / "a.gpkg")
    with sqlite3.connect(path) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA user_version = 10300")
        writer.commit()
        assert refusal(path) == "read.in_use"
    writer.close()
    assert list(read_table(path).shapes) == [shapely.Point(110, 38)]


def test_a_geopackage_is_read_without_writing_beside_it(tmp_path):
    path = write_geopackage(tmp_path / "村 100% #1?.gpkg")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    read_table(path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


# ---- frames


@pytest.mark.parametrize("frame", ["EPSG:3857", "EPSG:4547", "EPSG:4490"])
def test_a_file_in_another_frame_is_brought_to_degrees(tmp_path, frame):
    there = geopandas.GeoSeries([shapely.Point(114.1, 38.25)], crs=4326).to_crs(frame)[0]
    package = write_geopackage(tmp_path / "a.gpkg", crs=frame, shapes=[there])
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{frame[5:]}"}}
    geojson = write_geojson(tmp_path / "a.geojson", point(there.x, there.y), crs=crs)
    stated = write_geojson(tmp_path / "b.geojson", point(there.x, there.y))
    for argument in (package, geojson, f"{stated}@{frame}", f"{stated}#@{frame[5:]}"):
        (here,) = read_table(argument).shapes
        assert here.distance(shapely.Point(114.1, 38.25)) < 1e-8


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_crs84_is_wgs84_and_an_unknown_frame_is_refused(tmp_path):
    def crs(name):
        return {"type": "name", "properties": {"name": name}}

    known = write_geojson(tmp_path / "a.geojson", point(1, 2), crs=crs("urn:ogc:def:crs:OGC:1.3:CRS84"))
    unknown = write_geojson(tmp_path / "b.geojson", point(1, 2), crs=crs("local grid of 1954"))
    assert list(read_table(known).shapes) == [shapely.Point(1, 2)]
    assert refusal(unknown) == "read.frame_of_file"
    assert list(read_table(f"{unknown}@wgs84").shapes) == [shapely.Point(1, 2)]
    assert refusal(write_geopackage(tmp_path / "c.gpkg", crs=None)) == "read.frame_of_file"


@pytest.mark.parametrize("frame", ["EPSG:", "EPSG:999999", "EPSG:5773", "-4326", "٤٣٢٦", ""])
def test_a_frame_that_is_none_is_refused(tmp_path, frame):
    assert refusal(f"{write_geojson(tmp_path / 'a.geojson', point(1, 2))}@{frame}") == "read.frame"


def test_the_frame_stated_for_a_list_of_numbers_is_handed_on(tmp_path):
    path = write_csv(tmp_path / "a.csv", "lon,lat\n1,2\n")
    table = read_table(f"{path}@EPSG:4547")
    assert table.rows == [("1", "2")]
    assert table.source.frame == "EPSG:4547"
    assert table.frame is None


def test_a_frame_stated_with_the_name_wins_over_that_of_the_file_and_both_are_said(tmp_path):
    path = write_geopackage(tmp_path / "a.gpkg", crs="EPSG:3857", shapes=[shapely.Point(110, 38)])
    table = read_table(f"{path}@wgs84")
    assert list(table.shapes) == [shapely.Point(110, 38)]
    assert table.frame == "EPSG:3857"
    assert [note.code for note in table.notes] == ["read.note.frame_overruled"]


# ---- files


def test_marks_in_a_file_name_belong_to_the_name_where_such_a_file_exists(tmp_path):
    path = write_csv(tmp_path / "a#b@c.csv", "id\n1\n")
    assert read_table(path).rows == [("1",)]
    assert read_table(f"{path}@4326").rows == [("1",)]
    other = write_csv(tmp_path / "a#b@c.csv@4326", "id\n2\n")
    assert refusal(other) == "read.ending"
    package = write_geopackage(tmp_path / "a#b@wgs84.gpkg")
    assert len(read_table(f"{package}#homes@wgs84").rows) == 1


def test_a_layer_of_a_file_without_layers_is_refused(tmp_path):
    assert refusal(write_csv(tmp_path / "a.csv", "id\n1\n") + "#sheet") == "read.no_layers"
    assert refusal(write_geojson(tmp_path / "a.geojson", point(1, 2)) + "#homes") == "read.no_layers"


@pytest.mark.parametrize("ending", READERS)
def test_missing_empty_and_folder_are_refused_for_every_kind_of_file(tmp_path, ending):
    assert refusal(tmp_path / f"missing{ending}") == "read.missing"
    (tmp_path / f"empty{ending}").touch()
    assert refusal(tmp_path / f"empty{ending}") == "read.empty"
    (tmp_path / f"folder{ending}").mkdir()
    assert refusal(tmp_path / f"folder{ending}") == "read.folder"


@pytest.mark.parametrize("name", ["a.vrt", "a.csv.exe", "a", "a.mif"])
def test_an_unknown_ending_is_refused(tmp_path, name):
    (tmp_path / name).write_text(VRT)
    assert refusal(tmp_path / name) == "read.ending"


@pytest.mark.parametrize(
    "argument", ["", "\0.csv", "x" * 5000 + ".csv", "/vsicurl/http://localhost/a.csv", "#", "@", "a@b#c"]
)
def test_a_name_that_no_file_can_have_is_refused(argument):
    assert refusal(argument) in {"read.missing", "read.folder", "read.unreadable"}


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    assert refusal(tmp_path / "a.csv") == "read.not_regular"


@contextmanager
def an_ordinary_user():
    """Root may read everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_file_one_may_not_read_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id\n1\n")
    path.chmod(0)
    with an_ordinary_user(), pytest.raises(InputRefused) as caught:
        read_unsandboxed(parse_source(str(path)))
    assert caught.value.message.code == "read.no_permission"


def test_the_ending_chooses_the_reader_in_any_case(tmp_path, workbook):
    shutil.copy(workbook, tmp_path / "B.XLSX")
    assert read_table(str(tmp_path / "B.XLSX")).rows == read_table(str(workbook)).rows


# ---- several lists


def test_several_files_are_read_in_their_order(tmp_path, workbook):
    path = write_csv(tmp_path / "a.csv", "id,name\n1,a\n")
    tables = read_all([path, str(workbook), path])
    assert [table.source.name for table in tables] == ["a.csv", "a.xlsx", "a.xlsx", "a.csv"]
    assert [table.sheet for table in tables] == [None, "一村", "二村", None]


def test_where_one_list_is_wanted_the_first_sheet_is_it_and_the_others_are_named(workbook):
    table = read_table(str(workbook))
    assert table.sheet == "一村"
    assert table.notes[-1].code == "read.note.sheets_left"
    assert "二村" in table.notes[-1].say("zh")


# ---- encodings and separators


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-16", "utf-8", "utf-8-sig"])
def test_chinese_text_is_read_in_the_encodings_that_spreadsheets_write_and_the_list_says_which(tmp_path, encoding):
    rows = [("编号", "户主"), ("1", "张三"), ("2", "李镕")]
    path = write_csv(tmp_path / "a.csv", "\r\n".join("\t".join(row) for row in rows), encoding)
    table = read_table(path)
    assert [table.header, *table.rows] == rows
    assert table.encoding == {"gbk": "gb18030", "utf-8-sig": "utf-8"}.get(encoding, encoding)
    said = [note for note in table.notes if note.code == "read.note.encoding"]
    assert len(said) == (not encoding.startswith("utf-8"))


@given(st.lists(st.text("户主张三李四村组一二三〇䶮𫖯", min_size=1, max_size=8), min_size=2, max_size=6))
@settings(max_examples=40, deadline=None)
def test_gb18030_is_never_taken_for_utf_8_nor_the_other_way_round(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    for encoding in ("utf-8", "gb18030"):
        write_csv(path, "\n".join(["编号,户主", *(f"{at},{name}" for at, name in enumerate(names))]), encoding)
        assert [name for _, name in read_table(str(path)).rows] == names


def test_lines_may_end_in_every_way_within_one_file(tmp_path):
    table = read_table(write_csv(tmp_path / "a.csv", "id,name\r1,a\r\n2,b\n3,c"))
    assert table.rows == [("1", "a"), ("2", "b"), ("3", "c")]


def test_spaces_before_quotes_are_no_part_of_a_cell(tmp_path):
    table = read_table(write_csv(tmp_path / "a.csv", '"LatD", "City"\n41, "Youngstown, OH"\n42, Yankton\n'))
    assert table.header == ("LatD", "City")
    assert table.rows == [("41", "Youngstown, OH"), ("42", "Yankton")]


def test_rows_with_characters_that_were_broken_before_are_counted(tmp_path):
    table = read_table(write_csv(tmp_path / "a.csv", "id,name\n1,张\ufffd\n2,锟斤拷\n3,李四\n"))
    assert [(note.code, note.values["n"]) for note in table.notes] == [("read.note.mojibake", 2)]


def test_a_title_with_commas_does_not_decide_how_cells_are_separated(tmp_path):
    table = read_table(write_csv(tmp_path / "a.csv", "2026年,柳村,住户,名单\n编号;户主\n1;张三\n2;李四\n"))
    assert table.rows == [("1", "张三"), ("2", "李四")]


def test_json_that_names_one_key_twice_is_refused(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text('{"type": "Feature", "properties": {"id": 1, "id": 2}, "geometry": null}')
    assert refusal(path) == "read.json_repeated"


# ---- odd text files


def test_a_nul_in_one_row_is_that_rows_fault(tmp_path):
    path = write_csv(tmp_path / "a.csv", "户编号,户主,村\n1,甲,柳村\n2,乙\0,柳村\n" + "3,丙,柳村\n" * 200)
    listed = read_households(str(path))
    assert [(r.row, r.reason.code) for r in listed.refused] == [(3, "read.row.control")]


@pytest.mark.parametrize("mark", ["，", "|", "；"])
def test_rare_marks_between_cells_are_understood_and_said(tmp_path, mark):
    path = write_csv(
        tmp_path / "a.csv", "\n".join(mark.join(row) for row in [("户号", "户主"), ("1", "甲"), ("2", "乙")])
    )
    table = read_table(str(path))
    assert table.rows == [("1", "甲"), ("2", "乙")]
    assert table.notes[0].values == {"mark": mark}


@pytest.mark.parametrize("mark", [";", "|", "\t", "，", "；", "、"])
@pytest.mark.parametrize("header", ["户编号 户主 村 地址 经度 纬度", "Kode Navn By Vei E N"])
@pytest.mark.parametrize("other", [",", ";", "|", "\t"])
def test_cells_are_separated_by_what_separates_the_header(tmp_path, mark, header, other):
    if mark != other:
        rows = [header.split(), *[["1", "甲", "柳村", f"一组{other}1号{other}", f"112{other}50", f"33{other}5"]] * 9]
        path = write_csv(tmp_path / "a.csv", "\n".join(map(mark.join, rows)))
        (table,) = read_unsandboxed(parse_source(path))
        assert [list(row) for row in (table.header, *table.rows)] == rows


def test_a_spreadsheet_may_say_what_separates_the_cells(tmp_path):
    table = read_table(write_csv(tmp_path / "a.csv", "sep=;\na;b,c,d\n1;2,3,4\n"))
    assert (table.header, [*table.rows], [*table.numbers]) == (("a", "b,c,d"), [("1", "2,3,4")], [3])
    assert table.notes == ()
    said_wrongly = read_table(write_csv(tmp_path / "b.csv", "sep=;\n户号,村\n1,柳村\n"))
    assert (said_wrongly.header, [*said_wrongly.rows]) == (("户号", "村"), [("1", "柳村")])


def test_full_width_commas_in_addresses_separate_nothing(tmp_path):
    table = read_table(write_csv(tmp_path / "a.csv", "户号,住址\n1,村东，河边，一排，一号\n2,村西，山下，二排，二号\n"))
    assert table.header == ("户号", "住址")


def test_a_name_that_was_read_in_the_wrong_encoding_says_so(tmp_path):
    garbled = "柳小明".encode().decode("latin-1")
    path = write_csv(tmp_path / "a.csv", f"户编号,户主,村\n1,甲,柳村\n2,{garbled},柳村\n")
    listed = read_households(str(path))
    assert [(r.row, r.reason.code) for r in listed.refused] == [(3, "read.row.misread")]


@pytest.mark.parametrize("n", [1_001, 300_000])
def test_a_header_too_wide_is_refused_at_once(tmp_path, n):
    assert refusal(write_csv(tmp_path / "a.csv", ",".join(f"列{at}" for at in range(n)) + "\n1,2\n")) == "read.too_wide"


@pytest.mark.parametrize(
    ("text", "encoding", "code"),
    [
        ("id,name\n1,Анна\n", "koi8-r", "read.note.encoding_unclear"),
        ("id,name\n1,김\n", "euc_kr", "read.note.encoding_unclear"),
        ("户号,门牌\n1,3号\n", "gb18030", "read.note.encoding"),
        ("id,name\n" + "".join(f"1,{name}\n" for name in ("高明", "陈刚", "何花", "胡兰", "郭丽", "韩梅")), "gb18030",
         "read.note.encoding"),
    ],
)  # fmt: skip
def test_characters_too_few_to_tell_their_encoding_are_shown(tmp_path, text, encoding, code):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    assert [note.code for note in read_table(str(path)).notes] == [code]


def test_gb18030_is_not_taken_for_big5(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("户编号,户主,村,备注\n1,王大明,柳湾村,喆垚㙍\n".encode("gb18030"))
    assert read_table(str(path)).rows == [("1", "王大明", "柳湾村", "喆垚㙍")]
