"""Workbooks as towns have them: several sheets, merged cells, hidden rows, errors, old formats; and hostile ones."""

import datetime as dt
import io
import random
import zipfile

import openpyxl
import pytest
import xlsxwriter
import xlwt

from gridplan.errors import InputRefused
from gridplan.exchange.lists.households.households import read_households
from gridplan.exchange.tables.formats import read_unsandboxed
from gridplan.exchange.tables.read import read_table
from gridplan.exchange.tables.readers import spreadsheet as workbooks
from gridplan.exchange.tables.source import parse_source

HEADER = ["户号", "户主", "村民小组", "经度", "纬度"]


def read(path):
    return read_unsandboxed(parse_source(str(path)))


def refusal(path) -> str:
    with pytest.raises(InputRefused) as caught:
        read(path)
    assert caught.value.say("en") and caught.value.say("zh")
    return caught.value.message.code


def codes(table):
    assert all(note.say("zh") and note.say("en") for note in table.notes)
    return {note.code.removeprefix("read.note.") for note in table.notes}


@pytest.fixture
def book(tmp_path):
    """A workbook of two villages as a town office writes it, with sheets that are no lists."""
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet("说明").write(0, 0, "请勿修改本表")
        for village, row in (("柳村", 2), ("桥村", 0)):
            sheet = book.add_worksheet(village)
            if row:
                sheet.merge_range(0, 0, 0, 4, f"{village}住户花名册")
                sheet.write(1, 0, "单位：户")
            sheet.write_row(row, 0, HEADER)
            sheet.write_row(row + 1, 0, ["001", "甲", "一组", 110.5, 38.25])
            sheet.write_row(row + 2, 0, ["002", "乙", "", 110.6, 38.5])
            sheet.write_row(row + 3, 0, ["合计", 2])
            sheet.merge_range(row + 1, 2, row + 2, 2, "一组")
        book.add_worksheet("空表")
        old = book.add_worksheet("去年")
        old.write_row(0, 0, HEADER)
        old.hide()
    return tmp_path / "a.xlsx"


