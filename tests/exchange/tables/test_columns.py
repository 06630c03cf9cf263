"""Which header is which field: as towns write them, decorated or in parts, and what nothing is taken from."""

import csv

import openpyxl
import pytest

from gridplan.errors import InputRefused
from gridplan.exchange.lists.hamlets import read_hamlets
from gridplan.exchange.lists.households.households import read_households
from gridplan.exchange.lists.villages import read_villages
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, choose_columns, folded


def fields_of(*header):
    """The header of every field that is found in a full table."""
    columns = choose_columns("list.csv", header, [True] * len(header), HOUSEHOLD_FIELDS, {})
    return {field: header[at] for field, at in columns.items()}


@pytest.fixture
def read(tmp_path):
    """Reads households from rows written to a file."""

    def read_rows(*rows, **options):
        with (tmp_path / "list.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return read_households(str(tmp_path / "list.csv"), **options)

    return read_rows


def codes(notes):
    assert all(note.say(lang) for note in notes for lang in ("en", "zh"))
    return [note.code for note in notes]


# ---- what headers mean


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("东经", "北纬"),
        ("东经(°)", "北纬(°)"),
        ("gcj02_lng", "gcj02_lat"),
        ("lng_bd09", "lat_bd09"),
        ("百度经度", "百度纬度"),
        ("经度（WGS84）", "纬度（WGS84）"),
        ("GPS经度", "GPS纬度"),
        ("房屋经度", "房屋纬度"),
        ("CGCS2000_Longitude", "CGCS2000_Latitude"),
    ],
)
def test_headers_of_degrees_are_known_whatever_stands_around_them(lon, lat):
    assert fields_of("户号", lon, lat) == {"id": "户号", "lon": lon, "lat": lat}


@pytest.mark.parametrize(
    ("east", "north"),
    [("东坐标Y(m)", "北坐标X(m)"), ("横坐标Y", "纵坐标X"), ("Y(东坐标)", "X(北坐标)"), ("2000_X", "2000_Y")],
)
def test_headers_of_metres_are_known_with_the_letter_of_the_axis(east, north):
    found = fields_of(east, north)
    assert {found["x"], found["y"]} == {east, north}


@pytest.mark.parametrize("header", ["经纬度", "坐标", "GPS坐标", "百度坐标", "经纬度坐标(WGS-84)", "lat,lon"])
def test_headers_of_both_coordinates_are_known(header):
    assert fields_of(header) == {"lonlat": header}


@pytest.mark.parametrize(
    "header",
    [
        "所在行政村",
        "所属行政村名称",
        "村委会",
        "村委会名称",
        "居委会",
        "村级",
        "村居",
        "村(居)",
        "所属村居",
        "所属社区",
        "归属村",
    ],
)
def test_headers_of_villages_are_known(header):
    assert fields_of(header) == {"village": header}


@pytest.mark.parametrize(
    "header", ["小组长姓名", "联系人姓名", "村干部", "家庭负责人", "房屋编号", "村务监督", "户口所在地"]
)
def test_headers_that_only_resemble_one_of_ours_are_left_alone(header):
    assert fields_of(header) == {}


def test_a_plain_header_wins_over_one_that_says_more():
    assert fields_of("百度经度", "百度纬度", "经度", "纬度") == {"lon": "经度", "lat": "纬度"}
    assert fields_of("所属村", "行政村")["village"] == "行政村"
    with pytest.raises(InputRefused, match="gcj02_lng and bd09_lng"):
        fields_of("gcj02_lng", "gcj02_lat", "bd09_lng", "bd09_lat")


@pytest.mark.parametrize("parts", [("度", "分", "秒"), ("度", "分")])
def test_bare_parts_twice_in_a_row_are_a_longitude_and_a_latitude(parts):
    header = ["户号", *parts, *parts, "备注"]
    columns = choose_columns("list.csv", header, [True] * len(header), HOUSEHOLD_FIELDS, {})
    names = [f"{axis}_{part}" for axis in ("lon", "lat") for part in "dms"[: len(parts)]]
    assert columns == {"id": 0} | {name: at for at, name in enumerate(names, start=1)}
    with pytest.raises(InputRefused):
        choose_columns("list.csv", ["分", "分"], [True, True], HOUSEHOLD_FIELDS, {"lat": "分"})


