"""Assignments: leads and deputies of the grids of plans, and grids without a lead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from gridplan.model import Assignment, Member, Shortage
from gridplan.store.plans.households_and_members import IN_OFFICE, PLANNED
from gridplan.store.registry import members
from gridplan.store.registry.villages import with_village
from gridplan.store.rows import by_name
from gridplan.store.tables import assignment, grid, member, party_group, plan, shortage, village
from gridplan.words import Message

_PRESENT: Final = assignment.c.until.is_(None)
_IS_LEAD: Final = assignment.c.role == "lead"


def members_of(connection: Connection, plan_ids: Sequence[int]) -> tuple[Member, ...]:
    """Return the members who have grids of plans, or are heads of their party groups."""
    have = select(assignment.c.member_id).where(assignment.c.plan_id.in_(plan_ids))
    head = select(party_group.c.head_id).where(party_group.c.plan_id.in_(plan_ids), party_group.c.head_id.is_not(None))
    found = with_village(member).where(or_(member.c.id.in_(have), member.c.id.in_(head))).order_by(member.c.code)
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
        .where(assignment.c.plan_id.in_(plan_ids), or_(IN_OFFICE, literal(as_planned) & PLANNED))
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
    """Return the grids of plans that no lead was found for, and that have none by now."""
    led = exists().where(
        assignment.c.plan_id == shortage.c.plan_id, assignment.c.number == shortage.c.number, _IS_LEAD, _PRESENT
    )
    found = (
        select(shortage).where(shortage.c.plan_id.in_(plan_ids), ~led).order_by(shortage.c.plan_id, shortage.c.number)
    )
    return tuple(
        Shortage(village[row["plan_id"]], row["number"], row["offers"]) for row in connection.execute(found).mappings()
    )


def shortage_offers(connection: Connection, plan_id: int, number: int) -> tuple[Message, ...]:
    """Return what the planner may do about a grid that no member was found for."""
    found = select(shortage.c.offers).where(shortage.c.plan_id == plan_id, shortage.c.number == number)
    return connection.execute(found).scalar() or ()


def leads(connection: Connection, plan_id: int) -> dict[int, int]:
    """Return the id of the member who leads each grid of a plan at present, by its number."""
    now = select(assignment.c.number, assignment.c.member_id).where(assignment.c.plan_id == plan_id, _IS_LEAD, _PRESENT)
    return {number: member_id for number, member_id in connection.execute(now)}


def is_in_force(connection: Connection, plan_id: int) -> bool:
    """Return whether a plan is the one in force of its village."""
    found = select(plan.c.id).where(plan.c.id == plan_id, plan.c.state == "published")
    return connection.execute(found).first() is not None


def led_grids(connection: Connection, which: ColumnElement[bool]) -> list[RowMapping]:
    """Return the grids of plans that are not archived, by village and number, with their leads and why these.

    `ended` is the last day of the lead before, where one came in the place of another; `began` that on which the plan
    came into force.
    """
    leading = (
        select(assignment.c.plan_id, assignment.c.number, assignment.c.why, assignment.c.since)
        .add_columns(*(member.c[name] for name in ("id", "code", "name", "available", "excused_until")))
        .join(member)
        .join(plan, plan.c.id == assignment.c.plan_id)
        .where(_IS_LEAD, _PRESENT, IN_OFFICE)
        .subquery()
    )
    before = assignment.alias()
    ended = (
        select(func.max(before.c.until))
        .where(before.c.plan_id == grid.c.plan_id, before.c.number == grid.c.number, before.c.role == "lead")
        .correlate(grid)
        .scalar_subquery()
    )
    any_ = assignment.alias()
    began = select(func.min(any_.c.since)).where(any_.c.plan_id == plan.c.id).correlate(plan).scalar_subquery()
    found = (
        select(grid.c.plan_id, grid.c.number, grid.c.label, plan.c.village_id, plan.c.state, plan.c.draft_id)
        .add_columns(village.c.name.label("village"), ended.label("ended"), began.label("began"))
        .add_columns(*(leading.c[name] for name in ("why", "since", "code", "name", "available", "excused_until")))
        .add_columns(leading.c.id.label("lead_id"))
        .join(plan, plan.c.id == grid.c.plan_id)
        .join(village, village.c.id == plan.c.village_id)
        .outerjoin(leading, and_(leading.c.plan_id == grid.c.plan_id, leading.c.number == grid.c.number))
        .where(plan.c.state != "archived", which)
        .order_by(by_name(village.c.name), village.c.id, grid.c.number)
    )
    return list(connection.execute(found).mappings())


def deputies(connection: Connection, plan_id: int) -> dict[int, set[int]]:
    """Return the ids of the members who are deputies in the grids of a plan at present, by the grids' numbers."""
    found = select(assignment.c.number, assignment.c.member_id).where(
        assignment.c.plan_id == plan_id, assignment.c.role == "deputy", _PRESENT
    )
    of: dict[int, set[int]] = defaultdict(set)
    for number, member_id in connection.execute(found):
        of[number].add(member_id)
    return of


def give_lead(connection: Connection, plan_id: int, number: int, member_id: int, why: Message, *, today: date) -> None:
    """Let a member lead a grid of a plan in force from today on instead of who did, and be deputy of none in it."""
    here = and_(assignment.c.plan_id == plan_id, _PRESENT)
    ends = or_(
        and_(here, _IS_LEAD, assignment.c.number == number),
        and_(here, ~_IS_LEAD, assignment.c.member_id == member_id),
    )
    connection.execute(update(assignment).where(ends).values(until=today))
    values = {"plan_id": plan_id, "number": number, "member_id": member_id, "role": "lead", "why": why, "since": today}
    connection.execute(insert(assignment).values(**values))


def take_back_lead(connection: Connection, plan_id: int, number: int) -> None:
    """Undo `give_lead`: the lead of a grid never was, and whose part ended for it has it again, unless retired."""
    here = select(assignment.c.id, assignment.c.member_id, assignment.c.since).where(assignment.c.plan_id == plan_id)
    given = connection.execute(here.where(assignment.c.number == number, _IS_LEAD, _PRESENT)).one()
    connection.execute(delete(assignment).where(assignment.c.id == given.id))
    ended = here.join(member).where(
        assignment.c.until == given.since, assignment.c.id < given.id, member.c.retired_on.is_(None)
    )
    before = ended.where(assignment.c.number == number, _IS_LEAD).order_by(assignment.c.id.desc()).limit(1)
    again = [row.id for row in connection.execute(before)]
    if given.member_id not in leads(connection, plan_id).values():
        parts = ended.where(assignment.c.member_id == given.member_id, ~_IS_LEAD)
        again += [row.id for row in connection.execute(parts)]
    connection.execute(update(assignment).where(assignment.c.id.in_(again)).values(until=None))
