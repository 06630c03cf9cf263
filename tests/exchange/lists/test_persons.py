"""Rows of persons become households; several tables become one list; what refused.csv holds can be imported again."""

import csv

import openpyxl
import pytest
import shapely

from gridplan.errors import InputRefused
from gridplan.exchange.lists.hamlets import read_hamlets
from gridplan.exchange.lists.households.households import read_households, write_refused
from gridplan.model import Hamlet, Village

GOOD = ["110", "38"]
HEADER = ["户号", "姓名", "与户主关系", "组", "门牌号", "联系电话"]


def write(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def write_book(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return str(path)


@pytest.fixture
def read(tmp_path):
    def read_rows(*rows, name="柳村.csv", **options):
        return read_households(write(tmp_path / name, *rows), **options)

    return read_rows


def known(listed):
    """Id, name, hamlet, door and phone of every household."""
    return [(h.household_id, h.name, h.hamlet, h.door, h.phone) for h in listed.households]


def notes(listed):
    assert all(note.say(lang) for note in listed.notes for lang in ("en", "zh"))
    return {note.code: note.values for note in listed.notes}


def reasons(listed):
    return [(r.row, r.reason.code) for r in listed.refused]


# ---- persons


def test_persons_become_households_by_number_and_take_what_only_others_know(read):
    listed = read(
        HEADER,
        ["1", "甲一", "户主", "一组", "", ""],
        ["1", "甲二", "妻", "一组", "3", "13800000001"],
        ["2", "乙一", "妻", "二组", "", "13800000002"],
        ["2", "乙二", "户主", "二组", "5", ""],
        ["1", "甲三", "女", "一组", "9", ""],
    )
    assert known(listed) == [("1", "甲一", "一组", "3", "13800000001"), ("2", "乙二", "二组", "5", "13800000002")]
    assert notes(listed)["roster.merged"] == {"n": 5, "households": 2}
    assert "5 rows of persons became 2 households" in next(n.say() for n in listed.notes if n.code == "roster.merged")
    assert {(h.position, h.village) for h in listed.households} == {("hamlet", "柳村")}


def test_a_number_only_on_the_first_row_of_a_household_holds_for_those_below(read):
    listed = read(
        HEADER[:3],
        ["1", "甲一", "户主"],
        ["", "甲二", "妻"],
        ["", "甲三", "子"],
        ["2", "乙一", "户主"],
        ["", "乙二", "女"],
    )
    assert [(h.household_id, h.name) for h in listed.households] == [("1", "甲一"), ("2", "乙一")]
    without_relation = read(["户号", "姓名"], ["1", "甲一"], ["", "甲二"], ["", "甲三"], ["2", "乙一"], ["", "乙二"])
    assert [(h.household_id, h.name) for h in without_relation.households] == [("1", "甲一"), ("2", "乙一")]
    assert notes(without_relation)["roster.headless"] == {"n": 2}


def test_without_numbers_a_head_starts_a_household(read):
    listed = read(
        ["组", "姓名", "与户主关系", "编号"],
        ["一组", "甲一", "户主", "p1"],
        ["一组", "甲二", "之妻", "p2"],
        ["一组", "甲一", "本人", "p3"],
        ["二组", "乙一", "户主", "p4"],
        ["", "乙二", "孙子", "p5"],
    )
    assert [(h.household_id, h.name) for h in listed.households] == [
        ("柳村-一组-0001", "甲一"),
        ("柳村-一组-0002", "甲一"),
        ("柳村-二组-0001", "乙一"),
    ]
    assert listed.made_ids == {h.household_id for h in listed.households}


def test_members_who_name_their_head_are_grouped_wherever_they_stand(read):
    listed = read(
        ["户主", "姓名", "组", "门牌号"],
        ["甲一", "甲一", "一组", "1"],
        ["乙一", "乙一", "一组", "2"],
        ["甲一", "甲二", "一组", "1"],
        ["乙一", "乙二", "一组", "2"],
        ["甲一", "丙一", "二组", "1"],
        ["甲一", "丙二", "二组", "1"],
    )
    assert [(h.name, h.hamlet, h.door) for h in listed.households] == [
        ("甲一", "一组", "1"),
        ("乙一", "一组", "2"),
        ("甲一", "二组", "1"),
    ]


def test_persons_without_a_household_are_refused_and_mended_rows_come_back(read, tmp_path):
    listed = read(
        ["姓名", "与户主关系", "组"], ["甲二", "妻", "一组"], ["乙一", "户主", "一组"], ["丙二", "子", "二组"]
    )
    assert [h.name for h in listed.households] == ["乙一"]
    assert reasons(listed) == [(2, "roster.row.no_household"), (4, "roster.row.no_household")]
    write_refused(tmp_path / "柳村.csv", listed, "zh")
    text = (tmp_path / "柳村.csv").read_text(encoding="utf-8-sig").replace("子,", "户主,").replace("妻,", "户主,")
    (tmp_path / "柳村.csv").write_text(text, encoding="utf-8-sig")
    assert [h.name for h in read_households(str(tmp_path / "柳村.csv")).households] == ["甲二", "丙二"]


def test_a_refused_household_of_a_roster_is_one_row_that_stands_for_itself(read, tmp_path):
    header = ["户号", "姓名", "与户主关系", "经度", "纬度"]
    listed = read(
        header,
        ["1", "甲", "户主", "", ""],
        ["1", "乙", "妻", "110", "x"],
        ["2", "丙", "户主", "110", "38"],
        ["3", "丁", "女", "y", "38"],
    )
    assert [r.cells for r in listed.refused] == [("1", "甲", "户主", "110", "x"), ("3", "丁", "户主", "y", "38")]
    write_refused(tmp_path / "r.csv", listed, "en")
    text = (tmp_path / "r.csv").read_text(encoding="utf-8-sig").replace(",x,3", ",38,3").replace("y,38", "110,38")
    (tmp_path / "r.csv").write_text(text.replace("110,x", "110,38"), encoding="utf-8-sig")
    assert [h.household_id for h in read_households(str(tmp_path / "r.csv")).households] == ["1", "3"]


def test_a_list_of_households_is_never_grouped(read):
    rows = [[str(n), "王", "110", f"38.{n:03d}", "甲村"] for n in range(20)]
    listed = read(["户号", "姓名", "lon", "lat", "村"], *rows)
    assert len(listed.households) == 20
    assert "roster.merged" not in notes(listed)
    clash = read(["户号", "姓名", "lon", "lat", "村"], *rows, ["3", "李", "110", "38.9", "甲村"])
    assert reasons(clash) == [(5, "read.row.repeated_id"), (22, "read.row.repeated_id")]
    apart = read(
        ["户号", "姓名", "lon", "lat"], ["1", "王", *GOOD], ["1", "李", "110.1", "38"], ["2", "赵", "110", "38"]
    )
    assert [code for _, code in reasons(apart)] == ["read.row.repeated_id"] * 2


# ---- several tables


def test_sheets_stand_for_villages_and_their_titles_go(tmp_path):
    rows = [["户号", "户主", "组"], ["a1", "甲", "一组"]]
    path = write_book(
        tmp_path / "镇.xlsx",
        **{"柳村花名册": rows, "2.桥村（2024年）": [rows[0], ["b1", "乙", "二组"]], "说明": [["填表要求"], ["见文件"]]},
    )
    listed = read_households(path)
    assert [(h.household_id, h.village) for h in listed.households] == [("a1", "柳村"), ("b1", "桥村")]
    assert all(note.say("zh") for note in listed.notes)


def test_default_sheet_names_stand_for_no_village(tmp_path):
    rows = {"Sheet1": [["户号", "户主"], ["1", "甲"]], "工作表1": [["户号", "户主"], ["2", "乙"]]}
    assert {h.village for h in read_households(write_book(tmp_path / "柳村.xlsx", **rows)).households} == {"柳村"}


def test_several_files_are_one_list_and_files_stand_for_villages(tmp_path):
    sources = [
        write(tmp_path / "柳村花名册.csv", ["户号", "户主"], ["1", "甲"]),
        write(tmp_path / "桥村.csv", ["编号", "姓名", "村"], ["2", "乙", "东村"], ["3", "丙", ""]),
        write(tmp_path / "河村.csv", ["name"], ["丁"]),
    ]
    listed = read_households(sources)
    assert [(h.household_id, h.village) for h in listed.households] == [
        ("1", "柳村"),
        ("2", "东村"),
        ("河村-0001", "河村"),
    ]
    assert [(r.table, r.row) for r in listed.refused] == [("桥村.csv", 3)]
    assert listed.columns == {"id": "户号", "name": "户主", "village": "村"}


def test_an_id_in_two_tables_is_refused_in_both_and_says_where(tmp_path):
    sources = [
        write(tmp_path / "柳村.csv", ["户号", "户主"], ["1", "甲"], ["2", "乙"]),
        write(tmp_path / "桥村.csv", ["编号", "户主"], ["2", "丙"], ["3", "丁"]),
    ]
    listed = read_households(sources)
    assert [h.household_id for h in listed.households] == ["1", "3"]
    assert [(r.table, r.row, r.reason.values["table"], r.reason.values["other"]) for r in listed.refused] == [
        ("柳村.csv", 3, "桥村.csv", "2"),
        ("桥村.csv", 2, "柳村.csv", "3"),
    ]


def test_refused_rows_of_several_tables_can_be_mended_and_imported_as_they_are(tmp_path):
    sources = [
        write(tmp_path / "柳村.csv", ["备注", "户号", "户主"], ["=1+1", "1", "甲"], ["'a", "2", "乙"]),
        write(tmp_path / "桥村.csv", ["编号", "姓名", "备注"], ["2", "丙", "x"], ["3", "丁", ""]),
    ]
    write_refused(tmp_path / "refused.csv", read_households(sources), "zh")
    with (tmp_path / "refused.csv").open(encoding="utf-8-sig", newline="") as file:
        header, first, second = csv.reader(file)
    assert header == ["file", "sheet", "备注", "户号", "户主", "village", "row", "column", "value", "reason", "remedy"]
    assert first[:6] == ["柳村.csv", "", "…", "2", "乙", "柳村"]
    assert second[:6] == ["桥村.csv", "", "…", "2", "丙", "桥村"]
    second[3] = "4"
    mended = read_households(write(tmp_path / "refused.csv", header, first, second))
    assert [(h.household_id, h.name, h.village) for h in mended.households] == [
        ("2", "乙", "柳村"),
        ("4", "丙", "桥村"),
    ]


def test_numbers_that_start_anew_in_every_village_are_told_apart(tmp_path):
    rows = [["户号", "户主"], *[[str(n), f"户{n}"] for n in range(1, 13)]]
    listed = read_households(write_book(tmp_path / "镇.xlsx", 柳村=rows, 桥村=rows))
    assert len(listed.households) == 24
    assert (listed.households[0].household_id, listed.households[12].household_id) == ("柳村-1", "桥村-1")
    assert not listed.made_ids
    assert notes(listed)["read.note.ids_start_anew"] == {"n": 24}


def test_the_same_file_twice_is_the_same_households(tmp_path):
    path = write(tmp_path / "a.csv", ["id", "name", "村"], ["1", "甲", "柳村"])
    listed = read_households([path, path])
    assert listed.households == read_households(path).households
    assert notes(listed)["read.note.repeated"]["rows"].say() == "2 甲"


def test_a_header_named_by_the_user_must_be_in_one_of_the_files(tmp_path):
    sources = [write(tmp_path / "a.csv", ["h", "户主"], ["1", "甲"]), write(tmp_path / "b.csv", ["户号"], ["2"])]
    assert [h.household_id for h in read_households(sources, columns={"id": "h"}).households] == ["1", "2"]
    with pytest.raises(InputRefused) as caught:
        read_households(sources, columns={"id": "nowhere"})
    assert caught.value.message.code == "read.no_header"


# ---- what else a list may say


def test_grids_and_leads_that_exist_are_read(read):
    listed = read(["户号", "户主", "网格号", "联户党员"], ["1", "甲", " 3 ", "党员一"], ["2", "乙", "", ""])
    assert (listed.grid_of, listed.lead_of) == ({"1": "3"}, {"1": "党员一"})


def test_units_only_when_named_make_several_households(read):
    rows = [["id", "户数", "lon", "lat"], ["a", "3", "110", "38"], ["b", "0", "110", "38"], ["c", "x", "110", "38"]]
    assert len(read(*rows).households) == 3
    listed = read(*rows, ["a/2", "1", "110", "38"], columns={"units": "户数"})
    assert [h.household_id for h in listed.households] == ["a/2/1"]
    assert [code for _, code in reasons(listed)] == ["read.row.unit_id", "read.row.units", "read.row.units"]
    listed = read(*rows, columns={"units": "户数"})
    assert [h.household_id for h in listed.households] == ["a/1", "a/2", "a/3"]


def test_ids_that_look_alike_and_households_that_may_be_one_are_named_and_kept(read):
    listed = read(
        ["id", "name", "door", "lon", "lat"],
        ["A1", "王 甲", "3", "110", "38"],
        ["a1", "王甲", "3", "110.01", "38"],
        ["Ａ 1", "李", "", "110", "38"],
        ["x", "李", "", "110.0001", "38"],
        ["y", "李", "", "110.0004", "38"],
    )
    assert len(listed.households) == 5
    assert listed.near_duplicates == (("A1", "a1"), ("Ａ 1", "x"))
    assert notes(listed)["read.note.similar_ids"]["n"] == 2


def test_a_household_without_position_stays_if_its_hamlet_or_village_is_known(read):
    header = ["id", "lon", "lat", "村", "组"]
    square = Village("柳村", None, shapely.box(109, 37, 111, 39))
    listed = read(
        header,
        ["placed", "110", "38", "", ""],
        ["village", "", "", "柳村", ""],
        ["hamlet", "", " ", "", "一组"],
        ["nowhere", "", "", "", ""],
        ["half", "110", "", "柳村", ""],
        villages=[square],
        hamlets=[Hamlet("柳村", "一组", 110, 38), Hamlet("桥村", "二组", 110, 38)],
    )
    assert [(h.household_id, h.position, h.village) for h in listed.households] == [
        ("placed", "exact", "柳村"),
        ("village", "hamlet", "柳村"),
        ("hamlet", "hamlet", "柳村"),
    ]
    assert [h.lon == h.lon for h in listed.households] == [True, False, False]
    assert reasons(listed) == [(5, "read.row.blank"), (6, "read.row.blank")]


def test_hamlets_are_read_with_their_places(tmp_path):
    path = write(
        tmp_path / "h.csv",
        ["行政村", "村民小组", "经度", "纬度"],
        ["柳村", "一组", "110", "38"],
        ["柳村", "", "110.1", "38"],
        ["", "二组", "110", "38"],
    )
    listed = read_hamlets(path)
    assert listed.hamlets == (Hamlet("柳村", "一组", 110, 38), Hamlet("柳村", None, 110.1, 38))
    assert [note.code for note in listed.notes if note.say("zh")] == ["read.note.hamlet_left_out"]


def test_a_household_with_two_heads_and_one_without_any_name_are_listed(read):
    listed = read(
        ["户号", "姓名", "与户主关系", "组"],
        ["H1", "王一", "户主", "一组"],
        ["H1", "李二", "妻", "一组"],
        ["H3", "周七", "户主", "一组"],
        ["H3", "吴八", "户主", "一组"],
        ["H4", "", "户主", "一组"],
    )
    assert notes(listed)["roster.several_heads"] == {"n": 1, "households": "H3: 周七 (4), 吴八 (5)"}
    assert notes(listed)["roster.nameless"] == {"n": 1, "rows": "6"}


def test_rows_that_are_the_same_word_for_word_are_named(read):
    listed = read(["户主", "组"], ["王伟", "一组"], ["李四", "一组"], ["王伟", "一组"])
    assert notes(listed)["read.note.repeated"]["rows"].say() == "4 王伟"


def test_the_only_sheet_stands_for_a_village_unless_a_program_named_it(tmp_path):
    rows = [["户号", "户主", "组"], *[[str(n), f"户{n}", "一组"] for n in range(3)]]
    called = {}
    for file, sheet in [
        ("foot.xlsx", "柳湾村"),
        ("柳湾村.xlsx", "Sheet1"),
        ("柳湾村.xlsx", "花名册"),
        ("柳湾村.xlsx", "一组"),
        ("柳湾村.xlsx", "在册"),
        ("柳湾村.xlsx", "Households"),
        ("镇.xlsx", "柳湾村花名册"),
    ]:
        (household, *_) = read_households(write_book(tmp_path / file, **{sheet: rows})).households
        called[file, sheet] = household.village
    assert set(called.values()) == {"柳湾村"}, called
