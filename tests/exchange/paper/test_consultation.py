"""Consultation copies: a map of the village, of its dense parts too, and a roster with room for every household."""

from dataclasses import replace
from datetime import date

import shapely
from pdf_pages import texts_of

from gridplan.exchange.paper.consultation import ConsultationCopy, MapGrid, RosterRow, write_consultations

DEGREE = 1e-5
"""About a metre."""


def square(west, south, size):
    return shapely.box(
        119.4 + west * DEGREE, 31 + south * DEGREE, 119.4 + (west + size) * DEGREE, 31 + (south + size) * DEGREE
    )


def copy(*outlines, rows=12):
    grids = tuple(MapGrid(n, rows, "张㛃", outline) for n, outline in enumerate(outlines, start=1))
    roster = [
        RosterRow(row, grid.number, f"{row}号", "2组", "王𫖯")
        for grid in grids
        for row in range(1 + rows * (grid.number - 1), 1 + rows * grid.number)
    ]
    last = RosterRow(len(roster) + 1, None, "新屋", None, None)
    drawn = [one for one in outlines if one is not None]
    return ConsultationCopy(
        "482913K", "上柏村", "十二月调整", date(2026, 12, 1), grids, (*roster, last), ((119.4, 31.0),) * bool(drawn),
        shapely.union_all(drawn) if drawn else None,
    )  # fmt: skip


def test_it_has_a_map_and_a_roster_with_a_column_to_write_in_and_a_line_for_the_branch():
    pages = texts_of(write_consultations([copy(square(0, 0, 400), square(400, 0, 400))], "zh"))
    assert ["地图" in page for page in pages] == [True, False]
    for page in pages:
        for text in (
            "上柏村微网格方案征求意见稿",
            "482 913 K",
            "十二月调整",
            "2026年12月1日",
            "党支部意见",
            "不得公开",
        ):
            assert text in page
    for text in ("调至", "1 号微网格 · 12 户 · 张㛃", "24号", "王𫖯", "未编入微网格", "新屋"):
        assert text in pages[1]


def test_grids_too_small_to_be_told_apart_have_a_page_of_their_own():
    core = [square(20 * n, 20 * m, 20) for n in range(2) for m in range(2)]
    village = [square(0, 40, 3000), *core]
    assert [("局部图 A" in page, "地图" in page) for page in texts_of(write_consultations([copy(*village)], "zh"))][
        :2
    ] == [
        (False, True),
        (True, False),
    ]


def test_a_village_without_positions_has_the_roster_alone():
    pages = texts_of(write_consultations([copy(None, None)], "en"))
    assert len(pages) == 1 and "roster" in pages[0] and "To grid" in pages[0]


def test_every_household_is_in_the_roster_once_and_the_word_is_on_its_last_page():
    long = replace(copy(*[None] * 40), draft="long")
    pages = texts_of(write_consultations([long], "zh"))
    assert [sum(f"{row}号" in page.split() for page in pages) for row in (1, 240, 480)] == [1, 1, 1]
    assert ["党支部意见" in page for page in pages] == [False] * (len(pages) - 1) + [True]
