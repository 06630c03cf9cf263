"""The contacts of grids by week, kept in the transaction that changes them; a grid without a contact has no row.

They are what `contacts_of_grids` counts. A week that has settled keeps beside them what it was when something came in
later, and one whose visits were removed is final: it is not counted again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, delete, select, tuple_

from gridplan.contact.calendar import Week, is_settled, local_day
from gridplan.contact.figures import Window
from gridplan.contact.trend import GridWeek
from gridplan.store.contact.coverage import NOTHING, Contacts, contacts_of_grids
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import chunks, put
from gridplan.store.system import figure_changes
from gridplan.store.system.town_settings import read_settings
from gridplan.store.tables import grid_week, membership, plan, visit

IN_PLANS = plan.c.state.in_(("published", "archived"))
_MEMBERS: Final = (
    select(plan.c.village_id, membership.c.number, membership.c.household_id)
    .join(plan, plan.c.id == membership.c.plan_id)
    .where(membership.c.household_id.in_(bindparam("ids", expanding=True)), membership.c.number.is_not(None), IN_PLANS)
    .distinct()
)
_ROWS: Final = select(grid_week).where(
    grid_week.c.week == bindparam("week"), grid_week.c.village_id.in_(bindparam("villages", expanding=True))
)
_ROWS_OF_NUMBERS: Final = _ROWS.where(grid_week.c.number.in_(bindparam("numbers", expanding=True)))


def recount(
    connection: Connection,
    touched: Mapping[Week, Collection[int]],
    at: datetime | None,
    numbers: Collection[int] | None = None,
) -> frozenset[int]:
    """Count weeks of villages again, of their grids with one of some numbers or of all, and return these villages.

    `at` is when something came in: a week that had settled by then keeps what it was. None where nothing did, and the
    week is counted for the first time or mended. Renewing their keys locks the villages: nobody else counts their weeks
    until this transaction ends, or both would miss what the other adds.
    """
    villages = frozenset(village_id for of in touched.values() for village_id in of)
    if not villages:
        return villages
    figure_changes.renew(connection, villages)
    settings = read_settings(connection)
    zone = ZoneInfo(settings.time_zone)
    for week, village_ids in sorted(touched.items()):
        keeps = at is not None and is_settled(week, settings.settle_days, local_day(at, zone))
        _recount_week(connection, week, zone, (village_ids, numbers), keeps=keeps)
    return villages


def recount_villages(connection: Connection, scope: Scope, *, since: datetime | None = None) -> None:
    """Count the weeks of villages again whose plans changed: all of them, or those since a moment."""
    zone = ZoneInfo(read_settings(connection).time_zone)
    first = Week.of(local_day(since, zone)).monday if since else None
    recount(connection, weeks_with_contacts(connection, scope, first), None)


def came_in(
    connection: Connection, first: Week, last: Week, scope: Scope = None
) -> dict[int, dict[Week, dict[int, GridWeek]]]:
    """Return by village what came in of its grids, by week and number, in the weeks from one to another."""
    of, counts = grid_week.c, (grid_week.c.contacts, grid_week.c.contacted, grid_week.c.settled_contacts)
    found = select(of.village_id, of.week, of.number, *counts).where(
        in_scope(of.village_id, scope), of.week >= first.key, of.week <= last.key
    )
    of_village: dict[int, dict[Week, dict[int, GridWeek]]] = defaultdict(lambda: defaultdict(dict))
    for village_id, key, number, contacts, contacted, settled in connection.execute(found).all():
        later = 0 if settled is None else contacts - settled
        of_village[village_id][Week.parse(key)][number] = GridWeek(contacts, contacted, later)
    return of_village


def _recount_week(
    connection: Connection,
    week: Week,
    zone: ZoneInfo,
    of: tuple[Collection[int], Collection[int] | None],
    *,
    keeps: bool,
) -> None:
    village_ids, numbers = of
    counted = contacts_of_grids(connection, Window.of_week(week), zone, village_ids, numbers)
    found, given = (_ROWS, {}) if numbers is None else (_ROWS_OF_NUMBERS, {"numbers": [*numbers]})
    rows_of_week = connection.execute(found, given | {"week": week.key, "villages": [*village_ids]}).mappings()
    stored = {(row["village_id"], row["number"]): row for row in rows_of_week}
    gone, rows = [], []
    for grid in stored.keys() | counted.keys():
        row, now = stored.get(grid), counted.get(grid, NOTHING)
        before = Contacts(row["contacts"], row["contacted"]) if row else NOTHING
        if now == before or (row and row["is_final"]):
            continue
        settled = before if keeps else None
        if row and row["settled_contacts"] is not None:
            settled = Contacts(row["settled_contacts"], row["settled_contacted"])
        if settled == now:
            settled = None
        if now == NOTHING and settled is None:
            gone.append(grid)
            continue
        rows.append(
            {
                **dict(zip(("village_id", "number"), grid, strict=True)),
                "week": week.key,
                "contacts": now.contacts,
                "contacted": now.households,
                "settled_contacts": settled and settled.contacts,
                "settled_contacted": settled and settled.households,
            }
        )
    if gone:
        these = tuple_(grid_week.c.village_id, grid_week.c.number).in_(gone)
        connection.execute(delete(grid_week).where(grid_week.c.week == week.key, these))
    put(connection, grid_week, rows, "village_id", "number", "week")


def grids_of_members(connection: Connection, household_ids: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """Yield the grids that count the contacts of households, which have been in them: village, number, household."""
    for some in chunks(sorted(household_ids)):
        yield from connection.execute(_MEMBERS, {"ids": some})


def weeks_with_contacts(connection: Connection, scope: Scope = None, first: date | None = None) -> dict[Week, set[int]]:
    """Return the weeks of villages that have contacts or rows, those since a day, if one is given."""
    contacts = (
        select(plan.c.village_id, visit.c.day)
        .join(membership, membership.c.plan_id == plan.c.id)
        .join(visit, visit.c.contact_of == membership.c.household_id)
        .where(IN_PLANS, in_scope(plan.c.village_id, scope))
        .distinct()
    )
    rows = select(grid_week.c.village_id, grid_week.c.week).where(in_scope(grid_week.c.village_id, scope)).distinct()
    if first is not None:
        contacts = contacts.where(visit.c.day >= first)
        rows = rows.where(grid_week.c.week >= Week.of(first).key)
    weeks: dict[Week, set[int]] = defaultdict(set)
    for village_id, day in connection.execute(contacts):
        weeks[Week.of(day)].add(village_id)
    for village_id, key in connection.execute(rows):
        weeks[Week.parse(key)].add(village_id)
    return weeks


def miscounted(connection: Connection) -> tuple[int, dict[Week, set[int]]]:
    """Return how many weeks of villages there are, and those that are not as their visits are; final ones are not."""
    zone = ZoneInfo(read_settings(connection).time_zone)
    examined, wrong = 0, defaultdict[Week, set[int]](set)
    for week, village_ids in sorted(weeks_with_contacts(connection).items()):
        examined += len(village_ids)
        counted = {
            (*of, some.contacts, some.households)
            for of, some in contacts_of_grids(connection, Window.of_week(week), zone, village_ids).items()
        }
        found = select(grid_week).where(grid_week.c.week == week.key, grid_week.c.village_id.in_(village_ids))
        stored, final = set(), set()
        for row in connection.execute(found).mappings():
            of = row["village_id"], row["number"]
            final |= {of} if row["is_final"] else set()
            stored |= {(*of, row["contacts"], row["contacted"])} - {(*of, 0, 0)}
        wrong_rows = {row for row in stored ^ counted if row[:2] not in final}
        if wrong_rows:
            wrong[week] = {village_id for village_id, *_ in wrong_rows}
    return examined, wrong
