"""Whether outlines and boundaries are sound, tile the village, overlap nothing and hold their households.

Distances and areas are worked out anew, in metres on a plane of each village's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.verify.findings import Finding, note, violation
from gridplan.verify.layers import Grid, Home, Plan, grouped

OUTLINE_METRES: Final = 0.5
BOUNDARY_METRES: Final = 0.001
OVERLAP_M2: Final = 1.0
PIECE_M2: Final = 1.0
TILING_SHARE: Final = 0.001
AROUND_DEGREES: Final = 0.02


@dataclass(frozen=True)
class Site:
    """One village on a plane of its own, in metres: its households and the shapes that can be measured."""

    name: str
    homes: tuple[Home, ...]
    xy: NDArray[np.float64]
    grids: tuple[Grid, ...]
    outlines: tuple[BaseGeometry | None, ...]
    boundary: BaseGeometry | None
    barriers: NDArray[np.object_]
    """Those near the village."""

    @cached_property
    def members(self) -> Mapping[str, NDArray[np.intp]]:
        """The rows of the households of each of the village's grids."""
        rows: dict[str, list[int]] = {grid.grid_id: [] for grid in self.grids}
        for row, home in enumerate(self.homes):
            if home.grid_id in rows:
                rows[home.grid_id].append(row)
        return {grid_id: np.array(inside, np.intp) for grid_id, inside in rows.items()}


def sites_of(plan: Plan) -> Iterator[Site]:
    """Return the site of every village that is drawn and has a household with a position."""
    grids_of = grouped(plan.grids.values(), lambda grid: grid.village)
    for name, homes in plan.of_village.items():
        known = [home for home in homes if home.lon == home.lon]
        if not known or name in plan.undrawn:
            continue
        lonlat = np.array([(home.lon, home.lat) for home in known])
        frame = LocalFrame.around(lonlat)
        xy = frame.to_metres(lonlat)
        near = np.flatnonzero(np.isfinite(xy).all(axis=1))
        if not len(near):
            continue
        grids = tuple(grids_of.get(name, ()))
        village = plan.villages.get(name)
        yield Site(
            name=name,
            homes=tuple(known[row] for row in near),
            xy=xy[near],
            grids=grids,
            outlines=tuple(_measurable(grid.outline, frame) for grid in grids),
            boundary=_measurable(village.boundary, frame) if village else None,
            barriers=_near(plan.barriers, lonlat[near], frame),
        )


def _near(barriers: Sequence[BaseGeometry], lonlat: NDArray[np.float64], frame: LocalFrame) -> NDArray[np.object_]:
    """Return the lines and areas around households, in metres."""
    around = shapely.box(*shapely.multipoints(lonlat).bounds + AROUND_DEGREES * np.array([-1, -1, 1, 1]))
    parts = [shapely.intersection(shapely.make_valid(one), around) for one in barriers if one.intersects(around)]
    return np.array([frame.shape_to_metres(shapely.segmentize(part, 0.01)) for part in parts], object)


def is_drawn(shape: BaseGeometry | None) -> bool:
    """Return whether a shape is an area at all."""
    return shape is not None and shape.geom_type in {"Polygon", "MultiPolygon"} and not shape.is_empty


def is_sound(shape: BaseGeometry | None) -> bool:
    """Return whether a shape is an area that does not cross itself."""
    return shape is not None and is_drawn(shape) and bool(shape.is_valid)


def _measurable(shape: BaseGeometry | None, frame: LocalFrame) -> BaseGeometry | None:
    """Return a shape in metres if it is an area that does not cross itself, neither in degrees nor in metres."""
    if shape is None or not is_sound(shape):
        return None
    ground = frame.shape_to_metres(shape)
    return ground if ground.is_valid else None


def shapes(plan: Plan, sites: Sequence[Site]) -> Iterator[Finding]:
    """Check that every grid and every village has an area that does not cross itself."""
    for grid in plan.grids.values():
        if not is_drawn(grid.outline) and grid.village not in plan.undrawn:
            yield violation("outline_missing", grid.village, grid.grid_id)
    for name, village in plan.villages.items():
        if not is_drawn(village.boundary) and name not in plan.undrawn:
            yield violation("boundary_missing", name)
    for site in sites:
        for grid, ground in zip(site.grids, site.outlines, strict=True):
            if ground is None and is_drawn(grid.outline):
                yield violation("outline_invalid", site.name, grid.grid_id)
    unusable = {site.name for site in sites if site.boundary is None}
    unusable |= {name for name in plan.undrawn if name in plan.villages and not is_sound(plan.villages[name].boundary)}
    for name, village in plan.villages.items():
        if name in unusable and is_drawn(village.boundary):
            yield violation("boundary_invalid", name)


def positions(plan: Plan, sites: Sequence[Site]) -> Iterator[Finding]:
    """Check that every household could be put on the ground; in villages that are not drawn, at least those placed."""
    placed = {home.household_id for site in sites for home in site.homes}
    for name in sorted(plan.undrawn):
        homes = plan.of_village[name]
        placed |= {home.household_id for home in homes if home.lon == home.lon or home.position == "hamlet"}
        yield note("not_drawn", name, placed=sum(home.position != "hamlet" for home in homes), n=len(homes))
    for home in plan.homes:
        if home.household_id not in placed:
            yield violation("household_position", home.village, household=home.household_id)


