"""The sides that barriers, or a wide gap, part a village into, and those too small, which are joined to a neighbour."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gridplan.engine.ground.adjacency import neighbours, touching_neighbours
from gridplan.engine.ground.cells import Sites
from gridplan.engine.model.parts import join_parts, pieces
from gridplan.engine.model.proximity import Floats, Ints, Locations
from gridplan.engine.model.settings import Settings
from gridplan.engine.village import VillageData


class Sides(NamedTuple):
    """Neighbours among the locations of a village's households, and the sides that barriers part it into."""

    edges: Ints
    """(e, 2) locations; over a barrier only at crossings, and at a gate where sides had to be joined."""
    side: Ints
    """(n,) the side of each household."""
    group: Ints
    """(n,) sides that are cut together: each on its own, unless it cannot be cut."""


def sides(village: VillageData, locations: Locations, settings: Settings) -> Sides:
    """Return the sides of a village with households on these locations.

    A side that cannot be cut into grids within the bounds is joined to a neighbour at a single location, the one
    nearest across: so no more than one grid lies on both sides, unless flats stand there. Over a gap nothing is joined.
    """
    here, count = village.barriers_within, len(locations.xy)
    sites = Sites.within(village.boundary, village.xy, here)
    edges = touching_neighbours(
        locations, sites, village.boundary, neighbours(locations, village.xy, village.barriers), here
    )
    side = pieces(edges, count)
    if not side.any():
        return Sides(edges, side[locations.of], side[locations.of])
    links = neighbours(locations, village.xy)
    size, length = np.bincount(locations.of), _lengths(locations, links)
    together = join_parts(side, size, links, length, least=settings.least, most=settings.most)
    edges = np.unique(np.vstack([edges, together.opened(links, side)]), axis=0)
    return Sides(edges, side[locations.of], together.group[locations.of])


def household_links(locations: Locations, edges: Ints) -> tuple[Ints, Floats]:
    """Return pairs (l, 2) of households that hold together what edges (e, 2) of their locations do, and their lengths.

    The first of each location stands for it, and the others follow one by one.
    """
    resident = np.argsort(locations.of, kind="stable")
    place = locations.of[resident]
    first = resident[np.searchsorted(place, np.arange(len(locations.xy)))]
    same = place[:-1] == place[1:]
    within = np.column_stack([resident[:-1][same], resident[1:][same]])
    return np.vstack([first[edges], within]), np.concatenate([_lengths(locations, edges), np.zeros(len(within))])


def _lengths(locations: Locations, edges: Ints) -> Floats:
    return np.asarray(np.linalg.norm(locations.xy[edges[:, 0]] - locations.xy[edges[:, 1]], axis=1), float)
