"""Two villages of one name stay two, in whatever list and format town, code or boundary tell them apart."""

import csv
import json
from datetime import date

import openpyxl
import pyogrio
import pytest
import shapely

from gridplan.errors import InputRefused
from gridplan.planning.county import PlanSettings
from gridplan.planning.from_files import plan_files
from gridplan.planning.inputs import PlanSources, read_lists
from gridplan.planning.staffing.staffing import StaffingRules
from gridplan.verify import verify

NAME = "新民村"
WEST, EAST = (112.5, 33.5), (112.75, 33.5)
BOUNDARIES = [shapely.box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01) for lon, lat in (WEST, EAST)]
HOMES = [
    (f"{side}{n:02d}", town, code, round(lon + n % 5 / 1000, 6), round(lat + n // 5 / 1000, 6))
    for side, town, code, (lon, lat) in (("W", "西乡", "410202", WEST), ("E", "东乡", "410101", EAST))
    for n in range(24)
]
BY_TOWN = {"W": "新民村（西乡）", "E": "新民村（东乡）"}
BY_CODE = {"W": "新民村（410202）", "E": "新民村（410101）"}


def write(path, header, rows):
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in (header, *rows):
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".geojson":
        features = [
            {
                "type": "Feature",
                "properties": dict(zip(header, row, strict=True)),
                "geometry": {"type": "Point", "coordinates": [row[-2], row[-1]]},
            }
            for row in rows
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([header, *rows])
    return str(path)


def households(path, *fields, homes=HOMES):
    """Write the households with some of village, town and code."""
    header = {"village": "村", "town": "所属乡镇", "code": "行政区划代码"}
    cells = [{"village": NAME, "town": town, "code": code} for _, town, code, *_ in homes]
    rows = [(home[0], *(cell[field] for field in fields), *home[3:]) for home, cell in zip(homes, cells, strict=True)]
    return write(path, ("户编号", *(header[field] for field in fields), "经度", "纬度"), rows)


def villages(path, *properties):
    features = [
        {"type": "Feature", "properties": {"村": NAME, **of}, "geometry": shapely.geometry.mapping(boundary)}
        for of, boundary in zip(properties, BOUNDARIES, strict=False)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return str(path)


CODES = ({"村代码": "410202"}, {"村代码": "410101"})
TOWNS = ({"乡镇": "西乡"}, {"乡镇": "东乡"})


def villages_of(lists):
    return {home.household_id: home.village for home in lists.households.households}


@pytest.mark.parametrize(
    ("ending", "fields", "properties", "expected"),
    [
        ("csv", (), CODES, BY_CODE),
        ("csv", ("village",), CODES, BY_CODE),
        ("geojson", ("village",), TOWNS, BY_TOWN),
        ("xlsx", ("village", "code"), CODES, BY_CODE),
        ("xlsx", ("village", "town"), CODES, BY_TOWN),
        ("csv", ("village", "town", "code"), CODES, BY_TOWN),
        ("csv", ("village", "town"), ({}, {}), BY_TOWN),
        ("geojson", ("village", "town"), (), BY_TOWN),
        ("csv", ("village", "code"), (), BY_CODE),
    ],
)
def test_villages_of_one_name_stay_apart(tmp_path, ending, fields, properties, expected):
    homes = households(tmp_path / f"homes.{ending}", *fields)
    drawn = villages(tmp_path / "v.geojson", *properties) if properties else None
    lists = read_lists(PlanSources((homes,), drawn))
    assert villages_of(lists) == {home[0]: expected[home[0][0]] for home in HOMES}
    assert [note.code for note in (*lists.households.notes, *lists.notes)].count("read.note.villages_alike") == 1
    if properties:
        boundaries = {village.name: village.boundary for village in lists.villages}
        assert [boundaries[expected[side]].equals(shape) for side, shape in zip("WE", BOUNDARIES, strict=True)] == [
            True
        ] * 2


def test_a_list_that_cannot_tell_is_refused_with_the_choices(tmp_path):
    bare = write(tmp_path / "homes.csv", ("户编号", "村", "组"), [("1", NAME, "1组"), ("2", NAME, "2组")])
    drawn = villages(tmp_path / "v.geojson", *TOWNS)
    with pytest.raises(InputRefused, match="新民村（西乡）, 新民村（东乡）"):
        read_lists(PlanSources((bare,), drawn))
    with pytest.raises(InputRefused, match="新民村（东乡）, 新民村（西乡）"):
        members = write(tmp_path / "m.csv", ("姓名", "村", "乡镇"), [("甲", NAME, "东乡"), ("乙", NAME, "西乡")])
        read_lists(PlanSources((households(tmp_path / "h.csv", "village"),), members=members))
    mixed = write(
        tmp_path / "mixed.csv",
        ("户编号", "村", "镇", "组"),
        [
            ("1", NAME, "", "1组"),
            ("2", NAME, "东乡", "1组"),
            ("3", "东乡新民村", "", ""),
            ("4", "新民村(西乡)", "", ""),
        ],
    )
    lists = read_lists(PlanSources((mixed,), drawn))
    assert villages_of(lists) == {"2": BY_TOWN["E"], "3": BY_TOWN["E"], "4": BY_TOWN["W"]}
    (refusal,) = lists.refused
    assert (refusal.row, refusal.column, refusal.value, refusal.reason.code) == (
        2,
        "村",
        NAME,
        "read.row.villages_alike",
    )
    assert "新民村（东乡）" in refusal.reason.say("zh")


def test_members_and_places_are_of_the_village_that_town_code_or_place_tell(tmp_path):
    members = write(
        tmp_path / "m.csv",
        ("姓名", "村", "街道", "村代码", "经度", "纬度"),
        [
            *(("甲", NAME, "东乡", "", "", ""), ("乙", NAME, "", "410202", "", ""), ("丙", NAME, "", "", *WEST)),
            *(("丁", NAME, "", "", "", ""), ("戊", NAME, "西乡镇", "", "", "")),
        ],
    )
    places = write(
        tmp_path / "p.csv",
        ("village", "township", "hamlet", "lon", "lat"),
        [(NAME, "东乡", "1组", *EAST), (NAME, "", "1组", *WEST), (NAME, "", "2组", 112.6, 33.5)],
    )
    drawn = villages(tmp_path / "v.geojson", *CODES)
    homes = households(tmp_path / "homes.csv", "village", "town", "code")
    lists = read_lists(PlanSources((homes,), drawn, hamlets=places, members=members))
    assert {one.name: one.village for one in lists.members.members} == {
        "甲": BY_TOWN["E"],
        "乙": BY_TOWN["W"],
        "丙": BY_TOWN["W"],
        "戊": BY_TOWN["W"],
    }
    assert [(one.row, one.reason.code) for one in lists.members.refused] == [(5, "read.row.villages_alike")]
    assert [(one.village, one.name) for one in lists.hamlets] == [(BY_TOWN["E"], "1组"), (BY_TOWN["W"], "1组")]


def test_numbers_that_start_anew_and_persons_are_told_apart_by_town_too(tmp_path):
    numbered = [(str(n), NAME, town, f"{town}{n}", 112, 33) for town in ("东乡", "西乡") for n in range(1, 13)]
    lists = read_lists(
        PlanSources((write(tmp_path / "n.csv", ("户编号", "村", "乡镇", "户主", "经度", "纬度"), numbered),))
    )
    assert len(lists.households.households) == 24
    assert lists.households.households[0].household_id == "新民村（东乡）-1"
    persons = [
        ("7", NAME, town, f"{town}{name}", name, *place)
        for town, place in (("东乡", EAST), ("西乡", WEST))
        for name in ("户主", "妻", "子")
    ]
    header = ("户编号", "村", "乡镇", "姓名", "与户主关系", "经度", "纬度")
    merged = read_lists(PlanSources((write(tmp_path / "p.csv", header, [*persons, ("8", *persons[0][1:])]),)))
    assert sorted(one.cells[3] for one in merged.refused) == ["东乡户主", "西乡户主"]


def test_no_grid_is_across_both_and_a_plan_of_one_of_them_keeps_its_name(tmp_path):
    def planned(homes, out, **others):
        sources = PlanSources((homes,), **others)
        settings, rules = PlanSettings(effort="fast"), StaffingRules(date(2026, 12, 1))
        return plan_files(sources, out, settings, rules, strict=False, workers=1, lang="zh", progress=lambda *_: None)

    drawn = villages(tmp_path / "v.geojson", *TOWNS)
    first = tmp_path / "first"
    planned(households(tmp_path / "a.csv", "village"), first, villages=drawn)
    grids = pyogrio.read_dataframe(first / "plan.gpkg", layer="grids")
    assert sorted(grids["grid_id"]) == [f"{name}-0{n}" for name in sorted(BY_TOWN.values()) for n in (1, 2)]
    assert not [finding for finding in verify(first / "plan.gpkg") if finding.is_violation]
    west = households(tmp_path / "b.csv", "village", "town", homes=HOMES[:24])
    again = planned(west, tmp_path / "second", against=first / "plan.gpkg")
    assert again.changes is not None
    assert (len(again.changes.same), again.changes.new, again.changes.villages) == (24, (), {})
    assert {one.plan.village for one in again.town.villages} == {*BY_TOWN.values()}
