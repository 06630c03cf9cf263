"""Tick sheets: which were printed, what household is in which row, which weeks came in; and tallies of grids."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, and_, delete, exists, func, insert, or_, select

from gridplan.contact.calendar import Week
from gridplan.contact.visits import Visit
from gridplan.store.contact.covers import GridNumber
from gridplan.store.contact.records import plans_on
from gridplan.store.contact.visits import COLUMNS, Entry, visit_of
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import by_name, insert_new, only_row
from gridplan.store.tables import (
    account,
    grid,
    grid_tally,
    household,
    member,
    membership,
    plan,
    residence,
    sheet,
    sheet_row,
    sheet_week,
    village,
    village_change,
    visit,
)

OfGrid = tuple[int, int]
"""A village and the number of a grid in it."""


# ---- printed


@dataclass(frozen=True, slots=True)
class NewSheet:
    """A sheet that is printed: a grid in a month, for its lead, with its households by row."""

    plan_id: int
    village_id: int
    grid: int
    month: date
    member_id: int | None
    rows: Mapping[int, int]


def add(connection: Connection, new: NewSheet, number: str, printed_by: int | None, now: datetime) -> bool:
    """Add a sheet under a number; return whether it was free."""
    values = {
        "number": number,
        "plan_id": new.plan_id,
        "village_id": new.village_id,
        "grid": new.grid,
        "month": new.month,
        "member_id": new.member_id,
        "printed_at": now,
        "printed_by": printed_by,
    }
    if not insert_new(connection, sheet, [values], "number"):
        return False
    id_ = connection.execute(select(sheet.c.id).where(sheet.c.number == number)).scalar_one()
    rows = [{"sheet_id": id_, "row": row, "household_id": home} for row, home in new.rows.items()]
    if rows:
        connection.execute(insert(sheet_row), rows)
    return True


def numbers_in_use(connection: Connection, numbers: Collection[str]) -> frozenset[str]:
    """Return those of some numbers that sheets have."""
    found = select(sheet.c.number).where(sheet.c.number.in_(numbers))
    return frozenset(connection.execute(found).scalars())


def printed(connection: Connection, month: date, scope: Scope = None) -> dict[OfGrid, RowMapping]:
    """Return the sheet of each grid for a month that was printed last, if any was."""
    found = select(sheet).where(sheet.c.month == month, in_scope(sheet.c.village_id, scope)).order_by(sheet.c.id)
    return {(row["village_id"], row["grid"]): row for row in connection.execute(found).mappings()}


def printed_before(connection: Connection, month: date, scope: Scope = None) -> dict[OfGrid, RowMapping]:
    """Return the sheets for a month of before villages were merged or split, by the grids that their households are in.

    That is of each grid the one that has most of its households, if it has half of them at least.
    """
    changed = _changed_since(connection, month)
    found = select(sheet).where(sheet.c.month == month, sheet.c.village_id.in_(changed)).order_by(sheet.c.id)
    return _carried(connection, connection.execute(found).mappings().all() if changed else (), changed, scope)


def _changed_since(connection: Connection, month: date) -> set[int]:
    """Return the villages that were merged or split, or are again what they were, since a month began."""
    begun = datetime(month.year, month.month, month.day, tzinfo=UTC)
    found = select(village_change.c.village_id, village_change.c.other_id).where(
        or_(village_change.c.day >= month, village_change.c.undone_at >= begun)
    )
    return {id_ for both in connection.execute(found) for id_ in both}


def _carried(
    connection: Connection, printed: Sequence[RowMapping], changed: Collection[int], scope: Scope
) -> dict[OfGrid, RowMapping]:
    """Return sheets of villages that changed by the grids in force that most of their households are in now."""
    if not printed:
        return {}
    members = (
        select(membership.c.household_id, plan.c.village_id, membership.c.number)
        .join(plan, plan.c.id == membership.c.plan_id)
        .where(plan.c.state == "published", plan.c.village_id.in_(changed), membership.c.number.is_not(None))
    )
    grid_of = {home: (of, number) for home, of, number in connection.execute(members)}
    rows, sizes = households_of(connection, [row["id"] for row in printed]), Counter(grid_of.values())
    most: dict[OfGrid, tuple[int, RowMapping]] = {}
    for row in printed:
        for of, n in Counter(grid_of[home] for home in rows[row["id"]].values() if home in grid_of).items():
            if 2 * n >= sizes[of] and n >= most.get(of, (0, row))[0] and (scope is None or of[0] in scope):
                most[of] = n, row
    return {of: row for of, (_, row) in most.items()}


def households_of(connection: Connection, sheet_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Return the household of each row of sheets, by sheet."""
    rows: dict[int, dict[int, int]] = defaultdict(dict)
    found = select(sheet_row).where(sheet_row.c.sheet_id.in_(sheet_ids)).order_by(sheet_row.c.row)
    for row in connection.execute(found).mappings():
        rows[row["sheet_id"]][row["row"]] = row["household_id"]
    return rows


