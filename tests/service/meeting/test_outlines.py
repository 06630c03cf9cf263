"""Outlines that tell nothing of a household: lone houses merged, and a plane of its own."""

import numpy as np
import pytest
import shapely

from gridplan.coordinates import LocalFrame
from gridplan.exchange.cartography.drawn import Ground, HomeMark, SheetGrid, SheetVillage
from gridplan.profiles import FEWEST
from gridplan.service.meeting.outlines import METRES_PER_DEGREE, on_own_plane, without_lone_houses

FRAME = LocalFrame(119.43, 31.41)


def box(west, south, east, north):
    return FRAME.shape_to_degrees(shapely.segmentize(shapely.box(west, south, east, north), 100))


def place(x, y):
    return tuple(FRAME.to_degrees([(x, y)])[0].tolist())


AMID = box(400, 400, 500, 500)
MAIN, OTHER = box(-1000, 0, 0, 1000), box(0, 0, 1000, 1000).difference(AMID)
"""A grid to the west, and one to the east, in which a piece of the first lies."""
AT_HOME = [place(-500, 100 * n + 50) for n in range(10)]
NEAR = [place(100, 100 * n + 50) for n in range(10)]


def merged(*alone, piece=AMID, near=NEAR):
    return without_lone_houses([MAIN.union(piece), OTHER], [[*AT_HOME, *alone], near])


def test_a_detached_piece_around_a_single_house_is_part_of_what_is_around_it():
    west, east = merged(place(450, 450), place(450, 450))
    assert (west.geom_type, east.geom_type) == ("Polygon", "Polygon")
    assert not list(east.interiors)
    assert west.equals(MAIN)


@pytest.mark.parametrize(
    "alone", [[place(450, 450)] * FEWEST, [place(440, 450), place(460, 450)]], ids=["flats", "two"]
)
def test_flats_and_several_houses_keep_their_piece(alone):
    west, east = merged(*alone)
    assert west.geom_type == "MultiPolygon"
    assert west.union(east).area == pytest.approx(MAIN.union(OTHER).union(AMID).area)


def test_a_lone_house_that_borders_on_nothing_is_left_out():
    west, east = merged(place(5050, 5050), piece=box(5000, 5000, 5100, 5100))
    assert (west.equals(MAIN), east.equals(OTHER)) == (True, True)


def test_the_piece_in_which_most_live_stays_even_if_that_is_one_house():
    (alone,) = without_lone_houses([MAIN.union(AMID)], [[place(450, 450)]])
    assert alone.covers(shapely.Point(place(450, 450)))


def test_on_a_plane_of_its_own_shapes_keep_their_measures_and_lie_nowhere():
    grid = SheetGrid(1, 12, MAIN, marks=(HomeMark(place(-500, 50), 1),))
    village = SheetVillage("村", 1, MAIN, (grid,), 12, hamlets=(("组", place(-500, 50)),))
    (moved,), ground = on_own_plane([village], Ground(roads=(shapely.LineString([place(-900, 0), place(0, 0)]),)))
    (west, south, east, north) = moved.boundary.bounds
    assert np.array([west, south, east, north]) * METRES_PER_DEGREE == pytest.approx([-500, -500, 500, 500], abs=1)
    assert ground.roads[0].length * METRES_PER_DEGREE == pytest.approx(900, abs=1)
    assert (
        moved.grids[0].marks[0].lonlat == moved.hamlets[0][1] == pytest.approx((0, -450 / METRES_PER_DEGREE), abs=1e-5)
    )
    assert (
        on_own_plane([SheetVillage("村", 1, None, (), 0, hamlets=(("组", (119.4, 31.4)),))], Ground())[0][0].hamlets
        == ()
    )
