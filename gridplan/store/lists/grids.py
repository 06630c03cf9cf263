"""The list of the grids of the plans in force: with lead, deputies, households, walk, and what is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import Connection, RowMapping, Subquery, and_, case, func, or_, select, tuple_

from gridplan.names import whole_number
from gridplan.store.contact import states
from gridplan.store.lists import parts
from gridplan.store.lists.listing import Condition, Listing, containing
from gridplan.store.plans.households_and_members import LIVES_THERE, is_away
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import Row, by_name
from gridplan.store.system.town_settings import read_settings
from gridplan.store.tables import assignment, grid, household, member, membership, plan, village

_NAMED: Final = containing(village.c.name, grid.c.label, member.c.name)


def listing(connection: Connection, scope: Scope, today: date) -> Listing:
    """Return the list of the grids in force in a scope; who lives there today counts where the town chose that."""
    leads, counted, deputies = parts.current_leads(), _sizes(scope, today), _deputy_counts()
    size, living = func.coalesce(counted.c.size, 0), func.coalesce(counted.c.living, 0)
    judged = living if read_settings(connection).bounds_count == "living" else size
    wrong = {"small": judged < plan.c.least, "large": judged > plan.c.most, "apart": ~grid.c.connected}
    rows = (
        select(plan.c.id.label("plan_id"), plan.c.village_id, plan.c.least, plan.c.most)
        .add_columns(village.c.name.label("village"), grid.c.number, grid.c.label, grid.c.walk_m, grid.c.connected)
        .add_columns(size.label("size"), living.label("living"), judged.label("judged"))
        .add_columns(member.c.id.label("lead_id"), member.c.name.label("lead"))
        .add_columns(is_away(today).label("lead_is_away"), member.c.excused_until)
        .join(plan, plan.c.id == grid.c.plan_id)
        .join(village, village.c.id == plan.c.village_id)
        .outerjoin(counted, and_(counted.c.plan_id == grid.c.plan_id, counted.c.number == grid.c.number))
        .outerjoin(leads, and_(leads.c.plan_id == grid.c.plan_id, leads.c.number == grid.c.number))
        .outerjoin(deputies, and_(deputies.c.plan_id == grid.c.plan_id, deputies.c.number == grid.c.number))
        .outerjoin(member, member.c.id == leads.c.member_id)
        .where(plan.c.state == "published", in_scope(plan.c.village_id, scope))
    )
    of_village = by_name(village.c.name)
    return Listing(
        rows=rows,
        order={
            "village": (of_village,),
            "grid": (grid.c.number,),
            "label": (by_name(grid.c.label),),
            "lead": (by_name(member.c.name), member.c.id),
            "deputies": (deputies.c.deputies,),
            "size": (size,),
            "living": (living,),
            "walk": (grid.c.walk_m,),
            "walk_each": (grid.c.walk_m / func.nullif(size, 0),),
        },
        standing=(of_village, grid.c.number),
        filters={
            "village": parts.of_id(plan.c.village_id, {}),
            "lead": parts.of_id(
                member.c.id,
                {
                    "any": member.c.id.is_not(None),
                    "none": member.c.id.is_(None),
                    "away": and_(member.c.id.is_not(None), is_away(today)),
                },
            ),
            "wrong": parts.one_of({"any": or_(*wrong.values()), "none": ~or_(*wrong.values()), **wrong}),
        },
        searched=_searched,
        complete=_with_deputies,
    )


def _searched(text: str) -> list[Condition]:
    number = whole_number(text)
    return [*_NAMED(text), *([] if number is None else [grid.c.number == number])]


def _sizes(scope: Scope, today: date) -> Subquery:
    """Return how many households each grid in force has that has any, and how many of them live there today."""
    is_here = case((household.c.id.in_(states.absent(household.c.id, scope, today)), 0), else_=1)
    return (
        select(membership.c.plan_id, membership.c.number)
        .add_columns(func.count().label("size"), func.sum(is_here).label("living"))
        .join(plan, plan.c.id == membership.c.plan_id)
        .join(household, household.c.id == membership.c.household_id)
        .where(plan.c.state == "published", LIVES_THERE, membership.c.number.is_not(None))
        .group_by(membership.c.plan_id, membership.c.number)
        .subquery("counted")
    )


def _deputy_counts() -> Subquery:
    return (
        select(assignment.c.plan_id, assignment.c.number, func.count().label("deputies"))
        .where(assignment.c.role == "deputy", assignment.c.until.is_(None))
        .group_by(assignment.c.plan_id, assignment.c.number)
        .subquery("deputy_counts")
    )


def _with_deputies(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    keys = [(row["plan_id"], row["number"]) for row in rows]
    found = (
        select(assignment.c.plan_id, assignment.c.number, member.c.id, member.c.name)
        .join(member, member.c.id == assignment.c.member_id)
        .where(assignment.c.role == "deputy", assignment.c.until.is_(None))
        .where(tuple_(assignment.c.plan_id, assignment.c.number).in_(keys))
        .order_by(by_name(member.c.name), member.c.code)
    )
    deputies: dict[tuple[int, int], list[RowMapping]] = defaultdict(list)
    for one in connection.execute(found).mappings():
        deputies[one["plan_id"], one["number"]].append(one)
    return [{**row, "deputies": deputies[key]} for row, key in zip(rows, keys, strict=True)]
