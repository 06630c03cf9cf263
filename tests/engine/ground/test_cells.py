"""The ground of a village in faces: they tile it, each is nearest to its site, and lines cut them."""

import numpy as np
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from gridplan.engine.ground.cells import voronoi_faces


def on_a_circle(random, count):
    angle = random.uniform(0, 2 * np.pi, count)
    return 50 + random.uniform(5, 40) * np.column_stack([np.cos(angle), np.sin(angle)])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.integers(1, 80), st.sampled_from([0.02, 1.0, 20.0]), st.booleans())
@example(435, 10, 1.0, False)
@example(7, 60, 0.02, True)
def test_faces_tile_the_ground_and_each_is_nearest_to_its_site(seed, count, spread, has_line):
    random = np.random.default_rng(seed)
    sites = np.vstack([on_a_circle(random, count % 12), random.normal(50, spread, (count, 2))])
    sites = np.unique(np.round(sites.clip(1, 99), 2), axis=0)
    ground = shapely.box(0, 0, 100, 100).difference(shapely.Point(random.uniform(0, 100, 2)).buffer(3))
    sites = sites[shapely.contains_xy(ground.buffer(-0.01), sites)]
    lines = [shapely.LineString([(-10, random.uniform(0, 100)), (110, random.uniform(0, 100))])] if has_line else []
    faces, nearest = voronoi_faces(sites, ground, lines)
    assert shapely.is_valid(faces).all()
    assert shapely.coverage_is_valid(faces)
    assert abs(shapely.area(faces).sum() - ground.area) < 0.05
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    found, best = np.linalg.norm(inside - sites[nearest], axis=1), cKDTree(sites).query(inside)[0]
    assert (found < best + 0.001).all()
    crossed = shapely.intersects(shapely.buffer(faces, -0.001), shapely.union_all(lines))
    assert not crossed.any()