def strays(sites: Sequence[Site]) -> Iterator[Finding]:
    """Check that households lie in their own outline; those outside the boundary of their village are exempt."""
    for site in sites:
        points = np.array(shapely.points(site.xy), object)
        outside = np.zeros(len(points), np.bool_)
        if site.boundary is not None:
            shapely.prepare(site.boundary)
            outside = ~np.asarray(shapely.dwithin(site.boundary, points, BOUNDARY_METRES))
        for grid, ground in zip(site.grids, site.outlines, strict=True):
            rows = site.members[grid.grid_id]
            rows = rows[~outside[rows]]
            away = shapely.distance(ground, points[rows])
            for row in np.flatnonzero(away > OUTLINE_METRES):
                values = {"household": site.homes[rows[row]].household_id, "metres": f"{away[row]:.1f}"}
                yield violation("household_astray", site.name, grid.grid_id, **values)
        if n := int(outside.sum()):
            yield note("households_outside", site.name, n=n)


def tilings(sites: Sequence[Site]) -> Iterator[Finding]:
    """Check that the outlines of a village meet edge to edge and together are the village."""
    for site in sites:
        if not site.grids or any(ground is None for ground in site.outlines):
            continue  # told of already
        amiss = _unsound(site.outlines) | _unsound([grid.outline for grid in site.grids])
        if rows := np.flatnonzero(amiss).tolist():
            listed = ", ".join(site.grids[row].grid_id for row in rows[:5])
            yield violation("coverage", site.name, grids=listed, n=len(rows))
        if site.boundary is not None:
            union = shapely.union_all(site.outlines)
            blank, beyond = site.boundary.difference(union).area, union.difference(site.boundary).area
            if (share := (blank + beyond) / site.boundary.area) > TILING_SHARE:
                values = {"blank": f"{blank:.0f}", "beyond": f"{beyond:.0f}", "share": f"{share:.2%}"}
                yield violation("tiling", site.name, **values)


def _unsound(shapes: Sequence[BaseGeometry | None]) -> NDArray[np.bool_]:
    """Return which shapes overlap a neighbour or share an edge with it that has other vertices there."""
    return ~shapely.is_empty(shapely.coverage_invalid_edges(np.array(shapes, object)))


def overlaps(plan: Plan, sites: Sequence[Site]) -> Iterator[Finding]:
    """Check that no two outlines of the town overlap, nor two boundaries."""
    sound = [
        grid for site in sites for grid, ground in zip(site.grids, site.outlines, strict=True) if ground is not None
    ]
    for one, other, area in _overlapping([grid.outline for grid in sound]):
        first, second = sound[one], sound[other].grid_id
        yield violation("outlines_overlap", first.village, first.grid_id, other=second, area=f"{area:.1f}")
    names = {site.name for site in sites if site.boundary is not None}
    names |= {name for name in plan.undrawn & plan.villages.keys() if is_sound(plan.villages[name].boundary)}
    villages = [village for name, village in plan.villages.items() if name in names]
    for one, other, area in _overlapping([village.boundary for village in villages]):
        yield violation("boundaries_overlap", villages[one].name, other=villages[other].name, area=f"{area:.1f}")


def _overlapping(areas: Sequence[BaseGeometry | None]) -> Iterator[tuple[int, int, float]]:
    """Return the pairs of areas with more than a square metre in common, and how much.

    They are cut as they are stored: an edge straight in degrees is bent in metres, and neighbours must agree on it.
    """
    if not areas:
        return
    stored = np.array(areas, object)
    one, other = shapely.STRtree(stored).query(stored, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = shapely.intersection(stored[one], stored[other])
    frame = LocalFrame.around(shapely.get_coordinates(stored))
    area = shapely.area(shapely.transform(common, frame.to_metres))
    for pair in np.flatnonzero(area > OVERLAP_M2).tolist():
        yield int(one[pair]), int(other[pair]), float(area[pair])


def pieces(sites: Sequence[Site]) -> Iterator[Finding]:
    """Check that outlines are in one piece wherever the boundary is; where the plan says otherwise, that is a note."""
    for site in sites:
        islands = shapely.get_parts(site.boundary)
        lived_in = islands[shapely.intersects(islands, shapely.multipoints(site.xy))]
        for grid, ground in zip(site.grids, site.outlines, strict=True):
            if (parts := len(_sizeable_parts(ground))) > 1:
                n = max((len(_sizeable_parts(shape)) for shape in shapely.intersection(ground, lived_in)), default=0)
                if n > 1:
                    say, rule = (note, "pieces_listed") if parts <= grid.pieces else (violation, "pieces")
                    yield say(rule, site.name, grid.grid_id, n=n)


def _sizeable_parts(shape: BaseGeometry | None) -> NDArray[np.object_]:
    parts = shapely.get_parts(shape)
    return parts[shapely.area(parts) > PIECE_M2]
