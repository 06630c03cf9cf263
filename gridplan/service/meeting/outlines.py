"""Outlines as material for meetings shows them where no household is to be found on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.exchange.cartography.drawn import Ground, SheetGrid, SheetVillage
from gridplan.exchange.map_colours import NEIGHBOUR_DEGREES
from gridplan.profiles import FEWEST

METRES_PER_DEGREE: Final = 111_319.49
"""At the equator, where a plane of its own is put: there a degree is as long to the east as to the north."""

Place = tuple[float, float]


def without_lone_houses(
    outlines: Sequence[BaseGeometry | None], places: Sequence[Sequence[Place]]
) -> list[BaseGeometry | None]:
    """Return the outlines of the grids of a village, detached pieces around a single house merged into what is around.

    A piece that borders on no other grid is left out; the piece of a grid in which most of it lives always stays.

    Parameters
    ----------
    places
        Of each grid where its households stand, once for each household.
    """
    pieces = [[] if outline is None else list(shapely.get_parts(outline)) for outline in outlines]
    lone: list[BaseGeometry] = []
    for parts, homes in zip(pieces, places, strict=True):
        inside = _places_in(parts, homes) if len(parts) > 1 else []
        main = max(range(len(inside)), key=lambda n: (len(inside[n]), parts[n].area), default=0)
        alone = [n for n, of in enumerate(inside) if n != main and _is_lone(of)]
        lone += [parts[n] for n in alone]
        parts[:] = [part for n, part in enumerate(parts) if n not in alone]
    for part in lone:
        shared = [_border(part, parts) for parts in pieces]
        if (most := max(shared)) > 0:
            pieces[shared.index(most)].append(part)
    return [None if outlines[at] is None else shapely.union_all(parts) for at, parts in enumerate(pieces)]


def _places_in(parts: Sequence[BaseGeometry], places: Sequence[Place]) -> list[list[Place]]:
    """Return the places in each part; one on none of them is in the nearest."""
    inside: list[list[Place]] = [[] for _ in parts]
    if places:
        near = shapely.STRtree(parts).nearest(shapely.points(np.array(places)))
        for place, part in zip(places, near.tolist(), strict=True):
            inside[part].append(place)
    return inside


def _is_lone(places: Sequence[Place]) -> bool:
    """Return whether these are a single house; a block of flats is a crowd."""
    return len({*places}) == 1 and len(places) < FEWEST


def _border(part: BaseGeometry, parts: Sequence[BaseGeometry]) -> float:
    around = shapely.buffer(part, NEIGHBOUR_DEGREES)
    return float(sum(shapely.length(shapely.intersection(shapely.boundary(one), around)) for one in parts))


def on_own_plane(villages: Sequence[SheetVillage], ground: Ground) -> tuple[list[SheetVillage], Ground]:
    """Return villages and ground on a plane of their own, about 0, 0: nothing tells where on the earth they lie."""
    shapes = [shape for village in villages for shape in (*village.outlines, village.boundary) if shape is not None]
    if not shapes:  # nothing is drawn
        return [replace(one, hamlets=()) for one in villages], Ground()
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    frame = LocalFrame((west + east) / 2, (south + north) / 2)

    def degrees(lonlat: NDArray[Any]) -> NDArray[Any]:
        return frame.to_metres(lonlat) / METRES_PER_DEGREE

    def moved(shape: BaseGeometry | None) -> BaseGeometry | None:
        return None if shape is None else shapely.transform(shape, degrees)

    def place(lonlat: Place) -> Place:
        ((lon, lat),) = degrees(np.array([lonlat])).tolist()
        return lon, lat

    def grid(one: SheetGrid) -> SheetGrid:
        marks = tuple(replace(mark, lonlat=place(mark.lonlat)) for mark in one.marks)
        return replace(one, outline=moved(one.outline), marks=marks)

    def village(one: SheetVillage) -> SheetVillage:
        hamlets = tuple((name, place(lonlat)) for name, lonlat in one.hamlets)
        return replace(one, boundary=moved(one.boundary), grids=tuple(map(grid, one.grids)), hamlets=hamlets)

    layers = {name: tuple(map(moved, getattr(ground, name))) for name in ground.__dataclass_fields__}
    return [village(one) for one in villages], Ground(**layers)
