"""The map itself: numbers have room, are drawn larger on a detail or listed; nothing stands on the scale bar."""

import pytest
import shapely
from paper_towns import square
from pdf_pages import TextBox, overlapping, text_boxes

from gridplan.exchange.cartography.drawn import Focus, HomeMark, SheetGrid, SheetVillage
from gridplan.exchange.cartography.figure import Scene, Theme, draw_map, mark_text
from gridplan.exchange.paper.document import Box, printed

CROSSED = shapely.Polygon([(119.4, 31.4), (119.42, 31.42), (119.42, 31.4), (119.4, 31.42)])
PAGE = Box(0, 0, 120, 80)


def lattice(across, down, side=100, name="柳村") -> Scene:
    """A village of square grids, numbered row by row."""
    cells = [(n % across * side, n // across * side) for n in range(across * down)]
    grids = tuple(SheetGrid(n, 12, square(west, south, side)) for n, (west, south) in enumerate(cells, start=1))
    return Scene([SheetVillage(name, 1, None, grids, 12 * len(grids))])


def drawn(scene, focus, theme, page=PAGE):
    """The legend of a map, and its page."""
    legends = []
    pdf = printed(
        "x", "zh", lambda paper: legends.append(draw_map(paper, page, scene, "zh", focus=focus, theme=theme)), PAGE
    )
    return legends[0], pdf


def test_no_number_stands_on_the_scale_bar():
    legend, pdf = drawn(lattice(12, 8), Focus("柳村"), Theme(is_detail=True))
    boxes = text_boxes(pdf)
    assert overlapping(boxes) == [] and legend.dropped
    zero, length, scale = (
        next(one for one in boxes if one.text.strip() == text) for text in ("0", "200 米", "1 : 11 000")
    )
    bar = TextBox("", zero.left, zero.top, length.right, scale.bottom)
    assert [one.text for one in boxes if bar.covers(one) and one not in (zero, length, scale)] == []


@pytest.mark.parametrize("theme", [Theme(), Theme(details=3)], ids=["alone", "with details"])
def test_every_number_is_on_the_map_or_on_a_detail_or_listed(theme):
    scene = lattice(24, 16)
    legend, pdf = drawn(scene, Focus(), theme, Box(0, 0, 60, 40))
    assert overlapping(text_boxes(pdf)) == []
    listed = scene.numbers(set(range(24 * 16)) - legend.numbered - legend.apart, by_village=True)
    assert list(legend.dropped) == listed
    assert bool(legend.apart) == bool(legend.details) == bool(theme.details)


def test_households_without_room_beside_each_other_are_on_a_detail_or_listed_in_order():
    outline = square(0, 0, 1500)
    lon, lat = outline.centroid.coords[0]
    at = [(lon + n % 4 * 2e-4, lat + n // 4 * 2e-4) for n in range(16)]
    marks = tuple(HomeMark(spot, n) for n, spot in enumerate(at, start=1))
    grid = SheetGrid(1, 16, outline, marks=marks)
    scene, focus = Scene([SheetVillage("柳村", 1, None, (grid,), 16)]), Focus("柳村", 1)
    alone, _ = drawn(scene, focus, Theme(marks="numbers"))
    assert alone.dropped and list(alone.dropped) == sorted(alone.dropped, key=int)
    legend, _ = drawn(scene, focus, Theme(marks="numbers", details=1))
    detail, pdf = drawn(scene, legend.details[0], Theme(marks="numbers", is_detail=True))
    assert legend.dropped == detail.dropped == ()
    assert {str(n) for n in range(1, 17)} <= {one.text.strip() for one in text_boxes(pdf)}


def test_a_map_of_a_village_is_silent_about_the_numbers_of_others():
    scene = Scene([*lattice(3, 2).villages, *lattice(3, 2, name="杏村").villages])
    legend, _ = drawn(scene, Focus("杏村"), Theme())
    assert {scene.grids[grid][0] for grid in legend.numbered} == {1}


@pytest.mark.parametrize(
    ("marks", "text"),
    [
        ([HomeMark((0, 0), 7)], "7"),
        ([HomeMark((0, 0), 3, 6)], "3–8 (6)"),
        ([HomeMark((0, 0), 1, 2), HomeMark((0, 0), 14)], "1–2, 14 (3)"),
    ],
)
def test_a_mark_says_which_places_of_the_order_are_there(marks, text):
    assert mark_text(marks) == text


@pytest.mark.parametrize("numbers", ["grids", "villages"])
def test_an_outline_that_crosses_itself_is_drawn(numbers):
    scene = Scene((SheetVillage("石桥村", 1, CROSSED, (SheetGrid(1, 12, CROSSED),), 12),))
    _, made = drawn(scene, Focus(), Theme(numbers=numbers))
    assert made.startswith(b"%PDF")