def rewritten(path, to, change):
    """Write a workbook again with `change(name, content)` in the place of every member."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return to


def with_sheet_xml(path, to, before, after):
    def change(name, content):
        return content.replace(before, after) if name.startswith("xl/worksheets/sheet") else content

    return rewritten(path, to, change)


# ---- sheets


def test_every_visible_sheet_that_holds_a_list_is_read_and_the_others_are_named(book):
    tables = read(book)
    assert [table.sheet for table in tables] == ["柳村", "桥村"]
    for table in tables:
        assert table.header == tuple(HEADER)
        assert table.rows == [("001", "甲", "一组", "110.5", "38.25"), ("002", "乙", "一组", "110.6", "38.5")]
    assert codes(tables[0]) == {"titles", "totals", "merged", "hidden_sheets", "sheets_left"}
    assert codes(tables[1]) == {"totals", "merged"}
    left = next(note.values["names"] for note in tables[0].notes if note.code == "read.note.sheets_left")
    assert left == "说明, 空表"


def test_a_sheet_that_is_named_is_read_whatever_it_holds(book):
    assert [table.sheet for table in read(f"{book}#去年")] == ["去年"]
    assert read(f"{book}#说明")[0].header == ("请勿修改本表",)
    assert refusal(f"{book}#城关") == "read.no_sheet"


def test_a_workbook_of_empty_sheets_is_refused(tmp_path):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    assert refusal(tmp_path / "a.xlsx") == "read.no_list"


def test_an_old_workbook_that_breaks_the_rules_of_its_format_is_read_and_that_is_said(tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("柳村")
    for at, row in enumerate([HEADER, ["001", "甲", "一组", 110.5, 38.25]]):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    book.save(str(tmp_path / "a.xls"))
    content = (tmp_path / "a.xls").read_bytes()
    (tmp_path / "a.xls").write_bytes(content[:28] + b"\0\0" + content[30:])  # the mark of the order of bytes
    (table,) = read(tmp_path / "a.xls")
    assert table.rows == [("001", "甲", "一组", "110.5", "38.25")]
    assert codes(table) == {"less_strictly"}


def test_an_old_workbook_at_which_both_libraries_break_is_refused(tmp_path):
    book = xlwt.Workbook()
    book.add_sheet("柳村").write(0, 0, "户号")
    book.save(str(tmp_path / "a.xls"))
    content = (tmp_path / "a.xls").read_bytes()
    sectors_of_nothing = content[:30] + b"\0\0" + content[32:]
    for broken in (sectors_of_nothing, content[:700], content[:513], content[:-100]):
        (tmp_path / "a.xls").write_bytes(broken)
        assert refusal(tmp_path / "a.xls") == "read.not_its_ending"


def test_an_ods_workbook_with_a_password_is_told_from_a_broken_one(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest><file-entry><encryption-data/></file-entry></manifest>")
        archive.writestr("content.xml", b"\x01\xff" * 500)
    assert refusal(tmp_path / "a.ods") == "read.password"


# ---- cells


def test_dates_are_iso_text_and_errors_stay_to_be_refused(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["户号", "户主", "入户日期", "经度"])
    book.active.append(["001", "甲", dt.date(2026, 3, 1), "#N/A"])
    book.active.append(["002", "乙", dt.datetime(2026, 3, 1, 8, 30), "#REF!"])
    book.active.append(["003", "丙", dt.time(8, 30), 45250])
    book.save(tmp_path / "a.xlsx")
    (table,) = read(tmp_path / "a.xlsx")
    assert [row[2:] for row in table.rows] == [
        ("2026-03-01", "#N/A"),
        ("2026-03-01T08:30:00", "#REF!"),
        ("08:30:00", "45250"),
    ]


def test_formulas_give_their_stored_results_and_those_without_are_counted(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "stored.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER[:2])
        sheet.write_formula(1, 0, "=1+1", value=2)
        sheet.write_formula(2, 0, "=NA()", value="#N/A")
    (table,) = read(tmp_path / "stored.xlsx")
    assert [row[0] for row in table.rows] == ["2", "#N/A"]
    book = openpyxl.Workbook()
    for row in [HEADER[:2], ["=1+1", "甲"]]:
        book.active.append(row)
    book.save(tmp_path / "missing.xlsx")
    (table,) = read(tmp_path / "missing.xlsx")
    assert table.rows == [("", "甲")]
    assert "no_results" in codes(table)


def test_hidden_and_filtered_rows_are_read_and_counted(tmp_path):
    book = openpyxl.Workbook()
    for row in [HEADER[:2], ["001", "甲"], ["002", "乙"], ["003", "丙"]]:
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.active.auto_filter.ref = "A1:B4"
    book.save(tmp_path / "a.xlsx")
    (table,) = read(tmp_path / "a.xlsx")
    assert len(table.rows) == 3
    assert [(note.code, note.values["n"]) for note in table.notes] == [("read.note.hidden_rows", 1)]


def test_a_list_that_starts_away_from_the_corner_keeps_its_row_numbers(tmp_path):
    book = openpyxl.Workbook()
    for row, cells in ((5, ["户号", "户主"]), (6, ["001", "甲"])):
        for column, text in enumerate(cells, start=4):
            book.active.cell(row, column, text)
    book.active["E7"] = "#N/A"
    book.save(tmp_path / "a.xlsx")
    (table,) = read(tmp_path / "a.xlsx")
    assert table.header == ("", "", "", "户号", "户主")
    assert list(zip(table.numbers, table.rows, strict=True)) == [
        (6, ("", "", "", "001", "甲")),
        (7, ("", "", "", "", "#N/A")),
    ]


# ---- XLS, ET and ODS


@pytest.mark.parametrize("ending", ["xls", "et"])
def test_old_workbooks_are_read_like_new_ones(tmp_path, ending):
    book = xlwt.Workbook()
    sheet = book.add_sheet("柳村")
    sheet.write_merge(0, 0, 0, 3, "柳村住户花名册")
    for at, text in enumerate(["户号", "户主", "村民小组", "入户日期"]):
        sheet.write(1, at, text)
    for row, household, lead in ((2, "001", "甲"), (3, "002", "乙")):
        sheet.write(row, 0, household)
        sheet.write(row, 1, lead)
        sheet.write(row, 3, dt.date(2026, 3, 1), xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    sheet.write_merge(2, 3, 2, 2, "一组")
    sheet.row(3).hidden = True
    sheet.write(4, 0, 3)
    sheet.row(4).set_cell_error(1, 0x2A)
    sheet.row(4).set_cell_boolean(2, True)
    book.add_sheet("空表")
    book.save(str(tmp_path / f"a.{ending}"))
    (table,) = read(tmp_path / f"a.{ending}")
    assert table.sheet == "柳村"
    assert table.header == ("户号", "户主", "村民小组", "入户日期")
    assert table.rows == [
        ("001", "甲", "一组", "2026-03-01"),
        ("002", "乙", "一组", "2026-03-01"),
        ("3", "#N/A", "TRUE", ""),
    ]
    assert codes(table) == {"titles", "merged", "hidden_rows", "sheets_left"}


def test_an_open_document_is_read(tmp_path):
    def row(*texts):
        cells = (
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>' for text in texts
        )
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    rows = row("柳村名册") + row(*HEADER[:2]) + row("001", "甲") + row("合计", "1")
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml", '<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body><office:spreadsheet>"
            f'<table:table table:name="柳村">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    (table,) = read(tmp_path / "a.ods")
    assert table.sheet == "柳村"
    assert table.rows == [("001", "甲")]
    assert codes(table) == {"titles", "totals"}


# ---- hostile and broken


def test_macros_links_and_passwords_are_refused_with_what_to_do(tmp_path, book):
    (tmp_path / "a.xlsm").write_bytes(book.read_bytes())
    assert refusal(tmp_path / "a.xlsm") == "read.macros"
    for member, code in (
        ("xl/vbaProject.bin", "read.macros"),
        ("xl/externalLinks/externalLink1.xml", "read.external_links"),
    ):
        path = rewritten(book, tmp_path / "b.xlsx", lambda _, content: content)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(member, "<a/>")
        assert refusal(path) == code
    for ending in ("xlsx", "xls"):
        (tmp_path / f"c.{ending}").write_bytes(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
        )
        assert refusal(tmp_path / f"c.{ending}") == "read.password"


def test_a_document_type_in_a_workbook_is_refused(tmp_path, book):
    bomb = b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]>'
    path = rewritten(book, tmp_path / "b.xlsx", lambda _, content: content.replace(b"?>", b"?>" + bomb, 1))
    assert refusal(path) == "read.doctype"


@pytest.mark.parametrize("ending", ["xlsx", "xls", "et", "ods"])
def test_what_is_no_workbook_is_refused(tmp_path, book, ending):
    path = tmp_path / f"b.{ending}"
    for content in (
        b"id,name\n1,a\n",
        b"<html><table></table></html>",
        book.read_bytes()[:900],
        b"\xd0\xcf\x11\xe0" * 500,
    ):
        path.write_bytes(content)
        assert refusal(path) in {"read.not_its_ending", "read.another_kind"}


def test_a_new_workbook_in_an_old_ones_name_is_read(tmp_path, book):
    (tmp_path / "b.xls").write_bytes(book.read_bytes())
    assert len(read(tmp_path / "b.xls")) == 2


def test_a_cell_in_the_last_corner_is_refused_with_its_place(tmp_path):
    book = openpyxl.Workbook()
    for row in [HEADER[:2], ["001", "甲"]]:
        book.active.append(row)
    book.active["XFD1048576"] = "x"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputRefused) as caught:
        read(tmp_path / "a.xlsx")
    assert "XFD1048576" in caught.value.say("zh")


def test_styled_cells_without_content_do_not_count(tmp_path):
    book = openpyxl.Workbook()
    for row in [HEADER[:2], ["001", "甲"]]:
        book.active.append(row)
    book.active["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx")[0].rows == [("001", "甲")]


def test_a_quarter_of_a_million_styled_rows_below_a_list_are_no_rows(tmp_path):
    rows = b"".join(b'<row r="%d" s="1"><c r="A%d" s="1"/></row>' % (n, n) for n in range(4, 1_048_577, 4))
    table = openpyxl.Workbook()
    for row in [HEADER[:2], ["001", "甲"], ["002", "乙"]]:
        table.active.append(row)
    table.save(tmp_path / "small.xlsx")
    path = with_sheet_xml(tmp_path / "small.xlsx", tmp_path / "b.xlsx", b"</sheetData>", rows + b"</sheetData>")
    (read_table,) = read(path)
    assert read_table.rows == [("001", "甲"), ("002", "乙")]
    assert read_table.blank_rows == 0


def test_a_false_statement_of_the_range_in_use_does_not_matter(tmp_path):
    book = openpyxl.Workbook()
    for row in [HEADER[:2], ["001", "甲"]]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    for stated in (b'ref="A1:XFD1048576"', b'ref="A1"'):
        path = with_sheet_xml(tmp_path / "a.xlsx", tmp_path / "b.xlsx", b'ref="A1:B2"', stated)
        assert read(path)[0].rows == [("001", "甲")]


def test_one_cell_that_unpacks_to_many_megabytes_is_refused(tmp_path):
    path = tmp_path / "b.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings.xml", "w") as member,
    ):
        for _ in range(20):
            member.write(b"x" * 1_000_000)
    assert refusal(path) == "read.too_large"


def test_a_workbook_beyond_the_limit_of_cells_is_refused(book, monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_CELLS", 10)
    assert refusal(book) == "read.far_cell"


def test_zip_entries_that_lie_or_repeat_or_lead_outside_are_refused(tmp_path, book):
    content = book.read_bytes()
    at = content.rindex(b"PK\x01\x02")
    (tmp_path / "lie.xlsx").write_bytes(content[: at + 24] + (5).to_bytes(4, "little") + content[at + 28 :])
    assert refusal(tmp_path / "lie.xlsx") == "read.not_its_ending"
    for member, code in (("xl/workbook.xml", "read.zip_repeated"), ("../../evil.xml", "read.zip_outside")):
        path = tmp_path / "b.xlsx"
        path.write_bytes(content)
        with zipfile.ZipFile(path, "a") as archive, pytest.MonkeyPatch.context() as patch:
            patch.setattr("warnings.warn", lambda *_, **__: None)
            archive.writestr(member, "<a/>")
        assert refusal(path) == code
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for n in range(1001):
            archive.writestr(f"{n}", "")
    (tmp_path / "many.xlsx").write_bytes(many.getvalue())
    assert refusal(tmp_path / "many.xlsx") == "read.zip_entries"


# ---- limits, dates, digits


def test_a_workbook_with_a_boundless_text_is_refused_before_it_is_parsed(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    book.add_worksheet().write_row(0, 0, ["户号", "户主"])
    book.close()
    noise = random.Random(1).randbytes(900_000).hex()
    with (
        zipfile.ZipFile(tmp_path / "a.xlsx") as old,
        zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/sharedStrings.xml":
                content = content.replace("户主".encode(), noise.encode())
            new.writestr(name, content)
    assert refusal(tmp_path / "b.xlsx") == "read.text_too_long"


def test_a_workbook_is_read_whichever_of_its_two_endings_it_has(tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("柳村")
    for row, cells in enumerate([["户号", "户主"], ["1", "甲"]]):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell)
    book.save(str(tmp_path / "a.xls"))
    (tmp_path / "a.xls").rename(tmp_path / "a.xlsx")
    assert read_table(str(tmp_path / "a.xlsx")).rows == [("1", "甲")]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("<html><table><tr><td>户号</td></tr></table></html>", "web_page"),
        ("户号,户主\n1,甲\n", "text"),
        ("%PDF-1.7", "pdf"),
    ],
)
def test_what_is_called_a_workbook_is_named_for_what_it_is(tmp_path, content, kind):
    path = tmp_path / "a.xls"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputRefused) as caught:
        read_table(str(path))
    assert caught.value.message.code == "read.another_kind"
    assert caught.value.message.values["kind"].code == f"read.kind.{kind}"
    assert caught.value.say("zh") and caught.value.say("en")


def test_dates_that_a_spreadsheet_made_are_refused_where_none_belong(tmp_path):
    book = openpyxl.Workbook()
    header = ["户编号", "户主", "村", "组", "门牌", "经度", "纬度"]
    book.active.append(header)
    for n in range(9):
        book.active.append([f"H{n}", f"户{n}", "柳村", "一组", f"{n}-1", 110.5, 38.5])
    for row, column in enumerate([1, 4, 5, 6], start=2):
        book.active.cell(row, column).value = dt.datetime(2025, 3, 5)
    book.active.cell(6, 5).value = "3月5日"
    book.save(tmp_path / "a.xlsx")
    listed = read_households(str(tmp_path / "a.xlsx"))
    assert [(r.row, r.column, r.reason.code) for r in listed.refused] == [
        (row, header[column - 1], "read.row.date") for row, column in [(2, 1), (3, 4), (4, 5), (5, 6), (6, 5)]
    ]


def test_numbers_that_lost_their_last_digits_are_counted(tmp_path):
    book = openpyxl.Workbook()
    for row in [["户编号", "户主"], [141125200201000123, "甲"], ["141125200201000124", "乙"]]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    table = read_table(str(tmp_path / "a.xlsx"))
    assert {note.code: note.values for note in table.notes}["read.note.digits_lost"] == {"n": 1}


def test_a_name_on_two_lines_is_one_name(tmp_path):
    book = openpyxl.Workbook()
    for row in [["户编号", "户主\n姓名", "村"], ["1", "甲\n乙", "柳村"], ["\t2", "丙\r\n丁", "柳村"]]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    listed = read_households(str(tmp_path / "a.xlsx"))
    assert [(h.household_id, h.name) for h in listed.households] == [("1", "甲 乙"), ("2", "丙 丁")]
    assert listed.columns["name"] == "户主 姓名"
    assert {note.code: note.values for note in listed.notes}["read.note.broken_lines"] == {"n": 3}
