"""A draft beside another, or beside what is in force: figures, moved households, other leads; and the map of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from gridplan.exchange.map_data import DECIMALS, geojson
from gridplan.model import TownPlan
from gridplan.planning.compare import PlanComparison, compare_plans
from gridplan.service.plans.drafts import Figures, draft_map, figures_of
from gridplan.service.redraw.drawing import ensure_drawn
from gridplan.store import Store
from gridplan.store.plans import drafts, plans
from gridplan.store.plans.plan_figures import plan_figures, plans_by_ids
from gridplan.words import Lang

IN_FORCE: Final = 0
"""In the place of the id of a draft: the plans in force."""


@dataclass(frozen=True)
class Side:
    """What is compared: the name of the draft, None for the plans in force; villages only it has.

    The figures are those of the villages that both have; where there is none, of its own.
    """

    name: str | None
    figures: Figures
    only_here: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Two plans side by side, and how members are called, by code."""

    before: Side
    after: Side
    villages: tuple[PlanComparison, ...]
    names: Mapping[str, str]


def compare_drafts(store: Store, draft_id: int, other_id: int) -> Comparison:
    """Return what is otherwise in a draft than in another."""
    with store.read() as connection:
        old, new = _plan_ids(connection, draft_id, other_id)
        before, after = plans.town(connection, old), plans.town(connection, new)
        sides = _side(connection, other_id, old, after), _side(connection, draft_id, new, before)
    names = {one.member_id: one.name for one in (*before.members, *after.members)}
    return Comparison(*sides, compare_plans(before, after), names)


def comparison_map_data(store: Store, draft_id: int, other_id: int, lang: Lang, day: date) -> dict[str, Any]:
    """Return the map of a draft with what is otherwise in another, as `draft_map` does."""
    with store.read() as connection:
        both = _plan_ids(connection, draft_id, other_id)
    ensure_drawn(store, [*both[0], *both[1]])
    with store.read() as connection:
        before, after = (plans.town(connection, ids) for ids in _plan_ids(connection, draft_id, other_id))
    return draft_map(store, draft_id, lang, day) | comparison_map(before, after)


def comparison_map(before: TownPlan, after: TownPlan) -> dict[str, Any]:
    """Return what a map of the later plan shows of the earlier one.

    `before` are the outlines of grids that change, as GeoJSON; `moves` the places where households change grid, with
    rows of code, name, number before and after; `new_leads` are village and number.
    """
    found = compare_plans(before, after)
    changed = {(one.village, number) for one in found for number in one.changed_grids}
    outlines = [
        grid.outline
        for village in before.villages
        for grid in village.grids
        if grid.outline is not None and (village.plan.village, grid.number) in changed
    ]
    places: dict[tuple[str, float, float], list[list[object]]] = defaultdict(list)
    for move in (move for one in found for move in one.moves):
        home = move.household
        if home.has_place:
            row: list[object] = [home.household_id, home.name, move.before, move.after]
            places[home.village, round(home.lon, DECIMALS), round(home.lat, DECIMALS)].append(row)
    return {
        "before": geojson(outlines),
        "moves": [
            {"village": village, "lon": lon, "lat": lat, "rows": rows} for (village, lon, lat), rows in places.items()
        ],
        "new_leads": [[one.village, lead.after] for one in found for lead in one.leads],
    }


def _plan_ids(connection: Connection, draft_id: int, other_id: int) -> tuple[list[int], list[int]]:
    """Return the earlier plans and the later ones; those in force are of the same villages."""
    drafts.by_id(connection, draft_id)
    new = plans.of_draft(connection, draft_id)
    old = plans.published(connection, new.keys()) if other_id == IN_FORCE else plans.of_draft(connection, other_id)
    return list(old.values()), list(new.values())


def _side(connection: Connection, draft_id: int, plan_ids: Collection[int], other: TownPlan) -> Side:
    rows = plan_figures(connection, plans_by_ids(plan_ids))
    others = {one.plan.village for one in other.villages}
    name = None if draft_id == IN_FORCE else drafts.by_id(connection, draft_id)["name"]
    only_here = {row["village"] for row in rows} - others
    in_both = [row for row in rows if row["village"] in others]
    return Side(name, figures_of(in_both or rows), tuple(sorted(only_here)))
