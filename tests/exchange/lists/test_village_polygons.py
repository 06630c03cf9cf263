"""A file of villages gives the polygons in it, however they are written, and says so where there are none."""

import json

import numpy as np
import pytest
import shapely
from placemarks import LINE, kml, mark, outline, points

from gridplan.coordinates import GCJ02, wgs84_to_degrees
from gridplan.errors import InputRefused
from gridplan.exchange.lists.hamlets import in_one_village, read_hamlets
from gridplan.exchange.lists.positions.polygon_cells import polygons_in_cells
from gridplan.exchange.lists.villages import read_villages
from gridplan.planning.inputs import PlanSources, read_lists

FIELD = shapely.box(110, 38, 110.5, 38.5)
CORNERS = [(110, 38), (110.5, 38), (110.5, 38.5), (110, 38.5)]
LON_FIRST = ";".join(f"{lon},{lat}" for lon, lat in CORNERS)


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


def notes(listed):
    assert all(note.say("zh") and note.say("en") for note in listed.notes)
    return [note.code.removeprefix("read.note.") for note in listed.notes]


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("经纬度[经度+纬度]", LON_FIRST),
        ("经纬度[经度 + 纬度]", " ".join(f"{lon},{lat},12.5" for lon, lat in CORNERS)),
        ("经纬度[纬度+经度]", ";".join(f"{lat},{lon}" for lon, lat in CORNERS)),
        ("边界", "；".join(f"{lat}，{lon}" for lon, lat in CORNERS)),
        ("boundary", f"[{LON_FIRST.replace(';', '|')}]"),
        ("WKT", FIELD.wkt),
        ("WKT", f"SRID=4326;{FIELD.wkt}"),
        ("geometry", shapely.to_geojson(FIELD)),
    ],
)
def test_a_polygon_in_a_cell_is_read_as_programs_write_it(tmp_path, header, cell):
    path = written(tmp_path / "a.csv", f'文件夹,名称,{header}\n柳村,柳村,"{cell.replace(chr(34), chr(34) * 2)}"\n')
    listed = read_villages(path)
    assert listed.villages[0].name == "柳村"
    assert listed.villages[0].boundary is not None
    assert listed.villages[0].boundary.equals(FIELD)
    assert notes(listed) == []


def test_what_is_in_a_cell_of_polygons_and_none_is_said(tmp_path):
    cells = ["", "110,38", "110,38;110.5,38", "POLYGON ((110 38))", "{}", "见附图", "1,2;3,x;5,6"]
    shapes, unread = polygons_in_cells("polygon", cells)
    assert not any(shapes)
    assert sorted(unread) == [3, 4, 5, 6]
    rows = "\n".join(f'"村{at}","{cell}"' for at, cell in enumerate([*cells, LON_FIRST]))
    listed = read_villages(written(tmp_path / "a.csv", f"名称,边界\n{rows}"))
    assert notes(listed) == ["polygon_missing"] * 3 + ["polygon_unread"] * 4
    assert listed.villages[-1].boundary is not None


@pytest.mark.parametrize("text", ["村,村代码\n柳村,001\n", "村,边界\n柳村,\n", '村,经纬度\n柳村,"110,38"\n'])
def test_a_file_of_villages_without_polygons_says_so_once(tmp_path, text):
    listed = read_villages(written(tmp_path / "a.csv", text + text.splitlines()[1].replace("柳", "桥")))
    assert [one.boundary for one in listed.villages] == [None, None]
    assert notes(listed) == ["no_polygons"]


def test_points_and_lines_beside_the_polygons_of_villages_are_no_villages(tmp_path):
    listed = read_villages(kml(tmp_path / "a.kml", mark("东村", outline()), points(0), mark("路", LINE)))
    assert [one.name for one in listed.villages] == ["东村"]
    assert notes(listed) == ["beside_villages"]
    assert "户0" in listed.notes[0].say("zh") and "路" in listed.notes[0].say("zh")
    features = [
        {"type": "Feature", "properties": {"村": name}, "geometry": json.loads(shapely.to_geojson(shape))}
        for name, shape in (("东村", FIELD), ("东村", FIELD.centroid), ("西村", FIELD.centroid))
    ]
    path = written(tmp_path / "v.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    listed = read_villages(path)
    assert [(one.name, one.boundary is not None) for one in listed.villages] == [("东村", True), ("西村", False)]
    assert sorted(notes(listed)) == ["beside_villages", "polygon_other_shape"]
    listed = read_villages(kml(tmp_path / "b.kml", points(0)))
    assert (len(listed.villages), notes(listed)) == (3, ["no_polygons"])


def drawn(path, shapes):
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": json.loads(shapely.to_geojson(shape))}
        for name, shape in shapes
    ]
    listed = read_villages(written(path, json.dumps({"type": "FeatureCollection", "features": features})))
    return {one.name: one.boundary is not None for one in listed.villages}, notes(listed)


def test_a_closed_line_is_the_outline_of_its_village(tmp_path):
    ring, away = FIELD.exterior, shapely.box(111, 38, 111.5, 38.5)
    path = tmp_path / "v.geojson"
    both = [("柳村", shapely.LineString(ring)), ("枣村", shapely.MultiLineString([away.exterior]))]
    assert drawn(path, both) == ({"柳村": True, "枣村": True}, ["closed_lines"])
    open_line = ("枣村", shapely.LineString(away.exterior.coords[:-1]))
    assert drawn(path, [both[0], open_line])[0] == {"柳村": True, "枣村": False}
    road = ("环路", shapely.LineString(away.exterior))
    assert drawn(path, [("柳村", FIELD), road]) == ({"柳村": True}, ["beside_villages"])


