"""Tick sheets on paper: one A4 a grid, its rows in order, five columns of weeks, no names unless they are shown."""

from datetime import date

import pytest
from pdf_pages import sizes_of, texts_of, written_on

from gridplan.contact.calendar import weeks_of_month
from gridplan.contact.sheet_number import spaced
from gridplan.exchange.paper.tick_sheets import SheetRow, TickSheet, write_tick_sheets
from gridplan.words import NO_TITLES, use_titles

DECEMBER, FEBRUARY = date(2026, 12, 1), date(2027, 2, 1)


def tick_sheet(rows=13, month=DECEMBER, *, name="王䶮", hamlet="2组", mark="{n}号", number="240891C"):
    listed = tuple(SheetRow(n, mark.format(n=2 * n), hamlet, name) for n in range(1, rows + 1))
    return TickSheet(number, "上柏村", "3 号微网格", "李秀英", ("张㛃",), month, weeks_of_month(month), listed)


def test_a_village_is_one_file_with_a_page_of_a4_for_each_grid():
    sheets = [tick_sheet(10), tick_sheet(15, number="696853J"), tick_sheet(20, number="988598W")]
    pdf = write_tick_sheets(sheets, "zh")
    assert sizes_of(pdf) == {(210, 297)}
    pages = texts_of(pdf)
    assert [spaced(sheet.number) in page for sheet, page in zip(sheets, pages, strict=True)] == [True] * 3
    assert all("1/1" in page for page in pages)
    assert pdf == write_tick_sheets(sheets, "zh")


@pytest.mark.parametrize(("lang", "title"), [("zh", "走访登记表 · 2026年12月"), ("en", "Tick sheet · December 2026")])
def test_it_says_what_it_is_of_whom_and_how_it_is_filled_in(lang, title):
    page = texts_of(write_tick_sheets([tick_sheet()], lang))[0]
    for text in (title, "上柏村 · 3 号微网格", "240 891 C", "李秀英", "张㛃", "2组", "王䶮", "26号", "✓"):
        assert text in page


def test_its_rows_are_numbered_and_its_columns_are_the_weeks_of_the_month():
    written = written_on(write_tick_sheets([tick_sheet()], "en"), 0)
    places = [one for one in written if one.left < 24 and 76 < one.top < 284]
    assert [one.text for one in places] == [str(n) for n in range(1, 14)]
    assert [one.top for one in places] == sorted(one.top for one in places)
    weeks = [one.text for one in written if one.text.startswith("week ")]
    assert weeks == ["week 49", "week 50", "week 51", "week 52", "week 53"]
    assert {"28 Dec", "–3 Jan", "30 Nov", "–6 Dec"} <= {one.text for one in written}


def test_in_a_month_of_four_weeks_nothing_stands_above_the_fifth_column():
    columns = [
        {
            one.left // 17
            for one in written_on(write_tick_sheets([tick_sheet(month=month)], "en"), 0)
            if 60 < one.top < 76
        }
        for month in (DECEMBER, FEBRUARY)
    ]
    assert len(columns[0] - columns[1]) == 1


def test_names_and_hamlets_stand_there_only_where_some_are_shown():
    page = texts_of(write_tick_sheets([tick_sheet(name=None, hamlet=None)], "en"))[0]
    assert "Name" not in page
    assert "Hamlet" not in page
    assert "26号" in page


def test_a_grid_that_is_too_large_goes_on_on_another_page_of_the_same_number():
    pages = texts_of(write_tick_sheets([tick_sheet(33, mark="M{n}")], "zh"))
    assert ["1/2" in pages[0], "2/2" in pages[1], len(pages)] == [True, True, 2]
    assert all("240 891 C" in page for page in pages)
    assert [f"M{2 * n}" in "".join(pages).split() for n in range(1, 34)] == [True] * 33
    assert "M34" in pages[0]
    assert "M36" in pages[1]


def test_the_longest_marks_and_names_stay_within_their_cells():
    long = tick_sheet(
        20,
        mark="东坡路延长线老粮站宿舍区十二号院三号楼二单元四〇一室（原供销社后面）{n}",
        name="阿卜杜热合曼·买买提艾力·吐尔逊江",
    )
    written = [one for one in written_on(write_tick_sheets([long], "zh"), 0) if 76 < one.top < 285]
    assert {round(one.left) for one in written if len(one.text) > 3} == {25, 64}
    assert max(one.top for one in written) < 284


def test_an_empty_sheet_and_one_without_a_lead_are_printed():
    sheet = TickSheet("240891C", "上柏村", "3 号微网格", None, (), DECEMBER, weeks_of_month(DECEMBER), ())
    assert "none at present" in texts_of(write_tick_sheets([sheet], "en"))[0]


def test_people_are_called_as_the_town_calls_them():
    use_titles(frozenset({("zh", "lead", "十户长")}))
    try:
        assert "十户长：李秀英" in texts_of(write_tick_sheets([tick_sheet()], "zh"))[0]
    finally:
        use_titles(NO_TITLES)
