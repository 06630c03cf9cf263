"""What stands beside a list in its sheet is no household, is left out, and is listed with its row number."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.exchange.tables.header_row import Sheet, table_of
from gridplan.exchange.tables.source import parse_source
from gridplan.exchange.tables.surrounding_rows import row_ranges

HEADER = ("序号", "户主姓名", "组", "门牌")
ROWS = [(str(n), f"户{n}", f"{n % 3}组", str(n)) for n in range(1, 9)]


def table(*records):
    return table_of(parse_source("名单.xlsx"), Sheet("柳村", records))


def said(found):
    assert all(note.say("zh") and note.say("en") for note in found.notes)
    return {note.code.removeprefix("read.note."): note.values for note in found.notes}


@pytest.mark.parametrize(
    "footer",
    [
        ("制表人：李四", "", "审核人：王五", ""),
        ("填表日期：2025年3月1日", "", "", ""),
        ("备注：户主栏须本人签字", "", "", ""),
        ("说明", "以上数据截至2025年3月", "", ""),
        ("", "村支书签字：赵六", "", ""),
        ("村支书（签字）：", "", "", ""),
        ("村负责人：张三  填表人：李四  审核人：王五", "", "", ""),
        ("（盖章）", "", "", ""),
        ("柳湾村村民委员会", "", "", ""),
        ("2025年3月1日", "", "", ""),
        ("注：本表一式两份", "", "", ""),
        ("以上合计", "", "40户", ""),
        ("共40户", "", "", ""),
        ("Prepared by: N.N.", "", "", ""),
        ("第三页", "", "", ""),
    ],
)
def test_what_is_signed_below_a_list_is_no_household_and_is_listed(footer):
    found = table(HEADER, *ROWS, ("", "", "", ""), footer)
    assert found.rows == ROWS
    text = next(filter(None, footer))
    assert said(found)["footers"] == {"n": 1, "rows": f"{len(ROWS) + 3}: {text}"}


def test_what_every_printed_page_says_of_who_made_it_is_left_out_too():
    found = table(HEADER, *ROWS[:4], ("制表人：李四", "", "", ""), HEADER, *ROWS[4:])
    assert found.rows == ROWS
    assert said(found)["footers"]["n"] == said(found)["repeated_headers"]["n"] == 1


@pytest.mark.parametrize(
    "row",
    [
        ("9", "说明", "1组", "9"),
        ("9", "王五", "", ""),
        ("", "王五", "", ""),
        ("9", "", "", ""),
        ("以上", "王五", "1组", "9"),
        ("", "负责人", "一组", ""),
        ("", "", "", "12"),
    ],
)
def test_a_household_at_the_end_that_says_little_stays(row):
    assert table(HEADER, *ROWS, row).rows[-1] == row or row[1] == "负责人"


def test_what_looks_like_a_footer_amid_households_stays():
    odd = ("说明", "", "", "")
    assert table(HEADER, *ROWS[:2], odd, *ROWS[2:]).rows == [*ROWS[:2], odd, *ROWS[2:]]


def test_many_such_rows_are_a_list():
    rows = [("说明", "", "", "")] * 31
    assert len(table(HEADER, *ROWS, *rows).rows) >= 31


EXAMPLES = [("示例1", "王智（示例）", "1组", "1"), ("示例2", "韩香柏（示例）", "1组", "2")]


def test_the_examples_of_a_template_are_left_out_once_there_are_others():
    found = table(HEADER, *EXAMPLES, *ROWS)
    assert found.rows == ROWS
    assert said(found)["examples"] == {"n": 2, "rows": "2-3"}


def test_a_template_not_filled_in_is_read_and_says_so():
    found = table(HEADER, *EXAMPLES)
    assert found.rows == EXAMPLES
    assert said(found)["only_examples"] == {"n": 2, "rows": "2-3"}


def test_a_row_written_over_an_example_is_no_example():
    own = ("示例1", "李四", "1组", "1")
    assert table(HEADER, own, *ROWS).rows == [own, *ROWS]


def test_a_row_that_repeats_a_header_of_no_known_words_is_a_row():
    assert len(table(("1",), *[("1",)] * 5).rows) == 5


@given(st.sets(st.integers(1, 60)))
def test_row_numbers_are_named_by_their_runs(numbers):
    named = set()
    for run in filter(None, row_ranges(sorted(numbers)).split(", ")):
        first, _, last = run.partition("-")
        named |= set(range(int(first), int(last or first) + 1))
    assert named == numbers


CELL = st.sampled_from(["", "1", "王五", "说明", "制表人：李四", "合计", "（盖章）", "王智（示例）", "1组"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=12))
def test_every_row_is_in_the_list_or_counted(records):
    found = table(HEADER, *ROWS, *records)
    notes = said(found)
    left = sum(notes.get(code, {"n": 0})["n"] for code in ("totals", "footers", "examples"))
    assert len(found.rows) + left == len(ROWS) + sum(1 for record in records if any(record))
