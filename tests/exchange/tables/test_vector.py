"""Shapefiles, zipped and plain, KML and GeoParquet become tables with shapes, or are refused with one sentence."""

import io
import json
import stat
import zipfile

import geopandas
import numpy as np
import pytest
import shapefile
import shapely

from gridplan.errors import InputRefused
from gridplan.exchange.lists.households.households import read_households
from gridplan.exchange.tables.formats import read_unsandboxed
from gridplan.exchange.tables.readers import geometries
from gridplan.exchange.tables.readers.archive import open_archive
from gridplan.exchange.tables.source import parse_source

HOME = shapely.Point(110.5, 38.25)
WGS84_WKT = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


def read(path):
    return read_unsandboxed(parse_source(str(path)))


def refusal(path) -> str:
    with pytest.raises(InputRefused) as caught:
        read(path)
    assert caught.value.say("en") and caught.value.say("zh")
    return caught.value.message.code


def codes(table):
    assert all(note.say("zh") and note.say("en") for note in table.notes)
    return [note.code.removeprefix("read.note.") for note in table.notes]


def shapefile_parts(fields, rows, encoding="gb18030", **beside):
    """The parts of a shapefile of points, as bytes by ending."""
    parts = {ending: io.BytesIO() for ending in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, shapeType=shapefile.POINT, encoding=encoding) as writer:
        for name in fields:
            writer.field(name, "C", 20)
        for at, row in enumerate(rows):
            writer.record(*row)
            writer.point(110.5 + at, 38.25)
    return {ending: part.getvalue() for ending, part in parts.items()} | beside


def write_shapes(path, shapes, frame=4326):
    frame = geopandas.GeoDataFrame({"id": [str(at) for at in range(len(shapes))]}, geometry=shapes, crs=frame)
    frame.to_file(path, driver="ESRI Shapefile")
    return path


def write_parts(folder, name, parts):
    for ending, content in parts.items():
        (folder / f"{name}.{ending}").write_bytes(content)
    return folder / f"{name}.shp"


