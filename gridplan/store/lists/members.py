"""The list of members: with the grids they lead or are deputy of, and whether they are away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import Connection, Subquery, case, func, or_, select

from gridplan.store.lists import parts
from gridplan.store.lists.listing import Listing, containing
from gridplan.store.plans.households_and_members import grids_in_force, is_away
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import Row, by_name
from gridplan.store.tables import assignment, member, plan, village

_ACTIVE: Final = member.c.retired_on.is_(None)


def listing(connection: Connection, scope: Scope, today: date) -> Listing:
    """Return the list of the members of a scope; those of no village are in every scope."""
    has = _grids_of_members()
    rows = (
        select(member.c.id, member.c.code, member.c.name, member.c.kind, member.c.hamlet, member.c.village_id)
        .add_columns(member.c.max_grids, member.c.available, member.c.excused_until, member.c.retired_on)
        .add_columns(village.c.name.label("village"))
        .add_columns(func.coalesce(has.c.leads, 0).label("leads"), func.coalesce(has.c.deputies, 0).label("deputies"))
        .outerjoin(village, village.c.id == member.c.village_id)
        .outerjoin(has, has.c.member_id == member.c.id)
        .where(or_(in_scope(member.c.village_id, scope), member.c.village_id.is_(None)))
    )
    of_village, name = by_name(village.c.name), by_name(member.c.name)
    hamlet = parts.in_hamlet_order(member.c.hamlet, parts.hamlets_of(connection, scope))
    return Listing(
        rows=rows,
        order={
            "name": (name,),
            "village": (of_village,),
            "hamlet": (hamlet,),
            "kind": (by_name(member.c.kind),),
            "role": (case((has.c.leads > 0, 0), (has.c.deputies > 0, 1)),),
            "grids": (has.c.leads + has.c.deputies,),
            "max_grids": (member.c.max_grids,),
            "excused_until": (member.c.excused_until,),
            "code": (by_name(member.c.code),),
            "retired_on": (member.c.retired_on,),
        },
        standing=(of_village.is_(None), of_village, name, member.c.code),
        filters={
            "village": parts.of_id(member.c.village_id, {"none": member.c.village_id.is_(None)}),
            "hamlet": lambda value: member.c.hamlet == value if value else None,
            "role": parts.one_of(
                {"lead": has.c.leads > 0, "deputy": has.c.deputies > 0, "none": has.c.member_id.is_(None)}
            ),
            "kind": lambda value: member.c.kind == value if value else None,
            "state": parts.one_of(
                {"": _ACTIVE, "here": _ACTIVE & ~is_away(today), "away": _ACTIVE & is_away(today), "retired": ~_ACTIVE}
            ),
        },
        searched=containing(member.c.code, member.c.name, member.c.kind, member.c.hamlet),
        complete=_with_grids,
    )


def _grids_of_members() -> Subquery:
    """Return how many grids of the plans in force each member leads or is deputy of, of those who have any."""
    return (
        select(
            assignment.c.member_id,
            func.count().filter(assignment.c.role == "lead").label("leads"),
            func.count().filter(assignment.c.role == "deputy").label("deputies"),
        )
        .join(plan, plan.c.id == assignment.c.plan_id)
        .where(plan.c.state == "published", assignment.c.until.is_(None))
        .group_by(assignment.c.member_id)
        .subquery("has")
    )


def _with_grids(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    grids = grids_in_force(connection, [row["id"] for row in rows])
    return [{**row, "grids": grids.get(row["id"], [])} for row in rows]
