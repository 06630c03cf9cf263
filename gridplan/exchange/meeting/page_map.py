"""The map of a snapshot as one HTML file that needs nothing else; what it draws is what every other map does.

Below the profile of planners it carries no household, and lies where the content lies: on a plane of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.exchange.cartography.drawn import Ground, SheetVillage
from gridplan.exchange.imagery import StoredTiles
from gridplan.exchange.map_colours import by_size
from gridplan.exchange.map_data import VillageHomes, geojson, map_data
from gridplan.exchange.map_details import map_details
from gridplan.exchange.meeting.carried_imagery import carried_imagery
from gridplan.exchange.meeting.content import Contact, Content, VillageContact
from gridplan.exchange.paper.document import written_day
from gridplan.exchange.webmap import page_of, whole_data
from gridplan.model import DrawnGrid, Plan, PlannedVillage, SizeBounds, TownPlan
from gridplan.profiles import few
from gridplan.words import Lang, say, words

NEAR_ENOUGH: Final = 2e-5
"""Degrees, some 2 m, by which roads and water may lie beside where they are."""
LAND: Final = {"road": "roads", "water": "water", "building": "buildings"}
"""The kinds of what lies below, by the field of the ground."""
MOST_BYTES: Final = 8_000_000
"""Of a file that carries pictures of the ground."""
BESIDE_PICTURES: Final = 20_000
"""Bytes for what is said of them."""
NEARBY_DEGREES: Final = 0.002
"""Around the villages, so far pictures are carried."""


def write_page_map(content: Content, *, with_ground: bool = False, pictures: Sequence[StoredTiles] = ()) -> bytes:
    """Return the map of a snapshot as an HTML file; roads, water and buildings are in it only if asked for.

    Pictures of the ground are only where everything is shown: they tell where on the earth it lies, and every house.

    Raises
    ------
    OutputRefused
        The front end was not built at install.
    """
    lang = content.lang
    drawn = _of_places(content) if content.town is None else whole_data(content.town, lang)
    drawn["stamp"] = [content.stamp.status(lang), *content.stamp.texts(lang)]
    drawn["stamp"] += [one.say(lang) for one in content.stamp.changed]
    if with_ground:
        drawn["words"] |= words("town.map.", lang)
        drawn["ground"] = _land(content.ground)
    page = page_of(drawn, content.title).encode()
    if content.town is None or not pictures or not any(village.has_place for village in content.villages):
        return page
    carried = carried_imagery(pictures, _around(content.villages), MOST_BYTES - BESIDE_PICTURES - len(page))
    drawn["imagery"] = carried.layers
    if carried.is_coarser:
        drawn["stamp"].append(say("pack.imagery_coarser", lang, mb=MOST_BYTES // 1_000_000))
    return page_of(drawn, content.title).encode()


def _of_places(content: Content) -> dict[str, Any]:
    """Return what a map carries that shows no household: outlines, sizes, and whom to call or how contact stands."""
    lang, town = content.lang, TownPlan(tuple(map(_bare, content.villages)))
    homes = {one.name: VillageHomes(one.households, one.in_no_grid) for one in content.villages}
    drawn = map_data(town, lang, homes) | {"details": map_details(town, lang), "places": [[] for _ in town.villages]}
    drawn["words"] |= words("town.map.", lang)
    drawn["counts_only"] = True
    drawn["views"] = [by_size(town).drawn(lang)]
    drawn["called"] = None if content.contact else say("map.reached", lang)
    if content.contact is not None:
        _add_contact(drawn, content, content.contact)
        return drawn
    grids = drawn["objects"]["grids"]["geometries"]
    for outline, details, (_, grid) in zip(grids, drawn["details"]["grids"], content.grids, strict=True):
        if grid.contact is not None:
            name = " ".join(filter(None, (grid.contact.name, grid.contact.phone)))
            outline["properties"]["lead"] = name
            details["leads"] = [{"id": None, "name": name, "why": None}]
    return drawn


def _bare(village: SheetVillage) -> PlannedVillage:
    """Return a village as maps take it, without anybody; its bounds are those that its grids have."""
    sizes = [grid.size for grid in village.grids] or [0]
    grids = (DrawnGrid(one.number, one.size, None, True, one.outline, group_number=one.group) for one in village.grids)
    plan = Plan(village.name, (), {}, revision=village.revision)
    return PlannedVillage(plan, SizeBounds(min(sizes), max(sizes)), village.boundary, True, tuple(grids))


def _add_contact(drawn: dict[str, Any], content: Content, contact: Contact) -> None:
    lang = content.lang
    drawn["views"] += [view.drawn(lang) for view in contact.views]
    as_of = say("coverage.as_of", lang, day=written_day(content.stamp.day, lang))
    nothing = [None] * len(content.villages)
    drawn["contact"] = {"as_of": as_of, "sentence": contact.sentence, "villages": nothing, "plans": nothing}
    told = {one.village: _facts(one, lang) for one in contact.villages}
    for details, village in zip(drawn["details"]["villages"], content.villages, strict=True):
        details["contact"] = told.get(village.name, [])
        details["wrong"] = [
            {"grid": None, "text": why.say(lang)} for name, why in content.exceptions if name == village.name
        ]


def _facts(one: VillageContact, lang: Lang) -> list[tuple[str, str]]:
    """Return what is counted in a village, and how many there are, in words."""
    facts = [
        (say("coverage.well", lang), say("coverage.n_of", lang, n=one.told_well, of=one.households)),
        (say("coverage.due", lang), few(one.due).say(lang)),
        (say("coverage.overdue", lang), one.told_overdue.say(lang)),
        (say("coverage.sheets_not_in", lang), f"{one.sheets_out:,}"),
    ]
    if one.frequency is not None:
        facts.append((say("coverage.frequency", lang), f"{one.frequency:.1f}"))
    return facts


def _around(villages: Sequence[SheetVillage]) -> tuple[float, float, float, float]:
    """Return west, south, east and north of what maps show of villages."""
    shapes = [shape for one in villages for shape in (one.boundary, *one.outlines) if shape is not None]
    west, south, east, north = shapely.buffer(shapely.box(*shapely.total_bounds(shapes)), NEARBY_DEGREES).bounds
    return west, south, east, north


def _land(ground: Ground) -> list[dict[str, object]]:
    """Return what lies below as GeoJSON has it, each kind together."""
    kinds = ((kind, getattr(ground, name)) for kind, name in LAND.items())
    return [{"kind": kind, "shapes": _simple(shapes)} for kind, shapes in kinds if shapes]


def _simple(shapes: Sequence[BaseGeometry]) -> list[object]:
    simple = shapely.simplify(np.array(shapes, object), NEAR_ENOUGH)
    return geojson([shape for shape in simple.tolist() if not shape.is_empty])
