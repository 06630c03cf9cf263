"""Where rows stand: degrees and metres in any frame, swapped or in parts, and what is refused rather than guessed."""

import csv
import json

import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from gridplan.coordinates import BD09, CGCS2000, GCJ02, wgs84_to_degrees
from gridplan.errors import InputRefused
from gridplan.exchange.lists.positions.positions import fields_to_find, find_positions
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import CellRefused, parse_number
from gridplan.exchange.tables.read import read_table
from gridplan.model import Village

HOMES = np.array([(110.90 + step / 997, 37.95 + step % 7 / 991) for step in range(30)])
VILLAGE = Village("柳村", None, shapely.box(110.89, 37.94, 110.95, 37.97))


def rows_of(path, header, cells):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *cells])
    table = read_table(str(path))
    return Rows(table, fields_to_find(table, {}), {})


@pytest.fixture
def rows(tmp_path):
    """Rows of a list written to a file."""
    return lambda header, cells: rows_of(tmp_path / "list.csv", header, cells)


def as_text(points):
    return [[f"{x:.9f}", f"{y:.9f}"] for x, y in points]


def in_metres(lonlat, frame):
    transformer = Transformer.from_crs("EPSG:4326", frame, always_xy=True)
    return np.column_stack(transformer.transform(*np.asarray(lonlat).T))


def noted(rows):
    assert all(note.say("en") and note.say("zh") for note in rows.notes)
    return [note.code for note in rows.notes]


def reasons(rows):
    for refusal in rows.refusals.values():
        assert all(text.say(lang) for text in (refusal.reason, refusal.remedy) for lang in ("en", "zh"))
    return {at: (refusal.column, refusal.reason.code) for at, refusal in rows.refusals.items()}


def refusal(rows, *arguments, **options):
    with pytest.raises(InputRefused) as caught:
        find_positions(rows, *arguments, **options)
    assert caught.value.say("zh")
    return caught.value


# ---- one cell


@pytest.mark.parametrize(
    "text",
    [
        "38°30'15\"",
        "38°30'15\"N",
        "３８°３０′１５″",
        "38度30分15秒",
        "北纬38度30分15秒",
        "N38 30 15",
        "38 30 15",
        "38-30-15",
        "38:30:15",
        "38° 30’ 15” n",
        "38º30´15''",
        "38°30'15",
        "38°30.25'",
        "N38 30.25",
        "+38°30'15.000\"",
    ],
)
def test_degrees_minutes_and_seconds_are_read_however_they_are_marked(text):
    assert parse_number("lat", text) == (pytest.approx(38 + 30 / 60 + 15 / 3600, abs=1e-12), True)
    assert parse_number("lon", "W 0°30'")[0] == parse_number("lon", "-0°30'")[0] == -0.5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("38.30.15", "dotted"),
        ("38,5", "decimal_comma"),
        ("38 30", "not_number"),
        ("38-30", "not_number"),
        ('38°15"', "not_number"),
        ("38.5°30'", "not_number"),
        ("38°60'", "sixty"),
        ("38°30'75\"", "sixty"),
        ("110°30'E", "not_number"),
        ("1 10.5", "not_number"),
        ("-38°30'S", "not_number"),
        ("NaN", "not_finite"),
        ("", "blank"),
    ],
)
def test_what_may_be_read_in_two_ways_is_refused(text, reason):
    with pytest.raises(CellRefused) as caught:
        parse_number("lat", text)
    assert caught.value.reason.code == f"read.row.{reason}"


@given(st.integers(0, 89), st.integers(0, 59), st.integers(0, 59_999), st.sampled_from(["°'\"", "度分秒", "°′″"]))
def test_every_degree_minute_and_second_comes_through(degrees, minutes, thousandths, marks):
    seconds = thousandths / 1000
    text = f"{degrees}{marks[0]}{minutes}{marks[1]}{seconds:.3f}{marks[2]}"
    assert parse_number("lat", text)[0] == pytest.approx(degrees + minutes / 60 + seconds / 3600, abs=1e-12)


# ---- several columns


