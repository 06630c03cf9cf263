"""What any map of a town draws, in JSON: the outlines of grids and villages, their labels, the words; and households.

The single-file map and the pages draw the same; neither folium nor a font is needed here. Outlines come first, for they
are what a map begins with; households are far more, and come by village.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypedDict

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import REACH_KM, LocalFrame, box_without_strays
from gridplan.exchange.map_colours import tints, views
from gridplan.exchange.map_hamlets import marks
from gridplan.exchange.topology import topology
from gridplan.model import DrawnGrid, PlannedVillage, TownPlan, grid_id
from gridplan.positions import HamletPositions, hamlets_of, next_step, town_step
from gridplan.words import Lang, metres, say, series, words

STRAYS_NAMED: Final = 5
DECIMALS: Final = 6
"""Of a degree: 0.1 m, finer than any drawing."""


class CarriedContact(TypedDict):
    """How far contact reaches, as a map carries it: ways to colour it, and what is told."""

    views: list[dict[str, Any]]
    """Grids in the order of the map."""
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class VillageHomes:
    """What a map says of the households of a village before it has them."""

    households: int
    in_no_grid: int
    share_places: bool = False
    """Whether several with a position of their own live on one spot."""
    amid: tuple[float, float] | None = None
    """Where most of them stand."""
    hamlets: tuple[HamletPositions, ...] = ()
    """None where nothing may be told of households."""
    strays: tuple[str, ...] = ()
    """What those are called that stand far from all others of the village."""


def homes_of(village: PlannedVillage) -> VillageHomes:
    """Return what a map says of the households of a village."""
    plan = village.plan
    at = Counter((home.lon, home.lat) for home in plan.households if home.has_place)
    own = Counter((home.lon, home.lat) for home in plan.households if home.has_place and home.position == "exact")
    return VillageHomes(
        len(plan.households),
        len(plan.left_out),
        share_places=own.total() > len(own),
        amid=max(at, key=lambda place: at[place], default=None),
        hamlets=hamlets_of(plan.households, plan.grid_of),
    )


def town_title(town: TownPlan, lang: Lang) -> str:
    """Return what to call a plan: by its village, or by how many there are."""
    if len(town.villages) == 1:
        return say("map.title_one", lang, village=town.villages[0].plan.village)
    return say("map.title_many", lang, n=len(town.villages))


def map_data(town: TownPlan, lang: Lang, homes: Mapping[str, VillageHomes] | None = None) -> dict[str, Any]:
    """Return what the script draws first: a topology of grids and villages (TopoJSON), and the words of `lang`.

    What has no place on the map has neither geometry nor label: a grid that is not drawn, a village nobody can place.
    A `label` is longitude, latitude and metres of room around them. `homes` are by village;
    without them they are those of the plan.
    """
    homes = homes or {village.plan.village: homes_of(village) for village in town.villages}
    drawn = [(village, grid) for village in range(len(town.villages)) for grid in town.villages[village].grids]
    index_of = {(village, grid.number): index for index, (village, grid) in enumerate(drawn)}
    names = [village.plan.village for village in town.villages]
    step = town_step([homes[name].hamlets for name in names])
    found = topology((*(grid.outline for _, grid in drawn), *(village.boundary for village in town.villages)))
    outlines = iter(found.outlines)

    def layer(properties: Iterable[dict[str, object]]) -> dict[str, object]:
        return {
            "type": "GeometryCollection",
            "geometries": [next(outlines) | {"properties": one} for one in properties],
        }

    grids = layer(_grids(town, drawn, lang))
    return {
        "type": "Topology",
        "transform": found.transform,
        "arcs": found.arcs,
        "objects": {"grids": grids, "villages": layer(_villages(town, lang, homes))},
        "lang": lang,
        "words": words("map.", lang),
        "bounds": {
            "least": min((village.bounds.least for village in town.villages), default=0),
            "most": max((village.bounds.most for village in town.villages), default=0),
        },
        "views": views(town, lang),
        "hamlets": [
            mark for index, name in enumerate(names) for mark in marks(homes[name].hamlets, name, index, index_of, lang)
        ],
        "positions": step and step.say(lang),
        "around": around_town(town),
    }


def around_village(village: PlannedVillage) -> list[float] | None:
    """Return the box that a map of a village shows: a grid that one stray household stretches does not count."""
    outlines = [grid.outline for grid in village.grids if grid.outline is not None]
    if village.boundary is not None and (village.boundary_given or not outlines):
        outlines = [village.boundary]
    return _rounded(box_without_strays([outline.bounds for outline in outlines if not outline.is_empty]))


def around_town(town: TownPlan) -> list[float] | None:
    """Return the box that a map of a town shows, without a village that lies nowhere near the others."""
    boxes = [box for village in town.villages if (box := around_village(village))]
    return _rounded(box_without_strays(boxes, REACH_KM * 1000))


def _rounded(box: tuple[float, ...] | None) -> list[float] | None:
    return None if box is None else [round(degrees, DECIMALS) for degrees in box]


def places(village: PlannedVillage, lang: Lang) -> list[dict[str, Any]]:
    """Return where the households of a village stand; those that are on no map come last, and have no lon and lat.

    With `at_hamlet` the households of a place have no position of their own. Its `households` are rows of id, number of
    the grid (null: in none), name, door, hamlet and the reason of being in no grid, cut after the last value.
    """
    plan = village.plan
    rows_at: dict[tuple[bool, float | None, float | None], list[list[object]]] = defaultdict(list)
    for home in sorted(plan.households, key=lambda home: not home.has_place):
        code = home.household_id
        why = plan.left_out[code].say(lang) if code in plan.left_out else None
        row: list[object] = [code, plan.grid_of.get(code), home.name, home.door, home.hamlet, why]
        while row[-1] is None:
            row.pop()
        lonlat = (round(home.lon, DECIMALS), round(home.lat, DECIMALS)) if home.has_place else (None, None)
        rows_at[home.position == "hamlet" or not home.has_place, *lonlat].append(row)
    return [
        {"lon": lon, "lat": lat, "at_hamlet": at_hamlet, "households": rows}
        for (at_hamlet, lon, lat), rows in rows_at.items()
    ]


def _grids(town: TownPlan, drawn: list[tuple[int, DrawnGrid]], lang: Lang) -> Iterator[dict[str, object]]:
    name_of: dict[str | None, str] = {member.member_id: member.name for member in town.members}
    drawings = _drawings(tuple(grid.outline for _, grid in drawn))
    for (index, grid), (label, tint) in zip(drawn, drawings, strict=True):
        village = town.villages[index]
        yield {
            "id": grid_id(village.plan.village, grid.number),
            "number": grid.number,
            "village": index,
            "size": grid.size,
            "walk": None if grid.walk_m is None else metres(grid.walk_m, lang),
            "lead": name_of.get(lead := town.leads.get((village.plan.village, grid.number)), lead),
            "broken": list(_broken(village, grid, lang)),
            "tint": tint,
            "label": label,
        }


def _broken(village: PlannedVillage, grid: DrawnGrid, lang: Lang) -> Iterator[dict[str, str]]:
    n, bounds = village.counted_in(grid), village.bounds
    if n < bounds.least:
        yield {"mark": "small", "text": say("map.too_small", lang, n=n, least=bounds.least)}
    if n > bounds.most:
        yield {"mark": "large", "text": say("map.too_large", lang, n=n, most=bounds.most)}
    if not grid.connected:
        yield {"mark": "pieces", "text": say("map.not_connected", lang)}


def _villages(town: TownPlan, lang: Lang, homes: Mapping[str, VillageHomes]) -> Iterator[dict[str, object]]:
    drawings = _drawings(tuple(village.boundary for village in town.villages))
    for village, (label, tint) in zip(town.villages, drawings, strict=True):
        of_village = homes[village.plan.village]
        step = next_step(village.plan.village, of_village.hamlets)
        has_marks = any(hamlet.unplaced and hamlet.place for hamlet in of_village.hamlets)
        yield {
            "name": village.plan.village,
            "households": of_village.households,
            "grids": len(village.grids),
            "walk": None if village.walk_m is None else metres(village.walk_m, lang),
            "tint": tint,
            "label": label or (None if has_marks else _around(of_village.amid)),
            "step": step and {"kind": step.kind, "text": step.message.say(lang)},
            "placed": sum(hamlet.placed for hamlet in of_village.hamlets),
            "in_no_grid": of_village.in_no_grid,
            "flats": of_village.share_places,
            "around": around_village(village),
            "about": _about(village, of_village.households, lang),
            "wrong": list(_wrong(town, village, of_village, lang)),
        }


def _about(village: PlannedVillage, households: int, lang: Lang) -> str:
    """Return what stands beneath the name of a village."""
    if village.grids:
        return say("label.grids", lang, n=len(village.grids))
    return say("map.not_planned" if households else "drafts.empty_village", lang)


def _wrong(town: TownPlan, village: PlannedVillage, homes: VillageHomes, lang: Lang) -> Iterator[str]:
    """Yield what is to be mended in a village: of leads only where the town has any."""
    broken = sum(any(_broken(village, grid, lang)) for grid in village.grids)
    without_lead = sum((village.plan.village, grid.number) not in town.leads for grid in village.grids)
    if broken:
        yield say("label.broken", lang, n=broken)
    if without_lead and town.leads:
        yield say("label.no_lead", lang, n=without_lead)
    if homes.strays:
        yield say("label.strays", lang, n=len(homes.strays), names=series(homes.strays, STRAYS_NAMED).say(lang))
    if homes.in_no_grid and village.grids:
        yield say("label.in_no_grid", lang, n=homes.in_no_grid)


def _around(place: tuple[float, float] | None) -> list[float] | None:
    """Return a label for a village without a boundary."""
    return None if place is None else [round(place[0], DECIMALS), round(place[1], DECIMALS), 0.0]


@lru_cache(maxsize=16)
def _drawings(outlines: tuple[BaseGeometry | None, ...]) -> list[tuple[list[float] | None, int]]:
    """Return label and tint of each outline; kept for the maps that were looked at last, since they take a while."""
    return list(zip(labels(outlines), tints(outlines), strict=True))


def geojson(shapes: Sequence[BaseGeometry | None]) -> list[object]:
    """Return shapes as GeoJSON has them, rounded to what a drawing shows."""
    rounded = shapely.transform(np.array(shapes, object), lambda lonlat: lonlat.round(DECIMALS))
    return [None if text is None else json.loads(text) for text in shapely.to_geojson(rounded)]


def labels(shapes: Sequence[BaseGeometry | None]) -> list[list[float] | None]:
    """Return longitude, latitude and radius in metres of about the largest circle inside each shape."""
    drawn = np.array([shape for shape in shapes if shape is not None], object)
    if not len(drawn):
        return [None] * len(shapes)
    plane = LocalFrame.around(shapely.get_coordinates(shapely.centroid(drawn)))
    flat = shapely.transform(drawn, plane.to_metres)
    circles = shapely.maximum_inscribed_circle(flat, tolerance=np.sqrt(shapely.area(flat)) / 20)
    centres = plane.to_degrees(shapely.get_coordinates(shapely.get_point(circles, 0)))
    labels = iter(
        [round(lon, DECIMALS), round(lat, DECIMALS), round(radius, 1)]
        for (lon, lat), radius in zip(centres.tolist(), shapely.length(circles).tolist(), strict=True)
    )
    return [None if shape is None else next(labels) for shape in shapes]
