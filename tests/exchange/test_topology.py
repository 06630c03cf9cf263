"""Outlines as TopoJSON: GDAL reads the same outlines back, and a line that is shared is in it once."""

import json
from itertools import pairwise

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from sample_towns import town
from shapely.affinity import translate

from gridplan.exchange.topology import STEP, topology

SQUARE = shapely.box(0, 0, 0.01, 0.01)


def read_back(shapes, tmp_path):
    """Return the outlines of a topology as GDAL reads them."""
    found = topology(tuple(shapes))
    geometries = [outline | {"properties": {"n": n}} for n, outline in enumerate(found.outlines)]
    objects = {"all": {"type": "GeometryCollection", "geometries": geometries}}
    text = json.dumps({"type": "Topology", "transform": found.transform, "arcs": found.arcs, "objects": objects})
    (tmp_path / "outlines.topojson").write_text(text)
    _, _, wkb, [numbers] = pyogrio.raw.read(tmp_path / "outlines.topojson", columns=["n"])
    return dict(zip(numbers.tolist(), shapely.from_wkb(wkb), strict=True))


def test_a_town_is_read_back_as_it_was(tmp_path):
    plan = town()
    pieces = shapely.union_all([plan.villages[0].grids[0].outline, shapely.box(119.6, 31.5, 119.601, 31.501)])
    shapes = [grid.outline for village in plan.villages for grid in village.grids]
    shapes += [village.boundary for village in plan.villages] + [pieces, None]
    found = read_back(shapes, tmp_path)
    assert found.pop(len(shapes) - 1, None) is None
    for number, shape in found.items():
        assert shapely.hausdorff_distance(shape, shapes[number]) < 2 * STEP
    assert found[len(shapes) - 2].geom_type == "MultiPolygon"


def test_a_line_that_two_outlines_share_is_written_once_whatever_corners_each_has_on_it():
    left = shapely.Polygon([(0, 0), (0.01, 0), (0.01, 0.004), (0.01, 0.01), (0, 0.01)])
    right = shapely.Polygon([(0.01 + 4e-10, 0), (0.02, 0), (0.02, 0.01), (0.01 - 4e-10, 0.01)])
    found = topology((left, right))
    (a, b), (c, d) = (outline["arcs"][0] for outline in found.outlines)
    assert len(found.arcs) == 3
    assert {a, b} & {~c, ~d} or {a, b} & {c, d}


def test_an_outline_with_the_same_border_all_around_is_one_arc_of_both():
    village = shapely.Polygon([*SQUARE.exterior.coords[2:], *SQUARE.exterior.coords[1:3]])
    assert [outline["arcs"] for outline in topology((SQUARE, village)).outlines] in ([[[0]], [[0]]], [[[0]], [[~0]]])


def test_holes_are_filled_by_what_is_in_them(tmp_path):
    inside = translate(SQUARE, 0.01, 0.01)
    around = shapely.box(0, 0, 0.03, 0.03).difference(inside)
    found = topology((around, inside))
    assert len(found.arcs) == 2
    assert read_back((around, inside), tmp_path)[0].area == pytest.approx(around.area)


@given(
    cuts=st.lists(st.integers(1, 400), min_size=1, max_size=6, unique=True),
    turn=st.floats(-3, 3),
    east=st.floats(70, 140),
)
def test_strips_keep_their_ground_and_share_their_lines(cuts, turn, east):
    edges = np.array([0, *sorted(cuts), 401]) * 1e-5
    square = [shapely.box(a, 0, b, 0.003) for a, b in pairwise(edges)]
    strips = [
        translate(shapely.affinity.rotate(one, turn, origin=(0, 0), use_radians=True), east, 31) for one in square
    ]
    whole = shapely.union_all(strips).buffer(0)
    found = topology((*strips, whole))
    assert len(found.outlines) == len(strips) + 1
    used = {arc if arc >= 0 else ~arc for outline in found.outlines for ring in outline["arcs"] for arc in ring}
    assert used == set(range(len(found.arcs)))
    assert len(found.arcs) <= 3 * len(strips) + 1


def test_nothing_has_no_arcs():
    assert topology(()).arcs == []
    assert topology((None,)).outlines == [{"type": None}]
    speck = shapely.Polygon([(0, 0), (1e-9, 0), (0, 1e-9)])
    assert topology((speck,)).outlines == [{"type": "Polygon", "arcs": [[0]]}]
