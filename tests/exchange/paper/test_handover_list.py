"""Handover lists: who to whom, each household, what is open, two signatures on the page of the last lines."""

from datetime import date

from pdf_pages import texts_of

from gridplan.exchange.paper.handover_list import HandoverGrid, HandoverList, HandoverRow, write_handover_lists
from gridplan.words import Message

DAY = date(2026, 12, 7)


def handover(*sizes, giver="王𫖯", until=None, name="赵㛃", matters=()):
    grids = tuple(
        HandoverGrid(
            f"{number} 号微网格",
            tuple(
                HandoverRow(
                    n, f"{n}号", "2组", name, DAY if n % 2 else None, Message("sheet.mark.away") if n == 2 else None
                )
                for n in range(1, size + 1)
            ),
        )
        for number, size in enumerate(sizes, start=1)
    )
    return HandoverList("上柏村", giver, "李秀英", DAY, grids, until, matters)


def test_it_says_who_hands_what_to_whom():
    page = texts_of(write_handover_lists([handover(13, matters=(Message("sheet.only_marks"),))], "en"))[0]
    for text in (
        "上柏村",
        "王𫖯",
        "李秀英",
        "From 7 Dec 2026",
        "1 号微网格, 13 households",
        "赵㛃",
        "none yet",
        "away",
    ):
        assert text in page
    for text in ("1. Nothing but marks", "Handed over by", "Received by", "1/1"):
        assert text in page


def test_a_cover_has_an_end_and_who_is_gone_signs_by_hand():
    page = texts_of(write_handover_lists([handover(10, giver=None, until=date(2027, 3, 1))], "zh"))[0]
    assert "代管期：2026年12月7日至2027年3月1日" in page
    assert "None" not in page


def test_long_lists_go_on_with_their_headings_and_are_signed_below_their_last_lines():
    pdf = write_handover_lists([handover(13, 15, 12), handover(10)], "zh")
    pages = texts_of(pdf)
    assert [f"{n}/{of}" in page for page, (n, of) in zip(pages, [(1, 3), (2, 3), (3, 3), (1, 1)], strict=True)] == [
        True
    ] * 4
    assert ["上次联系到" in page for page in pages] == [True, True, False, True]
    assert ["移交人签名" in page and "未了事项" in page for page in pages] == [False, False, True, True]
    assert sum("共 15 户" in page for page in pages) == 1
    assert pdf == write_handover_lists([handover(13, 15, 12), handover(10)], "zh")


def test_names_are_left_out_where_none_are_shown():
    assert "户主" not in texts_of(write_handover_lists([handover(10, name=None)], "zh"))[0]
