"""Slides: counts, grids by number, nobody's name; as many slides as the rows need, and nothing out of its box."""

from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from meeting_content import content
from PIL import ImageFont
from pptx import Presentation
from pptx.util import Emu

from gridplan.exchange.front_end import built_file
from gridplan.exchange.meeting.content import Needs
from gridplan.exchange.meeting.slides import write_slides
from gridplan.needs import NeedCounts
from gridplan.profiles import FEWEST

LONGEST = "长" * 195 + "{}"
LONG = "{}街道办事处社区居民委员会第一行政村（含移民新村）"
DOWN = 175
"""Millimetres from the top from which the stamp stands."""


def deck(known):
    return Presentation(BytesIO(write_slides(known)))


def mm(length):
    return Emu(length).mm


def tables(slides):
    return [
        [[cell.text for cell in row.cells] for row in shape.table.rows]
        for slide in slides
        for shape in slide.shapes
        if shape.has_table
    ]


def texts(slide):
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]


@pytest.fixture(scope="module")
def known():
    return content(villages=7, grids=12)


@pytest.fixture(scope="module")
def made(known):
    return write_slides(known)


@pytest.fixture(scope="module")
def slides(made):
    return Presentation(BytesIO(made)).slides


def test_a_meeting_sees_the_town_its_coverage_where_contact_fails_and_what_is_next(known, slides):
    titles = [slide.shapes.title.text for slide in slides]
    assert titles == ["概况", "联系覆盖", "各村联系覆盖", "需要帮助的村", "下一步"]
    assert {"7", "84", "1,011", "3", "12", "4"} <= set(texts(slides[0]))
    for slide in slides:
        assert {known.stamp.status("zh"), " · ".join(known.stamp.texts("zh"))} <= set(texts(slide))
        assert not slide.has_notes_slide


def test_pictures_and_charts_say_what_they_show(slides):
    (picture,) = (shape for shape in slides[0].shapes if shape.shape_type == 13)
    told = picture._element.xpath(".//p:cNvPr/@descr")[0]
    assert told.startswith("地图：")
    assert "石桥村 12 个微网格" in told
    (chart,) = (shape for shape in slides[1].shapes if shape.has_chart)
    assert "11月23日 78 / 84" in chart._element.xpath(".//p:cNvPr/@descr")[0]


def test_the_chart_has_the_weeks_and_tells_those_that_have_not_settled_apart(slides):
    (chart,) = (shape.chart for shape in slides[1].shapes if shape.has_chart)
    expected, settled, not_settled = chart.plots[0].series
    assert list(expected.values) == [84] * 13
    assert settled.values[:2] == (58, 60)
    assert settled.values[11:] == (None, None)
    assert not_settled.values[10:] == (None, 77, 78)
    assert not_settled.format.fill.pattern is not None
    with ZipFile(BytesIO(chart.part.chart_workbook.xlsx_part.blob)) as book:
        assert "<v>58</v>" in book.read("xl/worksheets/sheet1.xml").decode()


def test_villages_stand_by_name_and_grids_by_number_where_contact_fails(known, slides):
    ((head, *rows),) = tables([slides[3]])
    assert head[1:] == ["连续 4 周以上没有联系的微网格", "该周没有联系的微网格", "登记表未收的微网格"]
    assert [row[0] for row in rows] == [one.village for one in known.contact.villages if one.help]
    assert all(row[1:] == ["2, 8", "2, 7, 12", "4, 9"] for row in rows)


def test_next_steps_are_counted_and_each_village_that_has_one_is_named(known, slides):
    ((_, total, *rows),) = tables([slides[4]])
    assert total == ["合计", "9 个微网格", "≥ 4", "4"]
    assert rows[0] == [known.villages[0].name, "2, 7, 12", "–", "1"]
    assert rows[1] == [known.villages[1].name, "–", "不足 5", "–"]


def test_no_file_of_the_deck_names_anybody_who_can_be_called(made):
    with ZipFile(BytesIO(made)) as archive:
        every = b"".join(archive.read(name) for name in archive.namelist())
    assert "石桥村".encode() in every
    assert "王建国".encode() not in every
    assert b"0519-" not in every


