"""Lists of members as offices keep them: what is understood, what is refused, and what is never taken."""

import csv
from datetime import date

import pytest
from openpyxl import Workbook

from gridplan.demo import write_town as write_demo
from gridplan.errors import InputRefused
from gridplan.exchange.lists.members import read_members
from gridplan.words import LANGS

CHINESE = (
    "党员编号",
    "党员姓名",
    "身份",
    "村",
    "组",
    "党员电话",
    "经度",
    "纬度",
    "可联系网格数",
    "是否在岗",
    "请假至",
    "相熟户",
    "可以上图",
)
ENGLISH = (
    "member_id", "name", "kind", "village", "hamlet", "phone", "lon", "lat", "max_grids", "available", "excused_until",
    "ties", "named_on_maps",
)  # fmt: skip
FIRST = (
    *("D1", "张三", "村干部", "柳村", "一组", "10012345678", "110.9", "37.9", "2", "是"),
    "2026-03-31",
    "H1；H2、H3",
    "是",
)


def write(path, header, *rows):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def read(tmp_path, header, *rows, **columns):
    return read_members(write(tmp_path / "members.csv", header, *rows), columns=columns)


def changed(**cells):
    """Return the first row with other cells under some of the English headers."""
    return tuple(cells.get(field, cell) for field, cell in zip(ENGLISH, FIRST, strict=True))


@pytest.mark.parametrize("header", [CHINESE, ENGLISH], ids=["Chinese", "English"])
def test_every_field_is_found_by_its_header(tmp_path, header):
    found = read(tmp_path, header, FIRST)
    (member,) = found.members
    assert (member.member_id, member.name, member.kind, member.village) == ("D1", "张三", "村干部", "柳村")
    assert (member.hamlet, member.lon, member.lat, member.max_grids) == ("一组", 110.9, 37.9, 2)
    assert member.phone == "10012345678"
    assert (member.available, member.excused_until) == (True, date(2026, 3, 31))
    assert member.ties == ("H1", "H2", "H3")
    assert member.named_on_maps
    assert found.columns == dict(zip(ENGLISH, header, strict=True))


def test_a_name_is_enough(tmp_path):
    (member,) = read(tmp_path, ("姓名",), ("张三",)).members
    assert (member.village, member.hamlet, member.lon, member.max_grids, member.available, member.ties) == (
        None, None, None, 1, True, (),
    )  # fmt: skip


def test_a_guess_can_be_overridden(tmp_path):
    header, row = ("姓名", "曾用名", "所属", "代号"), ("张三", "张四", "柳村", "D1")
    (member,) = read(tmp_path, header, row, name="曾用名", village="所属", member_id="代号").members
    assert (member.name, member.village, member.member_id) == ("张四", "柳村", "D1")


def test_a_list_without_ids_gets_codes_of_village_and_running_number(tmp_path):
    rows = ("张三", "柳村"), ("李四", "桥村"), ("王五", "柳村"), ("赵六", "")
    found = read(tmp_path, ("姓名", "村"), *rows)
    assert [one.member_id for one in found.members] == ["柳村-M001", "桥村-M001", "柳村-M002", "M001"]
    assert any(note.code == "read.note.made_ids" for note in found.notes)


