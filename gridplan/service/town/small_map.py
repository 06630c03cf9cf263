"""What the small map on a page draws: a few outlines and dots, as GeoJSON and places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import RowMapping

from gridplan.exchange.map_colours import tints
from gridplan.exchange.map_data import DECIMALS, geojson, labels
from gridplan.service.town.pages import GridPage, GridRow, HouseholdPage, VillagePage
from gridplan.store.registry.placement import Place

SmallMap = dict[str, Any]
NO_PLACES: Final[Mapping[str, Place]] = {}


def of_village(page: VillagePage) -> SmallMap:
    """Return a village: its boundary, its grids, its households that are in none, its hamlets."""
    boundary = page.plan["boundary"] if page.plan is not None else page.village["boundary"]
    waiting = Counter({hamlet.name or "": hamlet.unplaced for hamlet in page.hamlets})
    return {
        "boundary": geojson([boundary])[0],
        "grids": _grids(page.grids),
        "dots": _dots(page.loose, loose=True),
        "anchors": [[name, *_place(*place), waiting[name]] for name, place in page.anchors.items()],
    }


def of_grid(page: GridPage) -> SmallMap:
    """Return a grid among those beside it, with its households."""
    near = {one.number for one in page.all if one is page.grid or _touch(one.outline, page.grid.outline)}
    return {
        "boundary": geojson([page.plan["boundary"]])[0],
        "grids": [grid for grid in _grids(page.all, here=page.grid) if grid["number"] in near],
        "dots": _dots(page.households),
        "anchors": _anchors(page.households, page.anchors),
    }


def of_household(page: HouseholdPage) -> SmallMap:
    """Return a household in its grid, among the others of it."""
    drawn = of_grid(page.grid) if page.grid else {"boundary": None, "grids": [], "dots": [], "anchors": []}
    home = page.home
    if home["lon"] is not None:
        if page.grid is None:
            drawn |= {"dots": _dots([home], loose=True), "anchors": _anchors([home])}
        drawn["here"] = _place(home["lon"], home["lat"])
    return drawn


def of_member(home: RowMapping, pages: Iterable[GridPage], *, links: bool = True) -> SmallMap:
    """Return the grids of a member with their households, and the home of the member."""
    pages = tuple(pages)
    drawn: SmallMap = {
        "boundary": None,
        "grids": _grids([page.grid for page in pages], links=links),
        "dots": _dots(one for page in pages for one in page.households),
        "anchors": _anchors(one for page in pages for one in page.households),
    }
    if home["lon"] is not None:
        drawn["home"] = _place(home["lon"], home["lat"])
    return drawn


def _grids(grids: Iterable[GridRow], here: GridRow | None = None, *, links: bool = True) -> list[Mapping[str, Any]]:
    drawn = [grid for grid in grids if grid.outline is not None]
    drawings = _drawings(tuple(grid.outline for grid in drawn))
    return [
        {
            "number": grid.number,
            "tint": tint,
            "shape": shape,
            "label": label,
            "href": f"/grids/{grid.plan_id}/{grid.number}" if links else None,
            "here": here is None or grid is here,
        }
        for grid, (tint, shape, label) in zip(drawn, drawings, strict=True)
    ]


@lru_cache(maxsize=64)
def _drawings(outlines: tuple[BaseGeometry, ...]) -> list[tuple[int, object, list[float] | None]]:
    """Return tint, shape and label of each outline; kept for the plans looked at last, for they take longest of all."""
    return list(zip(tints(outlines), geojson(outlines), labels(outlines), strict=True))


def _dots(homes: Iterable[RowMapping], *, loose: bool = False) -> list[Mapping[str, Any]]:
    return [
        {
            "id": home["id"],
            "at": _place(home["lon"], home["lat"]),
            "text": home["name"] or home["code"],
            "door": home["door"],
            "loose": loose,
        }
        for home in homes
        if home["lon"] is not None and home["position"] == "exact"
    ]


def _anchors(homes: Iterable[RowMapping], others: Mapping[str, Place] = NO_PLACES) -> list[list[Any]]:
    """Return the hamlets at whose places households stand that have none of their own, with how many; then others."""
    waiting = [home for home in homes if home["lon"] is not None and home["position"] != "exact"]
    standing = Counter((home["hamlet"] or "", *_place(home["lon"], home["lat"])) for home in waiting)
    for name, place in others.items():
        standing.setdefault((name, *_place(*place)), 0)
    return [[*hamlet, n] for hamlet, n in standing.items()]


def _place(lon: float, lat: float) -> list[float]:
    return [round(lon, DECIMALS), round(lat, DECIMALS)]


def _touch(one: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    return one is not None and other is not None and bool(shapely.dwithin(one, other, 1e-5))
