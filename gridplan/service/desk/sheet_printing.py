"""Tick sheets printed: each grid of a village in a month has a number, the same however often it is printed.

They are numbered first, which stores nothing, and kept then: what is made in another process is kept once it is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.calendar import weeks_of_month
from gridplan.contact.sheet_number import new_number
from gridplan.contact.walking import in_chosen_order
from gridplan.errors import Conflict, InputRefused
from gridplan.exchange.paper.tick_sheets import SheetRow, TickSheet
from gridplan.service.contact.own_list import mark
from gridplan.store import Store, Who
from gridplan.store.contact import covers, handover, records, sheets
from gridplan.store.contact.records import GridContact
from gridplan.store.contact.sheets import NewSheet, OfGrid
from gridplan.store.phone import walking_orders
from gridplan.store.registry import members, villages
from gridplan.store.registry.villages import Scope
from gridplan.words import Lang, say


@dataclass(frozen=True, slots=True)
class PrintVillage:
    """A village with how many grids it has, and how many of them have a sheet for the month."""

    id: int
    name: str
    grids: int
    printed: int


@dataclass(frozen=True, slots=True)
class NumberedSheet:
    """A sheet with its number; `is_new` where it is not stored yet."""

    number: str
    sheet: NewSheet
    is_new: bool


def print_page(store: Store, scope: Scope, month: date, *, zone: ZoneInfo, today: date) -> list[PrintVillage]:
    """Return the villages of a scope that have grids in force, with what is printed of them for a month."""
    with store.read() as connection:
        printed = sheets.printed(connection, month, scope)
        inside = sheets.grids_in_force(connection, today, zone, scope)
    found: dict[int, PrintVillage] = {}
    for row in inside:
        before = found.get(row["village_id"], PrintVillage(row["village_id"], row["village"], 0, 0))
        has = (row["village_id"], row["number"]) in printed
        found[before.id] = PrintVillage(before.id, before.name, before.grids + 1, before.printed + has)
    return list(found.values())


def print_sheets(
    store: Store,
    who: Who,
    village_id: int,
    month: date,
    *,
    grids: Collection[int] | None = None,
    zone: ZoneInfo,
    now: datetime,
    random: Random,
) -> list[str]:
    """Return the numbers of the sheets of a village, or of some of its grids, for a month; by grid.

    A grid whose households, their order and its lead are those that were printed last keeps the number of that sheet;
    any other gets a new one, and the earlier one can be typed in all the same.

    Raises
    ------
    InputRefused
        The village has no plan in force, or not one of these grids.
    """
    with store.change(who, "print", "sheet", now=now) as change:
        connection, today = change.connection, now.astimezone(zone).date()
        inside = records.grid_contacts(connection, today, zone, [village_id])
        if unknown := sorted(set(grids or ()) - {one.number for one in inside}):
            raise InputRefused("record.no_such_grid", grid=unknown[0])
        if not inside:
            raise InputRefused("record.no_grids")
        chosen = [one for one in inside if grids is None or one.number in grids]
        found = numbered(connection, sheets_of_grids(connection, chosen, month, today), random)
        new = keep_sheets(connection, found, who.account_id, now)
        change.village_id, change.detail = village_id, {"sheets": len(found), "new": new}
    return [one.number for one in found]


def sheets_of_grids(connection: Connection, grids: Iterable[GridContact], month: date, today: date) -> list[NewSheet]:
    """Return the sheets of grids as they would be printed now, in the order in which the lead walks.

    The home of the lead is not on the own sheet.
    """
    inside = list(grids)
    charged = covers.in_charge(connection, today, {grid.plan_id for grid in inside})
    orders = walking_orders.orders_of(connection, {of.lead for of in charged.values() if of.lead is not None})
    found = []
    for grid in inside:
        of = charged.get((grid.plan_id, grid.number))
        lead = of.lead if of else None
        homes = [home.id for home in grid.households if not home.record.own]
        rows = dict(enumerate(in_chosen_order(homes, orders.get(lead, ()) if lead else ()), start=1))
        found.append(NewSheet(grid.plan_id, grid.village_id, grid.number, month, lead, rows))
    return found


def numbered(connection: Connection, wanted: Sequence[NewSheet], random: Random) -> list[NumberedSheet]:
    """Return sheets of a month with their numbers; nothing is stored.

    One whose households, their order and its lead are those that were printed last keeps the number of that sheet.
    """
    before = _printed_so(connection, wanted)
    fresh = iter(_fresh(connection, len(wanted) - len(before), random))
    found = []
    for one in wanted:
        number = before.get((one.village_id, one.grid))
        found.append(NumberedSheet(number or next(fresh), one, number is None))
    return found


def keep_sheets(connection: Connection, found: Sequence[NumberedSheet], printed_by: int | None, now: datetime) -> int:
    """Store the sheets that are new, and return how many that are.

    Raises
    ------
    Conflict
        One of them was printed in the meantime, or another one under its number.
    """
    new = [one for one in found if one.is_new]
    if _printed_so(connection, [one.sheet for one in new]):
        raise Conflict("sheet.printed_meanwhile")
    if not all(sheets.add(connection, one.sheet, one.number, printed_by, now) for one in new):
        raise Conflict("sheet.printed_meanwhile")
    return len(new)


def _printed_so(connection: Connection, wanted: Sequence[NewSheet]) -> dict[OfGrid, str]:
    """Return the numbers of those sheets of a month that were printed last as they are wanted."""
    if not wanted:
        return {}
    printed = sheets.printed(connection, wanted[0].month, {one.village_id for one in wanted})
    rows = sheets.households_of(connection, [row["id"] for row in printed.values()])
    found = {}
    for one in wanted:
        before = printed.get((one.village_id, one.grid))
        if before and before["member_id"] == one.member_id and rows.get(before["id"], {}) == one.rows:
            found[one.village_id, one.grid] = str(before["number"])
    return found


def _fresh(connection: Connection, count: int, random: Random) -> list[str]:
    """Return so many numbers that no sheet has."""
    found: dict[str, None] = {}
    while len(found) < count:
        drawn = [new_number(random) for _ in range(count - len(found))]
        taken = sheets.numbers_in_use(connection, drawn)
        found |= {number: None for number in drawn if number not in taken}
    return list(found)


def tick_sheets(
    store: Store, scope: Scope, numbers: Collection[str], lang: Lang, *, names: bool, today: date
) -> list[TickSheet]:
    """Return sheets as they are put on paper: with the households they were printed with, and `names` only if asked."""
    with store.read() as connection:
        return on_paper(connection, stored_sheets(connection, scope, numbers), lang, names=names, today=today)


def stored_sheets(connection: Connection, scope: Scope, numbers: Collection[str]) -> dict[str, NewSheet]:
    """Return sheets as they were printed, by number.

    Raises
    ------
    NotFound
        There is none of a number, or it is of another village.
    """
    rows = [sheets.of_number(connection, number, scope) for number in numbers]
    homes = sheets.households_of(connection, [row["id"] for row in rows])
    return {
        row["number"]: NewSheet(
            row["plan_id"], row["village_id"], row["grid"], row["month"], row["member_id"], homes.get(row["id"], {})
        )
        for row in rows
    }


def on_paper(
    connection: Connection, of: Mapping[str, NewSheet], lang: Lang, *, names: bool, today: date
) -> list[TickSheet]:
    """Return sheets by number as they are put on paper, without the rows of households that have retired since."""
    charged = covers.in_charge(connection, today, {one.plan_id for one in of.values()})
    deputies = {at: one.deputies for at, one in charged.items()}
    leads = {one.member_id for one in of.values() if one.member_id is not None}
    called = members.names(connection, leads.union(*deputies.values()))
    named, homes = villages.names(connection), handover.households(connection, _homes(of))
    labels = {at: row["label"] for at, row in handover.grids(connection, {_at(one) for one in of.values()}).items()}
    return [
        TickSheet(
            number=number,
            village=named[one.village_id],
            grid=labels.get(_at(one)) or say("map.grid", lang, number=one.grid),
            lead=None if one.member_id is None else called[one.member_id],
            deputies=tuple(called[id_] for id_ in deputies.get(_at(one), ())),
            month=one.month,
            weeks=weeks_of_month(one.month),
            rows=tuple(
                SheetRow(row, mark(homes[id_]), homes[id_]["hamlet"], homes[id_]["name"] if names else None)
                for row, id_ in one.rows.items()
                if homes[id_]["retired_on"] is None
            ),
        )
        for number, one in of.items()
    ]


def _homes(of: Mapping[str, NewSheet]) -> set[int]:
    return {id_ for one in of.values() for id_ in one.rows.values()}


def _at(one: NewSheet) -> covers.GridNumber:
    return one.plan_id, one.grid
