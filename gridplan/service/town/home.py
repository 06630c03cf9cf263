"""The first page of a planner: how far the town is on the way from lists to cards, and what is under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import RowMapping

from gridplan.roles import Actor
from gridplan.service.contact.covers import ending_this_week
from gridplan.service.town.pages import Totals, VillageRow, totals, village_rows
from gridplan.store import Store
from gridplan.store.contact.corrections import counts
from gridplan.store.plans.drafts import open_drafts
from gridplan.store.plans.plan_figures import grids_with_lead_away, grids_without_lead
from gridplan.store.system.jobs import open_jobs
from gridplan.store.system.town_settings import read_settings
from gridplan.words import Message

Key = Literal["import", "positions", "plan", "publish", "cards"]


@dataclass(frozen=True, slots=True)
class Step:
    """A step on the way: whether it is done, whether it is the next one, and how far it is."""

    key: Key
    done: bool
    next: bool
    state: Message


@dataclass(frozen=True, slots=True)
class HomePage:
    """What the first page of a planner shows."""

    rows: tuple[VillageRow, ...]
    totals: Totals
    steps: tuple[Step, ...]
    without_lead: tuple[RowMapping, ...]
    """The grids of the current plans that nobody leads, by village."""
    lead_away: tuple[RowMapping, ...]
    """Those whose lead is away, with the name and until when."""
    drafts: tuple[RowMapping, ...]
    jobs: tuple[RowMapping, ...]
    corrections: int
    """How many wait for an answer."""
    covers: tuple[RowMapping, ...]
    """Those that end this week."""


def home_page(store: Store, actor: Actor, today: date) -> HomePage:
    """Return how far the villages of a planner are, and what is under way."""
    with store.read() as connection:
        rows = village_rows(connection, actor.scope)
        without_lead = tuple(grids_without_lead(connection, actor.scope))
        lead_away = tuple(grids_with_lead_away(connection, actor.scope, today))
        drafts = tuple(open_drafts(connection, actor.scope))
        jobs = tuple(open_jobs(connection, made_by=actor.account_id))
        phones = read_settings(connection).phones
        covers = ending_this_week(connection, actor.scope, today)
        waiting = counts(connection, actor.scope).get("open", 0)
    summed = totals(rows)
    way = steps(summed, drafts=len(drafts), phones=phones)
    return HomePage(rows, summed, way, without_lead, lead_away, drafts, jobs, waiting, covers)


def steps(town: Totals, *, drafts: int, phones: bool) -> tuple[Step, ...]:
    """Return the steps from nothing to cards, the last where phones are used. The positions never hold up the next."""
    imported = town.households > 0
    everywhere = imported and town.planned == town.villages
    done: dict[Key, bool] = {
        "import": imported,
        "positions": imported and town.placed == town.households,
        "plan": everywhere or drafts > 0,
        "publish": everywhere and town.in_no_grid == 0,
    }
    if phones:
        done["cards"] = town.members > 0 and town.without_card == 0
    waits = next((key for key in done if not done[key] and key != "positions"), None)
    return tuple(Step(key, finished, key == waits, _state(key, town, drafts)) for key, finished in done.items())


def _state(key: Key, town: Totals, drafts: int) -> Message:
    planned = "home.planned" if 0 < town.planned == town.villages else "home.drafts_none"
    published = "home.published_loose" if town.in_no_grid else "home.published"
    codes: dict[Key, str] = {
        "import": "home.imported" if town.households else "home.imported_none",
        "positions": "home.placed" if town.households else "home.placed_none",
        "plan": "home.drafts" if drafts else planned,
        "publish": published if town.planned else "home.published_none",
        "cards": "home.cards" if town.members else "home.cards_none",
    }
    values = {
        "n": drafts,
        "households": town.households,
        "villages": town.villages,
        "counted_households": Message("count.households", {"n": town.households}),
        "counted_villages": Message("count.villages", {"n": town.villages}),
        "planned": town.planned,
        "placed": town.placed,
        "loose": town.in_no_grid,
        "members": town.members,
        "given": town.members - town.without_card,
    }
    return Message(codes[key], values)
