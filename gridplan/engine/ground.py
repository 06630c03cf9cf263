"""Whose ground touches whose within a village's boundary: the neighbours whom one outline may join."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.spatial import Voronoi
from shapely.geometry.base import BaseGeometry

from gridplan.engine.barriers import Barriers
from gridplan.engine.cells import TOUCHING, Sites, tessellate
from gridplan.engine.proximity import Floats, Ints, Locations, adjacency, rejoined

FAR = 10.0
"""Widths of a village at which four points are set around it, so that every Voronoi cell within is finite."""


def neighbours(locations: Locations, xy: Floats, barriers: Barriers | None = None) -> Ints:
    """Return the edges (e, 2) of the Delaunay graph of locations, less what barriers cut, given households (n, 2)."""
    edges = adjacency(locations.xy)
    if not barriers or not len(edges):
        return edges
    at = np.empty_like(locations.xy)
    at[locations.of] = xy
    return edges[~barriers.parted(at[edges])]


def beside(locations: Locations, sites: Sites, boundary: BaseGeometry, edges: Ints, barriers: Barriers | None) -> Ints:
    """Return those of the edges (e, 2) between locations whose ground has a common border inside the boundary.

    So outlines are of one piece. Where that takes parts of the village apart that the edges joined (its boundary has
    several pieces), the edges between them stay.
    """
    site = np.empty(len(locations.xy), np.int64)
    site[locations.of] = sites.of
    ends = np.sort(site[edges], axis=1)
    count = len(sites.xy)
    touching = tessellate(sites.xy, boundary, barriers=barriers).touching if barriers else _touching(sites.xy, boundary)
    kept = (ends[:, 0] == ends[:, 1]) | np.isin(
        ends[:, 0] * count + ends[:, 1], touching[:, 0] * count + touching[:, 1]
    )
    return rejoined(edges, kept, len(locations.xy))


def _touching(sites: Floats, boundary: BaseGeometry) -> Ints:
    """Return the pairs (e, 2) of sites, smaller first, whose Voronoi cells share enough of a border inside."""
    centre = (sites.max(axis=0) + sites.min(axis=0)) / 2
    width = np.ptp(np.vstack([sites, np.reshape(boundary.bounds, (2, 2))]), axis=0).max() + 1.0
    around = FAR * width * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    division = Voronoi(np.vstack([sites - centre, around]))
    pairs, ends = division.ridge_points, np.array(division.ridge_vertices)
    within = (pairs < len(sites)).all(axis=1) & (ends >= 0).all(axis=1)
    pairs = np.sort(pairs[within], axis=1).astype(np.int64)
    start, end = (division.vertices[ends[within, side]] + centre for side in (0, 1))
    long_enough = np.hypot(*(end - start).T) >= TOUCHING
    pairs, borders = pairs[long_enough], shapely.linestrings(np.stack([start, end], axis=1)[long_enough])
    shapely.prepare(boundary)
    inside = shapely.covers(boundary, borders)
    partly = np.flatnonzero(~inside & shapely.intersects(boundary, borders))
    inside[partly] = shapely.length(shapely.intersection(boundary, borders[partly])) >= TOUCHING
    return pairs[inside]
