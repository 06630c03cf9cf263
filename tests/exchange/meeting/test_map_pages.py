"""Sheets, atlases and wall maps of a town that is hard to draw: measured, and beside pictures that were looked at."""

from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO

import pypdfium2
import pytest
import shapely
from paper_towns import FRAME, LONG, RARE, hard_town, square
from pdf_pages import overlapping, sizes_of, text_boxes, texts_of
from pictures import looks_as_seen
from PIL import Image
from pypdf import PdfReader

from gridplan.exchange.cartography.drawn import SheetGrid, SheetVillage
from gridplan.exchange.meeting.atlas import write_atlas, write_grid_page
from gridplan.exchange.meeting.content import Contact, GridContact
from gridplan.exchange.meeting.village_sheets import write_village_sheets
from gridplan.exchange.meeting.wall_map import WallMap, _Sheet, write_picture, write_wall_map
from gridplan.exchange.paper.document import printed
from gridplan.words import runs

MARGIN = 8
"""Millimetres outside the neatline, where only the number of the page stands."""


def with_contact(content):
    kinds = ("reached", "without contact", "sheet not in")
    grids = tuple(GridContact(of.name, grid.number, kinds[grid.number % 3], 0) for of, grid in content.grids)
    return replace(content, contact=Contact("", (date(2026, 11, 23), date(2026, 11, 29)), (), grids))


@cache
def made(form, profile="planner") -> bytes:
    content = hard_town(profile)
    match form:
        case "sheets":
            return write_village_sheets(content)
        case "atlas":
            return write_atlas(content)
        case "flats":
            return write_grid_page(content, LONG, 4)
        case "wall":
            return write_wall_map(with_contact(content), WallMap("A4"))
    raise ValueError(form)


def numbers_on(pdf, page):
    return {one.text.strip() for one in text_boxes(pdf, page)}


@pytest.mark.parametrize("form", ["sheets", "atlas", "wall"])
def test_no_text_lies_on_another_and_none_is_cut_off(form):
    pdf = made(form)
    for page, sheet in enumerate(pypdfium2.PdfDocument(pdf)):
        boxes = text_boxes(pdf, page)
        assert overlapping(boxes) == [], page
        right, bottom = (side / 72 * 25.4 - MARGIN for side in sheet.get_size())
        outside = [one for one in boxes if min(one.left, one.top) < MARGIN or one.right > right or one.bottom > bottom]
        assert [one.text.strip() for one in outside] in ([], [str(page + 1)])


@pytest.mark.parametrize("form", ["sheets", "atlas"])
def test_every_character_is_there_to_be_read_and_searched(form):
    found = "".join(texts_of(made(form)))
    for text in (RARE, LONG, "无图<i>村", "欧阳䶮龘", "13900001234", "60号楼<b>&", "不得公开", "方案草稿"):
        assert text in found.replace("\n", ""), text


def test_every_grid_has_its_number_on_the_sheet_of_its_village():
    numbers, table = ([one.text.strip() for one in text_boxes(made("sheets", "wall"), page)] for page in (0, 1))
    assert {str(number) for number in range(1, 14)} <= set(numbers)
    assert (numbers.count("3"), table.count("3")) == (2, 1), (
        "both pieces of a grid have its number, and so has the table"
    )


@pytest.mark.parametrize(("form", "page"), [("sheets", 0), ("flats", 0), ("wall", 0)])
def test_it_looks_as_it_was_seen(form, page, request):
    write = request.config.getoption("--write-golden")
    assert looks_as_seen(made(form), f"{form}-{page}", write=write, page=page)


def test_an_atlas_has_bookmarks_and_its_index_leads_to_pages_of_that_number():
    reader = PdfReader(BytesIO(made("atlas")))
    titles = [
        (one.title, reader.get_destination_page_number(one)) for one in reader.outline if not isinstance(one, list)
    ]
    pages = texts_of(made("atlas"))
    assert {RARE, LONG, "无图<i>村"} <= {title for title, _ in titles}
    for title, page in titles:
        assert title in pages[page].replace("\n", "")
    index = dict(titles)["微网格索引"]
    where = dict(titles)[RARE] + 1
    assert f"{RARE}\n{where}" in pages[index]
    links = [one.get_object() for one in reader.pages[index]["/Annots"]]
    assert len(links) == 15 + 3


