"""Texts on paper: any name, within its box, to be read again; the same bytes for the same texts."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pdf_pages import texts_of
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth

from gridplan.errors import OutputRefused
from gridplan.exchange import front_end
from gridplan.exchange.paper import document
from gridplan.exchange.paper.document import LEADING, PAGE, REGULAR, SMALLEST, STEP, Box, Paper, printed

RARE = "䶮㛃镕𫖯"
LONG = "东坡路延长线、老粮站宿舍区十二号院；三号楼二单元四〇一室（原供销社后面）。"


def one_text(text, box=PAGE, size=12, **looks):
    return printed("走访", "zh", lambda paper: paper.text(box, text, size, **looks))


@pytest.mark.parametrize("bold", [False, True])
def test_rare_characters_of_names_can_be_searched_for_and_copied(bold):
    assert RARE in texts_of(one_text(f"王{RARE}", bold=bold))[0]


def test_a_character_that_the_fonts_have_not_is_marked_and_as_wide_as_its_mark():
    marked = "王\U0001f600小한明"
    assert "王〓小〓明" in texts_of(one_text(marked))[0]
    assert document.lines_of(marked, 12, 60) == ("王〓小〓明",)


def test_what_looks_like_markup_is_written_as_it_is_on_one_line_and_on_several():
    text = "<b>A</b> & &amp; <script> </para> \u202e"
    for width in (200, 20):
        said = texts_of(one_text(text, Box(10, 10, width, 60)))[0]
        assert "".join(said.split()) == "<b>A</b>&&amp;<script></para>"


@settings(deadline=None, max_examples=60)
@example(LONG, 26.0, 12.0, 16.0)
@example("Konstantinopoulou-Featherstonehaugh", 20.0, 8.0, 16.0)
@example("，" * 80, 20.0, 8.0, 16.0)
@given(st.text(max_size=150), st.floats(15, 80), st.floats(4, 20), st.floats(6, 30))
def test_no_text_leaves_its_box_and_none_loses_a_letter_but_at_its_end(text, width, height, size):
    document._load_fonts()
    line, box = document.one_line(text), Box(0, 0, width, height)
    lines, used = document._fitting(line, REGULAR, size, box, SMALLEST)
    assert len(lines) * used * LEADING <= height * mm + STEP + 1e-9
    assert all(stringWidth(one, REGULAR, used) <= width * mm + 1e-3 for one in lines)
    joined = "".join("".join(lines).split())
    whole = "".join(line.split())
    assert joined == whole or (joined.endswith("…") and whole.startswith(joined[:-1]))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("东坡路延长，线", ("东坡路延", "长，线")),
        ("东坡路延（长线）", ("东坡路延", "（长线）")),
        ("the old grain station", ("the old", "grain", "station")),
        ("Anna-Sophia", ("Anna-", "Sophia")),
        ("Featherstonehaugh", ("Feathersto", "nehaugh")),
    ],
)
def test_lines_end_between_words_and_begin_with_no_comma(text, lines):
    document._load_fonts()
    assert document._lines(text, REGULAR, 10, 52) == lines


def test_a_text_that_is_too_long_is_smaller_then_on_several_lines_and_then_cut():
    assert LONG in "".join(texts_of(one_text(LONG, Box(0, 0, 180, 6)))[0].split("\n"))
    assert LONG in "".join(texts_of(one_text(LONG, Box(0, 0, 50, 20)))[0].split("\n"))
    cut = "".join(texts_of(one_text(LONG, Box(0, 0, 20, 5)))[0].split("\n"))
    assert cut.endswith("…")
    assert LONG.startswith(cut[:-1])


def test_paragraphs_that_are_too_long_are_smaller_then_cut_and_stay_on_their_lines():
    def written(text, height):
        paper = Paper("", "zh")
        paper.paragraphs(Box(0, 0, 40, height), [("头", True), (text, False)], 12)
        paper.turn()
        return "".join(texts_of(paper.content())[0].split())

    assert written("one\ntwo", 20) == "头onetwo"
    assert written("字" * 60, 20) == "头" + "字" * 60
    assert re.fullmatch("头字{80,140}…", written("字" * 300, 20))


def test_the_same_texts_are_the_same_bytes():
    assert one_text("上柏村") == one_text("上柏村") != one_text("下柏村")


def test_without_the_fonts_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(front_end, "find_spec", lambda _: None)
    document._load_fonts.cache_clear()
    with pytest.raises(OutputRefused) as refused:
        one_text("x")
    assert "make install" in refused.value.say("en")
