"""A position in one cell is read however programs write it, or its row is refused with the reason, in every list."""

import csv
import json

import numpy as np
import openpyxl
import pytest
import shapely

from gridplan.coordinates import BD09, GCJ02, wgs84_to_degrees
from gridplan.coordinates.packed_degrees import degrees_to_packed, packed_to_degrees
from gridplan.errors import InputRefused
from gridplan.exchange.lists.hamlets import read_hamlets
from gridplan.exchange.lists.households.households import read_households
from gridplan.exchange.lists.members import read_members
from gridplan.exchange.lists.positions.position_texts import pair_numbers, position_in_text
from gridplan.exchange.lists.villages import read_villages
from gridplan.exchange.tables.cells import CellRefused
from gridplan.model import Hamlet, Village

HOMES = np.array([(112.5 + step / 997, 33.5 + step % 7 / 991) for step in range(24)])
ARCTIC = np.array([(15.6 + step / 997, 78.2 + step % 7 / 991) for step in range(12)])
WKB = "0101000020E61000000000000000205C400000000000C04040"
MARK = "https://uri.amap.com/marker?position={lon},{lat}&name=%E4%B8%9C"
OF_TENCENT = "https://apis.map.qq.com/uri/v1/marker?marker=coord:{lat},{lon};title:x"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "112.5,33.5,120.5",
            "33.5 112.5 120.5 4.9",
            "112.5，33.5，120米",
            "112.5 33.5 0",
            "N33.5E112.5",
            "33.5N112.5E",
        ),
        *(
            "33 30 0 N 112 30 0 E",
            "N 33.5 E 112.5",
            "Lat/Lng: 33.5, 112.5",
            "lat: 33.5; lon: 112.5",
            "坐标：112.5,33.5",
        ),
        *("POINT(112.5 33.5)", "SRID=4326;POINT Z (112.5 33.5 9)", "MULTIPOINT((112.5 33.5))", WKB),
        *(
            "[112.5,33.5]",
            '{"lng":112.5,"lat":33.5}',
            "{'lat': 33.5, 'lng': 112.5}",
            '{"at":{"纬度":"33.5","经度":"112.5"}}',
        ),
        '{"type":"Point","coordinates":[112.5,"33.5",null,9]}',
        '{"type":"Feature","properties":{"lat":1,"lon":2},"geometry":{"type":"Point","coordinates":[112.5,33.5]}}',
        *("geo:33.5,112.5,90;u=35", "geo:0,0?q=33.5,112.5(x)", "geo:33.5,112.5;crs=wgs84"),
        "https://uri.amap.com/marker?position=112.5,33.5&coordinate=wgs84",
    ],
)
def test_two_numbers_are_found_in_whatever_they_are_written(text):
    assert pair_numbers(text) == (112.5, 33.5)


@pytest.mark.parametrize(
    ("link", "frame"),
    [
        (MARK, GCJ02),
        ("【高德地图】东村 https://www.amap.com/?p=B000A83M61,{lat},{lon},x", GCJ02),
        ("androidamap://viewMap?lat={lat}&lon={lon}&dev=0", GCJ02),
        (OF_TENCENT, GCJ02),
        ("map.qq.com/?type=marker&pointx={lon}&pointy={lat}", GCJ02),
        ("http://api.map.baidu.com/marker?location={lat},{lon}&output=html", BD09),
        ("百度坐标：{lon},{lat}", BD09),
    ],
)
def test_links_are_read_in_the_frame_of_their_map(link, frame):
    position = position_in_text(link.format(lon=116.473195, lat=39.993253))
    assert (position.lon, position.lat, position.frame) == ("116.473195", "39.993253", frame)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *((text, "frame.row.no_pair") for text in ("1,2,3", "112,345678,38,123456", "38 30 112 20", "[" * 9999)),
        *(
            (text, "frame.row.no_pair")
            for text in ("POINT(112.5,33.5)", "POINT EMPTY", "112.5,33.5,柳村", "38 30.25 1 2.5")
        ),
        ("LINESTRING(1 2,3 4)", "read.row.not_a_point"),
        ("SRID=99999;POINT(1 2)", "frame.row.unknown"),
        ("SRID=4610;POINT(112 33)", "frame.no_datum_shift"),
        ("https://www.google.com/maps/@38.1,112.3,15z", "frame.row.link"),
        ("https://amap.com.example.org/?q=39.99,116.47", "frame.row.link"),
        ("https://uri.amap.com@example.org/marker?position=116.4,39.9", "frame.row.link"),
        ("http://api.map.baidu.com/marker?location=40.0,116.3&coord_type=bd09mc", "frame.row.link"),
        ("https://surl.amap.com/abc", "frame.row.link_empty"),
        ("https://map.baidu.com/@12958162.4,4825907.55,19z", "frame.row.link_empty"),
        ("http://a.example http://b.example", "frame.row.several_links"),
    ],
)
def test_what_is_not_understood_is_refused_for_what_it_is(text, reason):
    with pytest.raises(CellRefused) as caught:
        position_in_text(text)
    assert caught.value.reason.code == reason
    assert all(part.say(lang) for part in (caught.value.reason, caught.value.remedy) for lang in ("en", "zh"))


