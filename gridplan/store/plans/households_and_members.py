"""Living households with the grids that they are in, and members with those that they lead or are deputy of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, exists, func, or_, select

from gridplan.store.registry.villages import Scope, in_scope, with_village
from gridplan.store.rows import by_name
from gridplan.store.tables import account, assignment, grid, household, invitation, member, membership, plan, village
from gridplan.words import Message

LIVES_THERE: Final = household.c.retired_on.is_(None) & (household.c.village_id == plan.c.village_id)
"""The condition that a household of a plan lives in its village now."""
IN_PLAN: Final = or_(plan.c.state == "archived", LIVES_THERE)
"""The condition that a household, joined with its membership and plan, counts; in archived plans all households do."""


_IN_FORCE: Final = and_(plan.c.village_id == household.c.village_id, plan.c.state == "published")
_IN_GRID: Final = and_(
    membership.c.plan_id == plan.c.id, membership.c.household_id == household.c.id, membership.c.number.is_not(None)
)


def _with_grid(found: Select[Any]) -> Select[Any]:
    """Join living households with their memberships in the plans in force: none for those that are in no grid."""
    return found.outerjoin(plan, _IN_FORCE).outerjoin(membership, _IN_GRID).where(household.c.retired_on.is_(None))


def household_rows(connection: Connection, *conditions: ColumnElement[bool]) -> list[RowMapping]:
    """Return living households with their villages and their grids in the plans in force.

    `plan_id` and `number` are null for a household that is in no grid of the published plan of its own village.
    """
    found = _with_grid(with_village(household).add_columns(membership.c.plan_id, membership.c.number))
    return list(connection.execute(found.where(*conditions).order_by(household.c.code)).mappings())


def household_counts(connection: Connection, scope: Scope) -> dict[int, RowMapping]:
    """Return by village how many living households there are, how many have a place of their own, are in no grid."""
    found = counted_households().where(in_scope(household.c.village_id, scope))
    return {row["village_id"]: row for row in connection.execute(found).mappings()}


def counted_households() -> Select[Any]:
    """Return the query of `household_counts` in all villages."""
    return _with_grid(
        select(
            household.c.village_id,
            func.count().label("households"),
            func.count().filter(household.c.position == "exact").label("placed"),
            func.count().filter(membership.c.number.is_(None)).label("in_no_grid"),
        ).select_from(household)
    ).group_by(household.c.village_id)


def sizes(connection: Connection, plan_ids: Collection[int]) -> dict[tuple[int, int | None], int]:
    """Return how many households are in the grids of plans, by plan and number, and with None in no grid.

    Grids that nobody is in are left out.
    """
    found = (
        select(membership.c.plan_id, membership.c.number, func.count())
        .join(household, household.c.id == membership.c.household_id)
        .join(plan, plan.c.id == membership.c.plan_id)
        .where(membership.c.plan_id.in_(plan_ids), IN_PLAN)
        .group_by(membership.c.plan_id, membership.c.number)
    )
    return {(plan_id, number): size for plan_id, number, size in connection.execute(found)}


def households_in_grid(connection: Connection, plan_id: int, number: int) -> list[RowMapping]:
    """Return the households of a grid of any plan that still live in its village."""
    found = (
        with_village(household)
        .join(membership, membership.c.household_id == household.c.id)
        .join(plan, plan.c.id == membership.c.plan_id)
        .where(membership.c.plan_id == plan_id, membership.c.number == number, LIVES_THERE)
        .order_by(household.c.code)
    )
    return list(connection.execute(found).mappings())


def grids_of_household(connection: Connection, household_id: int, *, drafts: bool) -> list[tuple[int, int]]:
    """Return plan and number of the grids that a household is in: of plans in force, and with `drafts` of drafts."""
    states = ("published", "draft") if drafts else ("published",)
    found = (
        select(membership.c.plan_id, membership.c.number)
        .join(plan, plan.c.id == membership.c.plan_id)
        .join(household, household.c.id == membership.c.household_id)
        .where(household.c.id == household_id, membership.c.number.is_not(None), plan.c.state.in_(states), LIVES_THERE)
        .order_by(membership.c.plan_id)
    )
    return [(plan_id, number) for plan_id, number in connection.execute(found)]


# ---- members


_ANY: Final = assignment.alias()
_LAST_DAY: Final = select(func.max(_ANY.c.until)).where(_ANY.c.plan_id == plan.c.id).correlate(plan).scalar_subquery()
PLANNED: Final = and_(plan.c.state == "draft", assignment.c.until.is_(None))
"""The condition that an assignment, joined with its plan, is that of a draft, in which no other came in its place."""
IN_OFFICE: Final = or_(
    and_(PLANNED, member.c.retired_on.is_(None)),
    and_(plan.c.state != "draft", assignment.c.until.is_(None)),
    and_(plan.c.state == "archived", assignment.c.until == _LAST_DAY),
)
"""The condition that an assignment, joined with its plan and member, holds.

