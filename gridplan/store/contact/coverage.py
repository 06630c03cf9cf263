"""What came in of grids in some days: contacts, attempts, channels; which sheets are in, and pauses.

A visit belongs to the grid that its household was in on its day: of the plan in force then, and of the first plan of a
village for all days before it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from operator import add
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)

from gridplan.contact.calendar import DAY
from gridplan.contact.figures import Window
from gridplan.store.contact.records import plans_by_days
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import only_row
from gridplan.store.tables import grid, membership, pause, plan, visit

GridOfVillage = tuple[int, int]
"""A village and the number of a grid in it, which outlives a redraw."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """What came in of a grid."""

    contacts: int
    households: int
    """How many households they are of."""


NOTHING = Contacts(0, 0)


def contacts_of_grids(
    connection: Connection,
    window: Window,
    zone: ZoneInfo,
    scope: Scope = None,
    numbers: Collection[int] | None = None,
) -> dict[GridOfVillage, Contacts]:
    """Return what came in of the grids of villages in a window; a household that changed its grid in it is of both.

    With `numbers`, of their grids with one of these alone.
    """
    by_days = plans_by_days(connection, window, zone, scope)
    counted: dict[GridOfVillage, Contacts] = defaultdict(lambda: NOTHING)
    for days, of_village in by_days.items():
        for village_id, number, contacts, households in _counted(
            connection, _COUNTED, days, of_village.values(), numbers
        ):
            before = counted[village_id, number]
            counted[village_id, number] = Contacts(before.contacts + contacts, before.households + households)
    plans_of = Counter(village_id for of_village in by_days.values() for village_id in of_village)
    reached: dict[GridOfVillage, set[int]] = defaultdict(set)
    for days, of_village in by_days.items():
        if redrawn := [plan_id for village_id, plan_id in of_village.items() if plans_of[village_id] > 1]:
            for village_id, number, household_id in _counted(connection, _REACHED, days, redrawn, numbers):
                reached[village_id, number].add(household_id)
    return counted | {of: Contacts(counted[of].contacts, len(homes)) for of, homes in reached.items()}


def contacts_in(
    connection: Connection, windows: Sequence[Window], zone: ZoneInfo, scope: Scope = None
) -> dict[GridOfVillage, tuple[int, ...]]:
    """Return how many contacts the grids of villages had in each of some windows, which are counted at once."""
    counts = [func.count(case((visit.c.day.between(one.first, one.last), 1))) for one in windows]
    found = _in_grids(_IS_CONTACT).add_columns(*counts).group_by(plan.c.village_id, membership.c.number)
    whole = Window(min(one.first for one in windows), max(one.last for one in windows))
    counted: dict[GridOfVillage, tuple[int, ...]] = {}
    for days, of_village in plans_by_days(connection, whole, zone, scope).items():
        for village_id, number, *contacts in _counted(connection, found, days, of_village.values(), None):
            before = counted.get((village_id, number), (0,) * len(windows))
            counted[village_id, number] = tuple(map(add, before, contacts))
    return counted


def groups_of_grids(connection: Connection, plan_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Return the number of the party group of each grid of plans that is in one, by plan and grid."""
    found = select(grid.c.plan_id, grid.c.number, grid.c.group_number).where(
        grid.c.plan_id.in_(list(plan_ids)), grid.c.group_number.is_not(None)
    )
    return {(plan_id, number): group for plan_id, number, group in connection.execute(found)}


def days_of_grid(
    connection: Connection, of: GridOfVillage, window: Window, zone: ZoneInfo
) -> list[tuple[date, str, int, int]]:
    """Return days, channels, contacts, and attempts at which nobody was met, of a grid in a window."""
    village_id, number = of
    rows = []
    for days, of_village in plans_by_days(connection, window, zone, [village_id]).items():
        found = _counted(connection, _BY_DAY, days, of_village.values(), [number])
        rows += [(day, channel, met, vain) for _, _, day, channel, met, vain in found]
    return rows


def days_reached(
    connection: Connection, grids: Collection[GridOfVillage], window: Window, zone: ZoneInfo
) -> dict[GridOfVillage, list[tuple[date, str, bool]]]:
    """Return of grids the days of a window on which somebody was reached, by source, and if only the week is known."""
    found: dict[GridOfVillage, list[tuple[date, str, bool]]] = {of: [] for of in grids}
    numbers = {number for _, number in grids}
    for days, of_village in plans_by_days(connection, window, zone, {village_id for village_id, _ in grids}).items():
        for village_id, number, *reached in _counted(connection, _DAYS, days, of_village.values(), numbers):
            if (village_id, number) in found:
                found[village_id, number].append(tuple(reached))
    return {of: sorted(days) for of, days in found.items()}