@pytest.fixture
def written(tmp_path):
    """A file with a header and cells, as CSV or, by its name, as workbook."""

    def write(header, cells, name="list.csv", delimiter=","):
        if name.endswith(".xlsx"):
            book = openpyxl.Workbook()
            for row in (header, *cells):
                book.active.append(row)
            book.save(tmp_path / name)
        else:
            with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, delimiter=delimiter).writerows([header, *cells])
        return str(tmp_path / name)

    return write


def households(path, **options):
    listed = read_households(path, **options)
    assert all(note.say("en") and note.say("zh") for note in listed.notes)
    return listed, [(home.lon, home.lat) for home in listed.households], [note.code for note in listed.notes]


def reason_of(read):
    with pytest.raises(InputRefused) as caught:
        read()
    return caught.value.message.values["reason"].code


def test_every_list_reads_a_cell_of_both_and_a_column_that_was_named(written):
    odk = [f"{lat:.6f} {lon:.6f} 120.5 4.9" for lon, lat in HOMES]
    _, places, notes = households(
        written(["id", "village", "gps"], [[str(n), "柳村", cell] for n, cell in enumerate(odk)])
    )
    assert places == pytest.approx(HOMES, abs=1e-6) and "frame.note.latitude_first" not in notes
    strange = written(["id", "village", "where"], [[str(n), "柳村", cell] for n, cell in enumerate(odk)], "list.xlsx")
    assert "frame.note.lookalikes" in households(strange)[2]
    assert households(strange, columns={"lonlat": "where"})[1] == pytest.approx(HOMES, abs=1e-6)
    members = written(["姓名", "where"], [["甲", odk[0]], ["乙", ""], ["丙", "村东头"]])
    read = read_members(members, columns={"lonlat": "where"})
    assert [member.lon for member in read.members] == [pytest.approx(112.5), None]
    assert [(row.column, row.reason.code) for row in read.refused] == [("where", "frame.row.no_pair")]
    (hamlet,) = read_hamlets(written(["村", "小组", "坐标"], [["柳村", "一组", '{"lat":33.5,"lng":112.5}']])).hamlets
    assert (hamlet.lon, hamlet.lat) == (112.5, 33.5)


def test_a_column_that_was_named_is_never_passed_over(written, tmp_path):
    both = written(["户号", "村", "经度", "纬度", "x", "y", "坐标"], [["1", "柳村", "1", "2", "3", "4", "112.5,33.5"]])
    listed, places, _ = households(both, columns={"lonlat": "坐标"})
    assert places == [(112.5, 33.5)] and listed.tables[0].unused == ("经度", "纬度", "x", "y")
    assert households(both, columns={"x": "y", "y": "x"})[1] == [(4, 3)]
    for columns in ({"lonlat": "坐标", "lon": "经度"}, {"x": "x", "lon": "y"}, {"x": "x", "y": "户号"}):
        with pytest.raises(InputRefused) as caught:
            households(
                written(["户号", "村", "经度", "x", "y", "坐标"], [["1", "柳", "1", "", "4", "112.5,33.5"]]),
                columns=columns,
            )
        assert caught.value.say("zh")
    assert (
        reason_of(
            lambda: households(written(["户号", "村", "坐标"], [["1", "柳村", "村东头"]]), columns={"lonlat": "坐标"})
        )
        == "frame.row.no_pair"
    )
    blank = households(written(["户号", "村", "坐标"], [["1", "柳村", ""]]), columns={"lonlat": "坐标"})
    assert "read.note.wanted_blank" in blank[2]
    drawn = {"type": "Feature", "properties": {"村": "柳村", "地块": "POLYGON((1 2,3 2,3 4,1 2))"}}
    drawn["geometry"] = {"type": "Polygon", "coordinates": [[[5, 6], [7, 6], [7, 8], [5, 6]]]}
    (tmp_path / "v.geojson").write_text(json.dumps(drawn))
    (village,) = read_villages(str(tmp_path / "v.geojson"), columns={"polygon": "地块"}).villages
    assert village.boundary is not None and village.boundary.bounds == (1, 2, 3, 4)


