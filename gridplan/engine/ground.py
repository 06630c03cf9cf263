"""The ground of a village: the locations of its households, their neighbours, and the cells they stand in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from shapely.geometry.base import BaseGeometry

from gridplan.engine.cells import Cells, Sites, tessellate
from gridplan.engine.proximity import Floats, Graph, Ints, Locations, adjacency, rejoined


class Ground(NamedTuple):
    """Who lives where in a village, who is whose neighbour, and whose ground is where."""

    locations: Locations
    neighbours: Graph
    beside: Graph
    """Those neighbours whose ground touches."""
    sites: Sites
    cells: Cells


def ground_of(xy: Floats, boundary: BaseGeometry) -> Ground:
    """Return the ground of households at (n, 2) metres within a boundary."""
    locations = Locations.distinct(xy)
    edges = adjacency(locations.xy)
    sites = Sites.within(boundary, xy)
    cells = tessellate(sites.xy, boundary)
    touching = _with_common_border(edges, locations, sites, cells)
    neighbours, beside = (Graph.of_edges(ends, len(locations.xy)) for ends in (edges, touching))
    return Ground(locations, neighbours, beside, sites, cells)


def _with_common_border(neighbours: Ints, locations: Locations, sites: Sites, cells: Cells) -> Ints:
    """Return the edges between neighbours whose ground touches inside the boundary, so that outlines are of one piece.

    Where that leaves parts of the village apart (its boundary has several pieces), the edges between them stay.
    """
    site = np.empty(len(locations.xy), np.int64)
    site[locations.of] = sites.of
    ends = np.sort(site[neighbours], axis=1)
    count = len(sites.xy)
    touching = cells.touching[:, 0] * count + cells.touching[:, 1]
    kept = (ends[:, 0] == ends[:, 1]) | np.isin(ends[:, 0] * count + ends[:, 1], touching)
    return rejoined(neighbours, kept, len(locations.xy))
