"""The map of the town as it stands, and of other plans: the plans, the villages not planned, households in no grid.

For those who may see coverage but no households, households are removed here: counts and outlines remain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from gridplan.exchange import map_colours
from gridplan.exchange.map_data import map_data
from gridplan.model import Household, Plan, PlannedVillage, SizeBounds, TownPlan, in_order
from gridplan.planning.current import as_of_now
from gridplan.store import Store
from gridplan.store.plans import plans
from gridplan.store.plans.households_and_members import ids_of_plans, ids_on_map
from gridplan.store.registry import households, villages
from gridplan.store.registry.villages import Scope
from gridplan.store.system.map_changes import last_map_change
from gridplan.words import Lang, Message, words

NOT_PLANNED: Final = Message("map.not_planned")


def map_revision(store: Store) -> str:
    """Return what is another one after every change that draws something else on a map."""
    with store.read() as connection:
        return last_map_change(connection)


def town_map(store: Store, scope: Scope, lang: Lang, *, counts_only: bool = False) -> dict[str, Any]:
    """Return the map of the plans in force with the households that live there now, as `map_of` does.

    A village without a plan has no grids.
    """
    with store.read() as connection:
        in_force = plans.published(connection, scope)
        town = plans.town(connection, list(in_force.values()))
        living: dict[str, list[Household]] = defaultdict(list)
        for home in households.models(connection, scope):
            living[home.village].append(home)
        rows = villages.rows(connection, scope)
        links = links_of(connection, in_force, scope)
    here = {row["name"] for row in rows}
    planned = [as_of_now(one, living[one.plan.village]) for one in town.villages if one.plan.village in here]
    bounds = planned[0].bounds if planned else SizeBounds()
    bare = [_not_planned(row, living[row["name"]], bounds) for row in rows if row["id"] not in in_force]
    together = in_order((*planned, *bare))
    return map_of(replace(town, villages=together), lang, links=links, counts_only=counts_only)


def _not_planned(row: RowMapping, living: Sequence[Household], bounds: SizeBounds) -> PlannedVillage:
    left_out = {home.household_id: NOT_PLANNED for home in living}
    plan = Plan(row["name"], tuple(living), {}, left_out)
    return PlannedVillage(plan, bounds, row["boundary"], row["boundary"] is not None, grids=())


@dataclass(frozen=True, slots=True)
class Links:
    """What leads from names and codes on the map to the pages behind them: ids."""

    villages: Mapping[str, int]
    plans: Mapping[str, int]
    """By the name of the village."""
    households: Mapping[str, int]
    members: Mapping[str, int]


def links_of(connection: Connection, plan_ids: Mapping[int, int], scope: Scope) -> Links:
    """Return the links of plans, which are given by village, and of the households that live in a scope."""
    names = villages.names(connection)
    return Links(
        villages={name: id_ for id_, name in names.items()},
        plans={names[village_id]: plan_id for village_id, plan_id in plan_ids.items()},
        households=ids_on_map(connection, plan_ids.values(), scope),
        members=ids_of_plans(connection, plan_ids.values()),
    )


def map_of(town: TownPlan, lang: Lang, *, links: Links, counts_only: bool = False) -> dict[str, Any]:
    """Return what the map of a town draws: the data of the single-file map, the ways to colour it, the ids behind it.

    With `counts_only` no household is in it: neither name nor place, and of a lead the name alone.
    """
    data = map_data(town, lang, households=not counts_only)
    data["words"] |= words("town.map.", lang)
    data["counts_only"] = counts_only
    data["views"] = map_colours.views(town, lang)
    names = [village.plan.village for village in town.villages]
    for feature in data["villages"]["features"]:
        properties = feature["properties"]
        properties["id"] = links.villages[properties["name"]]
        properties["planned"] = properties["name"] in links.plans
    grids = (grid for village in town.villages for grid in village.grids)
    for feature, grid in zip(data["grids"]["features"], grids, strict=True):
        properties = feature["properties"]
        village = names[properties["village"]]
        properties["walk_m"] = None if grid.walk_m is None else round(grid.walk_m)
        properties["plan"] = links.plans[village]
        lead = town.leads.get((village, properties["number"]))
        properties["lead_id"] = None if counts_only or lead is None else links.members[lead]
    for feature in data["households"]["features"]:
        properties = feature["properties"]
        properties["ids"] = [links.households[row[0]] for row in properties["households"]]
    return data