That is, it has not ended; in an archived plan, it had not until then; in a draft, the member has not retired.
"""


def is_away(today: date) -> ColumnElement[bool]:
    """Return the condition that a member cannot lead at present, or is excused on a day."""
    return or_(~member.c.available, and_(member.c.excused_until.is_not(None), member.c.excused_until >= today))


def member_counts(connection: Connection, scope: Scope) -> dict[int, RowMapping]:
    """Return by village how many members there are, and how many of them have no card, used or not."""
    given = (
        exists()
        .where(account.c.member_id == member.c.id)
        .where(exists().where(invitation.c.account_id == account.c.id, invitation.c.revoked_at.is_(None)))
    )
    found = (
        select(member.c.village_id, func.count().label("members"), func.count().filter(~given).label("without_card"))
        .where(in_scope(member.c.village_id, scope), member.c.retired_on.is_(None), member.c.village_id.is_not(None))
        .group_by(member.c.village_id)
    )
    return {row["village_id"]: row for row in connection.execute(found).mappings()}


def members_with_grids(connection: Connection, village_id: int) -> list[RowMapping]:
    """Return the members of a village with how many grids of the plans in force they lead or stand in for."""
    has = (
        select(
            assignment.c.member_id,
            func.count().filter(assignment.c.role == "lead").label("leads"),
            func.count().filter(assignment.c.role == "deputy").label("stands_in"),
        )
        .join(plan, plan.c.id == assignment.c.plan_id)
        .where(plan.c.state == "published", assignment.c.until.is_(None))
        .where(assignment.c.member_id.in_(select(member.c.id).where(member.c.village_id == village_id)))
        .group_by(assignment.c.member_id)
        .subquery()
    )
    found = (
        select(member.c.id, member.c.name)
        .add_columns(func.coalesce(has.c.leads, 0).label("leads"))
        .add_columns(func.coalesce(has.c.stands_in, 0).label("stands_in"))
        .outerjoin(has, has.c.member_id == member.c.id)
        .where(member.c.village_id == village_id, member.c.retired_on.is_(None))
        .order_by(by_name(member.c.name), member.c.code)
    )
    return list(connection.execute(found).mappings())


def grids_in_force(connection: Connection, member_ids: Collection[int] | None = None) -> dict[int, list[RowMapping]]:
    """Return the grids that members, or all of them, have in published plans: by member, those they lead first."""
    found = (
        select(assignment, grid.c.label, plan.c.village_id, village.c.name.label("village"))
        .join(plan, plan.c.id == assignment.c.plan_id)
        .join(grid, and_(grid.c.plan_id == assignment.c.plan_id, grid.c.number == assignment.c.number))
        .join(village, village.c.id == plan.c.village_id)
        .where(in_scope(assignment.c.member_id, member_ids))
        .where(assignment.c.until.is_(None), plan.c.state == "published")
        .order_by(assignment.c.role.desc(), by_name(village.c.name), assignment.c.number)
    )
    grids: dict[int, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(found).mappings():
        grids[row["member_id"]].append(row)
    return dict(grids)


def grid_people(connection: Connection, plan_id: int) -> dict[int, tuple[RowMapping, ...]]:
    """Return who leads the grids of a plan or stands in for the lead: by number, leads first."""
    found = (
        select(member.c.id, member.c.name, assignment.c.number, assignment.c.role)
        .join(assignment, assignment.c.member_id == member.c.id)
        .join(plan, plan.c.id == assignment.c.plan_id)
        .where(assignment.c.plan_id == plan_id, IN_OFFICE)
        .order_by(assignment.c.number, assignment.c.role.desc(), member.c.code)
    )
    rows = connection.execute(found).mappings()
    return {number: tuple(people) for number, people in groupby(rows, key=itemgetter("number"))}


def assignment_reasons(connection: Connection, plan_id: int, number: int) -> dict[int, Message]:
    """Return why those who lead a grid of a plan or stand in for the lead do so, by member."""
    found = (
        select(member.c.id, assignment.c.why)
        .join(assignment, assignment.c.member_id == member.c.id)
        .join(plan, plan.c.id == assignment.c.plan_id)
        .where(assignment.c.plan_id == plan_id, assignment.c.number == number, IN_OFFICE)
    )
    return {member_id: why for member_id, why in connection.execute(found)}


def ids_of_plans(connection: Connection, plan_ids: Collection[int]) -> dict[str, int]:
    """Return the ids of the members who have or had grids of plans, by code."""
    here = select(assignment.c.member_id).where(assignment.c.plan_id.in_(plan_ids))
    found = select(member.c.code, member.c.id).where(member.c.id.in_(here))
    return {code: id_ for code, id_ in connection.execute(found)}
