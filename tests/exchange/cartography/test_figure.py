"""Maps of whatever outlines there are."""

import pytest
import shapely

from gridplan.exchange.cartography.drawn import SheetGrid, SheetVillage
from gridplan.exchange.cartography.figure import Scene, Theme, draw_map
from gridplan.exchange.paper.document import Box, printed

CROSSED = shapely.Polygon([(119.4, 31.4), (119.42, 31.42), (119.42, 31.4), (119.4, 31.42)])
PAGE = Box(0, 0, 200, 150)


@pytest.mark.parametrize("numbers", ["grids", "villages"])
def test_an_outline_that_crosses_itself_is_drawn(numbers):
    scene = Scene((SheetVillage("石桥村", 1, CROSSED, (SheetGrid(1, 12, CROSSED),), 12),))
    made = printed("t", "zh", lambda paper: draw_map(paper, PAGE, scene, "zh", theme=Theme(numbers=numbers)), PAGE)
    assert made.startswith(b"%PDF")