def in_parts(degrees):
    minutes, seconds = divmod(round(degrees * 3600, 4), 60)
    return [str(int(minutes // 60)), str(int(minutes % 60)), f"{seconds:.4f}"]


def test_degrees_minutes_and_seconds_are_put_together_from_columns(rows):
    header = ["LatD", ' "LatM"', ' "LatS"', ' "NS"', "LonD", "LonM", "LonS", "EW"]
    cells = [["41", " 5", " 59", ' "N"', "80", "39", "0", ' "W"'], ["12", "0", "36", "S", "100", "30", "0", "东"]]
    assert find_positions(rows(header, cells)) == pytest.approx(np.array([(-80.65, 41.0997222), (100.5, -12.01)]))


@pytest.mark.parametrize(
    "header",
    [
        ["经度度", "经度分", "经度秒", "纬度度", "纬度分", "纬度秒"],
        ["经度(度)", "经度(分)", "经度(秒)", "纬度（度）", "纬度（分）", "纬度（秒）"],
    ],
)
def test_chinese_headers_of_parts_are_known(rows, header):
    cells = [in_parts(lon) + in_parts(lat) for lon, lat in HOMES]
    assert find_positions(rows(header, cells)) == pytest.approx(HOMES, abs=1e-7)


def test_a_part_that_is_wrong_is_refused_with_the_whole(rows):
    header = ["LonD", "LonM", "LatD", "LatM"]
    list_of_parts = rows(header, [["110", "30", "38", "15"], ["110", "", "38", "15"], ["110", "30", "38", "75"]])
    lonlat = find_positions(list_of_parts)
    assert lonlat[0].tolist() == [110.5, 38.25] and np.isnan(lonlat[1:]).all()
    assert reasons(list_of_parts) == {1: ("LonD", "read.row.not_number"), 2: ("LatD", "read.row.sixty")}
    assert list_of_parts.refusals[2].value == "38°75'"


# ---- both in one column


def as_marked(degrees):
    return "{}°{}′{}″".format(*in_parts(degrees))


@pytest.mark.parametrize(
    "write",
    [
        lambda lon, lat: f"{lon:.9f},{lat:.9f}",
        lambda lon, lat: f"({lon:.9f}, {lat:.9f})",
        lambda lon, lat: f"{lon:.9f}，{lat:.9f}",
        lambda lon, lat: f"{lon:.9f} {lat:.9f}",
        lambda lon, lat: f"{lon:.9f};{lat:.9f}",
        lambda lon, lat: f"北纬{lat:.9f}，东经{lon:.9f}",
        lambda lon, lat: f"N{lat:.9f} E{lon:.9f}",
        lambda lon, lat: f"经度：{lon:.9f} 纬度：{lat:.9f}",
        lambda lon, lat: f"{as_marked(lon)}E，{as_marked(lat)}N",
        lambda lon, lat: f"{as_marked(lat)}N {as_marked(lon)}E",
        lambda lon, lat: f"{as_marked(lon)} {as_marked(lat)}",
    ],
)
def test_longitude_and_latitude_in_one_column_are_told_apart(rows, write):
    both = rows(["户号", "坐标"], [[str(n), write(*home)] for n, home in enumerate(HOMES)])
    assert find_positions(both, optional=True) == pytest.approx(HOMES, abs=1e-7)
    assert not both.refusals and "frame.note.latitude_first" not in noted(both)


def test_a_column_with_the_latitude_first_is_turned_with_a_note(rows):
    both = rows(["经纬度"], [[f"{lat:.9f},{lon:.9f}"] for lon, lat in HOMES])
    assert find_positions(both) == pytest.approx(HOMES, abs=1e-8)
    assert noted(both) == ["frame.note.latitude_first"]


@pytest.mark.parametrize(
    ("header", "cell", "place", "notes"),
    [
        ("location", "-1.312345,36.781234", (-1.312345, 36.781234), ["frame.note.longitude_assumed"]),
        ("location (lat, lon)", "-1.312345,36.781234", (36.781234, -1.312345), []),
        ("location", "1.312345S 36.781234E", (36.781234, -1.312345), ["read.note.normalised"]),
        ("location", "-73.212345,44.481234", (-73.212345, 44.481234), ["frame.note.longitude_assumed"]),
        ("location", "151.212345,-33.871234", (151.212345, -33.871234), []),
        ("坐标", "110.912345,37.951234", (110.912345, 37.951234), []),
    ],
)
def test_where_nothing_tells_which_number_is_the_longitude_it_is_said(rows, header, cell, place, notes):
    both = rows(["户号", header], [[str(n), cell] for n in range(9)])
    assert find_positions(both, optional=True)[0] == pytest.approx(place)
    assert noted(both) == notes


def test_metres_in_one_column_are_read_too(rows):
    both = rows(["坐标"], [[f"{y:.4f},{x:.4f}"] for x, y in in_metres(HOMES, "EPSG:4525")])
    assert find_positions(both, CGCS2000) == pytest.approx(HOMES, abs=1e-8)


def test_a_cell_without_two_coordinates_is_refused_and_a_blank_one_may_be(rows):
    cells = [["1", "110.9,37.95"], ["2", "110.9"], ["3", "村东头"], ["4", ""], ["5", "1,2,3"], ["6", "37.95,110.9"]]
    both = rows(["户号", "坐标"], [*cells, *([str(n), "110.9,37.95"] for n in range(7, 13))])
    lonlat = find_positions(both, optional=True)
    no_pair = ("坐标", "frame.row.no_pair")
    assert reasons(both) == {1: no_pair, 2: no_pair, 4: no_pair, 5: ("坐标", "read.row.swapped")}
    assert [both.refusals[at].value for at in (1, 5)] == ["110.9", "37.95,110.9"] and np.isnan(lonlat[3]).all()


def test_a_column_called_so_that_holds_something_else_is_not_used(rows):
    places = rows(["户号", "坐标", "定位"], [["1", "村东头", ""], ["2", "河边", ""]])
    assert np.isnan(find_positions(places, optional=True)).all()
    assert places.unused_headers == ("坐标",) and not places.refusals


# ---- what headers and titles say of the frame


def titled(tmp_path, title, header):
    book = openpyxl.Workbook()
    book.active.append([title])
    for row in [["户号", *header], *([str(n), *home] for n, home in enumerate(HOMES.tolist()))]:
        book.active.append(row)
    book.save(tmp_path / "list.xlsx")
    table = read_table(str(tmp_path / "list.xlsx"))
    return Rows(table, fields_to_find(table, {}), {})


@pytest.mark.parametrize(
    "header",
    [("经度(西安80)", "纬度(西安80)"), ("1980西安经度", "纬度"), ("经度【北京54】", "纬度"), ("Lon_Xian80", "lat")],
)
def test_headers_of_xian_80_and_beijing_54_are_refused_unless_another_frame_is_stated(rows, header):
    message = refusal(rows(header, as_text(HOMES))).message
    assert (message.code, message.values["text"]) == ("frame.mentioned_no_datum_shift", header[0])
    converted = rows(header, as_text(HOMES))
    assert find_positions(converted, CGCS2000) == pytest.approx(HOMES, abs=1e-8)
    assert noted(converted)[0] == "frame.note.mentioned"


def test_so_are_titles_and_sheets(tmp_path):
    said = titled(tmp_path, "柳村住户名单（1980西安坐标系）", ("经度", "纬度"))
    assert refusal(said).message.code == "frame.mentioned_no_datum_shift"


@pytest.mark.parametrize("title", ["西安80户名单", "北京54户", "百度村名单", "腾讯文档导出", "CGCS2000坐标"])
def test_titles_that_are_about_something_else_are_no_reason(tmp_path, title):
    silent = titled(tmp_path, title, ("经度", "纬度"))
    assert find_positions(silent) == pytest.approx(HOMES) and set(noted(silent)) <= {"read.note.titles"}


@pytest.mark.parametrize(
    ("header", "option"),
    [
        (("gcj02_lng", "gcj02_lat"), "gcj02"),
        (("百度经度", "百度纬度"), "bd09"),
        (("经度（高德）", "纬度（高德）"), "gcj02"),
    ],
)
def test_headers_of_shifted_frames_suggest_the_frame(rows, header, option):
    shifted = rows(header, as_text(HOMES))
    assert find_positions(shifted) == pytest.approx(HOMES, abs=1e-8)
    assert f"pass --crs {option} (" in shifted.notes[0].say("en") and option in shifted.notes[0].say("zh")
    stated = rows(header, as_text(wgs84_to_degrees(HOMES, option)))
    assert find_positions(stated, option) == pytest.approx(HOMES, abs=1e-8)
    assert noted(stated) == ["frame.note.read_as"]
    assert noted_of(rows(header, as_text(HOMES)), CGCS2000) == ["frame.note.mentioned", "frame.note.read_as"]


def noted_of(rows, frame):
    find_positions(rows, frame)
    return noted(rows)


# ---- degrees in every frame


@pytest.mark.parametrize(("frame", "shown"), [(GCJ02, "GCJ-02"), (BD09, "BD-09"), (CGCS2000, "CGCS2000")])
def test_columns_are_read_in_the_frame_stated(rows, frame, shown):
    shifted = rows(["lon", "lat"], as_text(wgs84_to_degrees(HOMES, frame)))
    assert find_positions(shifted, frame) == pytest.approx(HOMES, abs=1e-8)
    assert shown in shifted.notes[-1].say("en")


def test_the_frame_stated_for_the_file_is_used_and_another_passed_wins(tmp_path):
    point = {"type": "Point", "coordinates": wgs84_to_degrees(HOMES[:1], GCJ02)[0].tolist()}
    (tmp_path / "a.geojson").write_text(json.dumps(point))
    for argument, frame in (("a.geojson@gcj02", None), ("a.geojson", GCJ02), ("a.geojson@bd09", GCJ02)):
        table = read_table(str(tmp_path / argument))
        lonlat = find_positions(Rows(table, fields_to_find(table, {}), {}), frame)
        assert lonlat == pytest.approx(HOMES[:1], abs=1e-9)


def test_degrees_in_a_frame_of_metres_are_refused(rows):
    assert refusal(rows(["lon", "lat"], as_text(HOMES)), "EPSG:4546").message.code == "frame.degrees"


# ---- the wrong way round


@pytest.mark.parametrize("frame", [None, GCJ02, BD09])
def test_a_list_turned_throughout_is_turned_back_with_a_note(rows, frame):
    turned = rows(["经度", "纬度"], as_text(wgs84_to_degrees(HOMES, frame or "EPSG:4326")[:, ::-1]))
    assert find_positions(turned, frame) == pytest.approx(HOMES, abs=1e-8)
    assert noted(turned)[0] == "frame.note.turned" and not turned.refusals
    assert (turned.notes[0].values["lon"], turned.notes[0].values["lat"]) == ("纬度", "经度")


@pytest.mark.parametrize("middle", [110.9, 76.0])
def test_rows_turned_among_others_are_refused(rows, middle):
    cells = as_text(HOMES + (middle - 110.9, 0))
    for at in (3, 20):
        cells[at].reverse()
    some = rows(["lon", "lat"], cells)
    lonlat = find_positions(some)
    assert reasons(some) == {3: ("lat", "read.row.swapped"), 20: ("lat", "read.row.swapped")}
    assert np.isnan(lonlat[[3, 20]]).all() and np.isfinite(lonlat).sum() == 2 * 28


def test_outside_china_the_villages_tell_which_way_round(rows):
    vermont = Village("v", None, shapely.box(-73.3, 44.0, -72.9, 44.4))
    homes = as_text([(-73.1 + step / 100, 44.2) for step in range(5)])
    turned = rows(["lon", "lat"], [cell[::-1] for cell in homes])
    assert find_positions(turned, villages=[vermont])[0].tolist() == [-73.1, 44.2]
    arctic = Village("a", None, shapely.box(15, 78, 16, 78.5))
    assert find_positions(rows(["lon", "lat"], [["15.6", "78.2"]]), villages=[arctic])[0].tolist() == [15.6, 78.2]


def test_a_position_abroad_among_others_in_china_is_refused(rows):
    some = rows(["lon", "lat"], [*as_text(HOMES), ["-110.9", "37.95"], ["11.09", "37.95"]])
    find_positions(some)
    assert set(reasons(some).values()) == {("lon", "frame.row.abroad")} and sorted(some.refusals) == [30, 31]
    astride = [[f"{72.9 + step / 100}", "19.1"] for step in range(30)]  # of one town, a third west of the box of China
    on_the_edge = rows(["lon", "lat"], [*astride, ["7.29", "19.1"]])
    find_positions(on_the_edge)
    assert sorted(on_the_edge.refusals) == [30]


# ---- metres


@pytest.mark.parametrize("header", [["x", "y"], ["Y坐标", "X坐标"], ["纵坐标", "横坐标"], ["经度", "纬度"]])
@pytest.mark.parametrize(
    ("plane", "stated"),
    [("EPSG:4546", "EPSG:4546"), ("EPSG:4525", CGCS2000), ("EPSG:4497", CGCS2000), ("EPSG:32649", "EPSG:32649")],
)
def test_metres_are_told_apart_by_their_size_whatever_the_header_says(rows, header, plane, stated):
    for metres in (in_metres(HOMES, plane), in_metres(HOMES, plane)[:, ::-1]):
        grid = rows(header, as_text(metres))
        assert find_positions(grid, stated) == pytest.approx(HOMES, abs=1e-8)
        (note,) = grid.notes
        assert note.code == "frame.note.metres"
        assert note.values["east"] == header[0 if metres[0, 0] == in_metres(HOMES, plane)[0, 0] else 1]


def test_x_and_y_may_hold_degrees(rows):
    assert find_positions(rows(["X", "Y"], as_text(HOMES))) == pytest.approx(HOMES, abs=1e-8)
    assert find_positions(rows(["X", "Y"], as_text(HOMES[:, ::-1]))) == pytest.approx(HOMES, abs=1e-8)


@pytest.mark.parametrize(
    ("plane", "named"), [("EPSG:4525", "cgcs2000"), ("EPSG:4546", "EPSG:4554"), ("EPSG:32649", "EPSG:32653")]
)
@pytest.mark.parametrize("frame", [None, GCJ02, "EPSG:4490"])
def test_metres_without_a_frame_of_metres_are_refused_with_the_candidates(rows, plane, named, frame):
    error = refusal(rows(["y", "x"], as_text(in_metres(HOMES, plane))), frame)
    assert error.message.code in {"frame.metres", "frame.metres_zone"}
    assert named in error.say("en") and named in error.say("zh")


def test_the_villages_give_the_meridian_that_metres_leave_open(rows):
    metres = as_text(in_metres(HOMES, "EPSG:4546"))
    assert refusal(rows(["x", "y"], metres), CGCS2000).message.code == "frame.which_meridian"
    found = rows(["x", "y"], metres)
    assert find_positions(found, CGCS2000, villages=[VILLAGE]) == pytest.approx(HOMES, abs=1e-8)
    assert "EPSG:4546" in found.notes[0].say("en")


def test_rows_that_are_no_metres_among_metres_are_refused(rows):
    metres = as_text(in_metres(HOMES, "EPSG:4525"))
    metres[2] = ["110.9", "37.95"]
    metres[3][0] = f"99{metres[3][0][2:]}"
    metres[4][0] = "nan"
    grid = rows(["x", "y"], metres)
    lonlat = find_positions(grid, CGCS2000)
    assert reasons(grid) == {
        2: ("x", "frame.row.degrees"),
        3: ("x", "frame.row.unplaced"),
        4: ("x", "read.row.not_finite"),
    }
    assert np.isnan(lonlat[2:5]).all() and np.isfinite(lonlat[5:]).all()


@pytest.mark.parametrize("comma", [",", "，"])
def test_metres_with_a_comma_before_every_three_digits_are_read(rows, comma):
    metres = [[f"{value:,.3f}".replace(",", comma) for value in pair] for pair in in_metres(HOMES, "EPSG:4525")]
    assert find_positions(rows(["Y", "X"], metres), CGCS2000) == pytest.approx(HOMES, abs=1e-7)


def test_a_single_comma_stays_in_doubt(rows):
    some = rows(["lon", "lat"], [*as_text(HOMES), ["110,900", "37,950"]])
    find_positions(some)
    assert reasons(some) == {30: ("lon", "read.row.decimal_comma")}


def test_a_word_among_metres_is_said_to_be_no_metres(rows):
    grid = rows(["x", "y"], [*as_text(in_metres(HOMES, "EPSG:4525")), ["东边", "4200000"]])
    find_positions(grid, CGCS2000)
    assert reasons(grid) == {30: ("x", "frame.row.not_metres")}


@pytest.mark.parametrize("marks", ["º´˝", "°ˊ˝", "˚′″", "°'\""])
def test_accents_typed_for_minutes_and_seconds_are_read(rows, marks):
    cells = [
        ["{}{}{}{}{}{}".format(*(x for pair in zip(in_parts(v), marks, strict=True) for x in pair)) for v in home]
        for home in HOMES
    ]
    assert find_positions(rows(["lon", "lat"], cells)) == pytest.approx(HOMES, abs=1e-7)


@pytest.mark.parametrize(
    ("metres", "stated", "plane"),
    [
        ("EPSG:4546", "EPSG:4546", "EPSG:4546"),
        ("EPSG:4525", CGCS2000, "EPSG:4525"),
        ("EPSG:4497", CGCS2000, "EPSG:4497"),
        ("EPSG:32649", "EPSG:32649", "EPSG:32649"),
    ],
)
def test_the_plane_of_metres_is_known_with_its_zone(rows, metres, stated, plane):
    grid = rows(["x", "y"], as_text(in_metres(HOMES, metres)))
    find_positions(grid, stated)
    assert grid.plane == plane


# ---- none


def test_rows_without_a_position_are_refused_unless_they_may_be(rows):
    cells = [["1", "110.9", "37.95"], ["2", "", " "], ["3", "", "38"]]
    must, may = rows(["id", "lon", "lat"], cells), rows(["id", "lon", "lat"], cells)
    find_positions(must)
    assert reasons(must) == {1: ("lon", "read.row.blank"), 2: ("lon", "read.row.blank")}
    lonlat = find_positions(may, optional=True)
    assert reasons(may) == {2: ("lon", "read.row.blank")} and np.isnan(lonlat[1]).all()


def test_a_list_without_positions_is_refused_unless_it_may_be(rows):
    assert refusal(rows(["户主"], [["王"], ["李"]])).message.code == "read.no_position"
    assert np.isnan(find_positions(rows(["户主"], [["王"], ["李"]]), optional=True)).all()
    assert refusal(rows(["lon", "b"], [["1", "2"]]), optional=True).message.values["field"] == "lat"


def test_a_feature_without_a_geometry_may_be_without_a_position(tmp_path):
    features = [{"type": "Feature", "properties": {"n": n}, "geometry": None} for n in range(2)]
    features[0]["geometry"] = {"type": "Point", "coordinates": [110.9, 37.95]}
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    table = read_table(str(tmp_path / "a.geojson"))
    rows = Rows(table, fields_to_find(table, {}), {})
    lonlat = find_positions(rows, optional=True)
    assert lonlat[0].tolist() == [110.9, 37.95] and np.isnan(lonlat[1]).all() and not rows.refusals
    assert noted(rows) == ["read.note.null_geometry"]


CELL = st.one_of(
    st.sampled_from(["", "110.9", "37.95", "4200000", "37500000", "nan", "1e999", "0", "38°30'", "38.30.15", "110,5"]),
    st.floats().map(repr),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=6),
)


@settings(deadline=None, max_examples=120)
@example(cells=[("110.9", "9e307")] * 2, frame=None, optional=False)
@given(
    cells=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8),
    frame=st.sampled_from([None, GCJ02, BD09, CGCS2000, "EPSG:4546", "EPSG:32649"]),
    optional=st.booleans(),
)
def test_every_row_has_a_place_on_earth_or_is_refused_or_was_blank(tmp_path_factory, cells, frame, optional):
    with_id = [["1", "110.9", "37.95"], *(["2", *pair] for pair in cells)]
    rows = rows_of(tmp_path_factory.mktemp("p") / "a.csv", ["id", "lon", "lat"], with_id)
    try:
        lonlat = find_positions(rows, frame, optional)
    except InputRefused as error:
        assert error.say("en") and error.say("zh")
        return
    reasons(rows)
    for at, (lon, lat) in enumerate(lonlat):
        blank = optional and not any(map(str.strip, rows.table.rows[at][1:]))
        assert (at in rows.refusals or blank) == bool(np.isnan(lon))
        assert np.isnan(lon) or (abs(lon) <= 180 and abs(lat) <= 90)