def test_outlines_of_hamlets_are_no_villages(tmp_path):
    within = [("三组", shapely.box(110.1, 38.1, 110.2, 38.2)), ("Group Two", shapely.box(110.3, 38.1, 110.4, 38.2))]
    away = ("四组", shapely.box(112, 38, 112.1, 38.1))
    path = tmp_path / "v.geojson"
    assert drawn(path, [("柳村", FIELD), *within, away]) == ({"柳村": True, "四组": True}, ["hamlet_outlines"])
    assert drawn(path, [within[0], away]) == ({"三组": True, "四组": True}, [])
    east = ("东村", shapely.box(110.1, 38.1, 110.2, 38.2))
    assert drawn(path, [("柳村", FIELD), east])[0] == {"柳村": True, "东村": True}
    folders = "".join(f"<Folder><name>{name}</name>{inside}</Folder>" for name, inside in
                      (("村界", mark("柳村", outline())), ("村民小组", mark("一组", outline()))))  # fmt: skip
    listed = read_villages(kml(tmp_path / "a.kml", folders))
    assert ([one.name for one in listed.villages], notes(listed)) == (["柳村"], ["hamlet_outlines"])


def test_an_outline_that_is_called_so_is_of_the_village_of_its_folder(tmp_path):
    folder = f"<Folder><name>柳村</name>{mark('村界', outline())}</Folder>"
    listed = read_villages(kml(tmp_path / "a.kml", folder + mark("东村", outline())))
    assert [one.name for one in listed.villages] == ["柳村", "东村"]
    assert "folders" in notes(listed) and listed.unused == ()


def test_polygons_in_cells_are_in_the_frame_that_is_stated(tmp_path):
    corners = ";".join(f"{lon},{lat}" for lon, lat in wgs84_to_degrees(np.array(CORNERS), GCJ02).tolist())
    listed = read_villages(written(tmp_path / "a.csv", f'名称,边界\n柳村,"{corners}"') + "@gcj02")
    assert listed.villages[0].boundary.symmetric_difference(FIELD).area < 1e-6


def test_places_without_a_village_are_of_the_only_one(tmp_path):
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Point", "coordinates": [110.5, lat]}}
        for name, lat in (("一组", 38.25), ("二组", 38.26), ("", 38.27))
    ]
    places = written(tmp_path / "p.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    homes = "户主,村,组\n" + "".join(f"甲{at},柳村,{at % 2 + 1}组\n" for at in range(4))
    lists = read_lists(PlanSources((written(tmp_path / "h.csv", homes),), hamlets=places))
    assert [(one.village, one.name) for one in lists.hamlets] == [("柳村", "一组"), ("柳村", "二组")]
    assert {note.values["note"].code for note in lists.notes} == {
        "read.note.hamlet_left_out",
        "read.note.hamlets_of_one",
    }
    with pytest.raises(InputRefused) as caught:
        read_lists(PlanSources((written(tmp_path / "h.csv", homes.replace("甲0,柳村", "甲0,桥村")),), hamlets=places))
    assert caught.value.message.code == "read.hamlets_of_which"
    assert "柳村" in caught.value.say("zh") and "桥村" in caught.value.say("en")
    with pytest.raises(InputRefused):
        in_one_village(read_hamlets(places), "p.geojson", [])


def test_villages_whose_boundaries_overlap_are_named(tmp_path):
    over, beside = shapely.box(110.4, 38, 111, 38.5), shapely.box(110, 38.5, 110.5, 39)
    rows = "\n".join(f'{name},"{shape.wkt}"' for name, shape in (("柳村", FIELD), ("枣村", over), ("杏村", beside)))
    listed = read_villages(written(tmp_path / "a.csv", f"村,WKT\n{rows}"))
    assert notes(listed) == ["villages_overlap"]
    assert "柳村 / 枣村" in listed.notes[0].say("zh")


def test_polygons_of_one_name_far_apart_may_be_several_villages_and_are_named(tmp_path):
    near, far = shapely.box(110.52, 38, 110.6, 38.5), shapely.box(111, 38, 111.5, 38.5)
    rows = [f'柳村,"{shape.wkt}"' for shape in (FIELD, near, far)]
    assert notes(read_villages(written(tmp_path / "a.csv", "\n".join(["村,WKT", *rows[:2]])))) == []
    listed = read_villages(written(tmp_path / "a.csv", "\n".join(["村,WKT", *rows])))
    assert notes(listed) == ["village_apart"]
    assert "柳村" in listed.notes[0].say("zh")


def test_places_of_villages_that_cannot_be_told_apart_say_why_none_can_be_used(tmp_path):
    homes = written(tmp_path / "h.csv", "户主,村,乡镇,组\n甲,新民村,东乡,1组\n乙,新民村,西乡,1组\n")
    places = written(tmp_path / "p.csv", "村,组,经度,纬度\n新民村,1组,110.1,38.1\n")
    with pytest.raises(InputRefused) as caught:
        read_lists(PlanSources((homes,), hamlets=places))
    assert caught.value.message.code == "read.hamlets_all_refused"
    assert "新民村（东乡）、新民村（西乡）" in caught.value.say("zh")
    assert "新民村（东乡）, 新民村（西乡）" in caught.value.say("en")
