"""What a member sees: the villages of the own grids, people to reach, last contacts, and visits of the own name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    Connection,
    RowMapping,
    Select,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from gridplan.contact.figures import Window
from gridplan.store.contact.records import PLANS, in_force
from gridplan.store.contact.visits import COLUMNS
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import only_row
from gridplan.store.tables import account, amendment, assignment, cover, household, member, plan, sheet, village, visit

_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_COVERS: Final = (
    select(cover.c.village_id, cover.c.number, cover.c.last_day, cover.c.by_member_id)
    .where(cover.c.first_day <= bindparam("day"), cover.c.last_day >= bindparam("day"))
    .order_by(cover.c.last_day)
)
_COVERS_OF_VILLAGE: Final = _COVERS.where(cover.c.village_id == bindparam("village"))
_COVERS_BY_MEMBER: Final = _COVERS.where(cover.c.by_member_id == bindparam("member"))
_ASSIGNED: Final = plan.alias("assigned")
_VILLAGES: Final = (
    select(_ASSIGNED.c.village_id)
    .join(assignment, assignment.c.plan_id == _ASSIGNED.c.id)
    .where(assignment.c.member_id == bindparam("member"), assignment.c.since <= bindparam("day"))
    .where(or_(assignment.c.until.is_(None), assignment.c.until > bindparam("day")))
    .union(_COVERS_BY_MEMBER.with_only_columns(cover.c.village_id).order_by(None))
)
_PLANS: Final = PLANS.where(plan.c.village_id.in_(_VILLAGES))
_HOMES: Final = (
    select(household, village.c.name.label("village"), village.c.phone.label("office_phone"))
    .join(village)
    .where(household.c.id.in_(_IDS))
)
_PEOPLE: Final = select(member.c.id, member.c.name, member.c.phone).where(member.c.id.in_(_IDS))


def plans_of_member(connection: Connection, member_id: int, day: date, zone: ZoneInfo) -> dict[int, int]:
    """Return the plans that count on a day of the villages in which a member has a grid on it, by village.

    It has one as lead, deputy or cover.
    """
    window = Window(day, day)
    found = connection.execute(_PLANS, {"member": member_id, "day": day})
    return in_force(found, window, zone).get(window, {})


def cover_ends(
    connection: Connection, village_id: int, day: date
) -> Mapping[int, Mapping[tuple[int, int | None], date]]:
    """Return until when members cover somebody in a village: by who covers, village and grid, or None for all grids."""
    ends: dict[int, dict[tuple[int, int | None], date]] = defaultdict(dict)
    for of, number, last_day, by_member_id in connection.execute(
        _COVERS_OF_VILLAGE, {"village": village_id, "day": day}
    ):
        ends[by_member_id][of, number] = last_day
    return ends


def homes(connection: Connection, household_ids: Collection[int]) -> dict[int, RowMapping]:
    """Return households by id, with the names of their villages and the phones of the offices there."""
    return _by_id(connection, _HOMES, household_ids)


def people(connection: Connection, member_ids: Collection[int]) -> dict[int, RowMapping]:
    """Return members by id."""
    return _by_id(connection, _PEOPLE, member_ids)


def _by_id(connection: Connection, found: Select[Any], ids: Collection[int]) -> dict[int, RowMapping]:
    if not ids:
        return {}
    return {row["id"]: row for row in connection.execute(found, {"ids": list(ids)}).mappings().all()}


# ---- visits


_LATEST: Final = visit.alias("latest")
_LAST_CONTACT: Final = (
    select(_LATEST.c.n)
    .where(_LATEST.c.contact_of == household.c.id, _LATEST.c.day <= bindparam("last"))
    .order_by(_LATEST.c.day.desc())
    .limit(1)
    .scalar_subquery()
)
_SHOWN: Final = union_all(
    select(*COLUMNS, visit.c.contact_of, visit.c.n).where(
        visit.c.n.in_(select(_LAST_CONTACT).where(household.c.id.in_(_IDS)))
    ),
    select(*COLUMNS, visit.c.contact_of, visit.c.n).where(
        *(visit.c.household_id.in_(_IDS), visit.c.day >= bindparam("first"), visit.c.day <= bindparam("last")),
        *(visit.c.outcome != "met", visit.c.state == "standing", visit.c.contact_of.is_(None)),
    ),
)
_NEWEST_FIRST: Final = _SHOWN.order_by(*(_SHOWN.selected_columns[name].desc() for name in ("day", "n")))


def contacts_and_attempts(
    connection: Connection, household_ids: Collection[int], window: Window
) -> tuple[dict[int, RowMapping], dict[int, list[RowMapping]]]:
    """Return the last contacts of households by the end of some days, and the visits on these at which nobody was met.

    Both are by household, and `COLUMNS`; of several the newest is first.
    """
    contacts: dict[int, RowMapping] = {}
    attempts: dict[int, list[RowMapping]] = defaultdict(list)
    given = {"ids": [*household_ids], "first": window.first, "last": window.last}
    for row in connection.execute(_NEWEST_FIRST, given).mappings().all() if household_ids else ():
        if row["contact_of"] is None:
            attempts[row["household"]].append(row)
        else:
            contacts[row["contact_of"]] = row
    return contacts, attempts


_VISITS: Final = (
    select(*COLUMNS, visit.c.entered_by, visit.c.contact_of, visit.c.village_id, visit.c.received_at)
    .add_columns(account.c.name.label("entered_by_name"), sheet.c.number.label("sheet"))
    .add_columns(household.c.code, household.c.door, household.c.address, household.c.hamlet)
    .add_columns(household.c.name.label("head"), village.c.name.label("village"), member.c.name.label("member_name"))
    .join(household, household.c.id == visit.c.household_id)
    .join(village, village.c.id == visit.c.village_id)
    .join(member, member.c.id == visit.c.member_id)
    .outerjoin(account, account.c.id == visit.c.entered_by)
    .outerjoin(sheet, sheet.c.id == visit.c.sheet_id)
)
_VISITS_OF_MEMBER: Final = _VISITS.where(visit.c.member_id == bindparam("member"))
_VISIT: Final = _VISITS_OF_MEMBER.where(visit.c.id == bindparam("id"))
_VISITS_OF_MEETING: Final = _VISITS_OF_MEMBER.where(visit.c.meeting_id == bindparam("meeting")).order_by(visit.c.n)
_AMENDMENTS: Final = (
    select(amendment, account.c.name.label("by"))
    .outerjoin(account, account.c.id == amendment.c.entered_by)
    .where(amendment.c.visit_id.in_(_IDS))
    .order_by(amendment.c.n)
)


def visits_of_member(connection: Connection, member_id: int, first: date) -> list[RowMapping]:
    """Return the visits of a member since a day, the newest first."""
    found = _VISITS_OF_MEMBER.where(visit.c.day >= first).order_by(visit.c.day.desc(), visit.c.n.desc())
    return list(connection.execute(found, {"member": member_id}).mappings())


def visits_of_meeting(connection: Connection, member_id: int, meeting_id: str) -> list[RowMapping]:
    """Return the visits of a member that were entered at once."""
    given = {"member": member_id, "meeting": meeting_id}
    return list(connection.execute(_VISITS_OF_MEETING, given).mappings())


def visit_of_member(connection: Connection, member_id: int, visit_id: str) -> RowMapping:
    """Return a visit of a member.

    Raises
    ------
    NotFound
        There is none with this id, or it is somebody else's.
    """
    return only_row(connection, _VISIT, {"member": member_id, "id": visit_id})


DISPUTED: Final = visit.c.state == literal_column("'disputed'")
"""As the index of disputed visits has it: SQLite uses that for a literal alone."""


def disputes(connection: Connection, scope: Scope) -> int:
    """Return how many visits in villages of a scope are disputed."""
    found = select(func.count()).select_from(visit).where(DISPUTED, in_scope(visit.c.village_id, scope))
    return connection.execute(found).scalar_one()


def disputed(connection: Connection, scope: Scope) -> list[RowMapping]:
    """Return the visits in villages of a scope that are disputed, the oldest first."""
    found = _VISITS.where(DISPUTED, in_scope(visit.c.village_id, scope))
    return list(connection.execute(found.order_by(visit.c.day, visit.c.n)).mappings())


def amendments_of(connection: Connection, visit_ids: Collection[str]) -> Mapping[str, list[RowMapping]]:
    """Return the amendments of visits that changed something, by visit, in their order."""
    by: dict[str, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(_AMENDMENTS, {"ids": [*visit_ids]}).mappings():
        if row["before"]:
            by[row["visit_id"]].append(row)
    return by
