"""What pages show of villages, grids, households and members: rows with what belongs to them, and counts."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, exists, func, select

from gridplan.store.plans.plans import LIVES_THERE
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.tables import (
    account,
    assignment,
    audit,
    draft,
    grid,
    hamlet,
    household,
    invitation,
    job,
    member,
    membership,
    plan,
    plan_exception,
    shortage,
    village,
)

NOT_ON_MAPS: Final = ("account", "invitation", "session", "job")
"""What the audit names that no map shows."""


def revision(connection: Connection) -> int:
    """Return a number that is another one after everything that changes what maps show."""
    latest = select(func.max(audit.c.id)).where(audit.c.object.not_in(NOT_ON_MAPS))
    return connection.execute(latest).scalar() or 0


def households_with_grid() -> Select[Any]:
    """Return the query of the living households with their villages and their grids in the plans in force.

    `plan_id` and `number` are null for a household that is in no grid of the published plan of its own village.
    """
    in_grid = (
        select(membership.c.household_id, membership.c.plan_id, membership.c.number)
        .join(plan, plan.c.id == membership.c.plan_id)
        .join(household, household.c.id == membership.c.household_id)
        .where(plan.c.state == "published", LIVES_THERE, membership.c.number.is_not(None))
        .subquery()
    )
    return (
        select(household, village.c.name.label("village"), in_grid.c.plan_id, in_grid.c.number)
        .join(village, village.c.id == household.c.village_id)
        .outerjoin(in_grid, in_grid.c.household_id == household.c.id)
        .where(household.c.retired_on.is_(None))
    )


def household_rows(connection: Connection, *conditions: ColumnElement[bool]) -> list[RowMapping]:
    """Return living households with their grids."""
    return list(connection.execute(households_with_grid().where(*conditions).order_by(household.c.code)).mappings())


def household_row(connection: Connection, household_id: int) -> RowMapping | None:
    """Return a household with its village, a retired one too."""
    found = select(household, village.c.name.label("village")).join(village).where(household.c.id == household_id)
    return connection.execute(found).mappings().one_or_none()


def household_counts(connection: Connection, scope: Scope) -> dict[int, RowMapping]:
    """Return by village how many living households there are, how many have a place of their own, are in no grid."""
    rows = households_with_grid().where(in_scope(household.c.village_id, scope)).subquery()
    found = select(
        rows.c.village_id,
        func.count().label("households"),
        func.count().filter(rows.c.position == "exact").label("placed"),
        func.count().filter(rows.c.number.is_(None)).label("in_no_grid"),
    ).group_by(rows.c.village_id)
    return {row["village_id"]: row for row in connection.execute(found).mappings()}


def plans_in_force(connection: Connection, scope: Scope) -> dict[int, RowMapping]:
    """Return by village its published plan, with its grids, how many have no lead, their walk, and its exceptions."""
    led = exists().where(
        assignment.c.plan_id == grid.c.plan_id,
        assignment.c.number == grid.c.number,
        assignment.c.role == "lead",
        assignment.c.until.is_(None),
    )
    grids = (
        select(
            grid.c.plan_id,
            func.count().label("grids"),
            func.count().filter(~led).label("without_lead"),
            func.sum(grid.c.walk_m).label("walk_m"),
            func.count().filter(grid.c.walk_m.is_(None)).label("not_drawn"),
        )
        .group_by(grid.c.plan_id)
        .subquery()
    )
    odd = (
        select(plan_exception.c.plan_id, func.count().label("exceptions")).group_by(plan_exception.c.plan_id).subquery()
    )
    found = (
        select(plan, grids.c.grids, grids.c.without_lead, grids.c.walk_m, grids.c.not_drawn, odd.c.exceptions)
        .outerjoin(grids, grids.c.plan_id == plan.c.id)
        .outerjoin(odd, odd.c.plan_id == plan.c.id)
        .where(plan.c.state == "published", in_scope(plan.c.village_id, scope))
    )
    return {row["village_id"]: row for row in connection.execute(found).mappings()}


def member_counts(connection: Connection, scope: Scope) -> dict[int, RowMapping]:
    """Return by village how many members there are, and how many of them have neither a card nor come in already."""
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


def plan_row(connection: Connection, plan_id: int) -> RowMapping | None:
    """Return a plan with the names of its village and of who published it."""
    found = (
        select(plan, village.c.name.label("village"), account.c.name.label("publisher"))
        .join(village, village.c.id == plan.c.village_id)
        .outerjoin(account, account.c.id == plan.c.published_by)
        .where(plan.c.id == plan_id)
    )
    return connection.execute(found).mappings().one_or_none()


def archived_count(connection: Connection, village_id: int) -> int:
    """Return how many plans of a village were in force before."""
    found = select(func.count()).where(plan.c.village_id == village_id, plan.c.state == "archived")
    return connection.execute(found).scalar_one()


def grid_rows(connection: Connection, plan_id: int) -> list[RowMapping]:
    """Return the grids of a plan, by number."""
    return list(connection.execute(select(grid).where(grid.c.plan_id == plan_id).order_by(grid.c.number)).mappings())


def grid_people(connection: Connection, plan_id: int) -> list[RowMapping]:
    """Return who leads the grids of a plan or stands in for the lead, leads first."""
    found = (
        select(assignment, member.c.name, member.c.code, member.c.excused_until)
        .join(member, member.c.id == assignment.c.member_id)
        .where(assignment.c.plan_id == plan_id, assignment.c.until.is_(None))
        .order_by(assignment.c.number, assignment.c.role.desc(), member.c.code)
    )
    return list(connection.execute(found).mappings())


def grids_of_member(connection: Connection, member_id: int) -> list[RowMapping]:
    """Return the grids of published plans that a member leads or stands in for, with their villages."""
    found = (
        select(assignment, grid.c.label, plan.c.village_id, village.c.name.label("village"))
        .join(plan, plan.c.id == assignment.c.plan_id)
        .join(grid, and_(grid.c.plan_id == assignment.c.plan_id, grid.c.number == assignment.c.number))
        .join(village, village.c.id == plan.c.village_id)
        .where(assignment.c.member_id == member_id, assignment.c.until.is_(None), plan.c.state == "published")
        .order_by(assignment.c.role.desc(), village.c.name, assignment.c.number)
    )
    return list(connection.execute(found).mappings())


def households_in_grid(connection: Connection, plan_id: int, number: int) -> list[RowMapping]:
    """Return the households of a grid of any plan that still live in its village."""
    found = (
        select(household, village.c.name.label("village"))
        .join(membership, membership.c.household_id == household.c.id)
        .join(plan, plan.c.id == membership.c.plan_id)
        .join(village, village.c.id == household.c.village_id)
        .where(membership.c.plan_id == plan_id, membership.c.number == number, LIVES_THERE)
        .order_by(household.c.code)
    )
    return list(connection.execute(found).mappings())


def offers(connection: Connection, plan_id: int, number: int) -> tuple[Any, ...]:
    """Return what the planner may do about a grid that no member was found for."""
    found = select(shortage.c.offers).where(shortage.c.plan_id == plan_id, shortage.c.number == number)
    return connection.execute(found).scalar() or ()


def exceptions(connection: Connection, plan_id: int) -> list[RowMapping]:
    """Return the exceptions of a plan."""
    found = select(plan_exception).where(plan_exception.c.plan_id == plan_id).order_by(plan_exception.c.id)
    return list(connection.execute(found).mappings())


def member_row(connection: Connection, member_id: int) -> RowMapping | None:
    """Return a member with their village, if they have one."""
    found = select(member, village.c.name.label("village")).outerjoin(village).where(member.c.id == member_id)
    return connection.execute(found).mappings().one_or_none()


def members_of(connection: Connection, village_id: int) -> list[RowMapping]:
    """Return the members of a village with how many grids of the plans in force they lead or stand in for."""
    has = (
        select(
            assignment.c.member_id,
            func.count().filter(assignment.c.role == "lead").label("leads"),
            func.count().filter(assignment.c.role == "deputy").label("stands_in"),
        )
        .join(plan, plan.c.id == assignment.c.plan_id)
        .where(plan.c.state == "published", assignment.c.until.is_(None))
        .group_by(assignment.c.member_id)
        .subquery()
    )
    found = (
        select(
            member, func.coalesce(has.c.leads, 0).label("leads"), func.coalesce(has.c.stands_in, 0).label("stands_in")
        )
        .outerjoin(has, has.c.member_id == member.c.id)
        .where(member.c.village_id == village_id, member.c.retired_on.is_(None))
        .order_by(member.c.name, member.c.code)
    )
    return list(connection.execute(found).mappings())


def anchors_of(connection: Connection, village_id: int) -> dict[str, tuple[float, float]]:
    """Return the anchors of a village's hamlets."""
    found = select(hamlet.c.name, hamlet.c.lon, hamlet.c.lat).where(hamlet.c.village_id == village_id)
    return {name: (lon, lat) for name, lon, lat in connection.execute(found)}


def open_drafts(connection: Connection, scope: Scope) -> list[RowMapping]:
    """Return the drafts that have plans not yet published, all of them in a scope, the latest first."""
    found = (
        select(draft.c.id, draft.c.name, draft.c.made_at, account.c.name.label("maker"))
        .add_columns(
            func.count().label("villages"), func.count().filter(in_scope(plan.c.village_id, scope)).label("own")
        )
        .join(plan, plan.c.draft_id == draft.c.id)
        .join(account, account.c.id == draft.c.made_by)
        .where(plan.c.state == "draft", draft.c.deleted_at.is_(None))
        .group_by(draft.c.id, draft.c.name, draft.c.made_at, account.c.name)
        .order_by(draft.c.id.desc())
    )
    return [row for row in connection.execute(found).mappings() if row["own"] == row["villages"]]


def jobs_under_way(connection: Connection, account_id: int) -> list[RowMapping]:
    """Return the jobs of an account that wait or run."""
    found = select(job).where(job.c.made_by == account_id, job.c.state.in_(("queued", "running"))).order_by(job.c.id)
    return list(connection.execute(found).mappings())
