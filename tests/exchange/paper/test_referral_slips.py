"""Referral slips: what a department has of a need, that it is a reminder, and the same as rows."""

from dataclasses import replace
from datetime import date

import pytest
from openpyxl import load_workbook
from pdf_pages import texts_of

from gridplan.exchange.paper.referral_slips import ReferralSlip, write_referral_slips, write_slip_workbook

DAY = date(2026, 11, 30)
SLIP = ReferralSlip(
    12, "示例镇", "水务站", "用水用电", "水压不够𫖯", "石桥村 一组 36号", date(2026, 11, 1), date(2026, 11, 15),
    "王建国 0519", DAY,
)  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "reminder", "said"),
    [
        ("zh", 0, ("转办单", "编号 12", "承办部门：水务站", "2026年11月15日", "经办人签字", "群众同意")),
        ("en", 2, ("Reminder no. 2", "No. 12", "The deadline was 15 days ago.", "15 Nov 2026", "Signed", "agrees")),
    ],
)
def test_a_slip_says_what_is_asked_for_by_when_and_whom_to_ask_on_one_page(lang, reminder, said):
    pages = texts_of(write_referral_slips([replace(SLIP, reminder=reminder)] * 2, lang))
    assert len(pages) == 2
    for text in (*said, "水压不够𫖯", "石桥村 一组 36号", "王建国 0519"):
        assert text in pages[1]


def test_slips_are_rows_with_blanks_for_the_reply_too(tmp_path):
    write_slip_workbook(tmp_path / "slips.xlsx", [SLIP, replace(SLIP, number=13, reminder=1)], "en")
    headings, *rows = [[cell.value for cell in row] for row in load_workbook(tmp_path / "slips.xlsx").active.rows]
    assert headings[:3] == ["No.", "Department", "Category"]
    assert [row[0] for row in rows] == [12, 13]
    assert rows[1][6:] == ["2026-11-15", "Reminder no. 1", "王建国 0519", None, None, None]
