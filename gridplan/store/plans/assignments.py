"""Assignments: leads and deputies of the grids of plans, and grids without a lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, literal, or_, select, update

from gridplan.model import Assignment, Member, Shortage
from gridplan.store.plans.households_and_members import IN_OFFICE
from gridplan.store.registry import members
from gridplan.store.registry.villages import with_village
from gridplan.store.tables import assignment, member, plan, shortage
from gridplan.words import Message


def members_of(connection: Connection, plan_ids: Sequence[int]) -> tuple[Member, ...]:
    """Return the members who have grids of plans."""
    there = select(assignment.c.member_id).where(assignment.c.plan_id.in_(plan_ids))
    found = with_village(member).where(member.c.id.in_(there)).order_by(member.c.code)
    return tuple(map(members.model_of, connection.execute(found).mappings()))


def models(
    connection: Connection, plan_ids: Sequence[int], village: Mapping[int, str], *, as_planned: bool = False
) -> tuple[Assignment, ...]:
    """Return who has the grids of plans; of an archived one, who had them when it was archived.

    With `as_planned` those are among them who have retired since a draft was made.
    """
    found = (
        select(assignment, member.c.code)
        .join(member)
        .join(plan, plan.c.id == assignment.c.plan_id)
        .where(assignment.c.plan_id.in_(plan_ids), or_(IN_OFFICE, literal(as_planned) & (plan.c.state == "draft")))
        .order_by(assignment.c.plan_id, assignment.c.number, assignment.c.role.desc(), assignment.c.id)
    )
    rows = connection.execute(found).mappings().all()
    # on the last day of a plan a grid may have had one lead after the other
    last_lead = {(row["plan_id"], row["number"]): row["id"] for row in rows if row["role"] == "lead"}
    return tuple(
        Assignment(village[row["plan_id"]], row["number"], row["code"], row["role"], row["why"])
        for row in rows
        if row["role"] == "deputy" or row["until"] is None or last_lead[row["plan_id"], row["number"]] == row["id"]
    )


def shortages(connection: Connection, plan_ids: Sequence[int], village: Mapping[int, str]) -> tuple[Shortage, ...]:
    """Return the grids of plans that no lead was found for."""
    found = select(shortage).where(shortage.c.plan_id.in_(plan_ids)).order_by(shortage.c.plan_id, shortage.c.number)
    return tuple(
        Shortage(village[row["plan_id"]], row["number"], row["offers"]) for row in connection.execute(found).mappings()
    )


def shortage_offers(connection: Connection, plan_id: int, number: int) -> tuple[Message, ...]:
    """Return what the planner may do about a grid that no member was found for."""
    found = select(shortage.c.offers).where(shortage.c.plan_id == plan_id, shortage.c.number == number)
    return connection.execute(found).scalar() or ()


def leads(connection: Connection, plan_id: int) -> dict[int, int]:
    """Return the id of the member who leads each grid of a plan at present, by its number."""
    now = select(assignment.c.number, assignment.c.member_id).where(_leading(plan_id))
    return {number: member_id for number, member_id in connection.execute(now)}


def give_lead(
    connection: Connection, plan_id: int, number: int, member_id: int, why: Message, *, since: date | None
) -> None:
    """Let a member lead a grid instead of who did, and be deputy of none in this plan.

    In a plan in force, what ends and what begins is dated `since`; in a draft there is none, and no trace.
    """
    ends = or_(
        and_(_leading(plan_id), assignment.c.number == number),
        and_(_at_present(plan_id), assignment.c.member_id == member_id, assignment.c.role == "deputy"),
    )
    if since is None:
        connection.execute(delete(assignment).where(ends))
    else:
        connection.execute(update(assignment).where(ends).values(until=since))
    values = {"plan_id": plan_id, "number": number, "member_id": member_id, "role": "lead", "why": why, "since": since}
    connection.execute(insert(assignment).values(**values))
    connection.execute(delete(shortage).where(shortage.c.plan_id == plan_id, shortage.c.number == number))


def _at_present(plan_id: int) -> ColumnElement[bool]:
    return and_(assignment.c.plan_id == plan_id, assignment.c.until.is_(None))


def _leading(plan_id: int) -> ColumnElement[bool]:
    return and_(_at_present(plan_id), assignment.c.role == "lead")
