"""plan.xlsx: what it shows, that text stays text, how it prints, that it can be read back, that others open it."""

import subprocess
from dataclasses import replace
from datetime import date
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from resources import libreoffice
from sample_towns import odd_village, town, village

from gridplan.errors import OutputRefused
from gridplan.exchange import xlsx
from gridplan.exchange.lists.households.households import read_households
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, choose_columns
from gridplan.exchange.workbook import write_workbook
from gridplan.exchange.xlsx import Column, Table, display_width, plain, write_spreadsheet
from gridplan.model import Assignment, Member, PartyGroup, PlanException, Shortage, TownPlan
from gridplan.words import LANGS, Message, standard

SHEETS = {
    "zh": ["概况", "微网格", "住户", "联户人员", "例外", "缺微网格长"],
    "en": ["Summary", "Grids", "Households", "Members", "Exceptions", "Shortage"],
}
ODD_TEXTS = ["=1+1", "+1", "@SUM(A1)", "-2", "001", "1234567890123456789", "1E5", "TRUE", "2026-01-02", "http://a.b",
             "{=A1}", "'quoted", " padded ", "<b>&amp;", "䶮𫖯", "a\nb"]  # fmt: skip
WHY = Message("map.no_lead")


def staffed_town():
    """The drawn town with a few members: two of one name, one deputy, one away, one excused, one to spare."""
    members = (
        Member("M1", "张建国", "party_member", "石桥村", "1组"),
        Member("M2", "李秀英", "volunteer", "石桥村"),
        Member("M3", "李秀英", "village_cadre", "石桥村"),
        Member("M4", "王海", "townsfolk", "和平村", available=False),
        Member("M5", "陈梅", None, "和平村", excused_until=date(2027, 3, 1)),
        Member("M6", "赵明", "town_cadre"),
    )
    assignments = (
        Assignment("石桥村", 1, "M1", "lead", WHY),
        Assignment("石桥村", 2, "M2", "lead", WHY),
        Assignment("石桥村", 1, "M3", "deputy", WHY),
        Assignment("石桥村", 3, "M1", "lead", WHY),
    )
    shortages = (Shortage("和平村", 1, (Message("exception.accept"), Message("exception.leave_out"))),)
    left_out = {
        "M4": Message("members.out.unavailable"),
        "M5": Message("members.out.excused", {"until": "2027-03-01"}),
    }
    homes = {"M1": Message("members.home.own"), "M2": Message("members.home.nowhere", {"village": "石桥村"})}
    return TownPlan(town().villages, members, assignments, shortages, homes, left_out)


def written(tmp_path, plan=None, lang="zh", title="示范镇"):
    path = tmp_path / "plan.xlsx"
    write_workbook(plan or staffed_town(), path, lang, title)
    return path


def rows(path, sheet):
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path)[sheet].iter_rows()]


def records(path, sheet, header=0):
    head, *body = rows(path, sheet)[header:]
    return [dict(zip(head, row, strict=True)) for row in body]


# ---- what it shows


@pytest.mark.parametrize("lang", LANGS)
def test_there_is_a_sheet_for_everything_in_its_language(tmp_path, lang):
    assert openpyxl.load_workbook(written(tmp_path, lang=lang)).sheetnames == SHEETS[lang]


def test_sheet_names_are_such_as_spreadsheets_take():
    for name in [name for names in SHEETS.values() for name in names]:
        assert len(name) <= 31
        assert not set("[]:*?/\\") & set(name)


def test_the_summary_has_every_village_and_adds_them_up(tmp_path):
    title, head, *villages, total = rows(written(tmp_path), "概况")
    assert title[0] == "示范镇"
    assert head[:4] == ["村", "户数", "微网格数", "平均每格户数"]
    assert [row[0] for row in villages] == [one.plan.village for one in town().villages]
    assert total[0] == "合计"
    for column in (1, 2, 4, 6, 7, 8, 9, 10):
        assert total[column] == pytest.approx(sum(row[column] for row in villages))
    stone_bridge = dict(zip(head, villages[0], strict=True))
    assert stone_bridge["微网格长"] == 2
    assert stone_bridge["协助人"] == 1
    assert stone_bridge["缺微网格长"] == 32 - 3
    assert stone_bridge["平均每格户数"] == 12


