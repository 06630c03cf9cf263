"""Contact cards: four to a page, the notice of each on its back, numbers that can be written in by hand."""

from datetime import date

import pytest
from pdf_pages import overlapping, sizes_of, text_boxes, texts_of, written_on

from gridplan.exchange.paper.contact_cards import ContactCard, Reached, write_contact_cards
from gridplan.words import LANGS

OFFICE = Reached("上柏村村委会", "0543-555 0123")
LEAD = Reached("王𫖯", "138 0000 1234")


def card(place, *, lead=LEAD, deputies=(), office=OFFICE, mark="{n}号"):
    mark = mark.format(n=2 * place)
    return ContactCard("上柏村", "3 号微网格", place, mark, "2组", lead, deputies, office, date(2026, 12, 1))


def test_four_cards_are_a_page_and_their_backs_the_next():
    pdf = write_contact_cards([card(n) for n in range(1, 6)], "zh")
    assert sizes_of(pdf) == {(210, 297)}
    pages = texts_of(pdf)
    assert [page.count("联系卡") for page in pages] == [4, 0, 1, 0]
    assert [page.count("告知单") for page in pages] == [0, 4, 0, 1]
    assert pdf == write_contact_cards([card(n) for n in range(1, 6)], "zh")


def test_each_back_meets_its_front_when_the_page_is_turned_at_its_long_side():
    """Each card of a page has another office, whose number stands on both sides."""
    pdf = write_contact_cards([card(n, office=Reached("Office", f"555-{n}")) for n in range(1, 4)], "en")
    where = [
        {text[-5:]: (one.left > 105, one.top > 148.5) for one in written_on(pdf, page) if "555-" in (text := one.text)}
        for page in (0, 1)
    ]
    assert where[0] == {"555-1": (False, False), "555-2": (True, False), "555-3": (False, True)}
    assert where[1] == {number: (not right, low) for number, (right, low) in where[0].items()}


def test_the_front_says_who_calls_and_how_to_reach_them():
    front = texts_of(write_contact_cards([card(1, deputies=(Reached("李秀英", "139 0000 5678"),))], "zh"))[0]
    for text in (
        "王𫖯",
        "138 0000 1234",
        "李秀英",
        "139 0000 5678",
        "0543-555 0123",
        "2组 · 2号",
        "序号 1",
        "2026年12月制",
    ):
        assert text in front


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_not_known_is_left_to_be_written_in(lang):
    bare = card(1, lead=Reached("王𫖯"), deputies=(Reached("李秀英"),), office=Reached("村委会"))
    assert "None" not in "".join(texts_of(write_contact_cards([bare], lang)))
    nobody = texts_of(write_contact_cards([card(1, lead=None, office=None)], lang))
    assert {"zh": "暂缺", "en": "None at present"}[lang] in nobody[0]


def test_the_notice_says_how_long_visits_are_kept_as_the_register_of_personal_data_does():
    assert "24 个月" in texts_of(write_contact_cards([card(1)], "zh"))[1]
    assert "24 months" in " ".join(texts_of(write_contact_cards([card(1)], "en"))[1].split())


def test_the_longest_names_do_not_run_into_the_next_card():
    long = card(
        1,
        lead=Reached("阿卜杜热合曼·买买提艾力·吐尔逊江" * 3, "+86 138 0000 1234 转 5678 或 9999"),
        mark="老粮站宿舍" * 20,
    )
    written = written_on(write_contact_cards([long], "zh"), 0)
    assert all(10 <= one.left < 95 and one.top < 148.5 for one in written)


@pytest.mark.parametrize("lang", LANGS)
def test_the_stamp_lies_on_nothing(lang):
    boxes = text_boxes(write_contact_cards([card(1)], lang, "snapshot K7Q29MXD"))
    assert any("K7Q29MXD" in one.text for one in boxes) and overlapping(boxes) == []