def write_zip(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


# ---- shapefiles


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize("code_page", [None, b"", b"GBK", b"UTF-8", b"65001", b"nonsense", b"ISO-8859-1", b"ANSI 1252"])
def test_names_are_read_in_the_encoding_they_are_in_whatever_the_code_page_file_says(tmp_path, encoding, code_page):
    beside = {} if code_page is None else {"cpg": code_page}
    parts = shapefile_parts(
        ["户号", "户主"], [("001", "张三"), ("002", "堅丠")], encoding, prj=WGS84_WKT.encode(), **beside
    )
    (table,) = read(write_parts(tmp_path, "住户", parts))
    assert table.header == ("户号", "户主")
    assert table.rows == [("001", "张三"), ("002", "堅丠")]
    assert table.encoding == encoding
    assert table.sheet == "住户"
    assert table.frame == "EPSG:4326"
    assert list(table.shapes) == [HOME, shapely.Point(111.5, 38.25)]
    believed = {"utf-8": {b"UTF-8", b"65001"}, "gb18030": {b"GBK"}}[encoding]
    assert codes(table) == ([] if code_page in believed else ["code_page"] if code_page else ["encoding"])


@pytest.mark.parametrize(
    ("encoding", "code_page", "name", "read_as"),
    [
        ("cp1252", b"1252", "Küchlergasse 5°", "cp1252"),
        ("latin-1", b"ISO-8859-1", "Äscherle", "iso8859-1"),
        ("cp1251", b"ANSI 1251", "УЛИЦА ЛЕНИНА", "cp1251"),
        ("big5", b"BIG-5", "柳灣村王大明", "cp950"),
        ("cp932", b"SJIS", "山田花子 たなか", "cp932"),
        ("utf-8", b"ISO-8859-1", "Küchlergasse", "utf-8"),
        ("cp1252", None, "Küchlergasse", None),
        ("big5", b"ISO-8859-1", "柳灣村王大明戶主", None),
        ("cp932", b"GBK", "山田花子たなか東京都", None),
        ("euc_kr", b"EUC-KR", "김철수 수원", "euc_kr"),
        ("euc_kr", None, "김철수 수원", None),
    ],
)
def test_a_code_page_file_is_believed_where_it_makes_words(tmp_path, encoding, code_page, name, read_as):
    beside = {} if code_page is None else {"cpg": code_page}
    path = write_parts(tmp_path, "a", shapefile_parts(["id"], [(name,)], encoding, prj=WGS84_WKT.encode(), **beside))
    if read_as is None:
        assert refusal(path) == "read.encoding_dbf_named"
    else:
        (table,) = read(path)
        assert (table.rows[0][0], table.encoding) == (name, read_as)


def test_names_too_short_to_tell_their_encoding_are_shown(tmp_path):
    path = write_parts(tmp_path, "a", shapefile_parts(["id"], [("Анна",)], "koi8-r", prj=WGS84_WKT.encode()))
    assert codes(read(path)[0]) == ["encoding_unclear"]


def test_a_header_cut_within_a_character_is_read_up_to_there(tmp_path):
    parts = shapefile_parts(["name"], [("张三",)], "utf-8")
    cut = "联系电话".encode()[:10]
    parts["dbf"] = parts["dbf"].replace(b"name".ljust(11, b"\0"), cut.ljust(11, b"\0"), 1)
    (table,) = read(write_parts(tmp_path, "a", parts))
    assert table.header == ("联系电",)
    assert table.rows == [("张三",)]


def test_a_shapefile_in_metres_is_brought_to_degrees(tmp_path):
    path = write_shapes(tmp_path / "a.shp", list(geopandas.GeoSeries([HOME], crs=4326).to_crs(4547)), 4547)
    (table,) = read(path)
    assert table.shapes[0].distance(HOME) < 1e-8
    assert table.frame == "EPSG:4547"
    path.with_suffix(".prj").unlink()
    assert refusal(path) == "read.frame_missing"
    assert read(f"{path}@4547")[0].shapes[0].distance(HOME) < 1e-8


def test_degrees_without_a_stated_frame_are_taken_for_wgs84_and_that_is_said(tmp_path):
    (table,) = read(write_parts(tmp_path, "a", shapefile_parts(["id"], [("1",)])))
    assert list(table.shapes) == [HOME]
    assert table.frame is None
    assert "frame_assumed" in codes(table)


def test_holes_parts_heights_and_missing_shapes_are_read(tmp_path):
    ring = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    several = shapely.MultiPolygon([shapely.box(20, 0, 21, 1), shapely.box(30, 0, 31, 1)])
    (table,) = read(write_shapes(tmp_path / "a.shp", [ring, several, None]))
    assert table.shapes[0].equals(ring)
    assert table.shapes[1].equals(several)
    assert table.shapes[2] is None
    (table,) = read(write_shapes(tmp_path / "z.shp", [shapely.Point(1, 2, 3)]))
    assert list(table.shapes) == [shapely.Point(1, 2)]
    assert not table.shapes[0].has_z


def test_records_marked_as_deleted_are_left_out_with_their_shapes_and_said(tmp_path):
    parts = shapefile_parts(["id"], [("1",), ("2",), ("3",)])
    head = int.from_bytes(parts["dbf"][8:10], "little")
    parts["dbf"] = parts["dbf"][: head + 21] + b"*" + parts["dbf"][head + 22 :]
    (table,) = read(write_parts(tmp_path, "a", parts))
    assert table.rows == [("1",), ("3",)]
    assert table.numbers == [1, 3]
    assert list(table.shapes) == [HOME, shapely.Point(112.5, 38.25)]
    assert "deleted_records" in codes(table)


@pytest.mark.parametrize("missing", ["shx", "dbf"])
def test_a_missing_part_is_named(tmp_path, missing):
    parts = shapefile_parts(["id"], [("1",)])
    del parts[missing]
    for path in (
        write_parts(tmp_path, "a", parts),
        write_zip(tmp_path / "a.zip", {f"a.{k}": v for k, v in parts.items()}),
    ):
        with pytest.raises(InputRefused) as caught:
            read(path)
        assert caught.value.message.code == "read.shapefile_parts"
        assert f".{missing}" in caught.value.say("zh")


def test_broken_shapefiles_are_refused(tmp_path):
    whole = shapefile_parts(["id"], [("1",), ("2",)])
    one = shapefile_parts(["id"], [("1",)])
    assert refusal(write_parts(tmp_path, "uneven", whole | {"dbf": one["dbf"]})) == "read.shapefile_uneven"
    for name, parts in {
        "text": whole | {"shp": b"id,name\n1,a\n" * 20},
        "cut": whole | {"shp": whole["shp"][:110]},
        "no_header": whole | {"dbf": b"\3"},
        "other": whole | {"dbf": whole["shp"]},
    }.items():
        assert refusal(write_parts(tmp_path, name, parts)) in {
            "read.not_its_ending",
            "read.another_kind",
            "read.shapefile_uneven",
        }


# ---- zip files


def test_a_zipped_shapefile_is_read_from_any_folder_with_chinese_names_too(tmp_path):
    parts = shapefile_parts(["户号"], [("001",)], prj=WGS84_WKT.encode())
    members = {f"数据/柳村/住户.{ending}": content for ending, content in parts.items()}
    path = write_zip(tmp_path / "a.zip", {"__MACOSX/._住户.shp": b"x", "说明.txt": b"x"} | members)
    (table,) = read(path)
    assert table.rows == [("001",)]
    assert table.sheet == "住户"
    assert list(tmp_path.iterdir()) == [path]
    assert table.notes[-1].say("zh") == "a.zip 中另有 1 个文件没有读取：说明.txt。"
    assert len(read(f"{path}#住户")[0].rows) == 1
    assert refusal(f"{path}#别的") == "read.no_layer"


def test_of_two_shapefiles_one_must_be_picked(tmp_path):
    parts = shapefile_parts(["id"], [("1",)])
    path = write_zip(tmp_path / "a.zip", {f"{name}.{ending}": part for name in "ab" for ending, part in parts.items()})
    with pytest.raises(InputRefused) as caught:
        read(path)
    assert caught.value.message.code == "read.which_layer"
    assert "a.shp, b.shp" in caught.value.say("zh")
    assert read(f"{path}#b")[0].sheet == "b"


@pytest.mark.parametrize("name", ["../../x.shp", "/etc/x.shp", "C:\\x.shp", "..\\x.shp", "a/../../x.shp"])
def test_members_that_lead_outside_are_refused(tmp_path, name):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo("x")
        member.filename = name
        archive.writestr(member, b"x")
    assert refusal(path) == "read.zip_outside"


def test_hostile_zip_files_are_refused(tmp_path):
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refusal(tmp_path / "link.zip") == "read.zip_outside"
    assert refusal(write_zip(tmp_path / "bomb.zip", {"a.shp": bytes(20_000_000)})) == "read.too_large"
    large = np.random.default_rng(0).integers(0, 255, 101_000_000, np.uint8).tobytes()
    assert refusal(write_zip(tmp_path / "large.zip", {"a.shp": large}, zipfile.ZIP_STORED)) == "read.too_large"
    assert refusal(write_zip(tmp_path / "many.zip", {f"{n}.txt": b"" for n in range(1001)})) == "read.zip_entries"
    assert refusal(write_zip(tmp_path / "none.zip", {"a.txt": b"x", "b.zip": b"PK"})) == "read.zip_without_shapefile"
    whole = write_zip(tmp_path / "whole.zip", {"a.shp": b"x" * 1000}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-30])
    assert refusal(tmp_path / "cut.zip") == "read.not_its_ending"
    (tmp_path / "nameless.zip").write_bytes(whole.replace(b"a.shp", b"\0.shp"))
    assert refusal(tmp_path / "nameless.zip") == "read.zip_outside"
    at = whole.rindex(b"PK\x01\x02")
    (tmp_path / "locked.zip").write_bytes(whole[: at + 8] + b"\x01\x00" + whole[at + 10 :])
    assert refusal(tmp_path / "locked.zip") == "read.password"


