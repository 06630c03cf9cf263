"""The map of the town as it stands, and of other plans: outlines first, then the households of one village at a time.

For those who may see coverage but no households, there are counts and outlines, and nothing else is told of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, RowMapping

from gridplan.coordinates import far_from_middle
from gridplan.exchange.map_data import VillageHomes, homes_of, map_data, places
from gridplan.model import Household, Plan, PlannedVillage, SizeBounds, TownPlan, in_order
from gridplan.planning.current import as_of_now
from gridplan.positions import HamletPositions
from gridplan.service.plans.absences import absence_revision, with_absent_counts
from gridplan.store import Store
from gridplan.store.plans import plans
from gridplan.store.plans.households_and_members import household_counts, ids_of_plans
from gridplan.store.registry import households, villages
from gridplan.store.registry.villages import Scope
from gridplan.store.system.map_changes import last_map_change
from gridplan.words import Lang, Message, words

NOT_PLANNED: Final = Message("map.not_planned")


def absences_of_map(store: Store, scope: Scope, day: date) -> str:
    """Return what is another one on a day when sizes on the map of a scope are judged otherwise."""
    with store.read() as connection:
        return absence_revision(connection, plans.published(connection, scope).values(), day)


def map_revision(store: Store) -> str:
    """Return what is another one after every change that draws something else on a map."""
    with store.read() as connection:
        return last_map_change(connection)


def town_map(store: Store, scope: Scope, lang: Lang, day: date, *, counts_only: bool = False) -> dict[str, Any]:
    """Return the map of the plans in force with the numbers of households that live there now, as `map_of` does.

    A village without a plan has no grids. Sizes are judged by who lives there on a day, where the town chose that; for
    those who see counts only by who is registered, so that nobody finds out who is away.
    """
    with store.read() as connection:
        in_force = plans.published(connection, scope)
        together = _all_villages(connection, in_force, scope)
        links = links_of(connection, in_force)
        together = with_absent_counts(connection, together, links.plans, None if counts_only else day)
        counted = household_counts(connection, scope)
        counts = {id_: (row["households"], row["in_no_grid"], row["placed"]) for id_, row in counted.items()}
        whole = () if counts_only else lived_in(connection, unplaced(counts))
        homes = homes_on_map(connection, together, links, counts, whole, counts_only=counts_only)
    return map_of(together, lang, homes=homes, links=links, counts_only=counts_only)


def figures_map(store: Store, scope: Scope, lang: Lang) -> dict[str, Any]:
    """Return the map of the plans in force for who sees figures: outlines and numbers, no name of a person.

    It has no way to be coloured of its own.
    """
    with store.read() as connection:
        in_force = plans.published(connection, scope)
        town = replace(_all_villages(connection, in_force, scope), members=(), assignments=())
        links = links_of(connection, in_force)
        counts = household_counts(connection, scope)
        ids = {village.plan.village: links.villages[village.plan.village] for village in town.villages}
        homes = {name: VillageHomes(counts[id_]["households"] if id_ in counts else 0, 0) for name, id_ in ids.items()}
    return map_of(town, lang, homes=homes, links=links, counts_only=True) | {"views": []}


def _all_villages(connection: Connection, in_force: Mapping[int, int], scope: Scope) -> TownPlan:
    """Return the villages of a scope with their plans in force, given by village; one without a plan has no grids."""
    town = plans.town(connection, list(in_force.values()), with_households=False)
    rows = villages.rows(connection, scope)
    here = {row["name"] for row in rows}
    planned = [one for one in town.villages if one.plan.village in here]
    bounds = planned[0].bounds if planned else SizeBounds()
    bare = [_not_planned(row, (), bounds) for row in rows if row["id"] not in in_force]
    return replace(town, villages=in_order((*planned, *bare)))


def town_places(store: Store, village_id: int, lang: Lang) -> dict[str, Any]:
    """Return where the households of a village stand that live there now, with their grids of the plan in force."""
    with store.read() as connection:
        villages.by_id(connection, village_id)
        (village,) = lived_in(connection, [village_id])
        return places_of(connection, village_id, village, lang)


def lived_in(connection: Connection, village_ids: Collection[int]) -> list[PlannedVillage]:
    """Return villages with their plans in force and the households that live there now."""
    in_force = plans.published(connection, village_ids)
    town = plans.town(connection, list(in_force.values()))
    living: dict[str, list[Household]] = defaultdict(list)
    for home in households.models(connection, village_ids):
        living[home.village].append(home)
    rows = [row for row in villages.rows(connection, village_ids) if row["id"] not in in_force]
    bare = [_not_planned(row, living[row["name"]], SizeBounds()) for row in rows]
    return [*(as_of_now(one, living[one.plan.village]) for one in town.villages), *bare]


def _not_planned(row: RowMapping, living: Sequence[Household], bounds: SizeBounds) -> PlannedVillage:
    plan = Plan(row["name"], tuple(living), {}, {home.household_id: NOT_PLANNED for home in living})
    return PlannedVillage(plan, bounds, row["boundary"], row["boundary"] is not None, grids=())


@dataclass(frozen=True, slots=True)
class Links:
    """What leads from names and codes on the map to the pages behind them: ids."""

    villages: Mapping[str, int]
    plans: Mapping[str, int]
    """By the name of the village."""
    members: Mapping[str, int]


def links_of(connection: Connection, plan_ids: Mapping[int, int]) -> Links:
    """Return the links of plans, which are given by village."""
    names = villages.names(connection)
    return Links(
        villages={name: id_ for id_, name in names.items()},
        plans={names[village_id]: plan_id for village_id, plan_id in plan_ids.items()},
        members=ids_of_plans(connection, plan_ids.values()),
    )


Counts = Mapping[int, tuple[int, int, int]]
"""Of villages how many households there are, how many in no grid, and how many have a position of their own."""


def unplaced(counts: Counts) -> list[int]:
    """Return the villages of which households have no position of their own."""
    return [village_id for village_id, (n, _, placed) in counts.items() if placed < n]


def homes_on_map(
    connection: Connection,
    town: TownPlan,
    links: Links,
    counts: Counts,
    whole: Iterable[PlannedVillage],
    *,
    counts_only: bool = False,
) -> dict[str, VillageHomes]:
    """Return what a map says of the households of villages: of those in `whole` all, of others what is counted."""
    ids = {village.plan.village: links.villages[village.plan.village] for village in town.villages}
    nowhere = [ids[village.plan.village] for village in town.villages if village.boundary is None]
    shared = () if counts_only else households.shared_places(connection, ids.values())
    strays = {} if counts_only else strays_by_village(connection, ids.values())
    usual = {} if counts_only else households.usual_places(connection, nowhere)

    def counted(id_: int) -> VillageHomes:
        n, loose, _ = counts.get(id_, (0, 0, 0))
        hamlets = (HamletPositions(None, n, n, None),) if n and not counts_only else ()
        return VillageHomes(n, loose, id_ in shared, usual.get(id_), hamlets)

    known = {village.plan.village: homes_of(village) for village in whole}
    found = {name: known.get(name) or counted(id_) for name, id_ in ids.items()}
    return {name: replace(homes, strays=strays.get(ids[name], ())) for name, homes in found.items()}


def strays_by_village(connection: Connection, village_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return what households are called that stand far from all others of their village, by village."""
    found = {}
    for village_id, rows in households.placed_by_village(connection, village_ids).items():
        far = far_from_middle(np.array([(row.lon, row.lat) for row in rows]))
        if far.any():
            found[village_id] = tuple(row.name or row.code for row, is_far in zip(rows, far, strict=True) if is_far)
    return found


