"""The list of households: with the grid of the plan in force and its lead, and why one is in none."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, and_, case, func, select

from gridplan.store.lists import parts
from gridplan.store.lists.listing import Condition, Listing, containing
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import by_name
from gridplan.store.tables import grid, household, member, membership, plan, village

_LIVES: Final = household.c.retired_on.is_(None)
_IN_GRID: Final = membership.c.number.is_not(None)


def listing(connection: Connection, scope: Scope) -> Listing:
    """Return the list of the households of a scope."""
    leads, position = parts.current_leads(), case((household.c.lon.is_(None), "none"), else_=household.c.position)
    rows = (
        select(household.c.id, household.c.code, household.c.name, household.c.door, household.c.hamlet)
        .add_columns(household.c.village_id, household.c.retired_on, position.label("position"))
        .add_columns(village.c.name.label("village"), plan.c.id.label("plan_id"), membership.c.number, membership.c.why)
        .add_columns(grid.c.label, member.c.id.label("lead_id"), member.c.name.label("lead"))
        .join(village, village.c.id == household.c.village_id)
        .outerjoin(plan, and_(plan.c.village_id == household.c.village_id, plan.c.state == "published", _LIVES))
        .outerjoin(membership, and_(membership.c.plan_id == plan.c.id, membership.c.household_id == household.c.id))
        .outerjoin(grid, and_(grid.c.plan_id == plan.c.id, grid.c.number == membership.c.number))
        .outerjoin(leads, and_(leads.c.plan_id == plan.c.id, leads.c.number == membership.c.number))
        .outerjoin(member, member.c.id == leads.c.member_id)
        .where(in_scope(household.c.village_id, scope), household.c.erased_on.is_(None))
    )
    hamlet = parts.in_hamlet_order(household.c.hamlet, parts.hamlets_of(connection, scope))
    door = by_name(func.replace(household.c.door, "号", ""))  # so that 10号 stands before 10-1号
    of_village = by_name(village.c.name)
    return Listing(
        rows=rows,
        order={
            "name": (by_name(household.c.name),),
            "village": (of_village,),
            "hamlet": (hamlet,),
            "door": (door,),
            "grid": (membership.c.number,),
            "label": (by_name(grid.c.label),),
            "lead": (by_name(member.c.name), member.c.id),
            "position": (position,),
            "code": (by_name(household.c.code),),
            "retired_on": (household.c.retired_on,),
        },
        standing=(of_village, household.c.hamlet.is_(None), hamlet, household.c.door.is_(None), door, household.c.code),
        filters={
            "village": parts.of_id(household.c.village_id, {}),
            "hamlet": _in_hamlet,
            "grid": parts.of_grid(plan.c.id, membership.c.number, {"any": _IN_GRID, "none": ~_IN_GRID}),
            "lead": parts.of_id(member.c.id, {"any": member.c.id.is_not(None), "none": member.c.id.is_(None)}),
            "position": parts.one_of({key: position == key for key in ("exact", "hamlet", "none")}),
            "state": parts.one_of({"": _LIVES, "retired": ~_LIVES}),
        },
        searched=containing(household.c.code, household.c.name, household.c.door, household.c.hamlet),
        complete=lambda _, found: list(found),
    )


def _in_hamlet(value: str) -> Condition | None:
    return household.c.hamlet == value if value else None
