"""Tick sheets as a workbook: no names in it, and read again whatever people and programs did to it."""

import zipfile
from datetime import date
from io import BytesIO

import openpyxl
import pytest

from gridplan.contact.calendar import weeks_of_month
from gridplan.errors import InputRefused
from gridplan.exchange.paper.marks import mark_of
from gridplan.exchange.paper.tick_sheets import SheetRow, TickSheet
from gridplan.exchange.paper.tick_workbook import read_tick_workbook, write_tick_workbook
from gridplan.exchange.tables.read import read_all
from gridplan.words import LANGS

DECEMBER = date(2026, 12, 1)
MET = ("met", "door")


def tick_sheet(number="240891C", rows=13, grid="3 号微网格"):
    listed = tuple(SheetRow(n, f"{2 * n}号", "2组", "王䶮") for n in range(1, rows + 1))
    return TickSheet(number, "上柏村", grid, "李秀英", ("张㛃",), DECEMBER, weeks_of_month(DECEMBER), listed)


@pytest.fixture
def returned(tmp_path):
    """Fills in a workbook as somebody does, and returns what is read of it."""

    def fill(change, lang="zh"):
        sheets = tick_sheet(), tick_sheet("696853J", grid="5 号微网格")
        book = openpyxl.load_workbook(BytesIO(write_tick_workbook(sheets, lang)))
        change(book)
        book.save(tmp_path / "新建 工作簿(1).xlsx")
        return {one.number: one for one in read_tick_workbook(read_all([str(tmp_path / "新建 工作簿(1).xlsx")]))}

    return fill


def tick(book, *cells, sheet=0):
    for place, column, text in cells:
        book.worksheets[sheet].cell(place + 3, column).value = text


def test_it_holds_no_name_and_is_the_same_for_the_same_sheets():
    content = write_tick_workbook([tick_sheet()], "zh")
    with zipfile.ZipFile(BytesIO(content)) as archive:
        everything = b"".join(map(archive.read, archive.namelist())).decode("utf-8", "replace")
    assert not any(name in everything for name in ("王䶮", "李秀英", "张㛃"))
    assert "26号" in everything
    assert content == write_tick_workbook([tick_sheet()], "zh")


def test_a_sheet_has_its_number_in_a_cell_and_in_its_name_and_a_list_in_every_cell_of_a_week():
    book = openpyxl.load_workbook(BytesIO(write_tick_workbook([tick_sheet(grid="东片:一/二" * 9)], "zh")))
    page = book.worksheets[0]
    assert page.title.endswith("240891C")
    assert page["A3"].value == "240891C"
    assert page.freeze_panes == "C4"
    assert not page.protection.sheet
    (validation,) = page.data_validations.dataValidation
    assert (str(validation.sqref), validation.showErrorMessage) == ("D4:H16", False)
    assert "已见面" in validation.formula1


@pytest.mark.parametrize("lang", LANGS)
def test_what_was_not_touched_says_nothing(returned, lang):
    back = returned(lambda book: None, lang)
    assert {number: (one.marks, one.refused) for number, one in back.items()} == {
        "240891C": ({}, ()),
        "696853J": ({}, ()),
    }


def test_marks_are_read_by_row_and_week(returned):
    back = returned(lambda book: tick(book, (1, 4, "√"), (13, 4, "不在家"), (2, 8, "已见面")))
    assert back["240891C"].marks == {(1, "2026-W49"): MET, (13, "2026-W49"): ("not home", "door"), (2, "2026-W53"): MET}
    assert back["696853J"].marks == {}


def test_renamed_reordered_and_copied_sheets_are_matched_by_what_is_inside(returned):
    def change(book):
        tick(book, (1, 4, "√"))
        copy = book.copy_worksheet(book.worksheets[0])
        copy.title = "老王交的"
        copy.cell(5, 4).value = "√"
        book.worksheets[0].title = "3组"
        book.move_sheet(book.worksheets[1], -1)
        book.create_sheet("说明")["A1"] = "请查收"

    back = returned(change)
    assert list(back) == ["696853J", "240891C"]
    assert back["240891C"].marks == {(1, "2026-W49"): MET, (2, "2026-W49"): MET}
    assert back["240891C"].refused == ()