def of_number(connection: Connection, number: str, scope: Scope) -> RowMapping:
    """Return a sheet of a scope with the names of its village, its grid and who it was printed for.

    It is of a scope where its village is, or where all its households live now.

    Raises
    ------
    NotFound
        None has this number, or it is of another village.
    """
    inside = select(sheet_row.c.sheet_id).join(household).where(sheet_row.c.sheet_id == sheet.c.id)
    lives_there = in_scope(household.c.village_id, scope)
    all_there = inside.where(lives_there).exists() & ~inside.where(~lives_there).exists()
    found = (
        select(sheet, village.c.name.label("village"), grid.c.label, member.c.name.label("lead"))
        .join(village, village.c.id == sheet.c.village_id)
        .outerjoin(grid, and_(grid.c.plan_id == sheet.c.plan_id, grid.c.number == sheet.c.grid))
        .outerjoin(member, member.c.id == sheet.c.member_id)
        .where(sheet.c.number == number, or_(in_scope(sheet.c.village_id, scope), all_there))
    )
    return only_row(connection, found)


def grids_elsewhere(connection: Connection, sheet_id: int) -> list[GridNumber]:
    """Return the grids in force that households of a sheet are in now, in other villages than its own."""
    found = (
        select(plan.c.id, membership.c.number)
        .join(membership, membership.c.plan_id == plan.c.id)
        .join(sheet_row, sheet_row.c.household_id == membership.c.household_id)
        .join(sheet, sheet.c.id == sheet_row.c.sheet_id)
        .where(sheet.c.id == sheet_id, plan.c.village_id != sheet.c.village_id, plan.c.state == "published")
        .where(membership.c.number.is_not(None))
        .distinct()
    )
    return [(plan_id, number) for plan_id, number in connection.execute(found)]


def rows_of(connection: Connection, sheet_id: int) -> list[RowMapping]:
    """Return the rows of a sheet with what is known of their households now."""
    found = (
        select(sheet_row.c.row, household)
        .join(household, household.c.id == sheet_row.c.household_id)
        .where(sheet_row.c.sheet_id == sheet_id)
        .order_by(sheet_row.c.row)
    )
    return list(connection.execute(found).mappings())


# ---- come in


def weeks_of(connection: Connection, sheet_id: int) -> dict[str, RowMapping]:
    """Return the weeks of a sheet that came in, each with who called and who entered it when."""
    found = (
        select(sheet_week, account.c.name.label("account"))
        .outerjoin(account, account.c.id == sheet_week.c.entered_by)
        .where(sheet_week.c.sheet_id == sheet_id)
    )
    return {row["week"]: row for row in connection.execute(found).mappings()}


def visits_of(connection: Connection, sheet_id: int) -> dict[str, Visit]:
    """Return what was entered from a sheet, by the ids of the visits."""
    found = select(*COLUMNS).where(visit.c.sheet_id == sheet_id)
    return {row["id"]: visit_of(row) for row in connection.execute(found).mappings()}