def test_flats_are_one_mark_with_their_count_and_their_rows_go_on_over_the_page():
    pages = texts_of(made("flats"))
    assert "1–60 (60)" in pages[0]
    assert [sum(f"{n}号楼<b>&" in page.split() for page in pages) for n in (1, 37, 60)] == [1, 1, 1]


def test_a_village_on_no_map_is_a_table():
    *_, last = texts_of(made("sheets"))
    assert "无图<i>村" in last and "12号楼<b>&" in last and "1 :" not in last


def test_a_village_without_a_grid_or_a_place_has_a_page_that_says_so():
    lone = SheetVillage("孤村", 1, None, (), 1, 1)
    (page,) = texts_of(write_village_sheets(replace(hard_town("wall"), villages=(lone,))))
    assert "孤村" in page and "方案中没有微网格。" in page


def test_the_index_leads_to_the_village_of_a_grid_that_has_no_page():
    town = hard_town("wall")
    pages = texts_of(write_atlas(replace(town, villages=town.villages[2:])))
    assert len(pages) == 3 and "无图<i>村\n3" in pages[1] and "12 户\n3" in pages[1]


def test_coordinates_are_for_planners_alone():
    assert "°" in "".join(texts_of(made("sheets")))
    assert "°" not in "".join(texts_of(made("sheets", "wall")))


def test_the_same_content_makes_the_same_bytes():
    assert write_grid_page(hard_town(), LONG, 4) == made("flats")


def test_a_wall_map_of_several_sheets_has_a_plan_of_them_and_all_of_the_map():
    content = hard_town("wall")
    pdf = write_wall_map(content, WallMap("A2", joined_of="A4"))
    pages = texts_of(pdf)
    assert sizes_of(pdf) in ({(210, 297)}, {(297, 210)})
    assert len(pages) == 1 + 4 * 2 + 1
    assert "8 张" in pages[0] and all("不得公开" in page for page in pages)
    assert RARE in "".join(pages[1:])
    assert {str(number) for number in range(5, 14)} <= numbers_on(pdf, 9), "the dense core on a detail"


def test_what_has_no_room_on_details_either_is_listed_and_a_picture_has_its_details_beside_the_map():
    tiny = [square(1500 + n, 1500, 1) for n in range(40)]
    around = FRAME.shape_to_degrees(shapely.box(0, 0, 3000, 3000)) - shapely.union_all(tiny)
    grids = [SheetGrid(number, 12, outline) for number, outline in enumerate([around, *tiny], start=1)]
    village = SheetVillage("稠村", 1, shapely.union_all([around, *tiny]), tuple(grids), 492)
    far = SheetVillage("远村", 1, square(4000, 0, 3000), (SheetGrid(1, 12, square(4000, 0, 3000)),), 12)
    content = replace(hard_town("wall"), villages=(village, far))
    pdf = write_wall_map(content, WallMap("A3"))
    missing = {n for n in range(2, 42) if str(n) not in numbers_on(pdf, 1)}
    assert missing and f"图上未能标出：稠村 {runs(sorted(missing))}" in texts_of(pdf)[1]
    sheet = _Sheet(hard_town("wall"), WallMap("A3"))
    page = printed("", "zh", lambda paper: sheet.draw(paper, has_insets=True) and None, sheet.page)
    assert {str(number) for number in range(5, 14)} <= numbers_on(page, 0) and overlapping(text_boxes(page)) == []


def test_a_wall_map_on_which_all_has_room_has_no_sheet_of_details():
    content = replace(hard_town("wall"), villages=hard_town("wall").villages[1:])
    assert len(texts_of(write_wall_map(content, WallMap("A3")))) == 1


def test_pictures_have_the_dots_that_print_shops_ask_for():
    content = replace(hard_town("wall"), villages=hard_town("wall").villages[1:])
    small = Image.open(BytesIO(write_picture(content, WallMap("A4"), "png")))
    large = Image.open(BytesIO(write_picture(content, WallMap("A2"), "jpg")))
    assert (small.format, round(small.info["dpi"][0])) == ("PNG", 300) and max(small.size) == 3508
    assert (large.format, large.info["dpi"][0]) == ("JPEG", 150) and max(large.size) == 3508