def test_a_column_called_one_of_positions_is_read_refused_row_by_row_or_said_to_hold_none(written):
    def listed(*cells):
        return households(written(["户号", "村", "坐标"], [[str(n), "柳村", cell] for n, cell in enumerate(cells)]))

    few, _, _ = listed("112.5,33.5", "未定位", "未定位", "未定位")
    assert [row.reason.code for row in few.refused] == ["frame.row.no_pair"] * 3
    assert "read.note.no_positions_in" in listed("是", "否", "已定位")[2]
    assert reason_of(lambda: listed("8Q7X+2V", "8Q7X+3V")) == "frame.row.place_code"


def test_links_among_numbers_are_converted_with_a_note(written):
    shifted = wgs84_to_degrees(HOMES, GCJ02).round(9)
    cells = [f"{lon:.9f},{lat:.9f}" for lon, lat in HOMES]
    cells[3], cells[5] = (
        MARK.format(lon=shifted[3, 0], lat=shifted[3, 1]),
        OF_TENCENT.format(lon=shifted[5, 0], lat=shifted[5, 1]),
    )
    cells[7] = "SRID=4547;POINT(360720.5 3708000.5)"
    listed, places, notes = households(
        written(["户号", "村", "坐标"], [[str(n), "柳村", cell] for n, cell in enumerate(cells)])
    )
    kept = [at for at in range(24) if at != 7]
    assert np.array(places)[kept] == pytest.approx(HOMES[kept], abs=1e-8)
    assert np.hypot(*np.subtract(places[7], HOMES[7])) < 0.1 and "frame.note.stated" in notes
    (said,) = [note.say("en") for note in listed.notes if note.code == "frame.note.links"]
    assert "uri.amap.com" in said and "apis.map.qq.com" in said and "GCJ-02" in said


def test_commas_that_are_decimal_marks_throughout_are_read_with_a_note(written):
    def in_commas(number):
        return f"{number:.6f}".replace(".", ",")

    cells = [[str(n), "柳村", in_commas(lon), in_commas(lat)] for n, (lon, lat) in enumerate(HOMES)]
    _, places, notes = households(written(["户号", "村", "经度", "纬度"], cells, delimiter=";"))
    assert places == pytest.approx(HOMES, abs=1e-6) and notes.count("read.note.decimal_commas") == 2
    pairs = [[n, village, f"{lon}; {lat}"] for n, village, lon, lat in cells]
    assert households(written(["户号", "村", "坐标"], pairs, "list.xlsx"))[1] == pytest.approx(HOMES, abs=1e-6)
    assert (
        reason_of(
            lambda: households(
                written(["户号", "村", "x", "y"], [["1", "柳村", "512,345", "234,567"]]), frame="EPSG:4547"
            )
        )
        == "read.row.decimal_comma"
    )


def test_headers_formats_and_texts_say_which_is_which_where_it_is_possible(written):
    for header, write in (
        (["lon", "lat"], lambda lon, lat: [f"{lon}", f"{lat}"]),
        (["gps"], lambda lon, lat: [f"{lat} {lon} 0 0"]),
        (["lonlat"], lambda lon, lat: [f"{lon},{lat}"]),
        (["Lat,Lng"], lambda lon, lat: [f"{lat},{lon}"]),
        (["坐标"], lambda lon, lat: [f"POINT({lon} {lat})"]),
        (["坐标"], lambda lon, lat: [f"geo:{lat},{lon}"]),
    ):
        path = written(["id", "village", *header], [[str(n), "a", *write(*home)] for n, home in enumerate(ARCTIC)])
        _, places, notes = households(path)
        assert places == pytest.approx(ARCTIC) and not {"frame.note.turned", "frame.note.perhaps_turned"} & {*notes}
    kashgar = [[str(n), "a", f"{39.5 + n / 997}", f"{76.1 + n / 991}"] for n in range(12)]
    assert "frame.note.perhaps_turned" in households(written(["id", "village", "lon", "lat"], kashgar))[2]
    odk = [[str(n), "a", f"{lon:.6f} {lat:.6f} 0 0"] for n, (lon, lat) in enumerate(HOMES)]
    _, places, notes = households(written(["id", "village", "gps"], odk))
    assert places == pytest.approx(HOMES, abs=1e-6) and "frame.note.latitude_first" in notes


def packed(degrees):
    seconds = round(degrees * 3600, 2)
    return f"{int(seconds // 3600)}.{int(seconds % 3600 // 60):02d}{round(seconds % 60 * 100):04d}"


