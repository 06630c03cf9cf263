"""What the panel beside a map tells beyond what the map draws: of a village, a grid, a household."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from gridplan.errors import NotFound
from gridplan.exchange.map_details import bordering
from gridplan.service.town.pages import grid_page
from gridplan.store import Store
from gridplan.store.plans import plans
from gridplan.store.plans.households_and_members import grids_of_household, household_counts
from gridplan.store.plans.plan_figures import plan_figures, plans_by_ids
from gridplan.store.registry import households as homes
from gridplan.words import Lang, say

Details = dict[str, Any]
COUNTED: Final = {"in_no_grid": "map.in_no_grid", "placed": "town.placed"}


def village_details(
    store: Store, village_id: int, plan_id: int | None, lang: Lang, *, households: bool, drafts: bool
) -> Details:
    """Return what is counted in a village, and with `households` what is wrong in it as a plan has it.

    Raises
    ------
    NotFound
        The plan is not one of the village, or it is not in force and `drafts` is false.
    """
    with store.read() as connection:
        plan = None if plan_id is None else _plan(connection, plan_id, village_id, drafts=drafts)
        counts = household_counts(connection, [village_id]).get(village_id)
        is_current = plan is None or plan["state"] == "published"
        exceptions = plans.exception_rows(connection, plan["id"]) if plan is not None and households else []
    return {
        "facts": [
            [say(code, lang), f"{counts[key]:,}"]
            for key, code in COUNTED.items()
            if counts and is_current and (households or key == "in_no_grid")
        ],
        "wrong": [
            {"grid": row["number"], "text": " ".join(filter(None, (row["hamlet"], row["reason"].say(lang))))}
            for row in exceptions
        ],
    }


def _plan(connection: Connection, plan_id: int, village_id: int, *, drafts: bool) -> RowMapping:
    plan = next(iter(plan_figures(connection, plans_by_ids([plan_id]))), None)
    if plan is None or plan["village_id"] != village_id or (plan["state"] != "published" and not drafts):
        raise NotFound("entrance.not_here")
    return plan


def grid_details(
    store: Store, plan_id: int, number: int, lang: Lang, *, households: bool, drafts: bool, day: date
) -> Details:
    """Return who leads a grid, which grids border on it, and with `households` why, who is deputy, how many live there.

    Raises
    ------
    NotFound
        As for the page of the grid.
    """
    page = grid_page(store, plan_id, number, households=False, drafts=drafts, day=day if households else None)
    outlines = [grid.outline for grid in page.all]

    def people(persons: Iterable[RowMapping]) -> list[Details]:
        if not households:
            return [{"id": None, "name": person["name"], "why": None} for person in persons]
        return [
            {"id": person["id"], "name": person["name"], "why": page.reasons[person["id"]].say(lang)}
            for person in persons
        ]

    return {
        "leads": people(page.grid.leads),
        "deputies": people(page.grid.deputies) if households else [],
        "offers": [offer.say(lang) for offer in page.offers] if households and not page.grid.leads else [],
        "living": page.grid.living,
        "neighbours": [page.all[near].number for near in bordering(outlines, [page.all.index(page.grid)])[0]],
    }


def household_details(store: Store, household_id: int, *, drafts: bool) -> Details:
    """Return the village of a household, and the grids it is in: of the plan in force, and with `drafts` of drafts.

    Raises
    ------
    NotFound
        There is no such household, or it has retired.
    """
    with store.read() as connection:
        home = homes.by_id(connection, household_id)
        if home["retired_on"] is not None:
            raise NotFound("entrance.not_here")
        grids = grids_of_household(connection, household_id, drafts=drafts)
    return {"village": home["village_id"], "grids": grids}
