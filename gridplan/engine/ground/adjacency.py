"""Adjacency: the neighbours whose ground has a common border within the boundary, so that one outline can hold both."""

from __future__ import annotations

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import Delaunay
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates.village_parts import village_parts
from gridplan.engine.ground.barriers import Barriers
from gridplan.engine.ground.cells import TOUCHING, Sites, tessellate
from gridplan.engine.model.proximity import (
    Corners,
    Floats,
    Ints,
    Locations,
    adjacency,
    circumcentres,
    rejoin,
    straight_distance,
)

FAR = 10.0
"""Widths of a village at which four points are set around it, so that every Voronoi cell within is finite."""


def neighbours(locations: Locations, xy: Floats, barriers: Barriers | None = None) -> Ints:
    """Return the edges (e, 2) of the Delaunay graph of locations, given households (n, 2).

    They are less what barriers cut, and those over a gap so wide that the village is hardly one.
    """
    edges = adjacency(locations.xy)
    if (part_of := village_parts(xy)).any():
        part = np.empty(len(locations.xy), np.intp)
        part[locations.of] = part_of
        edges = edges[part[edges[:, 0]] == part[edges[:, 1]]]
    if not barriers or not len(edges):
        return edges
    at = np.empty_like(locations.xy)
    at[locations.of] = xy
    return edges[~barriers.parted_edges(edges, at)]


def touching_neighbours(
    locations: Locations, sites: Sites, boundary: BaseGeometry, edges: Ints, barriers: Barriers | None
) -> Ints:
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
    return rejoin(edges, kept, len(locations.xy))


def _touching(sites: Floats, boundary: BaseGeometry) -> Ints:
    """Return the pairs (e, 2) of sites, smaller first, whose Voronoi cells share enough of a border inside."""
    centre = (sites.max(axis=0) + sites.min(axis=0)) / 2
    width = np.ptp(np.vstack([sites, np.reshape(boundary.bounds, (2, 2))]), axis=0).max() + 1.0
    around = FAR * width * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    division = Delaunay(np.vstack([sites - centre, around]))
    pairs, ends = _borders(division.points, division.simplices, division.neighbors, len(sites))
    borders = shapely.linestrings(ends + centre)
    shapely.prepare(boundary)
    inside = shapely.covers(boundary, borders)
    partly = np.flatnonzero(~inside & shapely.intersects(boundary, borders))
    deep = _deep_inside(boundary, ends[partly] + centre).any(axis=1)
    inside[partly[deep]] = True
    partly = partly[~deep]
    inside[partly] = shapely.length(shapely.intersection(boundary, borders[partly])) >= TOUCHING
    return pairs[inside]


def _deep_inside(boundary: BaseGeometry, xy: Floats) -> NDArray[np.bool_]:
    """Return which points (..., 2) are so far inside that a border which ends there is long enough inside."""
    points, line = shapely.points(xy), shapely.boundary(boundary)
    shapely.prepare(line)
    return shapely.intersects(boundary, points) & ~shapely.dwithin(line, points, TOUCHING)


@njit(cache=True, error_model="numpy")
def _borders(points: Floats, corners: Corners, beyond: Corners, count: int) -> tuple[Ints, Floats]:
    """Return the pairs (e, 2) of the first `count` points whose Voronoi cells share a border, and its ends (e, 2, 2).

    Takes the triangles of a Delaunay triangulation and those beyond their sides, all (t, 3).
    """
    centre = circumcentres(points, corners)
    pairs, ends = np.empty((3 * len(corners), 2), np.int64), np.empty((3 * len(corners), 2, 2))
    found = 0
    for this in range(len(corners)):
        for corner in range(3):
            other = beyond[this, corner]
            one, two = corners[this, (corner + 1) % 3], corners[this, (corner + 2) % 3]
            if other > this and max(one, two) < count and straight_distance(centre[this], centre[other]) >= TOUCHING:
                pairs[found, 0], pairs[found, 1] = min(one, two), max(one, two)
                ends[found, 0], ends[found, 1] = centre[this], centre[other]
                found += 1
    return pairs[:found], ends[:found]