def map_of(
    town: TownPlan, lang: Lang, *, homes: Mapping[str, VillageHomes], links: Links, counts_only: bool = False
) -> dict[str, Any]:
    """Return what the map of a town draws first: outlines, the ways to colour them, the ids behind them.

    No household is in it. With `counts_only` none will follow, and of a lead there is the name alone.
    """
    data = map_data(town, lang, homes)
    data["words"] |= words("town.map.", lang)
    data["counts_only"] = counts_only
    names = [village.plan.village for village in town.villages]
    for drawn in data["objects"]["villages"]["geometries"]:
        properties = drawn["properties"]
        properties["id"] = links.villages[properties["name"]]
        properties["planned"] = properties["name"] in links.plans
    grids = (grid for village in town.villages for grid in village.grids)
    for drawn, grid in zip(data["objects"]["grids"]["geometries"], grids, strict=True):
        properties = drawn["properties"]
        village = names[properties["village"]]
        properties["walk_m"] = None if grid.walk_m is None else round(grid.walk_m)
        properties["plan"] = links.plans[village]
        lead = town.leads.get((village, properties["number"]))
        properties["lead_id"] = None if counts_only or lead is None else links.members[lead]
    return data


def places_of(connection: Connection, village_id: int, village: PlannedVillage, lang: Lang) -> dict[str, Any]:
    """Return where the households of a village of a plan stand, with their ids."""
    ids = households.ids_by_code(connection, [village_id])
    return {
        "places": [place | {"ids": [ids[row[0]] for row in place["households"]]} for place in places(village, lang)]
    }
