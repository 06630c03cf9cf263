"""The maps on the pages of a village, a grid, a household and a member: parts of the map of the town.

What a page is about is chosen on its map. Where nothing of it has a place there is no map.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from gridplan.exchange.map_data import homes_of
from gridplan.model import GridKey, PlannedVillage, TownPlan
from gridplan.service.contact.own_list import OwnGrid
from gridplan.service.coverage.contact_map import coloured
from gridplan.service.coverage.coverage import Coverage, sentence
from gridplan.service.plans.absences import with_absences
from gridplan.service.town.pages import GridPage, HouseholdPage, MemberPage
from gridplan.service.town.town_map import links_of, lived_in, map_of, places_of, town_map
from gridplan.store import Store
from gridplan.store.plans import plans
from gridplan.words import Lang, day, say

SmallMap = dict[str, Any]


def of_village(store: Store, village_id: int, lang: Lang, today: date, *, households: bool) -> SmallMap | None:
    """Return the map of a village; its households, if they may be seen, come when they are asked for."""
    return _about(town_map(store, [village_id], lang, today, counts_only=not households))


def of_grid(store: Store, page: GridPage, lang: Lang, today: date, *, households: bool) -> SmallMap | None:
    """Return the map of a grid among the others of its plan."""
    plan, number = page.plan, page.grid.number
    if plan["state"] == "published":
        return _about(town_map(store, [plan["village_id"]], lang, today, counts_only=not households), number)
    with store.read() as connection:
        town = with_absences(connection, plans.town(connection, [plan["id"]]), today)
        return _about(_whole(connection, town, {plan["village_id"]: plan["id"]}, lang), number)


def of_coverage(
    around: Coverage, of: Coverage, lang: Lang, today: date, *, village_id: int | None = None, grids: Sequence[int] = ()
) -> SmallMap:
    """Return what a map of outlines shows on a page of coverage: contact, and the village or grids it is about."""
    told = say("coverage.as_of", lang, day=day(of.today, lang, today)), sentence(of, lang)
    about = {"village": village_id, "grids": list(grids)}
    return coloured(around, lang) | {"about": about, "told": " · ".join(told)}


def of_household(store: Store, page: HouseholdPage, lang: Lang, today: date) -> SmallMap | None:
    """Return the map of a household in its grid, or in its village where it is in none."""
    drawn = town_map(store, [page.home["village_id"]], lang, today)
    return _about(drawn, page.grid.grid.number if page.grid else None, page.home["id"])


def of_member(store: Store, page: MemberPage, lang: Lang) -> SmallMap | None:
    """Return the map of the grids of a member with their households and no others, and where the member lives."""
    own = {(grid.plan["village"], grid.grid.number) for _, grid in page.grids}
    drawn = _of_grids(store, own, {row["village_id"] for row, _ in page.grids}, lang, names=True)
    member = page.member
    home = None if member["lon"] is None else [member["lon"], member["lat"]]
    return drawn and drawn | {"home": home}


def of_own_grids(store: Store, grids: Sequence[OwnGrid], lang: Lang, *, names: bool) -> SmallMap | None:
    """Return the map of the grids of a member's own list, with the way past their households in walking order."""
    own = {(grid.village, grid.number) for grid in grids}
    drawn = _of_grids(store, own, {grid.village_id for grid in grids}, lang, names=names)
    return drawn and drawn | {"walks": [_walk(grid) for grid in grids]}


def _walk(grid: OwnGrid) -> list[tuple[int, float, float]]:
    """Return number, longitude and latitude of the households of a grid that have a place, in walking order."""
    placed = (one for one in grid.households if one.home["lon"] is not None)
    return [(one.place, one.home["lon"], one.home["lat"]) for one in placed]


def _of_grids(
    store: Store, own: Collection[GridKey], village_ids: Collection[int], lang: Lang, *, names: bool
) -> SmallMap | None:
    with store.read() as connection:
        plan_of = plans.published(connection, sorted(village_ids))
        town = plans.town(connection, list(plan_of.values()), with_households=False)
        parts = (_part(village, own, names=names) for village in lived_in(connection, plan_of))
        only = next(iter(own))[1] if len(own) == 1 else None
        return _about(_whole(connection, replace(town, villages=tuple(parts)), plan_of, lang), only)


def _part(village: PlannedVillage, own: Container[GridKey], *, names: bool) -> PlannedVillage:
    """Return some grids of a village as if there were no others."""
    plan = village.plan
    grid_of = {code: number for code, number in plan.grid_of.items() if (plan.village, number) in own}
    homes = (home for home in plan.households if home.household_id in grid_of)
    inside = tuple(home if names else replace(home, name=None) for home in homes)
    return replace(
        village,
        plan=replace(plan, households=inside, grid_of=grid_of, left_out={}),
        grids=tuple(grid for grid in village.grids if (plan.village, grid.number) in own),
        boundary=None,
    )


def _whole(connection: Connection, town: TownPlan, plan_of: Mapping[int, int], lang: Lang) -> SmallMap:
    """Return a map that has its households in it."""
    links = links_of(connection, plan_of)
    homes = {village.plan.village: homes_of(village) for village in town.villages}
    ids = [links.villages[village.plan.village] for village in town.villages]
    places = [
        places_of(connection, id_, village, lang)["places"] for id_, village in zip(ids, town.villages, strict=True)
    ]
    return map_of(town, lang, homes=homes, links=links) | {"places": places}


def _about(drawn: SmallMap, number: int | None = None, household: int | None = None) -> SmallMap | None:
    """Return a map with what is chosen on it, if anything of it has a place."""
    grids, villages = (
        [one["properties"] for one in drawn["objects"][layer]["geometries"]] for layer in ("grids", "villages")
    )
    if not any(one["label"] for one in (*grids, *villages)) and not any(one["at"] for one in drawn["hamlets"]):
        return None
    grid = None if number is None else [one["number"] for one in grids].index(number)
    village = 0 if len(villages) == 1 else None
    return drawn | {"chosen": {"village": village, "grid": grid, "household": household}}
