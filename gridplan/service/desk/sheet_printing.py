"""Tick sheets printed: each grid of a village in a month has a number, the same however often it is printed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from gridplan.contact.calendar import weeks_of_month
from gridplan.contact.sheet_number import new_number
from gridplan.errors import InputRefused
from gridplan.exchange.paper.tick_sheets import SheetRow, TickSheet
from gridplan.store import Store, Who
from gridplan.store.contact import covers, records, sheets
from gridplan.store.contact.sheets import NewSheet
from gridplan.store.registry import members
from gridplan.store.registry.villages import Scope
from gridplan.words import Lang, say


@dataclass(frozen=True, slots=True)
class PrintVillage:
    """A village with how many grids it has, and how many of them have a sheet for the month."""

    id: int
    name: str
    grids: int
    printed: int


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
        connection = change.connection
        wanted = _wanted(connection, village_id, month, now.astimezone(zone).date(), zone)
        if unknown := sorted(set(grids or ()) - {one.grid for one in wanted}):
            raise InputRefused("record.no_such_grid", grid=unknown[0])
        if not wanted:
            raise InputRefused("record.no_grids")
        chosen = [one for one in wanted if grids is None or one.grid in grids]
        printed = sheets.printed(connection, month, [village_id])
        rows = sheets.households_of(connection, [row["id"] for row in printed.values()])
        numbers = []
        new = 0
        for one in chosen:
            before = printed.get((village_id, one.grid))
            if before is not None and _is_same(one, before, rows):
                numbers.append(before["number"])
                continue
            number = new_number(random)
            while not sheets.add(connection, one, number, who.account_id, now):
                number = new_number(random)
            numbers.append(number)
            new += 1
        change.village_id, change.detail = village_id, {"sheets": len(chosen), "new": new}
    return numbers


def _wanted(connection: Connection, village_id: int, month: date, today: date, zone: ZoneInfo) -> list[NewSheet]:
    """Return the sheets of a village as they would be printed now: the home of the lead is not on the own sheet."""
    found = []
    for grid in records.grid_contacts(connection, today, zone, [village_id]):
        charged = covers.in_charge(connection, today, [grid.plan_id]).get((grid.plan_id, grid.number))
        homes = [home.id for home in grid.households if not home.record.own]
        lead = charged.lead if charged is not None else None
        rows = dict(enumerate(homes, start=1))
        found.append(NewSheet(grid.plan_id, village_id, grid.number, month, lead, rows))
    return found


def _is_same(one: NewSheet, before: RowMapping, rows: Mapping[int, Mapping[int, int]]) -> bool:
    return before["member_id"] == one.member_id and rows.get(before["id"], {}) == one.rows


def tick_sheets(
    store: Store, scope: Scope, numbers: Collection[str], lang: Lang, *, names: bool, today: date
) -> list[TickSheet]:
    """Return sheets as they are put on paper: with the households they were printed with, and `names` only if asked."""
    with store.read() as connection:
        return [_on_paper(connection, scope, number, lang, names=names, today=today) for number in numbers]


def _on_paper(connection: Connection, scope: Scope, number: str, lang: Lang, *, names: bool, today: date) -> TickSheet:
    sheet = sheets.of_number(connection, number, scope)
    charged = covers.in_charge(connection, today, [sheet["plan_id"]]).get((sheet["plan_id"], sheet["grid"]))
    deputies = charged.deputies if charged is not None else ()
    name_of = members.names(connection, deputies)
    rows = sheets.rows_of(connection, sheet["id"])
    return TickSheet(
        number=number,
        village=sheet["village"],
        grid=sheet["label"] or say("map.grid", lang, number=sheet["grid"]),
        lead=sheet["lead"],
        deputies=tuple(name_of[id_] for id_ in deputies),
        month=sheet["month"],
        weeks=weeks_of_month(sheet["month"]),
        rows=tuple(
            SheetRow(
                row["row"],
                row["door"] or row["address"] or row["code"],
                row["hamlet"],
                row["name"] if names else None,
            )
            for row in rows
        ),
    )
