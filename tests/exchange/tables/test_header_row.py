"""The header of a sheet is found where it is, and what is no household is left out and said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.errors import InputRefused
from gridplan.exchange.tables import header_row
from gridplan.exchange.tables.header_row import Sheet, table_of
from gridplan.exchange.tables.source import parse_source

SOURCE = parse_source("名单.xlsx")
HEADER = ("户号", "户主", "村民小组")
ROWS = [("001", "甲", "一组"), ("002", "乙", "二组")]


def table(*records, **more):
    return table_of(SOURCE, Sheet("柳村", records, **more))


def said(table):
    """The notes by their codes; their sentences exist in both languages."""
    assert all(note.say("zh") and note.say("en") for note in table.notes)
    return {note.code.removeprefix("read.note."): note.values for note in table.notes}


# ---- the header


@pytest.mark.parametrize(
    "titles",
    [
        [],
        [("柳村住户花名册", "", "")],
        [("柳村住户花名册", "", ""), ("单位：户", "", "2026年3月1日")],
        [("", "", ""), ("柳村,住户", "", ""), ("", "", "")],
    ],
)
def test_the_header_is_found_below_its_titles(titles):
    found = table(*titles, HEADER, *ROWS)
    assert found.header == HEADER
    assert found.rows == ROWS
    assert found.numbers == [len(titles) + 2, len(titles) + 3]
    written = [title for title in titles if "".join(title)]
    assert said(found).get("titles", {"n": 0})["n"] == len(written)


def test_titles_are_shown_in_the_note():
    assert "柳村住户花名册" in table(("柳村住户花名册",), HEADER, *ROWS).notes[0].say("zh")


def test_a_header_whose_words_are_unknown_is_the_first_row_of_words():
    found = table(("名单",), ("Kode", "Nama"), ("1", "a"))
    assert found.header == ("Kode", "Nama")
    assert found.rows == [("1", "a")]


def test_a_list_without_words_keeps_its_first_row_as_header():
    assert table(("1", "110.5"), ("2", "110.6")).header == ("1", "110.5")
    assert table(("id",), ("1",)).header == ("id",)


def test_headers_may_hold_line_breaks_and_spaces():
    assert table(("名册", "", ""), ("户 号", "户主\n姓名", "村民小组"), *ROWS).rows == ROWS


def test_a_header_in_two_rows_becomes_one():
    found = table(
        ("户号", "户主", "坐标", ""),
        ("", "", "经度", "纬度"),
        ("001", "甲", "110", "38"),
    )
    assert found.header == ("户号", "户主", "经度", "纬度")
    assert found.rows == [("001", "甲", "110", "38")]
    assert said(found)["header_of_two_rows"] == {"first": "1", "last": "2"}


def test_cells_merged_downwards_in_a_header_belong_to_its_lower_row():
    found = table(
        ("名册", "", "", ""),
        ("户号", "户主", "坐标", ""),
        ("", "", "经度", "纬度"),
        ("001", "甲", "110", "38"),
        merged=[(0, 2, 3), (1, 2, 3)],
    )
    assert found.header == ("户号", "户主", "经度", "纬度")
    assert len(found.rows) == 1


def test_headers_that_two_groups_share_carry_the_name_of_their_group():
    found = table(
        ("户号", "户主", "", "网格长", ""),
        ("", "姓名", "电话", "姓名", "电话"),
        ("001", "甲", "1", "乙", "2"),
    )
    assert found.header == ("户号", "户主姓名", "户主电话", "网格长姓名", "网格长电话")


def test_a_first_household_with_blanks_is_no_second_row_of_the_header():
    found = table(HEADER, ("001", "", ""), ("002", "乙", ""))
    assert found.header == HEADER
    assert len(found.rows) == 2


# ---- what is no household


@pytest.mark.parametrize(
    "cells",
    [
        ("合计", "", "512"),
        ("", "合 计", "512"),
        ("合计 512户", "", ""),
        ("总计：512户，1800人", "", ""),
        ("小计", "", ""),
        ("本页小计", "", ""),
        ("Total", "512", ""),
        ("TOTAL:", "512", ""),
    ],
)
def test_rows_of_totals_are_left_out_and_said(cells):
    found = table(HEADER, ROWS[0], cells, ROWS[1])
    assert found.rows == ROWS
    assert said(found)["totals"] == {"n": 1, "rows": "3"}


@pytest.mark.parametrize("name", ["合计花", "总计划", "Totally", "共计生"])
def test_names_that_begin_like_totals_are_households(name):
    assert table(HEADER, (name, "", "")).rows == [(name, "", "")]


def test_a_header_printed_again_is_no_household():
    found = table(HEADER, ROWS[0], HEADER, ROWS[1])
    assert found.rows == ROWS
    assert said(found)["repeated_headers"] == {"n": 1, "rows": "3"}


def test_blank_rows_are_counted_between_households_and_not_below_them():
    blank = ("", " ", "")
    found = table(blank, HEADER, ROWS[0], blank, blank, ROWS[1], *[blank] * 5000)
    assert found.blank_rows == 2
    assert found.numbers == [3, 6]


def test_hidden_rows_are_kept_and_counted():
    found = table(HEADER, *ROWS, hidden={2, 9})
    assert found.rows == ROWS
    assert said(found)["hidden_rows"] == {"n": 1}


def test_every_row_of_cells_merged_downwards_has_their_text():
    found = table(
        HEADER,
        ("001", "甲", "一组"),
        ("", "乙", ""),
        ("", "丙", ""),
        ("", "丁", ""),
        ("", "", ""),
        merged=[(0, 2, 3), (2, 2, 1_048_576)],
    )
    assert found.rows == [("001", "甲", "一组"), ("001", "乙", "一组"), ("", "丙", "一组"), ("", "丁", "一组")]
    assert said(found)["merged"] == {"n": 4}


# ---- limits


def test_too_many_rows_and_columns_are_refused(monkeypatch):
    monkeypatch.setattr(header_row, "MOST_ROWS", 3)
    with pytest.raises(InputRefused) as caught:
        table(HEADER, *[("1", "", "")] * 4)
    assert caught.value.message.code == "read.too_many_rows"
    with pytest.raises(InputRefused) as caught:
        table(tuple(f"列{n}" for n in range(1001)))
    assert caught.value.message.code == "read.too_wide"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(["", "户号", "户主", "甲", "12", "合计", "柳村名册"]), max_size=4), max_size=12)
)
def test_every_row_is_header_title_blank_total_or_household(records):
    found = table(*map(tuple, records))
    notes = said(found)
    written = sum(any(record) for record in records)
    header_rows = bool(found.header) + ("header_of_two_rows" in notes)
    left = sum(notes.get(code, {"n": 0})["n"] for code in ("titles", "totals", "repeated_headers"))
    assert written == header_rows + left + len(found.rows)
    assert all(found.rows[at] for at in range(len(found.rows)))
