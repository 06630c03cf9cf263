"""Labels: within what they name as large as they fit, else beside it, and never on each other."""

from itertools import combinations

import hypothesis.strategies as st
import shapely
from hypothesis import given, settings

from gridplan.exchange.cartography.label_placement import Labels
from gridplan.exchange.cartography.plane import area_of
from gridplan.exchange.paper.document import Box

PAGE = Box(0, 0, 100, 80)
places = st.tuples(st.floats(1, 95), st.floats(1, 75), st.floats(0.5, 30))


@settings(deadline=None, max_examples=25)
@given(st.lists(places, min_size=1, max_size=20))
def test_no_label_lies_on_another_or_leaves_the_map(squares):
    labels, placed = Labels(PAGE), []
    labels.keep_free(Box(0, 70, 40, 10))
    for x, y, side in squares:
        area = shapely.box(x, y, min(x + side, 100), min(y + side, 80))
        inside = labels.within(area, "12", 0.4, (7, 18))
        found = inside or labels.beside((x + 0.2, y + 0.2), "12", (4, 3), 7)
        if inside:
            assert area.buffer(1e-9).contains(area_of(inside.box))
        if found:
            placed.append(area_of(found.box))
            assert area_of(PAGE).contains(placed[-1])
            assert not placed[-1].intersects(shapely.box(0, 70, 40, 80))
    assert not any(one.intersects(other) for one, other in combinations(placed, 2))


def test_letters_are_as_large_as_they_fit():
    sizes = [Labels(PAGE).within(shapely.box(0, 0, side, side), "1", 0.2, (7, 18)).size for side in (60, 5, 3)]
    assert sizes[0] == 18 > sizes[1] > sizes[2] >= 7


def test_what_does_not_fit_within_is_not_placed_there():
    assert Labels(PAGE).within(shapely.box(0, 0, 60, 1), "1", 0.2, (7, 18)) is None


def test_lines_that_lead_to_spots_cross_no_text_and_no_other_line():
    labels = Labels(PAGE)
    found = [labels.beside((50 + 2 * (n % 4), 40 + 2 * (n // 4)), str(n), (5, 3), 7) for n in range(16)]
    lines = [shapely.LineString([one.middle, one.leads_to]) for one in found if one]
    boxes = [area_of(one.box) for one in found if one]
    assert len(lines) > 5
    assert not any(one.crosses(other) for one, other in combinations(lines, 2))
    assert not any(line.intersects(box) for n, line in enumerate(lines) for m, box in enumerate(boxes) if n != m)