def test_every_grid_has_its_row_with_lead_deputies_walk_and_what_is_wrong_with_it(tmp_path):
    grids = {row["微网格代码"]: row for row in records(written(tmp_path), "微网格")}
    assert len(grids) == sum(len(one.grids) for one in town().villages)
    first = grids["石桥村-01"]
    assert (first["村"], first["微网格编号"], first["户数"]) == ("石桥村", 1, 12)
    assert (first["微网格长"], first["微网格长编号"], first["协助人"]) == ("张建国", "M1", "李秀英（M3）")
    assert first["步行距离（米）"] == 317
    assert first["标记"] is None
    assert grids["小塘村-01"]["标记"] == "多于 15 户、缺微网格长"


def test_a_grid_has_its_party_group_as_the_branch_calls_it(tmp_path):
    (calm,) = (one for one in town().villages if one.plan.village == "石桥村")
    grids = records(written(tmp_path, TownPlan((calm,))), "微网格")
    assert {row["党小组"] for row in grids} == {1, 2, 3, 4}
    named = replace(calm, groups=(PartyGroup(1, "红旗党小组"), *calm.groups[1:]))
    assert {row["党小组"] for row in records(written(tmp_path, TownPlan((named,))), "微网格")} == {
        "红旗党小组",
        2,
        3,
        4,
    }


def test_a_walk_that_is_not_known_is_left_empty(tmp_path):
    known = odd_village()
    undrawn = replace(known, grids=tuple(replace(grid, walk_m=None, outline=None) for grid in known.grids))
    path = written(tmp_path, TownPlan((undrawn,)))
    assert records(path, "微网格")[0]["步行距离（米）"] is None
    assert records(path, "概况", header=1)[0]["步行距离（米）"] is None


def test_households_stand_grid_by_grid_and_those_in_none_at_the_end(tmp_path):
    plan = TownPlan((odd_village(),))
    found = records(written(tmp_path, plan), "住户")
    assert [row["户编号"] for row in found] == [home.household_id for home in plan.villages[0].plan.households]
    assert [row["格内序号"] for row in found] == [*range(1, 18), None]
    assert found[-1]["微网格编号"] is None
    assert found[15]["户主"] is None


def test_a_line_is_drawn_and_the_shade_changes_between_grids(tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path))["住户"]
    for above, below in zip(
        sheet.iter_rows(min_row=2, max_row=60), sheet.iter_rows(min_row=3, max_row=61), strict=True
    ):
        other = (above[0].value, above[1].value) != (below[0].value, below[1].value)
        assert (below[3].border.top.style == "thin") == other
        assert (below[3].fill.fgColor.rgb != above[3].fill.fgColor.rgb) == other


def test_members_have_their_grids_or_why_they_have_none(tmp_path):
    members = {row["人员编号"]: row for row in records(written(tmp_path), "联户人员")}
    assert members["M1"]["任微网格长"] == "石桥村-01、石桥村-03"
    assert members["M3"]["任协助人"] == "石桥村-01"
    assert members["M1"]["说明"] == f"{WHY.say('zh')}\n{WHY.say('zh')}"
    assert members["M2"]["说明"] == f"{WHY.say('zh')}\n住址不详，石桥村也没有任何住户有位置。"
    assert members["M4"]["说明"] == "名单注明不在岗。"
    assert members["M5"]["说明"] == "请假至 2027-03-01。"
    assert members["M6"]["说明"] == "暂未安排微网格"
    assert [members[code]["类别"] for code in ("M1", "M2", "M3", "M4", "M5")] == [
        "党员", "志愿者", "村干部", "townsfolk", None,
    ]  # fmt: skip


def test_a_lead_is_called_by_name_unless_the_name_does_not_say_who_is_meant(tmp_path):
    leads = {(row["村"], row["微网格编号"]): row["微网格长"] for row in records(written(tmp_path), "住户")}
    assert leads["石桥村", 1] == "张建国"
    assert leads["石桥村", 2] == "李秀英（M2）"


def test_exceptions_have_their_reason_and_choices_and_left_out_households_theirs(tmp_path):
    rows = records(written(tmp_path), "例外")
    mixed, (too_large, group, left_out) = rows[:-3], rows[-3:]
    assert {row["微网格编号"] for row in mixed if row["村"] == "石桥村"} == {12, 25, 29}
    assert all("个小组的住户（1组、2组" in row["原因"] and row["户数"] == 12 for row in mixed)
    assert group["原因"] == Message("group.village", {"village": "小塘村", "n": 1, "least": 8, "most": 12}).say("zh")
    assert (too_large["村"], too_large["户数"]) == ("小塘村", 17)
    assert too_large["可选做法"].startswith("1. ")
    assert (left_out["户编号"], left_out["原因"]) == ("XT17", Message("map.not_connected").say("zh"))