def test_packed_degrees_are_read_by_their_digits():
    minutes = np.arange(60)
    written = np.array([[float(f"{33 + minute}.{minute:02d}"), float(f"-{112}.{minute:02d}3")] for minute in minutes])
    read = packed_to_degrees(written)
    assert read == pytest.approx(np.column_stack([33 + minutes + minutes / 60, -112 - minutes / 60 - 30 / 3600]))
    assert degrees_to_packed(read) == pytest.approx(written, abs=1e-9)
    assert np.isinf(packed_to_degrees(np.array([[33.6, 112.0060]]))).all()


def test_packed_degrees_are_doubted_aloud_and_read_where_that_is_stated(written):
    spread = HOMES + np.column_stack([np.arange(24) % 5, np.arange(24) % 3]) / 300
    cells = [[str(n), "柳村", packed(lon), packed(lat)] for n, (lon, lat) in enumerate(spread)]
    path = written(["户号", "村", "经度", "纬度"], cells)
    _, places, notes = households(path)
    assert "frame.note.packed" in notes and places[1] != pytest.approx(spread[1], abs=0.01)
    decimal = [[n, village, *home] for (n, village, *_), home in zip(cells, spread.tolist(), strict=True)]
    assert "frame.note.packed" not in households(written(["户号", "村", "lon", "lat"], decimal, "other.csv"))[2]
    for stated in (households(path, frame="dms"), households(f"{path}@dms")):
        assert np.array(stated[1]) == pytest.approx(spread, abs=1e-5) and "frame.note.packed" not in stated[2]
    pairs = written(["户号", "村", "坐标"], [[n, v, f"{lat},{lon}"] for n, v, lon, lat in cells], "pairs.csv")
    assert "frame.note.packed" in households(pairs)[2]
    assert np.array(households(pairs, frame="dms")[1]) == pytest.approx(spread, abs=1e-5)
    cells[0][2], cells[1][3] = "112.7000", "33°30′15″"
    cells[2][2] = "112.3"
    mixed, places, _ = households(written(["户号", "村", "经度", "纬度"], cells, "mixed.csv"), frame="dms")
    assert [row.reason.code for row in mixed.refused] == ["read.row.sixty", "frame.row.not_packed"] and places[0][
        0
    ] == 112.5
    places_of = written(
        ["村", "小组", "经度", "纬度"], [["柳村", f"{n}组", *pair] for n, _, *pair in cells[3:]], "places.csv"
    )
    assert "frame.note.packed" in [note.code for note in read_hamlets(places_of).notes]
    assert (
        "frame.note.mentioned_option"
        in households(written(["户号", "村", "经度(dd.mmss)", "纬度"], cells[3:], "said.csv"))[2]
    )
    outline = Village("柳村", None, shapely.MultiPoint(spread).convex_hull.buffer(0.001))
    (doubt,) = [note for note in households(path, villages=[outline])[0].notes if note.code == "frame.seen.households"]
    assert doubt.values["option"] == "dms"


def test_where_no_column_is_known_all_ways_to_give_a_position_are_named(written):
    rows = [["1", "柳村", "一组"]]
    _, _, notes = households(written(["户号", "村", "组"], rows))
    assert notes.count("frame.note.no_positions") == 1
    place = Hamlet("柳村", "一组", 112.5, 33.5)
    assert "frame.note.no_positions" not in households(written(["户号", "村", "组"], rows), hamlets=[place])[2]
    assert (
        "frame.note.no_positions"
        not in households(written(["户号", "村", "组", "经度", "纬度"], [[*rows[0], "", ""]]))[2]
    )
    with pytest.raises(InputRefused) as caught:
        read_hamlets(written(["村", "小组", "备注"], [["柳村", "一组", "x"]]))
    assert "lonlat" in caught.value.say("en") and "lonlat" in caught.value.say("zh")
    links = [[str(n), "柳村", f"https://maps.example/{n}"] for n in range(12)]
    assert "frame.note.lookalikes" in households(written(["户号", "村", "去处"], links))[2]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("8FVC9G8F+6X", "Plus Code"),
        ("9G8F+6X 北京", "Plus Code"),
        ("49S GU 38045 12345", "MGRS"),
        ("49SGU3804512345", "MGRS"),
        ("///apple.table.river", "what3words"),
        ("wx4g0ec1", "geohash"),
    ],
)
def test_a_code_of_a_place_is_named_for_what_it_is_and_never_counts_as_none(tmp_path, text, kind):
    path = tmp_path / "list.csv"
    path.write_text("户编号,村,坐标\n" + "".join(f"{n},东村,{text}\n" for n in range(12)), encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        read_households(str(path))
    assert kind in refused.value.say("en")
    path.write_text(f"户编号,村,位置\n1,东村,{text}\n2,东村,{text}\n", encoding="utf-8")
    if kind in {"Plus Code", "MGRS"}:
        with pytest.raises(InputRefused, match=kind):
            read_households(str(path))
