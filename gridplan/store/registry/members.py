"""Members: rows of the database, and the model's members of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from gridplan.model import Member
from gridplan.store.plans.households_and_members import grids_in_force
from gridplan.store.registry.villages import Scope, in_scope, with_village
from gridplan.store.rows import Row, noun_of, only_row, row_of, update_row
from gridplan.store.tables import assignment, member, plan


def models(connection: Connection, scope: Scope = None) -> tuple[Member, ...]:
    """Return the members that are not retired, in the order of their codes; those of no village are in every scope."""
    mine = or_(in_scope(member.c.village_id, scope), member.c.village_id.is_(None))
    found = with_village(member).where(mine, member.c.retired_on.is_(None)).order_by(member.c.code)
    return tuple(model_of(row) for row in connection.execute(found).mappings())


def model_of(row: Row) -> Member:
    """Return the member of a row of `with_village`."""
    return noun_of(Member, row, ties=tuple(row["ties"]))


def add(connection: Connection, members: Iterable[Member], village_ids: Mapping[str, int]) -> None:
    """Add members; the villages they name are known."""
    if rows := [row_of(one, village_ids) for one in members]:
        connection.execute(insert(member), rows)


def ids_by_code(connection: Connection) -> dict[str, int]:
    """Return the id of every member by their code, retired ones too."""
    return {code: id_ for id_, code in connection.execute(select(member.c.id, member.c.code))}


def names(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return the names of members by their ids."""
    found = select(member.c.id, member.c.name).where(member.c.id.in_(ids))
    return {id_: name for id_, name in connection.execute(found)}


def serving(connection: Connection, ids: Collection[int]) -> frozenset[int]:
    """Return those of the members with some ids who are not retired."""
    found = select(member.c.id).where(member.c.id.in_(ids), member.c.retired_on.is_(None))
    return frozenset(connection.execute(found).scalars())


def phones(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return the phones of members that are known, by their ids."""
    found = select(member.c.id, member.c.phone).where(member.c.id.in_(ids), member.c.phone.is_not(None))
    return {id_: phone for id_, phone in connection.execute(found)}


# ---- one of them


def by_id(connection: Connection, member_id: int) -> RowMapping:
    """Return a member with the name of the village, a retired one too.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    return only_row(connection, with_village(member).where(member.c.id == member_id))


def set_named_on_maps(connection: Connection, member_id: int, *, agreed: bool) -> None:
    """Keep whether a member agreed that name and duty phone stand on maps."""
    update_row(connection, member, member_id, {"named_on_maps": agreed})


def kinds(connection: Connection) -> list[str]:
    """Return the kinds of members there are."""
    return sorted(connection.execute(select(member.c.kind).where(member.c.kind.is_not(None)).distinct()).scalars())


def end_assignments(connection: Connection, member_id: int, today: date) -> int:
    """End what a member has in published plans; return how many grids are without a lead."""
    led = sum(row["role"] == "lead" for row in grids_in_force(connection, [member_id]).get(member_id, ()))
    state = select(plan.c.id).where(plan.c.state == "published")
    ongoing = (assignment.c.member_id == member_id) & assignment.c.plan_id.in_(state) & assignment.c.until.is_(None)
    connection.execute(update(assignment).where(ongoing).values(until=today))
    return led


def resume_assignments(connection: Connection, member_id: int, retired_on: date) -> tuple[int, int]:
    """Undo `end_assignments`; return how many grids the member leads again, and how many others lead by now.

    Who leads a grid of a plan is deputy of none in it.
    """
    in_force = select(plan.c.id).where(plan.c.state == "published")
    ended = (assignment.c.member_id == member_id) & (assignment.c.until == retired_on)
    found = select(assignment).where(ended, assignment.c.plan_id.in_(in_force)).order_by(assignment.c.id)
    latest = {(row.plan_id, row.number, row.role): row for row in connection.execute(found)}
    ongoing = select(assignment).where(assignment.c.plan_id.in_(in_force), assignment.c.until.is_(None))
    present = connection.execute(ongoing).all()
    led = {(row.plan_id, row.number) for row in present if row.role == "lead"}
    leading = {row.plan_id for row in present if row.role == "lead" and row.member_id == member_id}
    resumed, taken = [], 0
    for (plan_id, number, _), row in sorted(latest.items(), key=lambda one: one[1].role != "lead"):
        if row.role == "lead" and (plan_id, number) in led:
            taken += 1
        elif row.role == "lead" or plan_id not in leading:
            resumed.append(row)
            leading |= {plan_id} if row.role == "lead" else set()
    again = assignment.c.id.in_([row.id for row in resumed])
    connection.execute(update(assignment).where(again).values(until=None))
    return sum(row.role == "lead" for row in resumed), taken