def _counted(
    connection: Connection,
    found: Select[Any],
    days: Window,
    plan_ids: Iterable[int],
    numbers: Collection[int] | None,
) -> Iterable[Any]:
    """Return what a query of visits in grids finds of some days in the grids of plans, or in some of them."""
    given: dict[str, Any] = {"plans": [*plan_ids], "first": days.first, "last": days.last}
    if numbers is None:
        return connection.execute(found, given).all()
    return connection.execute(_of_numbers(found), given | {"numbers": [*numbers]}).all()


@cache
def _of_numbers(found: Select[Any]) -> Select[Any]:
    """Return a query of visits in grids for those with some numbers, the same each time: it is not made anew."""
    return found.where(membership.c.number.in_(bindparam("numbers", expanding=True)))


def _in_grids(is_of: ColumnElement[bool]) -> Select[tuple[int, int]]:
    """Return the query of visits of some days at members of the grids of plans: village and number, and more."""
    return (
        select(plan.c.village_id, membership.c.number)
        .join(membership, membership.c.plan_id == plan.c.id)
        .join(visit, is_of)
        .where(plan.c.id.in_(bindparam("plans", expanding=True)), membership.c.number.is_not(None))
        .where(visit.c.day >= bindparam("first"), visit.c.day <= bindparam("last"))
    )


_IS_CONTACT: Final = visit.c.contact_of == membership.c.household_id
_IS_ATTEMPT: Final = and_(visit.c.contact_of.is_(None), visit.c.household_id == membership.c.household_id)
_IN_VAIN: Final = case((and_(visit.c.contact_of.is_(None), visit.c.outcome != "met"), visit.c.household_id))
_COUNTED: Final = (
    _in_grids(_IS_CONTACT)
    .add_columns(func.count(), func.count(visit.c.contact_of.distinct()))
    .group_by(plan.c.village_id, membership.c.number)
)
_REACHED: Final = _in_grids(_IS_CONTACT).add_columns(visit.c.contact_of).distinct()
_DAYS: Final = _in_grids(_IS_CONTACT).add_columns(visit.c.day, visit.c.source, visit.c.week_only).distinct()
_BY_DAY: Final = (
    _in_grids(or_(_IS_CONTACT, _IS_ATTEMPT))
    .where(visit.c.state == "standing")
    .add_columns(visit.c.day, visit.c.channel, func.count(visit.c.contact_of), func.count(_IN_VAIN.distinct()))
    .group_by(plan.c.village_id, membership.c.number, visit.c.day, visit.c.channel)
    .order_by(visit.c.day)
)


def village_of_plan(connection: Connection, plan_id: int) -> int:
    """Return the village of a plan that is or was in force.

    Raises
    ------
    NotFound
        There is no such plan, or it is a draft.
    """
    found = select(plan.c.village_id).where(plan.c.id == plan_id, plan.c.state.in_(("published", "archived")))
    return int(only_row(connection, found)["village_id"])


def came_in_later(connection: Connection, day: date, zone: ZoneInfo, scope: Scope = None) -> dict[int, int]:
    """Return how many visits of a day or before came in after its end, by village, of those of a scope with some."""
    end = datetime.combine(day + DAY, time(), zone)
    found = (
        select(visit.c.village_id, func.count())
        .where(visit.c.received_at >= end, visit.c.day <= day, visit.c.state == "standing")
        .where(in_scope(visit.c.village_id, scope))
        .group_by(visit.c.village_id)
    )
    return {village_id: n for village_id, n in connection.execute(found)}


def pauses(connection: Connection, window: Window, scope: Scope = None) -> list[RowMapping]:
    """Return the pauses of the town and of villages that touch a window, the earliest first."""
    found = (
        select(pause)
        .where(pause.c.first_day <= window.last, pause.c.last_day >= window.first)
        .where(or_(pause.c.village_id.is_(None), in_scope(pause.c.village_id, scope)))
        .order_by(pause.c.first_day, pause.c.id)
    )
    return list(connection.execute(found).mappings())
