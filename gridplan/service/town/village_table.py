"""The villages of a town with their counts, as a table with its sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping

from gridplan.store import Store
from gridplan.store.plans.households_and_members import household_counts, member_counts
from gridplan.store.plans.plan_figures import figures_in_force
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope


@dataclass(frozen=True, slots=True)
class VillageRow:
    """A village with its counts; what comes of a plan is None where none is in force."""

    id: int
    name: str
    households: int
    placed: int
    in_no_grid: int
    members: int
    without_card: int
    plan_id: int | None = None
    published_at: datetime | None = None
    grids: int | None = None
    without_lead: int | None = None
    walk_m: float | None = None
    exceptions: int | None = None


def village_rows(connection: Connection, scope: Scope) -> tuple[VillageRow, ...]:
    """Return the villages of a scope with their counts, by name."""
    homes = household_counts(connection, scope)
    people = member_counts(connection, scope)
    in_force = figures_in_force(connection, scope)
    return tuple(
        village_row(row, homes.get(row["id"]), people.get(row["id"]), in_force.get(row["id"]))
        for row in villages.rows(connection, scope)
    )


def village_row(
    village: RowMapping, homes: RowMapping | None, people: RowMapping | None, plan: RowMapping | None
) -> VillageRow:
    """Return a village with its counts."""
    row = VillageRow(
        id=village["id"],
        name=village["name"],
        households=homes["households"] if homes else 0,
        placed=homes["placed"] if homes else 0,
        in_no_grid=homes["in_no_grid"] if homes else 0,
        members=people["members"] if people else 0,
        without_card=people["without_card"] if people else 0,
    )
    if plan is None:
        return row
    return replace(
        row,
        plan_id=plan["id"],
        published_at=plan["published_at"],
        grids=plan["grids"],
        without_lead=plan["without_lead"],
        walk_m=None if plan["not_drawn"] else plan["walk_m"],
        exceptions=plan["exceptions"],
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over villages."""

    villages: int
    planned: int
    households: int
    placed: int
    in_no_grid: int
    members: int
    without_card: int
    grids: int
    without_lead: int
    exceptions: int


def totals(rows: Iterable[VillageRow]) -> Totals:
    """Return the sums over villages."""
    rows = tuple(rows)

    def sum_of(name: str) -> int:
        return sum(getattr(row, name) or 0 for row in rows)

    summed = ("households", "placed", "in_no_grid", "members", "without_card", "grids", "without_lead", "exceptions")
    return Totals(
        villages=len(rows),
        planned=sum(row.plan_id is not None for row in rows),
        **{name: sum_of(name) for name in summed},
    )


@dataclass(frozen=True, slots=True)
class VillageTable:
    """The villages of a scope, and the sums over them."""

    rows: tuple[VillageRow, ...]
    totals: Totals


def village_table(store: Store, scope: Scope) -> VillageTable:
    """Return the villages of a scope."""
    with store.read() as connection:
        rows = village_rows(connection, scope)
    return VillageTable(rows, totals(rows))