def test_the_shortage_has_grids_and_offers_one_a_line(tmp_path):
    short = {
        (row["村"], row["微网格编号"]): row["可选做法（缺微网格长）"]
        for row in records(written(tmp_path), "缺微网格长")
    }
    assert short["和平村", 1].split("\n") == ["1. 按现状接受这些微网格", "2. 本方案暂不包括该村"]
    assert len(short) == sum(len(one.grids) for one in town().villages) - 3


@pytest.mark.parametrize("lang", LANGS)
def test_an_empty_sheet_says_so(tmp_path, lang):
    book = openpyxl.load_workbook(written(tmp_path, TownPlan(()), lang))
    for name in SHEETS[lang][1:]:
        _, sentence = book[name].iter_rows(values_only=True)
        assert sentence[0].endswith((".", "。"))
        assert not any(sentence[1:])
    small = village("v", 0, 0, 1, 1)
    led = tuple(Assignment("v", grid.number, "m", "lead", WHY) for grid in small.grids)
    with_members = written(tmp_path, TownPlan((small,), (Member("m", "n"),), led), "en")
    assert rows(with_members, "Shortage")[1][0] == "No shortage: every grid has a lead."


# ---- text stays text


def test_whatever_a_household_is_called_stays_exactly_that_text(tmp_path):
    plain_village = odd_village()
    homes = [
        replace(home, household_id=f"{text}#", name=text, door=text, hamlet=text)
        for home, text in zip(plain_village.plan.households, [*ODD_TEXTS, "other", "last"], strict=True)
    ]
    ids = [home.household_id for home in homes]
    plan = replace(plain_village.plan, households=tuple(homes), grid_of=dict.fromkeys(ids, 1), left_out={})
    path = written(tmp_path, TownPlan((replace(plain_village, plan=plan),)))
    sheet = openpyxl.load_workbook(path)["住户"]
    for row, text in zip(sheet.iter_rows(min_row=2), ODD_TEXTS, strict=False):
        for cell in (row[4], row[5], row[6]):
            assert (cell.value, cell.data_type) == (text, "s")
        assert row[3].value == f"{text}#"


def test_what_a_workbook_cannot_hold_is_made_visible():
    assert plain("a\x07b\x00") == "a␇b␀"
    assert plain("one\r\ntwo\rthree") == "one\ntwo␍three"
    assert plain("\ud800\uffff") == "��"
    assert plain("tab\tstays") == "tab\tstays"
    assert plain("\u202e王\u2066小\u200f明") == "王小明"


@pytest.mark.parametrize("letter", ["a", "户", "𫖯"])
def test_what_is_too_long_is_cut_with_an_ellipsis(tmp_path, letter):
    cut = plain(letter * 40_000)
    assert cut.endswith(f"{letter}…")
    assert 32_766 <= len(cut.encode("utf-16-le")) // 2 <= 32_767
    assert plain(letter * 16_000) == letter * 16_000
    path = tmp_path / "long.xlsx"
    write_spreadsheet(path, "t", [Table("s", [Column("h")], [(letter * 40_000,)], "none")], "&P")
    assert rows(path, "s")[1] == [cut]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(texts=["&G"])
@given(st.lists(st.text(min_size=1), min_size=1, max_size=20))
def test_any_text_comes_back_as_it_was_or_visibly_mended(tmp_path, texts):
    path = tmp_path / "any.xlsx"
    write_spreadsheet(path, "".join(texts), [Table("s", [Column("h")], [(text,) for text in texts], "none")], "&P")
    assert [row[0] for row in rows(path, "s")[1:]] == [plain(text) for text in texts]


@given(st.text())
def test_mended_text_stays_as_it_is(text):
    assert plain(plain(text)) == plain(text)


# ---- how it prints


@pytest.mark.parametrize("lang", LANGS)
def test_every_sheet_is_ready_for_the_printer(tmp_path, lang):
    book = openpyxl.load_workbook(written(tmp_path, lang=lang, title="A & B"))
    for sheet in book:
        header = 2 if sheet.title == SHEETS[lang][0] else 1
        assert sheet.freeze_panes == f"A{header + 1}"
        assert sheet.print_title_rows == f"${header}:${header}"
        assert sheet.page_setup.paperSize == 9
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.auto_filter.ref.startswith(f"A{header}:")
        assert sheet.oddHeader.left.text == "A && B"
        assert sheet.oddHeader.right.text == "&A"
        assert sheet.oddFooter.right.text in {"第 &P 页，共 &N 页", "Page &P of &N"}
    assert book[standard("book.sheet.households", lang)].page_setup.orientation == "portrait"