# ---- KML


def write_kml(path, placemarks, start="<kml xmlns='http://www.opengis.net/kml/2.2'>", end="</kml>"):
    path.write_text(
        f"<?xml version='1.0' encoding='UTF-8'?>{start}<Document>{placemarks}</Document>{end}", encoding="utf-8"
    )
    return path


def test_placemarks_give_their_names_data_and_shapes(tmp_path):
    path = write_kml(
        tmp_path / "a.kml",
        """<Folder><name>柳村</name>
        <Placemark><name>甲 &amp; 乙</name><ExtendedData><Data name="户号"><displayName>x</displayName>
        <value>001</value></Data></ExtendedData><Point><coordinates> 110.5,38.25,12 </coordinates></Point></Placemark>
        <Placemark><name>地块</name>
        <ExtendedData><SchemaData><SimpleData name="组">一组</SimpleData></SchemaData></ExtendedData>
        <Polygon>
        <outerBoundaryIs><LinearRing><coordinates>0,0 9,0 9,9 0,9 0,0</coordinates></LinearRing></outerBoundaryIs>
        <innerBoundaryIs><LinearRing><coordinates>1,1 2,1 2,2 1,2 1,1</coordinates></LinearRing></innerBoundaryIs>
        </Polygon>
        </Placemark>
        <Placemark><MultiGeometry><Point><coordinates>1,2</coordinates></Point>
        <Point><coordinates>3,4</coordinates></Point>
        </MultiGeometry></Placemark>
        <Placemark><name>无</name></Placemark>
        <Placemark><name>坏</name><Point><coordinates>abc</coordinates></Point></Placemark></Folder>""",
    )
    (table,) = read(path)
    assert table.header == ("name", "户号", "folder", "组")
    assert [row[:2] + row[3:] for row in table.rows] == [
        ("甲 & 乙", "001", ""),
        ("地块", "", "一组"),
        ("", "", ""),
        ("无", "", ""),
        ("坏", "", ""),
    ]
    field = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    assert list(table.shapes) == [HOME, field, shapely.MultiPoint([(1, 2), (3, 4)]), None, None]
    assert table.frame == "EPSG:4326"


