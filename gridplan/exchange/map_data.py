"""What any map of a town draws, in JSON: GeoJSON layers of grids, villages and households, their labels, the words.

The single-file map and the pages draw the same; neither folium nor a font is needed here.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.exchange.map_colours import tints
from gridplan.exchange.map_hamlets import marks
from gridplan.model import DrawnGrid, PlannedVillage, TownPlan, grid_id
from gridplan.positions import HamletPositions, hamlets_of, next_step, town_step
from gridplan.words import Lang, metres, say, words

DECIMALS: Final = 6
"""Of a degree: 0.1 m, finer than any drawing."""


def town_title(town: TownPlan, lang: Lang) -> str:
    """Return what to call a plan: by its village, or by how many there are."""
    if len(town.villages) == 1:
        return say("map.title_one", lang, village=town.villages[0].plan.village)
    return say("map.title_many", lang, n=len(town.villages))


def map_data(town: TownPlan, lang: Lang, *, households: bool = True) -> dict[str, Any]:
    """Return what the script draws: three GeoJSON layers (grids, villages, households) and the words of `lang`.

    Without `households` that layer is empty, and nothing else says where one of them stands or what it is called.

    What has no place on the map has neither geometry nor label: a grid that is not drawn, a village nobody can place.
    A household feature is a place of a village, those that are on no map last; with `at_hamlet` its households have no
    position of their own. Its `households` are rows of id, index of the grid feature (null: in none), name, door,
    hamlet and the reason of being in no grid, cut after the last value. A `label` is longitude, latitude and metres of
    room around them.
    """
    drawn = [(village, grid) for village in range(len(town.villages)) for grid in town.villages[village].grids]
    index_of = {(village, grid.number): index for index, (village, grid) in enumerate(drawn)}
    hamlets = [hamlets_of(one.plan.households if households else (), one.plan.grid_of) for one in town.villages]
    least = min((village.bounds.least for village in town.villages), default=0)
    most = max((village.bounds.most for village in town.villages), default=0)
    return {
        "lang": lang,
        "words": words("map.", lang),
        "bounds": {"least": least, "most": most},
        "grids": _collection(_grid_features(town, drawn, lang)),
        "villages": _collection(_village_features(town, hamlets, lang, amid=households)),
        "households": _collection(_place_features(town, drawn, lang) if households else ()),
        "hamlets": [
            mark
            for index, village in enumerate(town.villages)
            for mark in marks(hamlets[index], village.plan.village, index, index_of, lang)
        ],
        "positions": None if (step := town_step(hamlets)) is None else step.say(lang),
    }


def _collection(features: Iterable[dict[str, object]]) -> dict[str, object]:
    return {"type": "FeatureCollection", "features": list(features)}


def _feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _grid_features(town: TownPlan, drawn: list[tuple[int, DrawnGrid]], lang: Lang) -> Iterator[dict[str, object]]:
    outlines = [grid.outline for _, grid in drawn]
    name_of: dict[str | None, str] = {member.member_id: member.name for member in town.members}
    geometry = zip(geojson(outlines), labels(outlines), tints(outlines), strict=True)
    for (index, grid), (shape, label, tint) in zip(drawn, geometry, strict=True):
        village = town.villages[index]
        yield _feature(
            shape,
            id=grid_id(village.plan.village, grid.number),
            number=grid.number,
            village=index,
            size=grid.size,
            walk=None if grid.walk_m is None else metres(grid.walk_m, lang),
            lead=name_of.get(lead := town.leads.get((village.plan.village, grid.number)), lead),
            broken=list(_broken(village, grid, lang)),
            tint=tint,
            label=label,
        )


def _broken(village: PlannedVillage, grid: DrawnGrid, lang: Lang) -> Iterator[dict[str, str]]:
    if grid.size < village.bounds.least:
        yield {"mark": "small", "text": say("map.too_small", lang, n=grid.size, least=village.bounds.least)}
    if grid.size > village.bounds.most:
        yield {"mark": "large", "text": say("map.too_large", lang, n=grid.size, most=village.bounds.most)}
    if not grid.connected:
        yield {"mark": "pieces", "text": say("map.not_connected", lang)}


def _village_features(
    town: TownPlan, hamlets: Sequence[Sequence[HamletPositions]], lang: Lang, *, amid: bool
) -> Iterator[dict[str, object]]:
    boundaries = [village.boundary for village in town.villages]
    drawings = zip(town.villages, hamlets, geojson(boundaries), labels(boundaries), strict=True)
    for village, inside, shape, label in drawings:
        step = next_step(village.plan.village, inside)
        has_marks = any(hamlet.unplaced and hamlet.place for hamlet in inside)
        yield _feature(
            shape,
            name=village.plan.village,
            households=len(village.plan.households),
            grids=len(village.grids),
            walk=None if village.walk_m is None else metres(village.walk_m, lang),
            label=label or (_amid(village) if amid and not has_marks else None),
            step=step and {"kind": step.kind, "text": step.message.say(lang)},
        )


def _place_features(town: TownPlan, drawn: list[tuple[int, DrawnGrid]], lang: Lang) -> Iterator[dict[str, object]]:
    index_of = {(village, grid.number): index for index, (village, grid) in enumerate(drawn)}
    places: dict[tuple[int, bool, float, float], list[list[object]]] = defaultdict(list)
    nowhere: dict[int, list[list[object]]] = defaultdict(list)
    for index, village in enumerate(town.villages):
        plan = village.plan
        for household in plan.households:
            code = household.household_id
            why = plan.left_out[code].say(lang) if code in plan.left_out else None
            grid = None if why else index_of[index, plan.grid_of[code]]
            row: list[object] = [code, grid, household.name, household.door, household.hamlet, why]
            while row[-1] is None:
                row.pop()
            if household.has_place:
                at_hamlet = household.position == "hamlet"
                places[index, at_hamlet, round(household.lon, DECIMALS), round(household.lat, DECIMALS)].append(row)
            else:
                nowhere[index].append(row)
    for (index, at_hamlet, *place), rows in places.items():
        yield _feature({"type": "Point", "coordinates": place}, village=index, at_hamlet=at_hamlet, households=rows)
    for index, rows in nowhere.items():
        yield _feature(None, village=index, at_hamlet=True, households=rows)


def _amid(village: PlannedVillage) -> list[float] | None:
    """Return a label for a village without a boundary: where most of its households stand."""
    places = Counter((home.lon, home.lat) for home in village.plan.households if home.has_place)
    if not places:
        return None
    ((lon, lat), _), *_ = places.most_common(1)
    return [round(lon, DECIMALS), round(lat, DECIMALS), 0.0]


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