def test_filters_leave_the_total_alone_and_positions_are_not_printed(tmp_path):
    book = openpyxl.load_workbook(written(tmp_path))
    assert book["概况"].auto_filter.ref == "A2:K7"
    assert book["住户"].print_area.endswith(f"$H${book['住户'].max_row}")
    assert [cell.value for cell in book["住户"][1]][-2:] == ["经度", "纬度"]


def test_columns_are_as_wide_as_what_they_hold_and_long_text_goes_on_below(tmp_path):
    path = tmp_path / "wide.xlsx"
    columns = [Column("h"), Column("一二三四五"), Column("long")]
    write_spreadsheet(path, "t", [Table("s", columns, [("x" * 30, "户" * 12, "词" * 200)], "none")], "&P")
    sheet = openpyxl.load_workbook(path)["s"]
    widths = [sheet.column_dimensions[letter].width for letter in "ABC"]
    assert 30 < widths[0] < 40
    assert 24 < widths[1] < 34
    assert 60 < widths[2] < 72
    assert sheet["C2"].alignment.wrap_text
    assert sheet.row_dimensions[2].height >= 7 * 15


def printed(tmp_path, columns, body, **more):
    path = tmp_path / "printed.xlsx"
    write_spreadsheet(path, "t", [Table("s", columns, body, "none", **more)], "&P")
    return openpyxl.load_workbook(path)["s"]


def test_long_texts_go_on_below_instead_of_making_the_page_too_wide_to_read(tmp_path):
    columns = [Column(f"h{n}") for n in range(8)] + [Column("x", printed=False)]
    sheet = printed(tmp_path, columns, [("示范镇东坡下中心新村社区" * 2,) * 9])
    widths = [sheet.column_dimensions[letter].width for letter in "ABCDEFGH"]
    assert sum(widths) <= xlsx.WIDEST_PAGE + len(widths)
    assert sheet["A2"].alignment.wrap_text
    assert sheet.row_dimensions[2].height >= 4 * 15


def test_a_page_begins_with_every_village_and_no_grid_is_torn(tmp_path):
    body = [(village, grid, n) for village in "甲乙" for grid in range(5) for n in range(12)]
    sheet = printed(
        tmp_path, [Column("v"), Column("g", "number"), Column("n", "number")], body, blocks=(0, 1), pages=(0,)
    )
    assert [one.id for one in sheet.row_breaks.brk] == [37, 61, 97]
    assert sheet.page_setup.orientation == "portrait"
    across = printed(tmp_path, [Column(f"h{n}") for n in range(8)], [("x" * 12,) * 8] * 40)
    assert across.page_setup.orientation == "landscape"
    assert [one.id for one in across.row_breaks.brk] == [31]


def test_no_last_page_is_nearly_empty_and_no_page_is_half_empty_for_a_block(tmp_path):
    sheet = printed(tmp_path, [Column("n", "number")], [(n,) for n in range(50)])
    assert [one.id for one in sheet.row_breaks.brk] == [26]
    columns = [Column("v"), Column("n", "number")]
    villages = [("甲", n) for n in range(20)] + [("乙", n) for n in range(40)]
    sheet = printed(tmp_path, columns, villages, blocks=(0,))
    assert [one.id for one in sheet.row_breaks.brk] == [47]


def test_what_is_not_printed_makes_no_row_higher(tmp_path):
    sheet = printed(tmp_path, [Column("h"), Column("why", printed=False)], [("a", "because " * 30)])
    assert sheet.row_dimensions[2].height in (None, xlsx.LINE_HEIGHT)
    assert sheet.print_area == "'s'!$A$1:$A$2"
    assert "&D" in sheet.oddFooter.center.text


def test_numbers_and_their_headers_end_at_the_same_place_in_any_program(tmp_path):
    sheet = printed(tmp_path, [Column("n", "amount")], [(12345,)])
    for cell in (sheet["A1"], sheet["A2"]):
        assert cell.alignment.horizontal == "right"
        assert not cell.alignment.indent
        assert cell.number_format.endswith("_0_0")


def test_a_household_in_no_grid_is_listed_once(tmp_path):
    known = odd_village()
    about = PlanException("小塘村", 1, WHY, (), household_id="XT17")
    told = written(tmp_path, TownPlan((replace(known, exceptions=(about,)),)))
    assert [row["户编号"] for row in records(told, "例外") if row["户编号"]] == ["XT17"]