def enter_week(connection: Connection, sheet_id: int, week: Week, member_id: int, entry: Entry) -> None:
    """Note that a week of a sheet came in, and who called."""
    take_back_week(connection, sheet_id, week)
    values = {"sheet_id": sheet_id, "week": week.key, "member_id": member_id}
    by = {"entered_at": entry.received_at, "entered_by": entry.account_id}
    connection.execute(insert(sheet_week).values(values | by))


def take_back_week(connection: Connection, sheet_id: int, week: Week) -> None:
    """Note that a week of a sheet did not come in."""
    same = (sheet_week.c.sheet_id == sheet_id) & (sheet_week.c.week == week.key)
    connection.execute(delete(sheet_week).where(same))


def grids_in(connection: Connection, week: Week, scope: Scope = None) -> dict[OfGrid, str]:
    """Return the grids of which a sheet came in for a week, each with the number of the sheet.

    One of before villages were merged or split is of the grids that its households are in now, too.
    """
    found = (
        select(sheet.c.village_id, sheet.c.grid, sheet.c.number)
        .join(sheet_week, sheet_week.c.sheet_id == sheet.c.id)
        .where(sheet_week.c.week == week.key, in_scope(sheet.c.village_id, scope))
        .order_by(sheet.c.id)
    )
    own = {(village_id, number): name for village_id, number, name in connection.execute(found)}
    changed = _changed_since(connection, week.month)
    before = select(sheet).join(sheet_week).where(sheet_week.c.week == week.key, sheet.c.village_id.in_(changed))
    rows = connection.execute(before.order_by(sheet.c.id)).mappings().all() if changed else ()
    return {of: str(row["number"]) for of, row in _carried(connection, rows, changed, scope).items()} | own


# ---- expected


def grids_in_force(connection: Connection, day: date, zone: ZoneInfo, scope: Scope = None) -> list[RowMapping]:
    """Return the grids in force on a day that somebody lived in then, by village, with the day on which that starts."""
    lives_there = (
        (household.c.village_id == plan.c.village_id)
        & or_(household.c.first_day.is_(None), household.c.first_day <= day)
        & or_(household.c.retired_on.is_(None), household.c.retired_on > day)
    )
    lived_there = exists().where(
        residence.c.household_id == household.c.id,
        residence.c.village_id == plan.c.village_id,
        or_(residence.c.from_day.is_(None), residence.c.from_day <= day),
        residence.c.until_day > day,
    )
    found = (
        select(
            plan.c.village_id,
            village.c.name.label("village"),
            village.c.start_day,
            membership.c.plan_id,
            membership.c.number,
            grid.c.label,
            func.count().label("households"),
        )
        .join(plan, plan.c.id == membership.c.plan_id)
        .join(grid, and_(grid.c.plan_id == membership.c.plan_id, grid.c.number == membership.c.number))
        .join(village, village.c.id == plan.c.village_id)
        .join(household, household.c.id == membership.c.household_id)
        .where(membership.c.plan_id.in_(plans_on(connection, day, zone, scope).values()))
        .where(or_(lives_there, lived_there))
        .group_by(plan.c.village_id, village.c.name, village.c.start_day)
        .group_by(membership.c.plan_id, membership.c.number, grid.c.label)
        .order_by(by_name(village.c.name), membership.c.number)
    )
    return list(connection.execute(found).mappings())


# ---- tallies


def tallies(connection: Connection, week: Week, scope: Scope = None) -> dict[OfGrid, RowMapping]:
    """Return the tallies of grids for a week."""
    found = select(grid_tally).where(grid_tally.c.week == week.key, in_scope(grid_tally.c.village_id, scope))
    return {(row["village_id"], row["grid"]): row for row in connection.execute(found).mappings()}


def save_tally(connection: Connection, of: OfGrid, week: Week, counts: tuple[int, int] | None, entry: Entry) -> None:
    """Note how many of how many households of a grid were met in a week, with None that nothing was said."""
    village_id, number = of
    same = {"village_id": village_id, "grid": number, "week": week.key}
    connection.execute(delete(grid_tally).filter_by(**same))
    if counts is not None:
        met, households = counts
        by = {"entered_at": entry.received_at, "entered_by": entry.account_id}
        connection.execute(insert(grid_tally).values(same | by | {"met": met, "of": households}))
