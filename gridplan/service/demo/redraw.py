"""A redraw of one village of the demo town: a few households are moved to the grid beside theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from math import hypot
from typing import Final

from gridplan.model import PlannedVillage
from gridplan.service.access.accounts import an_administrator
from gridplan.service.plans.plans_as_of_now import read_lists
from gridplan.service.plans.publish import publish, publish_previews
from gridplan.store import Store
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.system.town_settings import town_day

MOVED: Final = 4
"""Households that change their grid, at most."""
ACCEPTED: Final = "按原方案"
"""Why exceptions that the village had before are accepted again."""


def redraw_demo_village(store: Store, place: int, *, now: datetime) -> None:
    """Move a few households of a village, by its place, to the grid beside theirs, and put that in force then."""
    from gridplan.planning.redraw import redraw  # loads the engine

    made_by = an_administrator(store, now=now)
    with store.read() as connection:
        in_force = sorted(plans.published(connection).items())
        if place >= len(in_force):
            return
        village_id, plan_id = in_force[place]
        town = plans.town(connection, [plan_id])
        obstacles = read_lists(connection, [village_id]).obstacles
        today = town_day(connection, now)
    planned = before = town.villages[0]
    changed: set[int] = set()
    for home, number in _beside(before):
        grids = {before.plan.grid_of[home], number}
        drawn = redraw(planned, planned.plan.move({home: number}), obstacles)
        if changed.isdisjoint(grids) and len(drawn.exceptions) <= len(before.exceptions):
            planned, changed = drawn, changed | grids
        if len(changed) >= 2 * MOVED:
            break
    town = replace(town, villages=(planned,))
    with store.change(COMMAND_LINE, "load", "plan", now=now) as change:
        draft_id = plans.save_draft(
            change.connection, town, name=planned.plan.village, made_by=made_by, now=now, settings={}
        )
        change.object_id = draft_id
        previews = publish_previews(change.connection, plans.of_draft(change.connection, draft_id).values())
    alike = {one.reason.code: ACCEPTED for preview in previews for one in preview.exceptions}
    shown = {preview.id: preview.fingerprint for preview in previews}
    publish(store, COMMAND_LINE, shown, {}, now=now, today=today, alike=alike)


def _beside(planned: PlannedVillage) -> Iterator[tuple[str, int]]:
    """Yield households with a grid beside theirs that has room for them, the nearest first."""
    bounds, grids = planned.bounds, planned.plan.grids
    apart = []
    for number, inside in grids.items():
        for other, homes in grids.items():
            if number != other and len(inside) > bounds.least and len(homes) < bounds.most:
                apart += [
                    (min(hypot(home.lon - one.lon, home.lat - one.lat) for one in homes), home.household_id, other)
                    for home in inside
                    if home.has_place
                ]
    return ((home, other) for _, home, other in sorted(apart))