def test_entities_document_types_and_depth_are_refused(tmp_path):
    bomb = "<!DOCTYPE kml [<!ENTITY a 'b'><!ENTITY c SYSTEM 'file:///etc/passwd'>]><kml>"
    assert refusal(write_kml(tmp_path / "a.kml", "<Placemark><name>&c;</name></Placemark>", bomb)) == "read.doctype"
    deep = "<Folder>" * 50_000 + "</Folder>" * 50_000
    assert refusal(write_kml(tmp_path / "b.kml", deep)) == "read.xml_deep"


@pytest.mark.parametrize(
    "content",
    [
        b"id,lon,lat\n",
        b"<kml><Placemark></kml>",
        b"<gpx></gpx>",
        b"PK\x03\x04",
        b"<?xml version='1.0' encoding='x'?><kml/>",
    ],
)
def test_what_is_no_kml_is_refused(tmp_path, content):
    (tmp_path / "a.kml").write_bytes(content)
    assert refusal(tmp_path / "a.kml") in {"read.not_its_ending", "read.another_kind"}


# ---- GeoParquet


def test_geoparquet_gives_text_cells_and_shapes_in_degrees(tmp_path):
    frame = geopandas.GeoDataFrame(
        {"户号": ["001", None], "n": [1.5, 2.0], "ok": [True, False]}, geometry=[HOME, None], crs=4326
    )
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_crs(4547).to_parquet(tmp_path / "b.parquet")
    for name, stated in (("a", "EPSG:4326"), ("b", "EPSG:4547")):
        (table,) = read(tmp_path / f"{name}.parquet")
        assert table.header == ("户号", "n", "ok")
        assert table.rows == [("001", "1.5", "TRUE"), ("", "2", "FALSE")]
        assert table.shapes[0].distance(HOME) < 1e-8
        assert table.shapes[1] is None
        assert table.frame == stated


