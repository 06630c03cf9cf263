"""refused.csv: rows mended in it take the place of those they were mended from; what means nothing is not shown."""

import csv

import openpyxl
import pytest

from gridplan.exchange.csv_file import SPREADSHEET_CELL, escape_formula, unescape
from gridplan.exchange.lists.households.households import read_households, write_refused

HEADER = ["户编号", "户主", "村", "组", "经度", "纬度"]


def rows(count, bad=()):
    return [
        [f"H{n:03d}", f"户{n}", "柳村", "一组", f"{110 + n / 1000}", "x" if n in bad else "38"] for n in range(count)
    ]


def write(path, *records):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(records)
    return str(path)


def refused(path, listed):
    """Write refused.csv and return its rows."""
    write_refused(path, listed, "zh")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def noted(listed):
    assert all(note.say(lang) for note in listed.notes for lang in ("en", "zh"))
    return {note.code: note.values for note in listed.notes}


@pytest.mark.parametrize("mended_first", [False, True])
def test_a_list_and_its_mended_rows_are_one_list(tmp_path, mended_first):
    path = write(tmp_path / "柳村.csv", HEADER, *rows(20, bad={3, 5, 8}))
    header, *wrong = refused(tmp_path / "refused.csv", read_households(path))
    for row in wrong:
        row[5] = "38.5"
    again = write(tmp_path / "refused.csv", header, *wrong)
    listed = read_households([again, path] if mended_first else [path, again])
    assert listed.refused == ()
    assert [h.household_id for h in listed.households] == [f"H{n:03d}" for n in range(20)]
    assert [h.household_id for h in listed.households if h.lat == 38.5] == ["H003", "H005", "H008"]
    assert noted(listed)["read.note.mended"] == {"n": 3, "file": "refused.csv"}


def test_rows_mended_half_are_refused_once(tmp_path):
    path = write(tmp_path / "柳村.csv", HEADER, *rows(20, bad={3, 5}))
    header, first, second = refused(tmp_path / "refused.csv", read_households(path))
    first[5] = "38.5"
    listed = read_households([path, write(tmp_path / "refused.csv", header, first, second)])
    assert [(r.file, r.row) for r in listed.refused] == [("柳村.csv", 7)]
    assert len(listed.households) == 19
    assert noted(listed)["read.note.mended"]["n"] == 1


def test_a_list_that_names_no_village_still_stands_for_one(tmp_path):
    records = [[id_, name, group, lon, lat] for id_, name, _, group, lon, lat in rows(12, bad={1})]
    path = write(tmp_path / "柳村.csv", ["户编号", "户主", "组", "经度", "纬度"], *records)
    header, wrong = refused(tmp_path / "refused.csv", read_households(path))
    wrong[4] = "38.5"
    listed = read_households([path, write(tmp_path / "refused.csv", header, wrong)])
    assert {h.village for h in listed.households} == {"柳村"}
    assert len(listed.households) == 12


def test_rows_of_several_sheets_go_back_to_their_sheets(tmp_path):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, headers in (
        ("柳村", ["户编号", "户主", "组", "经度", "纬度"]),
        ("桥村", ["编号", "姓名", "组", "经度", "纬度"]),
    ):
        sheet = book.create_sheet(name)
        sheet.append(headers)
        for n in range(6):
            sheet.append([f"{name}{n}", f"户{n}", "一组", 110 + n / 1000, "x" if n == 2 else 38])
    book.save(tmp_path / "镇.xlsx")
    path = str(tmp_path / "镇.xlsx")
    header, *wrong = refused(tmp_path / "refused.csv", read_households(path))
    for row in wrong:
        row[header.index("纬度")] = "38.5"
    listed = read_households([path, write(tmp_path / "refused.csv", header, *wrong)])
    assert listed.refused == ()
    assert [(h.household_id, h.village) for h in listed.households if h.lat == 38.5] == [
        ("柳村2", "柳村"),
        ("桥村2", "桥村"),
    ]


def test_a_column_added_while_mending_is_taken_over(tmp_path):
    path = write(
        tmp_path / "a.csv",
        ["户编号", "户主", "经度", "纬度", "门牌"],
        ["1", "甲", "110", "38", "1"],
        ["2", "乙", "", "", "2"],
    )
    header, wrong = refused(tmp_path / "refused.csv", read_households(path))
    again = write(tmp_path / "refused.csv", [*header[:5], "组", *header[5:]], [*wrong[:5], "二组", *wrong[5:]])
    listed = read_households([path, again])
    assert [(h.household_id, h.hamlet) for h in listed.households] == [("1", None), ("2", "二组")]


def test_rows_of_another_list_stay_a_list_of_their_own(tmp_path):
    other = write(
        tmp_path / "桥村.csv", HEADER, *[["Q" + row[0], "某" + row[1], "桥村", "二组", "111", "39"] for row in rows(9)]
    )
    header, wrong = refused(
        tmp_path / "refused.csv", read_households(write(tmp_path / "a.csv", HEADER, *rows(9, bad={4})))
    )
    wrong[5] = "38.5"
    listed = read_households([other, write(tmp_path / "refused.csv", header, wrong)])
    assert len(listed.households) == 10
    assert "read.note.mended" not in noted(listed) or noted(listed)["read.note.mended"]["n"] == 0


def test_what_stands_in_columns_that_mean_nothing_is_not_shown_and_stays_in_the_list(tmp_path):
    records = [[*row, "秘密"] for row in rows(9, bad={4})]
    path = write(tmp_path / "柳村.csv", [*HEADER, "情况"], *records)
    header, wrong = refused(tmp_path / "refused.csv", read_households(path))
    assert (header[6], wrong[6]) == ("情况", "…")
    assert "秘密" not in (tmp_path / "refused.csv").read_text("utf-8")
    wrong[5] = "38.5"
    assert len(read_households([path, write(tmp_path / "refused.csv", header, wrong)]).households) == 9


def test_a_cell_longer_than_a_spreadsheet_holds_is_cut(tmp_path):
    path = write(tmp_path / "a.csv", HEADER, *rows(9), ["x" * 100_000, "甲", "柳村", "一组", "110", "38"])
    _, wrong = refused(tmp_path / "refused.csv", read_households(path))
    assert max(map(len, wrong)) == SPREADSHEET_CELL


@pytest.mark.parametrize("cell", ["=1+1", "'=1", "a", "", "'", "+8613800000000", "-1.5"])
def test_what_a_spreadsheet_would_run_is_made_inert_and_comes_back(cell):
    assert unescape(escape_formula(cell)) == cell


def test_a_row_with_too_many_cells_is_mended_by_emptying_those_beyond_the_header(tmp_path):
    long = ["H9", "户9", "柳村", "一组", "110", "", "38"]
    path = write(tmp_path / "a.csv", HEADER, *rows(9), long)
    header, wrong = refused(tmp_path / "refused.csv", read_households(path))
    assert wrong[:7] == long
    assert len(read_households([path, write(tmp_path / "refused.csv", header, wrong)]).refused) == 1
    wrong[5:7] = ["38", ""]
    assert len(read_households([path, write(tmp_path / "refused.csv", header, wrong)]).households) == 10
