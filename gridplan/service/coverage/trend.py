"""The trend of contact: the last weeks of a town, a village, a party group or a grid, and how a page draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.calendar import Week
from gridplan.contact.figures import FOUR_WEEKS, Window
from gridplan.contact.trend import (
    MOST_WEEKS,
    WEEK_DAYS,
    WEEKS,
    GridOnDay,
    GridWeek,
    TrendWeek,
    WeekFigures,
    last_weeks,
    since_start,
    state_of,
    total,
    week_figures,
)
from gridplan.service.coverage.kept_figures import What, several_by_village
from gridplan.store.contact import weeks as rows
from gridplan.store.contact.cadences import Cadences
from gridplan.store.contact.coverage import contacts_of_grids, groups_of_grids
from gridplan.store.contact.records import PlanOnDay, paused, plans_with_starts
from gridplan.store.kept import Kept
from gridplan.store.registry.villages import Scope
from gridplan.store.system.town_settings import read_settings

Trend = tuple[TrendWeek, ...]
"""Weeks, the earliest first, from the first in which something was to be visited."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a village: one of its party groups or of its grids, by their numbers."""

    group: int | None = None
    grid: int | None = None

    def holds(self, number: int, group: int | None) -> bool:
        """Return whether a grid, of a group, is in it."""
        return number == self.grid if self.group is None else group == self.group


def trend(
    connection: Connection,
    today: date,
    zone: ZoneInfo,
    scope: Scope = None,
    *,
    count: int = WEEKS,
    part: Part | None = None,
    kept: Kept | None = None,
) -> Trend:
    """Return the last weeks of the villages of a scope, or of a part of one, up to a day; at most 26."""
    weeks = last_weeks(today, min(count, MOST_WEEKS))
    # A week that has ended by a day is the same as of each later one.
    whats: dict[What, Week] = {
        ("week", week.key, today if today <= week.sunday else None, zone.key, part): week for week in weeks
    }

    def make(few: Scope, missing: Sequence[What]) -> Mapping[What, Mapping[int, WeekFigures]]:
        made = figures_by_week(connection, [whats[what] for what in missing], today, zone, few, part)
        return {what: made[whats[what]] for what in missing}

    found = several_by_village(connection, kept, scope, [*whats], make)
    return summed(connection, {week: found[what] for what, week in whats.items()}, today)


def summed(connection: Connection, by_week: Mapping[Week, Mapping[int, WeekFigures]], today: date) -> Trend:
    """Return the trend that villages have together."""
    settle_days = read_settings(connection).settle_days
    weeks = (TrendWeek(week, state_of(week, settle_days, today), total(of.values())) for week, of in by_week.items())
    return since_start(tuple(weeks))


def figures_by_week(
    connection: Connection,
    weeks: Sequence[Week],
    today: date,
    zone: ZoneInfo,
    scope: Scope = None,
    part: Part | None = None,
) -> dict[Week, dict[int, WeekFigures]]:
    """Return the counts of weeks by village; of the week of a day what came in by the day."""
    days = [min(week.sunday, today) for week in weeks]
    plans = plans_with_starts(connection, days, zone, scope)
    ids = {plan.plan_id for of_day in plans.values() for plan in of_day.values()}
    groups = groups_of_grids(connection, ids) if part and part.group is not None else {}
    cadences = [Cadences(connection, day) for day in days]
    before = max(FOUR_WEEKS // WEEK_DAYS, *(ceil(one.longest_of_grids / WEEK_DAYS) for one in cadences)) - 1
    running = Week.of(today)
    came_in = rows.came_in(connection, weeks[0].shift(-before), min(weeks[-1], running.shift(-1)), scope)
    if running in weeks:
        so_far = contacts_of_grids(connection, Window(running.monday, today), zone, scope)
        for (village_id, number), some in so_far.items():
            came_in[village_id][running][number] = GridWeek(some.contacts, some.households)
    off = paused(connection, scope)

    def figures(village_id: int, week: Week, of: Cadences, plan: PlanOnDay) -> WeekFigures:
        grids = {number: GridOnDay(one, of.of_grid(village_id, number)) for number, one in plan.grids.items()}
        chosen = (
            None
            if part is None
            else {number for number in grids if part.holds(number, groups.get((plan.plan_id, number)))}
        )
        return week_figures(week, today, grids, came_in[village_id], off.get(village_id, off[None]), chosen)

    return {
        week: {village_id: figures(village_id, week, of, plan) for village_id, plan in sorted(plans[day].items())}
        for week, day, of in zip(weeks, days, cadences, strict=True)
    }