@pytest.mark.parametrize(
    ("field", "cell", "reason"),
    [
        ("name", " ", "members.row.no_name"),
        ("name", "张\x07三", "read.row.control"),
        ("name", "长" * 201, "read.row.too_long"),
        ("member_id", "", "read.row.no_id"),
        ("lat", "", "read.row.blank"),
        ("lat", "95", "read.row.out_of_range"),
        ("max_grids", "0", "members.row.max_grids"),
        ("max_grids", "-1", "members.row.max_grids"),
        ("max_grids", "两个", "members.row.max_grids"),
        ("max_grids", "1.5", "members.row.max_grids"),
        ("max_grids", "1000", "members.row.max_grids"),
        ("available", "也许", "members.row.available"),
        ("named_on_maps", "也许", "members.row.named_on_maps"),
        ("excused_until", "2026-02-30", "members.row.date"),
        ("excused_until", "下个月", "members.row.date"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_column_value_reason_and_remedy(tmp_path, field, cell, reason):
    found = read(tmp_path, ENGLISH, changed(**{field: cell}), changed(member_id="D2"))
    assert [one.member_id for one in found.members] == ["D2"]
    (refusal,) = found.refused
    assert (refusal.row, refusal.column, refusal.reason.code) == (2, field, reason)
    for lang in LANGS:
        assert refusal.reason.say(lang)
        assert refusal.remedy.say(lang)


def test_rows_that_share_an_id_are_refused_and_rows_that_repeat_another_are_counted_once(tmp_path):
    found = read(tmp_path, ENGLISH, FIRST, changed(name="李四"), changed(member_id="D2"), changed(member_id="D2"))
    assert [one.member_id for one in found.members] == ["D2"]
    assert [refusal.row for refusal in found.refused] == [2, 3]
    assert "row repeats" in " ".join(note.say("en") for note in found.notes)


def test_a_row_with_more_cells_than_headers_is_refused(tmp_path):
    found = read(tmp_path, ENGLISH, (*FIRST, "", "x"), changed(member_id="D2"))
    assert [refusal.reason.code for refusal in found.refused] == ["read.row.too_many_cells"]


def test_a_list_none_of_whose_rows_can_be_used_is_refused_with_the_first_reason(tmp_path):
    with pytest.raises(InputRefused) as refused:
        read(tmp_path, ENGLISH, changed(max_grids="many"))
    assert refused.value.message.code == "members.all_refused"
    assert "many" not in refused.value.say("zh")


@pytest.mark.parametrize("cell", ["yes", "YES", "是", "在岗", "", "1", "TRUE", "√"])
def test_what_means_available(tmp_path, cell):
    assert read(tmp_path, ENGLISH, changed(available=cell)).members[0].available


@pytest.mark.parametrize("cell", ["no", "否", "外出", "0", "FALSE", "不在岗", " 否 "])
def test_what_means_not_available(tmp_path, cell):
    assert not read(tmp_path, ENGLISH, changed(available=cell)).members[0].available


@pytest.mark.parametrize(
    "cell",
    ["2026-03-31", "2026/3/31", "2026.3.31", "2026年3月31日", "20260331", "2026-03-31 00:00:00", "２０２６-03-31"],
)
def test_how_a_day_is_written(tmp_path, cell):
    assert read(tmp_path, ENGLISH, changed(excused_until=cell)).members[0].excused_until == date(2026, 3, 31)


@pytest.mark.parametrize("cell", ["H1;H2", "H1；H2", "H1、H2", "H1,H2", "H1，H2", " H1 ； H2 ；", "H1;H2;H1"])
def test_how_ties_are_written(tmp_path, cell):
    assert read(tmp_path, ENGLISH, changed(ties=cell)).members[0].ties == ("H1", "H2")


def test_columns_that_are_never_stored_are_dropped_and_named(tmp_path):
    number = "11010519491231002X"
    found = read(tmp_path, (*CHINESE, "身份证号", "出生年月"), (*FIRST, number, "1949-12-31"))
    assert number not in repr(found)
    assert "1949" not in repr(found)
    assert any("身份证号" in note.say("zh") and "出生年月" in note.say("zh") for note in found.notes)


def test_a_telephone_number_beside_a_name_is_left_out_and_that_is_said(tmp_path):
    found = read(
        tmp_path, ("姓名", "村"), ("张三(13800000000)", "柳村"), ("李四 138-0000-0000", "柳村"), ("王五", "柳村")
    )
    assert [one.name for one in found.members] == ["张三", "李四", "王五"]
    assert "138" not in repr(found)
    (note,) = (note for note in found.notes if note.code == "members.note.phones")
    assert note.values["n"] == 2


def test_a_workbook_with_real_dates_and_numbers_is_read(tmp_path):
    book = Workbook()
    book.active.append(list(CHINESE))
    book.active.append([*FIRST[:6], 110.9, 37.9, 2, "是", date(2026, 3, 31), "H1"])
    book.save(tmp_path / "党员.xlsx")
    (member,) = read_members(str(tmp_path / "党员.xlsx")).members
    assert (member.max_grids, member.excused_until, member.lon) == (2, date(2026, 3, 31), 110.9)


def test_every_sheet_of_a_workbook_is_read_and_stands_for_its_village(tmp_path):
    book = Workbook()
    book.active.title = "柳村"
    other = book.create_sheet("桥村名单")
    for sheet, names in ((book.active, "张三 李四"), (other, "王五 赵六")):
        sheet.append(["姓名", "编号"])
        for name in names.split():
            sheet.append([name, "D1" if name in "张三 王五" else f"D{name}"])
    book.save(tmp_path / "党员.xlsx")
    found = read_members(str(tmp_path / "党员.xlsx"))
    assert [(one.name, one.village) for one in found.members] == [("李四", "柳村"), ("赵六", "桥村")]
    assert [(refusal.sheet, refusal.reason.code) for refusal in found.refused] == [
        ("柳村", "read.row.repeated_id_elsewhere"),
        ("桥村名单", "read.row.repeated_id_elsewhere"),
    ]


def test_two_persons_who_differ_only_in_what_is_never_stored_are_two(tmp_path):
    rows = ("张三", "柳村", "11010519491231002X"), ("张三", "柳村", "110101199003077758")
    assert len(read(tmp_path, ("姓名", "村", "身份证号"), *rows).members) == 2


def test_a_list_without_names_is_refused(tmp_path):
    with pytest.raises(InputRefused) as refused:
        read(tmp_path, ("村", "组"), ("柳村", "一组"))
    assert refused.value.message.code == "members.no_names"


@pytest.mark.slow
def test_the_list_of_the_demo_town_is_read_as_it_was_made(tmp_path, demo_town):
    found = read_members(str(write_demo(demo_town, tmp_path).members))
    assert not found.refused
    assert [
        (one.member_id, one.name, one.kind, one.village, one.hamlet, one.lon, one.lat, one.max_grids, one.available)
        for one in found.members
    ] == [
        (one.member_id, one.name, one.kind, one.village, one.hamlet, one.lon, one.lat, one.max_grids, one.available)
        for one in demo_town.members
    ]
    assert [one.ties for one in found.members] == [one.ties for one in demo_town.members]
