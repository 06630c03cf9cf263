"""Texts on paper: any name, within its box, to be read again; the same bytes for the same texts."""

import threading

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pdf_pages import texts_of
from reportlab.lib.units import mm

from gridplan.errors import OutputRefused
from gridplan.exchange import front_end
from gridplan.exchange.paper import document
from gridplan.exchange.paper.document import PAGE, REGULAR, SMALLEST, Box, printed

RARE = "䶮㛃镕𫖯"
LONG = "东坡路延长线、老粮站宿舍区十二号院；三号楼二单元四〇一室（原供销社后面）。"


def one_text(text, box=PAGE, size=12, **looks):
    return printed("走访", "zh", lambda paper: paper.text(box, text, size, **looks))


@pytest.mark.parametrize("bold", [False, True])
def test_rare_characters_of_names_can_be_searched_for_and_copied(bold):
    assert RARE in texts_of(one_text(f"王{RARE}", bold=bold))[0]


def test_what_looks_like_markup_is_written_as_it_is_on_one_line_and_on_several():
    text = "<b>A</b> & &amp; <script> </para> \u202e"
    for width in (200, 20):
        said = texts_of(one_text(text, Box(10, 10, width, 60)))[0]
        assert "".join(said.split()) == "<b>A</b>&&amp;<script></para>"


@settings(deadline=None, max_examples=40)
@example(LONG, 26.0, 12.0, 16.0)
@example("Konstantinopoulou-Featherstonehaugh", 20.0, 8.0, 16.0)
@example("，" * 80, 20.0, 8.0, 16.0)
@given(st.text(min_size=1, max_size=150), st.floats(15, 80), st.floats(5, 20), st.floats(6, 30))
def test_no_text_leaves_its_box(text, width, height, size):
    document._load_fonts()
    line = document.one_line(text) or "x"
    paragraph, used = document._fitting(line, document._style(line, REGULAR, size), Box(0, 0, width, height), SMALLEST)
    assert used <= height * mm + 1e-3
    indent = paragraph.style.rightIndent
    assert all(extra >= -indent - 1e-3 for extra, *_ in _lines(paragraph.blPara))


def _lines(laid_out):
    return [line if isinstance(line, tuple) else (line.extraSpace,) for line in laid_out.lines]


def test_a_text_that_is_too_long_is_smaller_then_on_several_lines_and_then_cut():
    assert LONG in "".join(texts_of(one_text(LONG, Box(0, 0, 180, 6)))[0].split("\n"))
    assert LONG in "".join(texts_of(one_text(LONG, Box(0, 0, 50, 20)))[0].split("\n"))
    cut = "".join(texts_of(one_text(LONG, Box(0, 0, 20, 5)))[0].split("\n"))
    assert cut.endswith("…")
    assert LONG.startswith(cut[:-1])


def test_the_same_texts_are_the_same_bytes():
    assert one_text("上柏村") == one_text("上柏村") != one_text("下柏村")


def test_several_can_be_printed_at_once():
    """Fonts are shared by the process: each page has its own characters all the same."""
    names = [f"{chr(0x4E00 + 40 * n)}{RARE}{chr(0x5E00 + 40 * n)}" for n in range(8)]
    said = {}
    threads = [threading.Thread(target=lambda name=name: said.update({name: one_text(name)})) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(name in texts_of(said[name])[0] for name in names)


def test_without_the_fonts_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(front_end, "find_spec", lambda _: None)
    document._load_fonts.cache_clear()
    with pytest.raises(OutputRefused) as refused:
        one_text("x")
    assert "make install" in refused.value.say("en")
