"""What a single-file map tells of its villages and grids beyond what it draws, in JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.exchange.map_colours import NEIGHBOUR_DEGREES
from gridplan.model import Assignment, PlannedVillage, TownPlan
from gridplan.words import Lang

CORNER_DEGREES: Final = 5 * NEIGHBOUR_DEGREES
"""A border is longer than that: grids that only meet in a corner do not border on each other."""


def map_details(town: TownPlan, lang: Lang) -> dict[str, Any]:
    """Return for each village what is wrong in it, for each grid its people and neighbours, in the order of the map."""
    people: dict[tuple[str, int], list[Assignment]] = defaultdict(list)
    for one in town.assignments:
        people[one.village, one.grid].append(one)
    name_of = {member.member_id: member.name for member in town.members}
    offers = {(one.village, one.grid): [offer.say(lang) for offer in one.offers] for one in town.shortages}

    def told(key: tuple[str, int], role: str) -> list[dict[str, object]]:
        return [
            {"id": None, "name": name_of.get(one.member_id, one.member_id), "why": one.why.say(lang)}
            for one in people[key]
            if one.role == role
        ]

    def grids(village: PlannedVillage) -> list[dict[str, object]]:
        near = bordering([grid.outline for grid in village.grids])
        keys = [(village.plan.village, grid.number) for grid in village.grids]
        return [
            {
                "leads": told(key, "lead"),
                "deputies": told(key, "deputy"),
                "offers": offers.get(key, []),
                "living": None,
                "neighbours": [village.grids[other].number for other in near[index]],
                "links": [],
            }
            for index, key in enumerate(keys)
        ]

    return {
        "villages": [
            {
                "facts": [],
                "wrong": [
                    {"grid": one.grid, "text": " ".join(filter(None, (one.hamlet, one.reason.say(lang))))}
                    for one in village.exceptions
                ],
                "contact": [],
                "links": [],
            }
            for village in town.villages
        ],
        "grids": [one for village in town.villages for one in grids(village)],
    }


def bordering(outlines: Sequence[BaseGeometry | None], of: Sequence[int] | None = None) -> list[list[int]]:
    """Return for each outline, or for some `of` them, the indices of those that it shares a border with."""
    shapes = np.array(outlines, object)
    asked = np.arange(len(shapes)) if of is None else np.array(of)
    at, other = shapely.STRtree(shapes).query(shapes[asked], predicate="dwithin", distance=NEIGHBOUR_DEGREES)
    at, other = (ends[other != asked[at]] for ends in (at, other))
    around = shapely.buffer(shapes[asked], NEIGHBOUR_DEGREES)
    shared = shapely.length(shapely.intersection(shapely.boundary(shapes)[other], around[at]))
    near: list[list[int]] = [[] for _ in asked]
    for here, there in sorted(np.column_stack([at, other])[shared > CORNER_DEGREES].tolist()):
        near[here].append(there)
    return near