def test_no_count_of_contact_below_five_is_told_nor_found_by_subtraction(known):
    def number(text):
        return int(text.replace("≥", "").replace(",", "")) if "不足" not in text else None

    few = [
        replace(one, well=one.households - behind, due=behind - overdue, overdue=overdue)
        for one, (behind, overdue) in zip(
            known.contact.villages, [(0, 0), (3, 1), (7, 5), (9, 2), (9, 9), (20, 7), (1, 0)], strict=True
        )
    ]
    told = replace(known, contact=replace(known.contact, villages=tuple(few)))
    slides = deck(told).slides
    for table in tables([slides[2]]):
        for row, one in zip(table[1:], few, strict=False):
            well, overdue = row[2:4]
            assert number(row[1]) == one.households
            exact_well, exact_overdue = (number(text) if text.isdigit() else None for text in (well, overdue))
            assert exact_well in (None, one.well)
            assert exact_overdue in (None, one.overdue)
            assert not 0 < (exact_overdue or 0) < FEWEST
            if exact_well is not None:
                assert not 0 < one.households - exact_well < FEWEST
                if exact_overdue is not None:
                    assert not 0 < one.households - exact_well - exact_overdue < FEWEST
    counts = texts(slides[1])
    assert not {f"{sum(one.well for one in few):,}", f"{sum(one.overdue for one in few):,}"} & set(counts)
    assert sum(text.startswith("≥ ") for text in counts) == 2


def test_a_town_in_which_nothing_is_to_be_done_says_so(known):
    calm = replace(
        known,
        exceptions=(),
        needs=Needs(NeedCounts()),
        contact=replace(
            known.contact,
            villages=tuple(replace(one, help=()) for one in known.contact.villages),
            grids=tuple(replace(one, state="reached") for one in known.contact.grids),
        ),
    )
    *_, failing, steps = deck(calm).slides
    assert "目前没有需要帮助的村。" in texts(failing)
    assert "微网格该周都有联系，诉求没有逾期，没有例外。" in texts(steps)


def test_one_of_something_is_told_in_the_singular():
    first, *_ = deck(content(lang="en", villages=1, grids=1)).slides
    assert {"village", "grid", "exception", "households"} <= set(texts(first))
    (picture,) = (shape for shape in first.shapes if shape.shape_type == 13)
    assert picture._element.xpath(".//p:cNvPr/@descr")[0].endswith(": 1 grid")


def test_of_a_part_of_a_village_nothing_is_told_that_was_not_counted(known):
    part = replace(known, needs=None, exceptions=(), contact=replace(known.contact, villages=(), trend=()))
    slides = deck(part).slides
    assert [slide.shapes.title.text for slide in slides] == ["概况", "下一步"]
    ((_, total, *_),) = tables([slides[1]])
    assert total == ["合计", "9 个微网格", "–", "0"]
    reached = replace(part.contact, grids=tuple(replace(one, state="reached") for one in part.contact.grids))
    assert "微网格该周都有联系，没有例外。" in texts(deck(replace(part, contact=reached)).slides[1])


def lines(text, size, width, font):
    found, used = 1, 0.0
    for letter in text:
        wide = font.getlength(letter) * size / 100 * 25.4 / 72
        if used + wide > width:
            found, used = found + 1, 0.0
        used += wide
    return found


@pytest.mark.parametrize(("villages", "grids", "name"), [(40, 3, LONG), (3, 2, LONGEST), (1, 600, "{}村")])
def test_nothing_overflows_its_box_or_the_slide_however_many_and_long_the_names(villages, grids, name):
    known = content(lang="en", villages=villages, grids=grids, name=name)
    odd = replace(known, title="示范镇" * 20, stamp=replace(known.stamp, scope=LONG * 3, plans="r" * 300))
    fonts = {
        bold: ImageFont.truetype(str(built_file(f"fonts/NotoSansSC_{name}.ttf")), 100)
        for bold, name in ((True, "700Bold"), (False, "400Regular"))
    }
    named = set()
    slides = deck(odd).slides
    for slide in slides:
        for shape in slide.shapes:
            left, top, width, height = (mm(getattr(shape, side)) for side in ("left", "top", "width", "height"))
            if shape.has_table:
                height = sum(mm(row.height) for row in shape.table.rows)
                assert top + height <= DOWN
                for row in shape.table.rows:
                    named.add(row.cells[0].text)
                    for cell, column in zip(row.cells, shape.table.columns, strict=True):
                        (run,) = cell.text_frame.paragraphs[0].runs
                        needed = lines(run.text, run.font.size.pt, mm(column.width) - 3.2, fonts[run.font.bold])
                        assert needed * 1.2 * run.font.size.pt * 25.4 / 72 <= mm(row.height)
            elif shape.has_text_frame and shape.text_frame.text:
                (run,) = shape.text_frame.paragraphs[0].runs
                needed = lines(run.text, run.font.size.pt, width, fonts[run.font.bold])
                assert needed * 1.2 * run.font.size.pt * 25.4 / 72 <= height + 0.5, run.text
            assert 0 <= left < left + width <= 338.7
            assert 0 <= top < top + height <= 190.5
    assert villages < 40 or any(text.startswith("Without room on the map: ") for text in texts(slides[0]))
    assert name == LONGEST or {village.name for village in known.villages} <= named