@pytest.mark.parametrize("group", ["户主信息", "户主基本情况", "户主情况"])
def test_a_group_of_the_head_above_two_columns_of_names_says_whose_name_it_is(read, group):
    assert folded(f"{group}姓名") == "户主姓名"
    listed = read(["户号", f"{group}姓名", "联系人姓名", "村"], ["1", "甲户主", "乙联系", "柳村"])
    assert [household.name for household in listed.households] == ["甲户主"]
    assert "read.note.nameless" not in codes(listed.notes)


# ---- what nothing is taken from


def test_columns_that_nothing_is_taken_from_are_listed_and_blank_ones_too(read):
    rows = [
        ["户号", "村", "备注", "工程", "", "电话"],
        ["1", "柳村", "x", "y", "z", ""],
        ["2", "柳村", "", "y", "", " "],
    ]
    (table,) = read(*rows).tables
    assert (table.unused, table.blank) == (("备注", "工程", "#5"), ("电话",))


def test_the_same_is_known_of_villages_and_hamlets(tmp_path):
    (tmp_path / "v.csv").write_text("village,code,adname\n柳村,01,x\n", encoding="utf-8")
    (tmp_path / "h.csv").write_text("村,组,经度,纬度,海拔\n柳村,一组,110.9,37.9,900\n", encoding="utf-8")
    assert read_villages(str(tmp_path / "v.csv")).unused == ("adname",)
    assert read_hamlets(str(tmp_path / "h.csv")).unused == ("海拔",)


@pytest.mark.parametrize("second", ["电话", "手机", "电话号码"])
def test_of_two_telephones_the_better_is_taken_and_the_other_named(read, second):
    listed = read(["户号", "村", "电话", second], ["1", "柳村", "1390000", "1380000"])
    (note,) = (note for note in listed.notes if note.code == "read.note.first_of_several")
    phone = "1380000" if second == "手机" else "1390000"
    assert listed.households[0].phone == phone
    assert note.say("zh").startswith("有多列可作电话（phone）：已用") and note.say("en")


def test_a_list_without_names_says_which_columns_speak_of_names(read):
    listed = read(["户号", "村", "联系人姓名"], ["1", "柳村", "甲"])
    (note,) = (note for note in listed.notes if note.code == "read.note.nameless")
    assert "--column name=联系人姓名" in note.say("zh")
    assert "read.note.nameless" not in codes(read(["户号", "村", "备注"], ["1", "柳村", "甲"]).notes)


# ---- no header, or nothing below it


def test_a_list_without_a_header_row_is_told_so(read):
    with pytest.raises(InputRefused, match="No header row was found") as caught:
        read(["H000", "王甲", "柳村", "110.9", "37.9"], ["H001", "王乙", "柳村", "110.9", "37.9"])
    assert "H000、王甲、柳村" in caught.value.say("zh")


def test_a_column_of_positions_without_content_is_named_as_such(read):
    with pytest.raises(InputRefused, match=r"Column 经度 of list\.csv, which would be lon, is blank in every row"):
        read(["户号", "村", "经度", "纬度"], ["1", "柳村", "", "37.9"])


def test_formulas_without_results_are_given_as_the_reason(tmp_path):
    book = openpyxl.Workbook()
    for row in [["户号", "村", "经度", "纬度"], *([n, "柳村", "=110+0.9", 37.9] for n in "12")]:
        book.active.append(row)
    book.save(tmp_path / "list.xlsx")
    with pytest.raises(InputRefused, match=r"Column 经度 .* blank .* 2 formulas were saved without their results"):
        read_households(str(tmp_path / "list.xlsx"))