def test_copies_that_say_different_things_are_told_apart(returned):
    def change(book):
        tick(book, (1, 4, "√"), (2, 4, "√"))
        book.copy_worksheet(book.worksheets[0])["D4"] = "不在家"

    (message,) = returned(change)["240891C"].refused
    assert message.code == "sheet.cell_twice"
    assert [message.values[name] for name in ("row", "column", "value", "place")] == ["4", "D", "不在家", "1"]


def test_sorted_rows_stay_those_of_their_numbers_and_an_inserted_column_does_no_harm(returned):
    def change(book):
        page = book.worksheets[0]
        page["A4"], page["A16"], page["B4"], page["B16"] = 13, "１", "26号", "2号"
        page.insert_cols(3)
        page["C3"], page["C4"] = "备注", "去深圳了"
        page["E4"] = "√"

    assert returned(change)["240891C"].marks == {(13, "2026-W49"): MET}


def test_the_name_of_the_sheet_says_the_number_where_its_cell_does_not(returned):
    def change(book):
        book.worksheets[0]["A3"] = "序号"
        tick(book, (1, 4, "√"))

    assert returned(change)["240891C"].marks == {(1, "2026-W49"): MET}


@pytest.mark.parametrize("text", ["去了两次", "×", date(2026, 12, 3), 2])
def test_what_is_no_mark_is_refused_with_its_place_and_the_rest_is_read(returned, text):
    back = returned(lambda book: tick(book, (3, 4, text), (5, 4, "√")))["240891C"]
    assert back.marks == {(5, "2026-W49"): MET}
    (message,) = back.refused
    assert (message.code, message.values["row"], message.values["column"]) == ("sheet.cell", "6", "D")
    assert all(str(text) in message.say(lang) for lang in LANGS)


def test_a_mark_without_a_household_or_a_week_is_refused(returned):
    def change(book):
        page = book.worksheets[0]
        page["A5"], page["D5"], page["E3"], page["E6"] = "李家", "√", "本周", "√"
        page["Z7"] = "√"

    back = returned(change)["240891C"]
    assert back.marks == {}
    assert [(one.code, one.values["row"], one.values["column"]) for one in back.refused] == [
        ("sheet.cell_without_row", "5", "D"),
        ("sheet.cell_without_week", "6", "E"),
        ("sheet.cell_without_week", "7", "Z"),
    ]


def refusal(returned, change):
    with pytest.raises(InputRefused) as refused:
        returned(change)
    assert all("新建 工作簿(1).xlsx" in refused.value.say(lang) for lang in LANGS)
    return refused.value.message


def test_a_number_that_is_missing_or_mistyped_is_refused_with_its_sheet(returned):
    def change(number):
        def without(book):
            book.worksheets[1]["A3"], book.worksheets[1].title = number, "表2"

        return without

    assert refusal(returned, change("序号")).code == "sheet.unnumbered"
    message = refusal(returned, change("696854J"))
    assert (message.code, message.values["sheet"], message.values["why"].code) == (
        "sheet.misnumbered",
        "表2",
        "sheet.wrong_letter",
    )


def test_another_workbook_is_refused(returned):
    def change(book):
        for page in book.worksheets:
            page.delete_rows(1, 20)
            page["A1"], page["B1"], page["A2"] = "姓名", "门牌号", "张三"

    assert refusal(returned, change).code == "sheet.none"


@pytest.mark.parametrize(
    ("cells", "outcome", "channel"),
    [
        ("√ ✓ ✔ ☑ √√ 1 １ v V x X 是 对 yes TRUE 已见面 见到 met ✓。", "met", "door"),
        ("电 √电 电话或消息联系到 微信 T", "met", "phone"),
        ("会 别处或院坝会见到 √会 E", "met", "elsewhere"),
        ("锁 不在家 没人 H", "not home", "door"),
        ("改 这次不方便 declined L", "declined", "door"),
        ("外 全家在外 away A", "away", "door"),
    ],
)
def test_marks_are_known_as_they_are_written_and_typed(cells, outcome, channel):
    for cell in (*cells.split(), *(["not home"] if outcome == "not home" else [])):
        mark = mark_of(cell)
        assert mark is not None, cell
        assert (mark.outcome, mark.channel) == (outcome, channel)


@pytest.mark.parametrize("cell", ["", " ", "×", "0", "否", "无", "2", "11", "√不在家", "有事", "n", "FALSE", "#REF!"])
def test_nothing_else_is_taken_for_a_mark(cell):
    assert mark_of(cell) is None
