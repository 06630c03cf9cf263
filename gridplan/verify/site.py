"""One village laid out in metres, so that distances and areas can be worked out anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.verify.layers import Grid, Home, Plan, grouped


@dataclass(frozen=True)
class Site:
    """One village on a plane of its own, in metres: its households and the shapes that can be measured."""

    name: str
    homes: tuple[Home, ...]
    xy: NDArray[np.float64]
    grids: tuple[Grid, ...]
    outlines: tuple[BaseGeometry | None, ...]
    boundary: BaseGeometry | None

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
        )


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
