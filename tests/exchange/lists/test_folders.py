"""Maps of households as people draw them: in folders by village and hamlet, with roads and boundaries beside them."""

import json

import pytest
import shapely
from placemarks import LINE, folder, kml, mark, outline, points

from gridplan.exchange.lists.hamlets import read_hamlets
from gridplan.exchange.lists.households.households import read_households
from gridplan.exchange.lists.members import read_members
from gridplan.exchange.lists.rows.folders import place_of


def places(listed):
    return [(one.village, one.hamlet, one.name) for one in listed.households]


def notes(listed):
    assert all(note.say("zh") and note.say("en") for note in listed.notes)
    return {note.code.removeprefix("read.note."): note.values for note in listed.notes}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("东村", ("", "东村", "", "")),
        ("我的地点/柳河镇/东村/第三村民小组/住户", ("柳河镇", "东村", "第三村民小组", "")),
        ("01 东村（32户）\\１组", ("", "东村", "１组", "")),
        ("东村>李家屯", ("", "东村", "李家屯", "")),
        ("东村/小李村", ("", "东村", "小李村", "")),
        ("行政村/东村/大湾自然村", ("", "东村", "大湾自然村", "")),
        ("柳河镇各村/东村", ("", "东村", "", "")),
        ("东村/点位", ("", "东村", "", "点位")),
        ("东村/党小组", ("", "东村", "", "党小组")),
        ("一组", ("", "", "一组", "")),
        ("East Village/Group 3", ("", "East Village", "Group 3", "")),
        ("", ("", "", "", "")),
    ],
)
def test_the_outermost_folder_called_like_a_village_is_one_and_a_hamlet_lies_within(path, place):
    assert place_of(path) == place


def test_points_keep_village_and_hamlet_of_their_folders_whatever_else_is_on_the_map(tmp_path):
    inside = (
        mark("东村", outline()),
        folder("东村", points(0), mark("东村界", outline()), folder("一组", points(3, 2), mark("一组", outline()))),
        folder("西村", points(5, 2), mark("渠", LINE), mark("塘", outline("112,38 112.1,38 112.1,38.1 112,38"))),
        folder("道路", mark("村道", LINE), mark("环", f"<MultiGeometry>{LINE}{LINE}</MultiGeometry>")),
    )
    listed = read_households(kml(tmp_path / "map.kml", *inside))
    east = [("东村", None, f"户{at}") for at in range(3)] + [("东村", "一组", "户3"), ("东村", "一组", "户4")]
    assert places(listed) == [*east, ("西村", None, "户5"), ("西村", None, "户6")]
    assert not listed.refused
    found = notes(listed)
    assert [name in found["outlines"]["rows"].say("zh") for name in ("东村界", "一组", "渠", "塘", "村道", "环")] == [
        True
    ] * 6
    assert found["folders"]["n"] == 7
    assert listed.columns["village"] == listed.columns["hamlet"] == "folder"
    assert not listed.tables[0].unused


def test_a_point_in_no_folder_of_a_village_is_refused_where_others_are_in_some(tmp_path):
    listed = read_households(kml(tmp_path / "map.kml", folder("东村", points(0)), folder("公共设施", points(3, 1))))
    assert [(one.row, one.reason.code) for one in listed.refused] == [(4, "read.row.village_blank")]
    assert listed.refused[0].cells[-1] == "公共设施"


def test_folders_that_nothing_was_taken_from_are_named(tmp_path):
    path = kml(tmp_path / "柳湾村.kml", folder("东头", points(0)), folder("西头", points(3)))
    listed = read_households(path)
    assert "东头" in str(notes(listed)["folders_left"]["names"])
    listed = read_households(path, columns={"village": "folder"})
    assert {one.village for one in listed.households} == {"东头", "西头"}
    assert "folders_left" not in notes(listed)
    mixed = kml(tmp_path / "c.kml", folder("东村", folder("一组", points(0, 1))), folder("西头", points(1, 1)))
    listed = read_households(mixed, columns={"village": "folder", "hamlet": "folder"})
    assert [(one.village, one.hamlet) for one in listed.households] == [("东村", "一组"), ("西头", "西头")]
    assert "folders_left" not in notes(read_households(kml(tmp_path / "b.kml", folder("点位", points(0)))))


def test_the_table_that_ovital_exports_is_read_as_its_map_is(tmp_path):
    rows = "文件夹,名称,经度,纬度,海拔,Comment\n东村,甲,110.5,38.25,,\n柳河镇/西村/2组,乙,110.6,38.25,,\n"
    (tmp_path / "点.csv").write_text(rows, encoding="gb18030")
    listed = read_households(str(tmp_path / "点.csv"))
    assert places(listed) == [("东村", None, "甲"), ("西村", "2组", "乙")]
    assert not listed.tables[0].unused
    assert [one.village for one in read_members(str(tmp_path / "点.csv")).members] == ["东村", "西村"]
    assert [(one.village, one.name) for one in read_hamlets(str(tmp_path / "点.csv")).hamlets] == [
        ("东村", "甲"),
        ("西村", "乙"),
    ]
    own = rows.replace("海拔", "村").replace("110.5,38.25,", "110.5,38.25,北村")  # what the list says itself wins
    (tmp_path / "own.csv").write_text(own, encoding="utf-8")
    assert places(read_households(str(tmp_path / "own.csv"))) == [("北村", None, "甲"), ("西村", "2组", "乙")]


def test_lines_and_areas_around_points_are_no_households_in_geojson_either(tmp_path):
    def feature(shape, **properties):
        return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(shape))}

    home = shapely.box(110.5, 38.25, 110.5001, 38.2501)
    features = [
        feature(shapely.Point(110.5 + at / 1000, 38.25 - at / 1000), 村="东村", 户主=f"户{at}") for at in range(4)
    ]
    features += [
        feature(home, 村="东村", 户主="院"),
        feature(shapely.box(110.4, 38.2, 110.6, 38.3), 村="东村"),
        feature(shapely.LineString([(110.5, 38.25), (110.6, 38.25)]), name="路"),
    ]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    listed = read_households(str(path))
    assert [name for *_, name in places(listed)] == ["户0", "户1", "户2", "户3", "院"]
    assert (notes(listed)["outlines"]["n"], notes(listed)["points_in_polygons"]["n"]) == (2, 1)
    for at, one in enumerate(features):
        one["properties"]["户编号"] = str(at)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    listed = read_households(str(path))
    assert [one.reason.code for one in listed.refused] == ["read.row.outline", "read.row.line"]
    assert [one.column for one in listed.refused] == ["geometry"] * 2


def test_homes_drawn_as_areas_stay_households_and_the_area_around_them_does_not(tmp_path):
    homes = [
        mark(f"院{at}", outline(" ".join(f"{110.5 + at / 1000 + x},{38.25 + y}" for x, y in RINGS))) for at in range(3)
    ]
    listed = read_households(kml(tmp_path / "map.kml", folder("东村", *homes, mark("村界", outline()))))
    assert [name for *_, name in places(listed)] == ["院0", "院1", "院2"]


RINGS = [(0, 0), (0.0001, 0), (0.0001, 0.0001), (0, 0)]
