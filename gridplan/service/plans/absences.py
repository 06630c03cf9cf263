"""Which households of plans are away or unoccupied on a day, and whether the bounds of grids count them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from zlib import crc32

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


def with_absent_counts(
    connection: Connection, town: TownPlan, plan_of: Mapping[str, int], day: date | None
) -> TownPlan:
    """Return plans without households, given by village, as `with_absences` does where bounds count who lives there."""
    absent = None if day is None else _absent_counts(connection, plan_of.values(), day)
    if absent is None:
        return town
    villages = (
        replace(
            one,
            bounds=replace(one.bounds, counts="living"),
            absent_in=absent[plan_of[one.plan.village]] if one.plan.village in plan_of else None,
        )
        for one in town.villages
    )
    return replace(town, villages=tuple(villages))


def absence_revision(connection: Connection, plan_ids: Collection[int], day: date) -> str:
    """Return what is another one on a day when the sizes of grids on maps are judged otherwise: somebody went away."""
    absent = _absent_counts(connection, plan_ids, day)
    return "" if absent is None else f"{crc32(repr(sorted(absent.items())).encode()):08x}"


def _absent_counts(
    connection: Connection, plan_ids: Collection[int], day: date
) -> defaultdict[int, dict[int, int]] | None:
    """Return how many households of grids of plans are away; None where bounds count all who are registered."""
    if read_settings(connection).bounds_count != "living":
        return None
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for (plan_id, number), n in sorted(states.absent_in_grids(connection, plan_ids, day).items()):
        found[plan_id][number] = n
    return found


def _lived_in(
    connection: Connection, villages: tuple[PlannedVillage, ...], day: date, scope: Scope
) -> tuple[PlannedVillage, ...]:
    counts, absent = read_settings(connection).bounds_count, states.absent_codes(connection, scope, day)
    return tuple(
        replace(one, plan=replace(one.plan, absent=absent), bounds=replace(one.bounds, counts=counts))
        for one in villages
    )