def test_a_parquet_file_without_geometries_is_a_plain_list(tmp_path):
    geopandas.GeoDataFrame({"户号": ["001"], "geometry": [HOME]}, crs=None).drop(columns="geometry").to_parquet(
        tmp_path / "a.parquet"
    )
    (table,) = read(tmp_path / "a.parquet")
    assert table.rows == [("001",)]
    assert table.shapes is None


def test_what_is_no_parquet_is_refused(tmp_path):
    geopandas.GeoDataFrame({"id": ["1"]}, geometry=[HOME], crs=4326).to_parquet(tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    for content in (b"id\n1\n", whole[:200], b"PAR1" + bytes(100) + b"PAR1", whole[:40] + b"\xff" * 60 + whole[100:]):
        (tmp_path / "a.parquet").write_bytes(content)
        assert refusal(tmp_path / "a.parquet") in {"read.not_its_ending", "read.another_kind"}
    geopandas.GeoDataFrame({"id": ["1"]}, geometry=[HOME], crs=4326).to_parquet(
        tmp_path / "g.parquet", geometry_encoding="geoarrow"
    )
    assert refusal(tmp_path / "g.parquet") == "read.parquet_encoding"


# ---- all of them


def test_a_shape_of_too_many_vertices_is_refused_with_its_number(tmp_path, monkeypatch):
    monkeypatch.setattr(geometries, "MOST_VERTICES", 4)
    geopandas.GeoDataFrame({"id": ["1", "2"]}, geometry=[HOME, shapely.box(0, 0, 1, 1)], crs=4326).to_parquet(
        tmp_path / "a.parquet"
    )
    with pytest.raises(InputRefused) as caught:
        read(tmp_path / "a.parquet")
    assert caught.value.message.values["row"] == "2"


POINTS = "".join(
    f"<Placemark><name>户{n}</name><Point><coordinates>110.{n},38</coordinates></Point></Placemark>" for n in range(3)
)


def test_placemarks_are_in_folders_within_folders_whose_names_may_stand_behind_them(tmp_path):
    folders = (
        f"<Folder><name>柳湾村</name><Folder>{POINTS}<name>一组/东</name></Folder></Folder><Folder>{POINTS}</Folder>"
    )
    (table,) = read(write_kml(tmp_path / "a.kml", f"<name>全镇.kml</name>{folders}"))
    assert [row[table.header.index("folder")] for row in table.rows] == ["柳湾村/一组 东"] * 3 + [""] * 3
    (table,) = read(write_kml(tmp_path / "b.kml", f"<name>柳湾村.kml</name><Folder><name>一组</name>{POINTS}</Folder>"))
    assert {row[table.header.index("folder")] for row in table.rows} == {"柳湾村/一组"}
    (table,) = read(write_kml(tmp_path / "c.kml", f"<name>柳湾镇</name>{POINTS}"))
    assert "folder" not in table.header


def test_the_frame_that_ovital_states_with_placemarks_is_theirs(tmp_path):
    def in_frame(name):
        stated = f"<OvCoordType>{name}</OvCoordType>" if name else ""
        return f"<Placemark>{stated}<Point><coordinates>110.5,38.25</coordinates></Point></Placemark>"

    (table,) = read(write_kml(tmp_path / "a.ovkml", in_frame("GCJ-02") * 2))
    assert (table.frame, table.shapes[0].distance(HOME) > 0.001) == ("gcj02", True)
    (table,) = read(write_kml(tmp_path / "b.kml", in_frame("CGCS2000") + in_frame("WGS84") + in_frame("")))
    assert table.shapes[0] == table.shapes[2] == HOME
    path = write_kml(tmp_path / "c.kml", in_frame("GCJ-02") + in_frame("WGS84"))
    assert refusal(path) == "read.kml_frames"
    assert len(read(f"{path}@wgs84")[0].rows) == 2


@pytest.mark.parametrize(
    ("stated", "encoding"), [("ISO-8859-1", "gb18030"), ("windows-1252", "utf-8"), ("GBK", "utf-8")]
)
def test_an_encoding_that_makes_no_words_of_kml_is_not_believed(tmp_path, stated, encoding):
    text = f"<?xml version='1.0' encoding='{stated}'?><kml><Document>{POINTS}</Document></kml>"
    (tmp_path / "a.kml").write_bytes(text.encode(encoding))
    (table,) = read(tmp_path / "a.kml")
    assert [row[0] for row in table.rows] == ["户0", "户1", "户2"]
    assert [note.code for note in table.notes] == ["read.note.code_page"]


@pytest.mark.parametrize("stated", ["GBK", "gb2312", "UTF-8"])
def test_kml_is_read_in_the_encoding_it_is_in(tmp_path, stated):
    text = f"<?xml version='1.0' encoding='{stated}'?><kml><Document>{POINTS}</Document></kml>"
    (tmp_path / "a.kml").write_bytes(text.encode("gb18030"))
    (table,) = read(tmp_path / "a.kml")
    assert [row[0] for row in table.rows] == ["户0", "户1", "户2"]
    assert [note.code for note in table.notes] == ["read.note.encoding"]


def test_a_kmz_is_the_kml_in_it(tmp_path):
    kml = write_kml(tmp_path / "a.kml", POINTS)
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as packed:
        packed.write(kml, "doc.kml")
        packed.writestr("files/icon.png", b"x")
    ((table,), (unpacked,)) = read(tmp_path / "a.kmz"), read(kml)
    assert (table.header, table.rows) == (unpacked.header, unpacked.rows)
    assert "1 other file in a.kmz was not read: files/icon.png." in [note.say("en") for note in table.notes]
    with zipfile.ZipFile(tmp_path / "b.kmz", "w") as packed:
        packed.writestr("icon.png", b"x")
    assert refusal(tmp_path / "b.kmz") == "read.no_layer"
    with zipfile.ZipFile(tmp_path / "c.kmz", "w") as packed:
        packed.write(kml, "a.kml")
        packed.write(kml, "b.kml")
    assert refusal(tmp_path / "c.kmz") == "read.which_layer"
    (table,) = read(f"{tmp_path / 'c.kmz'}#b.kml")
    assert len(table.rows) == 3


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_members_of_a_zip_file_have_the_names_that_were_written(encoding):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("XXXX.txt" if encoding == "gb18030" else "XXXXXX.txt", b"1")
    raw = content.getvalue().replace(b"XXXXXX" if encoding == "utf-8" else b"XXXX", "柳村".encode(encoding))
    with open_archive(parse_source("a.zip"), raw, 1000) as archive:
        assert archive.names == ("柳村.txt",)
        assert archive.read("柳村.txt") == b"1"


def test_a_feature_whose_coordinates_are_no_numbers_is_refused_and_the_others_are_read(tmp_path):
    points = ["[110, 38]", "[NaN, 38]", "[110, -Infinity]", "[1e999, 38]", "[110.1, 38]"]
    features = [
        {
            "type": "Feature",
            "properties": {"户编号": str(n), "村": "柳村"},
            "geometry": {"type": "Point", "coordinates": "?"},
        }
        for n in range(len(points))
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    for point in points:
        text = text.replace('"?"', point, 1)
    path = tmp_path / "a.geojson"
    path.write_text(text, encoding="utf-8")
    listed = read_households(str(path))
    assert [h.household_id for h in listed.households] == ["0", "4"]
    assert {r.reason.code for r in listed.refused} == {"read.row.not_finite"}


def test_a_boundless_cell_is_refused_in_any_format(tmp_path):
    feature = {"type": "Feature", "properties": {"a": "x" * 140_000}, "geometry": None}
    (tmp_path / "a.geojson").write_text(json.dumps(feature))
    assert refusal(tmp_path / "a.geojson") == "read.cell_too_long"
