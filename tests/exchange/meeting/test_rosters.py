"""Rosters: who can be called about a grid, its households where the profile shows them, and how they print."""

from datetime import datetime
from io import BytesIO

import openpyxl
import pytest
from meeting_content import content

from gridplan.exchange.meeting.rosters import write_rosters
from gridplan.words import LANGS


def book(*args, **options):
    return openpyxl.load_workbook(BytesIO(write_rosters(content(*args, **options))))


def rows(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_every_grid_stands_with_its_size_and_who_can_be_called():
    head, *grids = rows(book("wall")["微网格"])
    assert head == ["村", "微网格编号", "户数", "联系人", "电话"]
    assert len(grids) == 3 * 12
    assert grids[0] == ["和平村", 1, 12, "王建国", "0519-0000001"]
    assert grids[2] == ["和平村", 3, 12, "和平村委会", "0519-0000003"]


def test_households_stand_in_visiting_order_where_the_profile_shows_them():
    assert book("wall").sheetnames == ["封面", "微网格"]
    assert book("meeting").sheetnames == ["封面", "微网格"]
    head, *homes = rows(book("member")["住户"])
    assert head == ["村", "微网格编号", "走访顺序", "门牌", "村民小组", "户主"]
    assert [home[2] for home in homes[:13]] == [*range(1, 13), 1]
    head, *homes = rows(book("planner")["住户"])
    assert head[-1] == "电话"
    assert homes[0] == ["和平村", 1, 1, "1-1号", "3组", "户011", "13800000000"]


@pytest.mark.parametrize("lang", LANGS)
def test_the_cover_says_of_which_snapshot_it_is_with_a_real_date_and_real_numbers(lang):
    known = content("planner", lang, is_draft=True)
    cover = openpyxl.load_workbook(BytesIO(write_rosters(known))).worksheets[0]
    told = {cell.value for _, cell in cover.iter_rows(min_row=3)}
    assert {known.stamp.status(lang), "K7Q2-9MXD", known.stamp.scope, known.stamp.asked_by, known.stamp.plans} < told
    assert {datetime(2026, 11, 30), 3, 36, 433, 1} < told
    assert known.stamp.changed[0].say(lang) in told
    assert next(cell for _, cell in cover.iter_rows() if cell.is_date).number_format == "yyyy-mm-dd"


def test_every_page_lies_across_below_its_header_and_above_its_stamp():
    known = content("planner", "en", villages=2, grids=3)
    for at, sheet in enumerate(openpyxl.load_workbook(BytesIO(write_rosters(known)))):
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.print_title_rows == ("$1:$1" if at else "$2:$2")
        assert sheet.freeze_panes == ("A2" if at else "A3")
        assert sheet.auto_filter.ref is None if at == 0 else sheet.auto_filter.ref
        stamp = sheet.oddFooter.left.text
        assert all(text in stamp for text in (*known.stamp.texts("en"), known.stamp.status("en")))


def test_what_asks_for_a_picture_or_is_too_long_does_not_cost_the_stamp():
    scope = "&G&8" * 100
    known = content("wall", villages=1, grids=1)
    odd = type(known)(**{**vars(known), "stamp": type(known.stamp)("K7", known.stamp.day, "wall", scope, "&D", "")})
    sheet = openpyxl.load_workbook(BytesIO(write_rosters(odd))).worksheets[1]
    assert "快照 K7" in sheet.oddFooter.left.text
    assert "&" not in sheet.oddFooter.left.text
    assert "&P" in sheet.oddFooter.right.text


def test_the_same_content_makes_the_same_bytes():
    assert write_rosters(content("planner", grids=2)) == write_rosters(content("planner", grids=2))
