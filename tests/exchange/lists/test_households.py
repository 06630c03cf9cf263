"""Households and villages out of files: what is understood, what is refused and why, and the file of refused rows."""

import csv
import json
from itertools import takewhile

import geopandas
import hypothesis.strategies as st
import openpyxl
import pytest
import shapely
from hypothesis import given, settings

from gridplan.errors import InputRefused
from gridplan.exchange.lists.households.households import read_households, write_refused
from gridplan.exchange.lists.villages import read_villages
from gridplan.exchange.tables.cells import CONTROL, LONGEST_TEXT, MADE_DATE
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, VILLAGE_FIELDS
from gridplan.exchange.tables.plain_cells import PlainCells
from gridplan.model import Household, Village

WEST = Village("西村", "01", shapely.box(110.0, 38.0, 110.1, 38.1))
EAST = Village("东村", "02", shapely.box(110.1, 38.0, 110.2, 38.1))


def write(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def write_geojson(path, *features):
    written = [
        {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(shape) or "null")}
        for properties, shape in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": written}), encoding="utf-8")
    return str(path)


@pytest.fixture
def read(tmp_path):
    """Reads households from rows written to a file."""

    def read_rows(*rows, **options):
        return read_households(write(tmp_path / "list.csv", *rows), **options)

    return read_rows


def codes(messages):
    return {message.code.rpartition(".")[2]: message.values.get("n") for message in messages}


def reasons(households):
    """The rows refused and why, each refusal with its sentences in both languages."""
    assert all(text.say(lang) for r in households.refused for text in (r.reason, r.remedy) for lang in ("en", "zh"))
    return {r.row: r.reason.code.removeprefix("read.row.") for r in households.refused}


def refusal(read, *arguments, **options):
    with pytest.raises(InputRefused) as caught:
        read(*arguments, **options)
    assert caught.value.say("en") and caught.value.say("zh")
    return caught.value.message


# ---- columns


def test_a_chinese_list_is_understood(read):
    households = read(
        ["户号", "户主姓名", "联系电话", "住址", "门牌号", "经度(°)", "纬度(°)", "行政村", "村民小组", "备注"],
        ["001", "NA", "13812345678", "村东\n河边", "3-1", "110.5", "38.25", "张家沟", " 一组 ", "x"],
    )
    assert households.households == (
        Household("001", "张家沟", 110.5, 38.25, "NA", "13812345678", "村东\n河边", "3-1", "一组"),
    )
    assert households.columns["lon"] == "经度(°)"
    assert households.refused == households.notes == ()


@pytest.mark.parametrize(
    ("lon", "lat"),
    [("lon", "lat"), ("Longitude", "LATITUDE"), ("lng", "Lat "), ("ＬＯＮ", "ｌａｔ"), ("经 度【度】", "纬_度")],
)
def test_headers_are_found_whatever_their_case_width_and_units(read, lon, lat):
    (household,) = read([lon, lat], ["110.5", "38.25"]).households
    assert (household.lon, household.lat) == (110.5, 38.25)


def test_the_stronger_of_two_headers_wins_and_a_named_one_beats_both(read):
    rows = [["编号", "户号", "姓名", "户主", "lon", "lat"], ["e1", "h1", "王", "李", "110", "38"]]
    (household,) = read(*rows).households
    assert (household.household_id, household.name) == ("h1", "李")
    (household,) = read(*rows, columns={"id": "编号", "name": "姓名"}).households
    assert (household.household_id, household.name) == ("e1", "王")


def test_two_headers_equally_good_are_asked_about(read):
    rows = [["lon", "经度", "lat"], ["110", "111", "38"]]
    message = refusal(read, *rows)
    assert message.code == "read.two_columns"
    assert {"lon", "经度"} == {message.values["first"], message.values["second"]}
    assert "--column lon=HEADER" in message.say("en")
    assert read(*rows, columns={"lon": "经度"}).households[0].lon == 111


def test_a_blank_column_counts_as_absent(read):
    households = read(["经度", "lon", "lat", "village", "id"], ["", "110", "38", " ", ""], ["", "110.1", "38", "", ""])
    assert [household.village for household in households.households] == ["list", "list"]
    assert codes(households.notes) == {"one_village": None, "made_ids": 2}


def test_wrong_columns_are_refused_with_what_there_is(read):
    rows = [["a", "b", "b"], ["110", "38", "1"]]
    message = refusal(read, *rows)
    assert (message.code, message.values["field"]) == ("read.no_position", "lon")
    assert "columns: a, b, b." in message.say()
    assert refusal(read, *rows, columns={"lon": "a"}).values["field"] == "lat"
    assert refusal(read, *rows, columns={"lon": "c"}).code == "read.no_header"
    assert refusal(read, *rows, columns={"size": "a"}).code == "read.unknown_field"
    assert refusal(read, *rows, columns={"lat": "b"}).code == "read.same_header"
    assert read(["lon", "lat", "LAT"], ["1", "2", "3"], columns={"lat": "LAT"}).households[0].lat == 3
    assert refusal(read, ["lon", "lat", "LAT"], ["1", "2", "3"]).code == "read.two_columns"
    assert refusal(read, ["lon", "lat", "lat"], ["1", "2", "3"]).code == "read.same_header"


def test_a_list_without_rows_or_without_a_good_row_is_refused(read):
    assert refusal(read, ["lon", "lat"]).code == "read.no_rows"
    message = refusal(read, ["lon", "lat"], ["x", "1"], ["y", "1"])
    assert (message.code, message.values["n"], message.values["row"]) == ("read.all_refused", 2, "2")


def test_of_several_lists_without_a_good_row_one_is_named_with_its_own_rows(tmp_path):
    files = [tmp_path / "first.csv", tmp_path / "second.csv"]
    for file in files:
        file.write_text("lon,lat\nx,1\ny,1\n", encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        read_households(files)
    assert (refused.value.message.values["file"], refused.value.message.values["n"]) == ("first.csv", 2)


@pytest.mark.parametrize("fields", [HOUSEHOLD_FIELDS, VILLAGE_FIELDS])
def test_no_header_stands_for_two_fields(fields):
    headers = [header for groups in fields.values() for group in groups for header in group]
    assert len(headers) == len(set(headers))


# ---- positions

GOOD = ["110", "38"]


@pytest.mark.parametrize(
    ("lon", "lat", "column", "reason"),
    [
        ("", "38", "lon", "blank"),
        ("110", " ", "lat", "blank"),
        ("NaN", "38", "lon", "not_finite"),
        ("110", "-Infinity", "lat", "not_finite"),
        ("1e999", "38", "lon", "not_finite"),
        ("东边", "38", "lon", "not_number"),
        ("110°60'", "38", "lon", "sixty"),
        ("110.30.15", "38", "lon", "dotted"),
        ("1_10", "38", "lon", "not_number"),
        ("١١٠", "38", "lon", "not_number"),
        ("110N", "38", "lon", "not_number"),
        ("E110E", "38", "lon", "not_number"),
        ("W-110", "38", "lon", "not_number"),
        ("110,5", "38", "lon", "decimal_comma"),
        ("１１０，５", "38", "lon", "decimal_comma"),
        ("0", "-0.0", "lon", "null_island"),
        ("38", "110", "lat", "swapped"),
        ("39500000", "4200000", "lat", "out_of_range"),
        ("50", "4200000", "lat", "out_of_range"),
        ("180.01", "38", "lon", "out_of_range"),
        ("110", "-90.5", "lat", "out_of_range"),
    ],
)
def test_a_coordinate_that_is_none_is_refused_at_its_cell(read, lon, lat, column, reason):
    households = read(["lon", "lat"], GOOD, [lon, lat])
    assert reasons(households) == {3: reason}
    assert households.refused[0].column == column
    assert households.refused[0].value == (lon if column == "lon" else lat)
    assert households.refused[0].cells == (lon, lat)


@pytest.mark.parametrize(
    ("lon", "lat", "position"),
    [
        ("１１０．５", "３８", (110.5, 38)),
        ("110.5°", "38.25 °", (110.5, 38.25)),
        ("E110.5", "38.25N", (110.5, 38.25)),
        ("东经110.5°", "北纬38°", (110.5, 38)),
        ("71.5w", "S12", (-71.5, -12)),
    ],
)
def test_digits_and_signs_around_a_plain_decimal_are_normalised_and_counted(read, lon, lat, position):
    households = read(["lon", "lat"], [lon, lat], GOOD)
    assert (households.households[0].lon, households.households[0].lat) == position
    assert codes(households.notes)["normalised"] == 1


def test_plain_numbers_are_read_as_they_are(read):
    households = read(["lon", "lat"], ["110.123456789012345", " 38 "], ["-1.1e2", "+.5"], ["180", "-90."])
    assert [(h.lon, h.lat) for h in households.households] == [(110.123456789012345, 38), (-110, 0.5), (180, -90)]
    assert "normalised" not in codes(households.notes)


def test_households_drawn_as_polygons_stand_inside_them(tmp_path):
    horseshoe = shapely.Point(110, 38).buffer(0.01) - shapely.box(109.995, 37.99, 110.005, 38.009)
    path = write_geojson(tmp_path / "a.geojson", ({"id": "a"}, horseshoe), ({"id": "b"}, shapely.Point(110, 38)))
    households = read_households(path)
    assert horseshoe.covers(shapely.Point(households.households[0].lon, households.households[0].lat))
    assert codes(households.notes)["points_in_polygons"] == 1


def test_a_feature_that_is_no_place_is_refused_by_its_number(tmp_path):
    bow_tie = shapely.Polygon([(1, 1), (2, 2), (2, 1), (1, 1.5)])
    shapes = [None, shapely.Point(), bow_tie, shapely.LineString([(1, 1), (2, 2)]), shapely.Point(110, 38)]
    shapes += [
        shapely.MultiPoint([(1, 2)]),
        shapely.MultiPoint([(1, 2), (3, 4)]),
        shapely.Point(0, 0),
        shapely.Point(5, 95),
    ]
    households = read_households(
        write_geojson(tmp_path / "a.geojson", *[({"id": n}, one) for n, one in enumerate(shapes)])
    )
    assert [(h.lon, h.lat) for h in households.households] == [(110, 38), (1, 2)]
    assert reasons(households) == {
        1: "no_geometry",
        2: "no_geometry",
        3: "outline",
        4: "line",
        7: "not_a_point",
        8: "null_island",
        9: "swapped",
    }
    assert {r.column for r in households.refused} == {"geometry"}


def test_columns_named_for_the_position_win_over_the_geometry(tmp_path):
    path = write_geojson(tmp_path / "a.geojson", ({"lon": 111.5, "lat": 39, "longitude": 7}, shapely.Point(110, 38)))
    assert read_households(path).households[0].lon == 110
    assert read_households(path, columns={"lon": "lon"}).households[0].lon == 111.5
    nowhere = write_geojson(tmp_path / "b.geojson", ({"lon": 111.5, "lat": 39}, None))
    assert read_households(nowhere).households[0].lon == 111.5


# ---- ids and texts


def test_ids_are_kept_exactly_and_names_that_look_like_nothing_stay(read):
    ids = ["001", "1E5", "1234567890123456789", " x", "NA", "null"]
    names = ["NA", "null", "TRUE", "None", "=1+1", "<img src=x onerror=alert(1)>"]
    households = read(["id", "name", "lon", "lat"], *[[i, n, *GOOD] for i, n in zip(ids, names, strict=True)])
    assert [h.household_id for h in households.households] == ids
    assert [h.name for h in households.households] == names


def test_rows_that_share_an_id_are_all_refused_and_name_each_other(read):
    households = read(
        ["id", "lon", "lat"], ["a", *GOOD], ["b", *GOOD], ["a", "111", "38"], ["", *GOOD], ["a", "x", "38"]
    )
    assert [h.household_id for h in households.households] == ["b"]
    assert reasons(households) == {2: "repeated_id", 4: "repeated_id", 5: "no_id", 6: "repeated_id"}
    assert [r.reason.values.get("other") for r in households.refused] == ["4", "2", None, "2"]


def test_a_row_repeated_word_for_word_counts_once(read):
    households = read(["id", "lon", "lat"], ["a", *GOOD], ["b", *GOOD], ["a", *GOOD], ["a", *GOOD])
    assert [h.household_id for h in households.households] == ["a", "b"]
    assert codes(households.notes) == {"repeated": 2, "one_village": None}


def test_flats_that_a_list_does_not_tell_apart_stay_apart(read):
    households = read(["lon", "lat"], *[GOOD] * 20)
    assert len({h.household_id for h in households.households}) == 20
    assert codes(households.notes)["alike"] == 19


def test_without_an_id_column_codes_are_made_by_village_in_file_order(read):
    households = read(["村", "lon", "lat"], ["甲", *GOOD], ["乙", *GOOD], ["甲", "111", "38"])
    assert [h.household_id for h in households.households] == ["甲-0001", "乙-0001", "甲-0002"]


@pytest.mark.parametrize("field", ["id", "name", "village"])
@pytest.mark.parametrize(("text", "reason"), [("a\x01", "control"), ("a\u2028c", "control"), ("a" * 201, "too_long")])
def test_text_that_would_spoil_a_page_is_refused(read, field, text, reason):
    row = {"id": "1", "name": "n", "village": "v"} | {field: text}
    households = read(["id", "name", "village", "lon", "lat"], ["2", "n", "v", *GOOD], [*row.values(), *GOOD])
    assert reasons(households) == {3: reason}
    assert households.refused[0].column == field
    assert not CONTROL.search(households.refused[0].value)


def test_emoji_rare_characters_and_their_variants_are_names_too(read):
    names = ["😀", "𠮷野", "葛\U000e0100田"]
    assert [h.name for h in read(["name", "lon", "lat"], *[[n, *GOOD] for n in names]).households] == names


def test_a_row_wider_than_its_header_is_refused(read):
    households = read(["name", "lon", "lat"], ["王", *GOOD], ["王", "李", *GOOD], ["王"])
    assert reasons(households) == {3: "too_many_cells", 4: "blank"}
    assert households.refused[0].cells == ("王", "李", *GOOD)


NAME = st.text(st.characters(codec="utf-8"), min_size=1, max_size=LONGEST_TEXT).filter(
    lambda text: (
        text.strip()
        and not CONTROL.search(text)
        and not MADE_DATE.fullmatch(text)
        and [text] == [*PlainCells().of_row([text])]
    )
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(NAME, NAME), min_size=1, max_size=8, unique_by=lambda row: row[0]))
def test_every_allowed_id_and_name_comes_through_unchanged(tmp_path_factory, rows):
    path = write(tmp_path_factory.mktemp("h") / "a.csv", ["id", "name", "lon", "lat"], *[[*row, *GOOD] for row in rows])
    households = read_households(path)
    assert [(h.household_id, h.name) for h in households.households] == rows


CELL = st.one_of(
    st.sampled_from(["", "1", "38", "110", "110,5", "nan", "Ｅ1", "\x07"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0")),
)
ROW = st.lists(CELL, max_size=6)


def blank_at_the_end(rows):
    """Rows without content that nothing follows: a list ends before them."""
    return len(list(takewhile(lambda row: not "".join(row).strip(), reversed(rows))))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(rows=st.lists(ROW, max_size=12), with_id=st.booleans())
def test_every_row_is_a_household_or_a_refusal_or_counted_and_twice_is_the_same(tmp_path_factory, rows, with_id):
    header = ["id" if with_id else "no", "name", "lon", "lat", "village"]
    written = [header, ["first", "王", *GOOD, "甲"], *rows]
    path = write(tmp_path_factory.mktemp("h") / "a.csv", *written)
    households = read_households(path)
    noted = codes(households.notes)
    left = noted.get("blank_rows", 0) + noted.get("repeated", 0) + blank_at_the_end(rows)
    assert len(households.households) + len(households.refused) + left == len(written) - 1
    assert len({h.household_id for h in households.households}) == len(households.households)
    assert households == read_households(path)


# ---- village of a household


def test_a_village_is_the_one_named_else_the_one_around_else_the_nearest(read):
    households = read(
        ["id", "lon", "lat", "村"],
        ["named", "110.15", "38.05", " 西村 "],
        ["inside", "110.05", "38.05", ""],
        ["border", "110.10", "38.05", ""],
        ["near", "110.2001", "38.05", ""],
        ["far", "110.21", "38.05", ""],
        ["elsewhere", "110.21", "38.05", "北村"],
        villages=[WEST, EAST],
        snap=50,
    )
    assert {h.household_id: h.village for h in households.households} == {
        "named": "西村",
        "inside": "西村",
        "border": "东村",
        "near": "东村",
        "elsewhere": "北村",
    }
    assert reasons(households) == {6: "in_no_village"}
    assert codes(households.notes) == {"by_position": 2, "several_villages": 1, "snapped": 1, "outside": 2}


def test_snapping_is_off_unless_asked_for(read):
    rows = [["id", "lon", "lat"], ["in", "110.05", "38.05"], ["near", "110.2001", "38.05"]]
    assert reasons(read(*rows, villages=[WEST, EAST])) == {3: "in_no_village"}


def test_a_blank_village_is_refused_where_no_boundary_can_say(read):
    rows = [["id", "lon", "lat", "村"], ["a", *GOOD, "甲"], ["b", *GOOD, ""]]
    assert reasons(read(*rows)) == {3: "village_blank"}
    assert reasons(read(*rows, villages=[Village("甲")], snap=100)) == {3: "village_blank"}


def test_village_names_are_compared_without_width_spaces_and_case_and_shown_as_most_write_them(tmp_path):
    head = ["村", "lon", "lat"]
    lists = [
        write(tmp_path / "1.csv", head, ["Ａ 村", *GOOD], ["A村 ", *GOOD], ["ｂ村", *GOOD], ["A\u200b村", *GOOD]),
        write(tmp_path / "2.csv", head, ["柳 树 村", *GOOD], ["a村", *GOOD], ["柳树村", *GOOD], ["A村", *GOOD]),
    ]
    households = read_households(lists, villages=[Village("B村")])
    villages = [h.village for h in households.households]
    assert villages == ["A村", "A村", "B村", "A村", "柳 树 村", "A村", "柳 树 村", "A村"]
    assert codes(households.notes)["villages_spelt"] == 2


def test_hamlets_of_a_village_are_one_by_number_and_written_as_most_write_them(tmp_path):
    head = ["村", "组", "lon", "lat"]
    lists = [
        write(tmp_path / "1.csv", head, ["甲村", "1组", *GOOD], ["甲村", "第一组", *GOOD], ["乙村", "一组", *GOOD]),
        write(tmp_path / "2.csv", head, ["甲村", "甲村一组", *GOOD], ["甲村", " 1组", *GOOD], ["甲村", "一队", *GOOD]),
    ]
    households = read_households(lists)
    assert [h.hamlet for h in households.households] == ["1组", "1组", "一组", "1组", "1组", "一队"]
    assert [str(note.values["n"]) for note in households.notes if note.code == "read.note.hamlets_spelt"] == ["1", "1"]


def test_group_i_is_group_1_unless_other_groups_there_have_letters(tmp_path):
    head = ["村", "组", "lon", "lat"]
    east = [["东村", hamlet, *GOOD] for hamlet in ("Group I", "Group I", "Group 1", "Group II")]
    west = [["西村", hamlet, *GOOD] for hamlet in ("Group I", "Group I", "Group 1", "Group A")]
    households = read_households(write(tmp_path / "1.csv", head, *east, *west))
    assert [home.hamlet for home in households.households] == [
        *("Group I", "Group I", "Group I", "Group II"),
        *("Group I", "Group I", "Group 1", "Group A"),
    ]


# ---- villages


def test_villages_are_read_in_file_order_with_codes_and_boundaries(tmp_path):
    path = tmp_path / "v.gpkg"
    shapes = [WEST.boundary, EAST.boundary, shapely.box(111, 38, 112, 39)]
    frame = geopandas.GeoDataFrame(
        {"村名": ["西村", "东村", "西村"], "代码": ["001", "", None]}, geometry=shapes, crs=4326
    )
    frame.to_file(path, driver="GPKG")
    west, east = read_villages(str(path)).villages
    assert (west.name, west.code, east.name, east.code) == ("西村", "001", "东村", None)
    assert west.boundary.equals(shapely.union_all([shapes[0], shapes[2]]))
    assert east.boundary.equals(shapes[1])


def test_nameless_polygons_are_left_out_where_others_have_names(tmp_path):
    path = write_geojson(tmp_path / "v.geojson", ({"name": "西村"}, WEST.boundary), ({"name": " "}, EAST.boundary))
    villages = read_villages(path)
    assert [village.name for village in villages.villages] == ["西村"]
    assert codes(villages.notes) == {"villages_nameless": 1}


def test_where_no_polygon_has_a_name_they_are_numbered_to_equal_width(tmp_path):
    path = write_geojson(tmp_path / "v.geojson", *[({}, shapely.box(n, 0, n + 1, 1)) for n in range(1, 12)])
    villages = read_villages(path)
    assert [village.name for village in villages.villages] == [f"{n:02d}" for n in range(1, 12)]
    assert codes(villages.notes) == {"villages_numbered": 11}


def test_a_broken_polygon_leaves_its_village_without_a_boundary(tmp_path):
    bow_tie = shapely.Polygon([(1, 1), (2, 2), (2, 1), (1, 1.5)])
    shapes = [bow_tie, None, shapely.Point(1, 1), shapely.Polygon(), shapely.box(0, 0, 500, 500), WEST.boundary]
    villages = read_villages(
        write_geojson(tmp_path / "v.geojson", *[({"村": f"v{n}"}, s) for n, s in enumerate(shapes)])
    )
    assert [village.boundary is not None for village in villages.villages] == [False] * 5 + [True]
    assert [note.code for note in villages.notes] == [
        "read.note.polygon_invalid",
        "read.note.polygon_missing",
        "read.note.polygon_other_shape",
        "read.note.polygon_missing",
        "read.note.polygon_off_earth",
    ]
    assert all(note.say("en") and note.say("zh") for note in villages.notes)


def test_heights_and_winding_do_not_matter(tmp_path):
    clockwise = shapely.Polygon([(110, 38, 5), (110, 38.1, 5), (110.1, 38.1, 5), (110.1, 38, 5)])
    (village,) = read_villages(write_geojson(tmp_path / "v.geojson", ({"name": "西村"}, clockwise))).villages
    assert village.boundary.equals(WEST.boundary)
    assert not village.boundary.has_z


def test_a_table_of_villages_may_hold_polygons_as_text_or_none_at_all(tmp_path):
    path = write(tmp_path / "v.csv", ["村", "编码", "WKT"], ["西村", "1", WEST.boundary.wkt], ["东村", "2", "POLYGON"])
    west, east = read_villages(path).villages
    assert west.boundary.equals(WEST.boundary)
    assert east.boundary is None
    bare = read_villages(write(tmp_path / "w.csv", ["name", "code"], ["西村", "1"], ["西村", "2"]))
    assert [one.name for one in bare.villages] == ["西村（1）", "西村（2）"]
    assert codes(bare.notes) == {"no_polygons": None}


def test_a_village_name_that_would_spoil_a_page_is_left_out(tmp_path):
    path = write_geojson(
        tmp_path / "v.geojson", ({"name": "a\u2028b"}, WEST.boundary), ({"name": "东村"}, EAST.boundary)
    )
    villages = read_villages(path)
    assert [village.name for village in villages.villages] == ["东村"]
    assert "\u2028" not in villages.notes[0].say("zh")
    only = write_geojson(tmp_path / "w.geojson", ({"name": "a\u2028b"}, WEST.boundary))
    assert refusal(read_villages, only).code == "read.no_villages"


def test_columns_of_villages_can_be_named(tmp_path):
    path = write_geojson(tmp_path / "v.geojson", ({"name": "x", "label": "西村"}, WEST.boundary))
    assert read_villages(path, columns={"village": "label"}).villages[0].name == "西村"
    assert refusal(read_villages, path, columns={"lon": "label"}).code == "read.unknown_field"


# ---- kinds of file, one list


def test_the_same_list_is_the_same_households_in_every_kind_of_file(tmp_path):
    rows = [("001", "张三", 110.5, 38.25), ("1E5", "NA", -71.125, -12.5)]
    header = ("id", "name", "lon", "lat")
    book = openpyxl.Workbook()
    for row in (header, *rows):
        book.active.append(row)
    book.save(tmp_path / "list.xlsx")
    write(tmp_path / "list.csv", header, *rows)
    shapes = [shapely.Point(lon, lat) for _, _, lon, lat in rows]
    named = [{"id": row[0], "name": row[1]} for row in rows]
    write_geojson(tmp_path / "list.geojson", *zip(named, shapes, strict=True))
    geopandas.GeoDataFrame(named, geometry=shapes, crs=4326).to_file(tmp_path / "list.gpkg", driver="GPKG")
    lists = [read_households(str(tmp_path / f"list.{ending}")) for ending in ("csv", "xlsx", "geojson", "gpkg")]
    expected = tuple(Household(i, "list", lon, lat, name) for i, name, lon, lat in rows)
    assert [households.households for households in lists] == [expected] * 4


# ---- refused.csv


def read_refused(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_refused_rows_are_written_with_their_cells_and_what_to_do(read, tmp_path, lang):
    households = read(["id", "lon", "lat"], ["a", *GOOD], ["b", "", "38"], ["c", "1", "2", "3"])
    write_refused(tmp_path / "refused.csv", households, lang)
    header, blank, wide = read_refused(tmp_path / "refused.csv")
    assert header == ["id", "lon", "lat", "", "row", "column", "value", "reason", "remedy"]
    first = households.refused[0]
    assert blank == ["b", "", "38", "", "3", "lon", "", first.reason.say(lang), first.remedy.say(lang)]
    assert wide[:7] == ["c", "1", "2", "3", "4", "", "3"]
    assert (tmp_path / "refused.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_our_columns_give_way_to_the_files_own(read, tmp_path):
    households = read(["row", "value", "lon", "lat"], ["1", "2", *GOOD], ["1", "2", "x", "38"])
    write_refused(tmp_path / "refused.csv", households, "en")
    assert read_refused(tmp_path / "refused.csv")[0] == [
        *["row", "value", "lon", "lat"],
        *["row_refused", "column", "value_refused", "reason", "remedy"],
    ]


def test_no_cell_of_the_refused_is_a_formula(read, tmp_path):
    risky = ["=1+1", "+cmd", "-cmd", "@SUM", "\tx", "\rx", "-110.5", "+1e3", "a=b"]
    headers = ["name", "village", "hamlet", "grid", "address", "phone", "door", "id", "lead"]
    households = read(["lon", "lat", *headers], [*GOOD, *"abcdefghi"], ["=HYPERLINK(1)", "38", *risky])
    write_refused(tmp_path / "refused.csv", households, "en")
    _, row = read_refused(tmp_path / "refused.csv")
    assert row[:11] == ["'=HYPERLINK(1)", "38", *[f"'{cell}" for cell in risky[:6]], "-110.5", "+1e3", "a=b"]
    assert row[13] == "'=HYPERLINK(1)"


def test_a_hostile_csv_is_a_list_without_columns(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("<OGRVRTDataSource>\n<OGRVRTLayer name='x'>\n<SrcDataSource>/etc/passwd</SrcDataSource>\n")
    assert refusal(read_households, str(path)).code == "read.no_position"
