"""The town as it stands: the plans in force, the villages not planned yet, the households in no grid; as table and map.

Who may see coverage but no households gets counts and outlines: households are taken out here, before anything is sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from gridplan.exchange import map_colours
from gridplan.exchange.map_data import map_data
from gridplan.model import Household, Plan, PlannedVillage, SizeBounds, TownPlan
from gridplan.planning.current import as_of_now
from gridplan.store.plans import overview, plans
from gridplan.store.registry import households, members, villages
from gridplan.store.registry.villages import Scope
from gridplan.words import Lang, Message, words

NOT_PLANNED: Final = Message("town.not_planned")


@dataclass(frozen=True, slots=True)
class VillageRow:
    """A village with its counts; what comes of a plan is None where none is in force."""

    id: int
    name: str
    households: int
    placed: int
    in_no_grid: int
    members: int
    without_card: int
    plan_id: int | None = None
    published_at: datetime | None = None
    grids: int | None = None
    without_lead: int | None = None
    walk_m: float | None = None
    exceptions: int | None = None


def village_rows(connection: Connection, scope: Scope) -> tuple[VillageRow, ...]:
    """Return the villages of a scope with their counts, by name."""
    homes = overview.household_counts(connection, scope)
    people = overview.member_counts(connection, scope)
    in_force = overview.plans_in_force(connection, scope)
    return tuple(
        village_row(row, homes.get(row["id"]), people.get(row["id"]), in_force.get(row["id"]))
        for row in villages.rows(connection, scope)
    )


def village_row(
    village: RowMapping, homes: RowMapping | None, people: RowMapping | None, plan: RowMapping | None
) -> VillageRow:
    """Return a village with its counts."""
    row = VillageRow(
        id=village["id"],
        name=village["name"],
        households=homes["households"] if homes else 0,
        placed=homes["placed"] if homes else 0,
        in_no_grid=homes["in_no_grid"] if homes else 0,
        members=people["members"] if people else 0,
        without_card=people["without_card"] if people else 0,
    )
    if plan is None:
        return row
    return replace(
        row,
        plan_id=plan["id"],
        published_at=plan["published_at"],
        grids=plan["grids"] or 0,
        without_lead=plan["without_lead"] or 0,
        walk_m=None if plan["not_drawn"] else plan["walk_m"],
        exceptions=plan["exceptions"] or 0,
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over villages."""

    villages: int
    planned: int
    households: int
    placed: int
    in_no_grid: int
    members: int
    without_card: int
    grids: int
    without_lead: int
    exceptions: int


def totals(rows: Iterable[VillageRow]) -> Totals:
    """Return the sums over villages."""
    rows = tuple(rows)

    def sum_of(name: str) -> int:
        return sum(getattr(row, name) or 0 for row in rows)

    summed = ("households", "placed", "in_no_grid", "members", "without_card", "grids", "without_lead", "exceptions")
    return Totals(
        villages=len(rows),
        planned=sum(row.plan_id is not None for row in rows),
        **{name: sum_of(name) for name in summed},
    )


# ---- the map


@dataclass(frozen=True, slots=True)
class Links:
    """What leads from names and codes on the map to the pages behind them: ids."""

    villages: Mapping[str, int]
    plans: Mapping[str, int]
    """By the name of the village."""
    households: Mapping[str, int]
    members: Mapping[str, int]


def links_of(connection: Connection, plan_ids: Mapping[int, int]) -> Links:
    """Return the links of plans, which are given by village."""
    names = villages.names(connection)
    return Links(
        villages={name: id_ for id_, name in names.items()},
        plans={names[village_id]: plan_id for village_id, plan_id in plan_ids.items()},
        households=households.ids_by_code(connection),
        members=members.ids_by_code(connection),
    )


def town_map_data(town: TownPlan, lang: Lang, *, links: Links, counts_only: bool = False) -> dict[str, Any]:
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


def town_as_it_stands(connection: Connection, scope: Scope) -> tuple[TownPlan, Links]:
    """Return the plans in force with the households that live there now; a village without one has no grids."""
    in_force = plans.published(connection, scope)
    town = plans.town(connection, list(in_force.values()))
    living: dict[str, list[Household]] = defaultdict(list)
    for home in households.models(connection, scope):
        living[home.village].append(home)
    rows = villages.rows(connection, scope)
    here = {row["name"] for row in rows}
    planned = [as_of_now(one, living[one.plan.village]) for one in town.villages if one.plan.village in here]
    bounds = planned[0].bounds if planned else SizeBounds()
    bare = [_not_planned(row, living[row["name"]], bounds) for row in rows if row["id"] not in in_force]
    together = tuple(sorted((*planned, *bare), key=lambda one: one.plan.village))
    return replace(town, villages=together), links_of(connection, in_force)


def _not_planned(row: RowMapping, living: Sequence[Household], bounds: SizeBounds) -> PlannedVillage:
    left_out = {home.household_id: NOT_PLANNED for home in living}
    plan = Plan(row["name"], tuple(living), {}, left_out)
    return PlannedVillage(plan, bounds, row["boundary"], row["boundary"] is not None, grids=())
