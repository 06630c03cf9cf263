"""What the next one has to know of grids that are handed over: their households, and what is open there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, RowMapping, and_, or_, select, tuple_

from gridplan.store.contact.corrections import UNANSWERED
from gridplan.store.contact.covers import GridNumber
from gridplan.store.rows import chunks
from gridplan.store.tables import correction, grid, household, plan, sheet, sheet_week, village


def households(connection: Connection, household_ids: Collection[int]) -> dict[int, RowMapping]:
    """Return households by id."""
    found: dict[int, RowMapping] = {}
    for some in chunks(sorted(household_ids)):
        rows = connection.execute(select(household).where(household.c.id.in_(some))).mappings()
        found |= {row["id"]: row for row in rows}
    return found


def grids(connection: Connection, at: Collection[GridNumber]) -> dict[GridNumber, RowMapping]:
    """Return grids by plan and number, with their village."""
    found = (
        select(grid.c.plan_id, grid.c.number, grid.c.label, plan.c.village_id, village.c.name.label("village"))
        .join(plan, plan.c.id == grid.c.plan_id)
        .join(village, village.c.id == plan.c.village_id)
        .where(tuple_(grid.c.plan_id, grid.c.number).in_(sorted(at)))
    )
    return {(row["plan_id"], row["number"]): row for row in connection.execute(found).mappings()}


def open_corrections(connection: Connection, household_ids: Collection[int]) -> list[RowMapping]:
    """Return the corrections of households that have no answer yet, the oldest first."""
    found = (
        select(correction.c.kind, household.c.door, household.c.address, household.c.code)
        .join(household, household.c.id == correction.c.household_id)
        .where(correction.c.household_id.in_(household_ids), correction.c.state.in_(UNANSWERED))
        .order_by(correction.c.made_at)
    )
    return list(connection.execute(found).mappings())


def sheets_of(connection: Connection, at: Collection[GridNumber]) -> list[tuple[RowMapping, frozenset[str]]]:
    """Return the tick sheets of grids with the weeks that came in, the newest first."""
    of = or_(*(and_(sheet.c.plan_id == plan_id, sheet.c.grid == number) for plan_id, number in sorted(at)))
    found = select(sheet).where(of).order_by(sheet.c.month.desc(), sheet.c.id.desc())
    rows = connection.execute(found).mappings().all()
    come = select(sheet_week.c.sheet_id, sheet_week.c.week)
    weeks: dict[int, set[str]] = defaultdict(set)
    for sheet_id, week in connection.execute(come.where(sheet_week.c.sheet_id.in_([row["id"] for row in rows]))):
        weeks[sheet_id].add(week)
    return [(row, frozenset(weeks[row["id"]])) for row in rows]
