"""The inspection pack: settled weeks, grids drawn by lot with days and sources, needs, and what is not kept."""

from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from meeting_content import content
from pdf_pages import sizes_of, texts_of

from gridplan.exchange.meeting.content import DayReached, Inspection, LotGrid, Needs
from gridplan.exchange.meeting.inspection import NOT_KEPT, write_inspection
from gridplan.exchange.meeting.lot import LOT, drawn_by_lot
from gridplan.needs import NeedCounts
from gridplan.words import LANGS, say

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def pages():
    return texts_of(write_inspection(content(villages=30, grids=4)))


def test_villages_stand_with_their_settled_weeks_page_by_page(pages):
    told = pages[:2]
    assert "已定稿各周" in told[0]
    assert all("8月31日" in page and "11月16日" in page for page in told)
    assert "2/4" in told[0]
    assert "合计" in told[1]
    assert "90/120" in told[1]


def test_grids_are_drawn_by_lot_which_anybody_can_draw_again(pages):
    grids = [(name, number) for name in "甲乙丙" for number in range(1, 11)]
    drawn = drawn_by_lot(reversed(grids), "K7")
    assert len(set(drawn)) == LOT
    assert drawn == sorted(drawn)
    assert drawn == drawn_by_lot(grids, "K7") != drawn_by_lot(grids, "K8")
    key = {grid: sha256(f"K7 {grid[0]} {grid[1]}".encode()).hexdigest() for grid in grids}
    assert max(key[grid] for grid in drawn) < min(key[grid] for grid in set(grids) - set(drawn))
    assert drawn_by_lot(grids[:2], "K7") == grids[:2]
    (first, *_) = (page for page in pages if "抽签抽到的微网格" in page)
    assert "从 120 个已开始走访的微网格中抽出 12 个" in first
    assert "K7Q2-9MXD" in first


def test_days_stand_by_source_without_a_household_or_a_member(pages):
    days = [
        DayReached(date(2026, 9, 1), "phone"),
        DayReached(date(2026, 9, 2), "phone"),
        DayReached(date(2026, 9, 5), "phone"),
        DayReached(date(2026, 9, 6), "sheet", week_only=True),
    ]
    inspection = Inspection((date(2026, 8, 31),), (), (LotGrid("甲村", 3, tuple(days)), LotGrid("乙村", 4, ())), 9)
    *_, lots, _ = texts_of(write_inspection(replace(content(), inspection=inspection, needs=None)))
    lines = lots.split("\n")
    assert lines[lines.index("本人手机页面") + 1] == "1–2、5"
    assert lines[lines.index("走访登记表") + 1] == "✓"
    assert "没有联系记录" in lots
    assert "王建国" not in "".join(pages)


def test_needs_are_counted_by_village_and_few_are_not_told(pages):
    first = next(at for at, page in enumerate(pages) if "各村诉求办理" in page)
    needs = "".join(pages[first:-1])
    assert "不足 5" in needs
    assert "≥ 949" in needs[needs.index("合计") :]
    calm = texts_of(write_inspection(replace(content(), needs=Needs(NeedCounts()))))
    assert "还没有登记过诉求。" in "".join(calm)


@pytest.mark.parametrize("lang", LANGS)
def test_the_last_page_says_what_is_not_kept_and_each_rule_is_a_heading_of_help(lang):
    last = texts_of(write_inspection(content(lang=lang, villages=1, grids=1)))[-1].replace("\n", "")
    for what in NOT_KEPT:
        assert say(f"inspection.not_kept.{what}", lang).replace(" ", "") in last.replace(" ", "")
        document, heading = say(f"inspection.rule.{what}", lang).split(" · ")
        (text,) = (
            text for path in (DOCS / lang).glob("*.md") if (text := path.read_text()).startswith(f"# {document}\n")
        )
        assert f"## {heading}\n" in text


def test_its_pages_lie_across_and_the_same_content_makes_the_same_bytes():
    known = content(villages=2, grids=2)
    made = write_inspection(known)
    assert sizes_of(made) == {(297, 210)}
    assert made == write_inspection(known)
    for page in texts_of(made):
        assert known.stamp.status("zh") in page
        assert "快照 K7Q2-9MXD" in page
