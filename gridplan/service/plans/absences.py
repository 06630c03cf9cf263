"""Which households of plans are away or unoccupied on a day, and whether the bounds of grids count them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from gridplan.model import PlannedVillage, TownPlan
from gridplan.store.contact import states
from gridplan.store.registry.villages import Scope
from gridplan.store.system.town_settings import read_settings


def with_absences(connection: Connection, town: TownPlan, day: date | None) -> TownPlan:
    """Return plans that tell who is away on a day, with bounds that count whom the town chose; without a day as is.

    They are for the desk and the planner of their villages: others are told counts of all who are registered.
    """
    if day is None or not town.villages:
        return town
    return replace(town, villages=_lived_in(connection, town.villages, day, None))


def village_with_absences(
    connection: Connection, planned: PlannedVillage, village_id: int, day: date
) -> PlannedVillage:
    """Return the plan of one village as `with_absences` does."""
    return _lived_in(connection, (planned,), day, [village_id])[0]


def _lived_in(
    connection: Connection, villages: tuple[PlannedVillage, ...], day: date, scope: Scope
) -> tuple[PlannedVillage, ...]:
    counts, absent = read_settings(connection).bounds_count, states.absent_codes(connection, scope, day)
    return tuple(
        replace(one, plan=replace(one.plan, absent=absent), bounds=replace(one.bounds, counts=counts))
        for one in villages
    )
