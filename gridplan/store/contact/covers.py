"""Who calls on the households of a grid on a day: its lead, its deputies, and who covers one of them for a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, and_, bindparam, delete, or_, select, update

from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import only_row
from gridplan.store.tables import assignment, cover, member, plan, village

GridNumber = tuple[int, int]
"""A plan and the number of a grid in it."""
_IS_ON_DAY: Final = and_(cover.c.first_day <= bindparam("day"), cover.c.last_day >= bindparam("day"))
_ON_DAY: Final = (
    select(assignment.c.plan_id, assignment.c.number, assignment.c.member_id, assignment.c.role, cover.c.by_member_id)
    .join(plan, plan.c.id == assignment.c.plan_id)
    .outerjoin(
        cover,
        and_(
            cover.c.member_id == assignment.c.member_id,
            cover.c.village_id == plan.c.village_id,
            or_(cover.c.number.is_(None), cover.c.number == assignment.c.number),
            _IS_ON_DAY,
        ),
    )
    .where(assignment.c.plan_id.in_(bindparam("plans", expanding=True)), assignment.c.since <= bindparam("day"))
    .where(or_(assignment.c.until.is_(None), assignment.c.until > bindparam("day")))
    .order_by(assignment.c.id, cover.c.number.is_not(None), cover.c.id)
)
_COVERS_ON_DAY: Final = (
    select(cover.c.member_id, cover.c.village_id, cover.c.number, cover.c.by_member_id)
    .where(_IS_ON_DAY)
    .order_by(cover.c.id)
)


@dataclass(frozen=True, slots=True)
class InCharge:
    """The members who call on the households of a grid on a day."""

    lead: int | None = None
    deputies: tuple[int, ...] = ()
    covers: tuple[int, ...] = ()
    """Who stands in for one of them on this day."""

    @property
    def all(self) -> tuple[int, ...]:
        """Every one of them, the lead first, those who cover next."""
        return tuple(dict.fromkeys([*([self.lead] if self.lead else []), *self.covers, *self.deputies]))


def in_charge(connection: Connection, day: date, plan_ids: Collection[int]) -> Mapping[GridNumber, InCharge]:
    """Return who calls on the households of the grids of plans on a day; who ends on it no longer does."""
    roles: dict[GridNumber, dict[str, dict[int, None]]] = defaultdict(lambda: defaultdict(dict))
    given = {"plans": [*plan_ids], "day": day}
    for plan_id, number, member_id, role, by_member_id in connection.execute(_ON_DAY, given).all():
        roles[plan_id, number][role][member_id] = None
        if by_member_id is not None:
            roles[plan_id, number]["cover"][by_member_id] = None
    return {
        key: InCharge(next(iter(of["lead"]), None), tuple(of["deputy"]), tuple(of["cover"]))
        for key, of in roles.items()
    }


def covers_on(connection: Connection, day: date) -> dict[tuple[int, int, int | None], list[int]]:
    """Return who covers whom on a day: by the member, the village and the grid, or None for all grids."""
    by: dict[tuple[int, int, int | None], list[int]] = defaultdict(list)
    for member_id, village_id, number, by_member_id in connection.execute(_COVERS_ON_DAY, {"day": day}):
        by[member_id, village_id, number].append(by_member_id)
    return by


# ---- covers kept


def rows(connection: Connection, scope: Scope, *, last_from: date, last_until: date | None = None) -> list[RowMapping]:
    """Return the covers of a scope that end between two days, those that began first first, with who covers whom."""
    ends = [cover.c.last_day >= last_from] + ([cover.c.last_day <= last_until] if last_until else [])
    found = _with_names().where(in_scope(cover.c.village_id, scope), *ends)
    return list(connection.execute(found.order_by(cover.c.first_day, cover.c.id)).mappings())


def by_id(connection: Connection, cover_id: int) -> RowMapping:
    """Return a cover with who covers whom.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    return only_row(connection, _with_names().where(cover.c.id == cover_id))


def _with_names() -> Select[Any]:
    away, stands_in = member.alias("away"), member.alias("stands_in")
    return (
        select(cover, away.c.name.label("name"), stands_in.c.name.label("by_name"), village.c.name.label("village"))
        .join(away, away.c.id == cover.c.member_id)
        .join(stands_in, stands_in.c.id == cover.c.by_member_id)
        .join(village, village.c.id == cover.c.village_id)
    )


def overlapping(connection: Connection, member_id: int, of: tuple[int, int | None], days: tuple[date, date]) -> bool:
    """Return whether a grid of a member, or with None any in a village, is covered on one of some days already."""
    village_id, number = of
    first, last = days
    same = (cover.c.member_id == member_id) & (cover.c.village_id == village_id)
    grids = [] if number is None else [or_(cover.c.number.is_(None), cover.c.number == number)]
    inside = (cover.c.first_day <= last, cover.c.last_day >= first)
    return connection.execute(select(cover.c.id).where(same, *grids, *inside)).first() is not None


def set_last_day(connection: Connection, cover_id: int, last_day: date) -> None:
    """Let a cover end on another day."""
    connection.execute(update(cover).where(cover.c.id == cover_id).values(last_day=last_day))


def end_of(connection: Connection, by_member_ids: Collection[int], today: date) -> None:
    """Let nobody of some members call for others any more from today on."""
    theirs = cover.c.by_member_id.in_(by_member_ids) & (cover.c.last_day >= today)
    connection.execute(delete(cover).where(theirs, cover.c.first_day >= today))
    connection.execute(update(cover).where(theirs).values(last_day=today - timedelta(days=1)))


def remove(connection: Connection, cover_id: int) -> None:
    """Remove a cover that has not begun."""
    connection.execute(delete(cover).where(cover.c.id == cover_id))
