"""Who calls on the households of a grid on a day: its lead, its deputies, and who covers one of them for a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, or_, select

from gridplan.store.tables import assignment, cover, plan

GridNumber = tuple[int, int]
"""A plan and the number of a grid in it."""


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
    found = (
        select(assignment.c.plan_id, assignment.c.number, assignment.c.member_id, assignment.c.role, plan.c.village_id)
        .join(plan, plan.c.id == assignment.c.plan_id)
        .where(assignment.c.plan_id.in_(plan_ids), assignment.c.since <= day)
        .where(or_(assignment.c.until.is_(None), assignment.c.until > day))
        .order_by(assignment.c.id)
    )
    stand_ins = covers_on(connection, day)
    roles: dict[GridNumber, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in connection.execute(found).mappings():
        inside = roles[row["plan_id"], row["number"]]
        inside[row["role"]].append(row["member_id"])
        for number in (None, row["number"]):
            inside["cover"] += stand_ins.get((row["member_id"], row["village_id"], number), ())
    return {
        key: InCharge(next(iter(of["lead"]), None), tuple(of["deputy"]), tuple(of["cover"]))
        for key, of in roles.items()
    }


def covers_on(connection: Connection, day: date) -> dict[tuple[int, int, int | None], list[int]]:
    """Return who covers whom on a day: by the member, the village and the grid, or None for all grids."""
    found = select(cover).where(cover.c.first_day <= day, cover.c.last_day >= day).order_by(cover.c.id)
    by: dict[tuple[int, int, int | None], list[int]] = defaultdict(list)
    for row in connection.execute(found).mappings():
        by[row["member_id"], row["village_id"], row["number"]].append(row["by_member_id"])
    return by