def test_the_town_s_own_names_of_grids_stand_beside_households(tmp_path):
    known = odd_village()
    labelled = replace(known, grids=tuple(replace(grid, label="东片") for grid in known.grids))
    found = records(written(tmp_path, TownPlan((labelled,))), "住户")
    assert [row["本镇原名称"] for row in found] == ["东片"] * 17 + [None]


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("户主", 4), ("a户", 3), ("ab\n户户户", 6), ("，", 2)]
)
def test_chinese_characters_count_as_two_letters(text, width):
    assert display_width(text) == width


def test_the_same_plan_makes_the_same_bytes(tmp_path):
    once = written(tmp_path).read_bytes()
    (tmp_path / "other").mkdir()
    assert written(tmp_path / "other").read_bytes() == once
    with ZipFile(tmp_path / "plan.xlsx") as book:
        assert "2000-01-01T00:00:00Z" in book.read("docProps/core.xml").decode()


def test_more_rows_than_a_sheet_holds_go_on_on_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "MOST_ROWS", 12)
    path = tmp_path / "many.xlsx"
    write_spreadsheet(path, "t", [Table("s", [Column("h", "number")], [(n,) for n in range(25)], "none")], "&P")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["s", "s 2", "s 3"]
    assert [row[0] for name in book.sheetnames for row in rows(path, name)[1:]] == list(range(25))


def test_a_folder_that_takes_nothing_is_said_and_nothing_is_left_behind(tmp_path):
    with pytest.raises(OutputRefused, match=r"plan\.xlsx could not be written"):
        write_workbook(town(), tmp_path / "nowhere" / "plan.xlsx", "zh", "t")
    (tmp_path / "plan.xlsx").mkdir()
    with pytest.raises(OutputRefused, match=r"plan\.xlsx could not be written"):
        write_workbook(town(), tmp_path / "plan.xlsx", "zh", "t")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.xlsx"]


# ---- read back


@pytest.mark.parametrize("lang", LANGS)
def test_the_headers_of_households_are_known_to_the_reader(tmp_path, lang):
    head = rows(written(tmp_path, lang=lang), SHEETS[lang][2])[0]
    columns = choose_columns("plan.xlsx", head, [True] * len(head), HOUSEHOLD_FIELDS, {})
    fields = ("village", "grid", "id", "name", "hamlet", "door", "lead", "lon", "lat")
    assert {field: columns[field] for field in fields} == dict(zip(fields, (0, 1, 3, 4, 5, 6, 7, 8, 9), strict=True))
    assert columns.keys() == set(fields)


@pytest.mark.parametrize("lang", LANGS)
def test_the_sheet_of_households_alone_is_the_list_again(tmp_path, lang):
    plan = staffed_town()
    listed = read_households(f"{written(tmp_path, plan, lang)}#{SHEETS[lang][2]}")
    again = {home.household_id: home for home in listed.households}
    homes = [home for one in plan.villages for home in one.plan.households]
    assert listed.refused == ()
    assert again.keys() == {home.household_id for home in homes}
    for home in homes:
        read = again[home.household_id]
        assert (read.village, read.name, read.hamlet, read.door) == (home.village, home.name, home.hamlet, home.door)
        assert (read.lon, read.lat) == pytest.approx((home.lon, home.lat), abs=1e-9)


def test_the_anchor_of_a_hamlet_is_not_handed_back_as_a_home(tmp_path):
    known = odd_village()
    homes = [replace(home, position="hamlet", lon=float("nan")) for home in known.plan.households[:5]]
    plan = replace(known.plan, households=(*homes, *known.plan.households[5:]))
    found = records(written(tmp_path, TownPlan((replace(known, plan=plan),))), "住户")
    assert [row["经度"] is None and row["纬度"] is None for row in found] == [True] * 5 + [False] * 13


# ---- another program


@pytest.mark.libreoffice
def test_libreoffice_opens_it_and_finds_every_sheet_and_text(tmp_path):
    path = written(tmp_path)
    profile = (tmp_path / "profile").as_uri()
    command = [libreoffice(), f"-env:UserInstallation={profile}", "--headless", "--convert-to", "ods", path.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    assert "convert" in done.stdout
    ours, theirs = (CalamineWorkbook.from_path(str(file)) for file in (path, tmp_path / "plan.ods"))
    assert theirs.sheet_names == SHEETS["zh"]
    for name in SHEETS["zh"]:
        for their_row, our_row in zip(
            *(book.get_sheet_by_name(name).to_python() for book in (theirs, ours)), strict=True
        ):
            assert their_row == [pytest.approx(cell) if isinstance(cell, float) else cell for cell in our_row]
