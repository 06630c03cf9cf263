"""Party groups: which grids of a plan are in which, what each is called, and who is its head."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from gridplan.model import PartyGroup, PlannedVillage
from gridplan.store.registry import members
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import by_name, only_row
from gridplan.store.tables import grid, member, party_group, plan, village

_IN_FORCE: Final = plan.c.state == "published"
_GRIDS: Final = (
    select(func.count())
    .where(grid.c.plan_id == party_group.c.plan_id, grid.c.group_number == party_group.c.number)
    .correlate(party_group)
    .scalar_subquery()
)
_GROUPS: Final = (
    select(party_group.c.plan_id, party_group.c.number, party_group.c.name, _GRIDS.label("grids"))
    .add_columns(member.c.id.label("head_id"), member.c.name.label("head"))
    .add_columns(plan.c.village_id, village.c.name.label("village"), plan.c.state, plan.c.draft_id)
    .join(plan, plan.c.id == party_group.c.plan_id)
    .join(village, village.c.id == plan.c.village_id)
    .outerjoin(member, and_(member.c.id == party_group.c.head_id, member.c.retired_on.is_(None)))
    .order_by(by_name(village.c.name), village.c.id, party_group.c.number)
)
_HEADED: Final = (
    select(party_group.c.number)
    .join(plan, plan.c.id == party_group.c.plan_id)
    .where(_IN_FORCE, party_group.c.head_id == bindparam("member"))
    .limit(1)
)


def groups_in_force(connection: Connection, scope: Scope = None) -> list[RowMapping]:
    """Return the party groups of the plans in force of a scope, by village and number: name, head, number of grids.

    A group whose head retired has none.
    """
    return _rows(connection, _IN_FORCE & in_scope(plan.c.village_id, scope))


def groups_of_plans(connection: Connection, plan_ids: Collection[int]) -> list[RowMapping]:
    """Return the party groups of plans, in force or not, as `groups_in_force` does."""
    return _rows(connection, party_group.c.plan_id.in_(plan_ids))


def groups_of_head(connection: Connection, member_id: int) -> list[RowMapping]:
    """Return the party groups of the plans in force whose head is a member."""
    return _rows(connection, _IN_FORCE & (party_group.c.head_id == member_id))


def heads_a_group(connection: Connection, member_id: int) -> bool:
    """Return whether a member is the head of a party group of a plan in force."""
    return connection.execute(_HEADED, {"member": member_id}).first() is not None


def group_by_number(connection: Connection, plan_id: int, number: int) -> RowMapping:
    """Return a party group of a plan.

    Raises
    ------
    NotFound
        There is none.
    """
    return only_row(connection, _GROUPS.where(party_group.c.plan_id == plan_id, party_group.c.number == number))


def _rows(connection: Connection, which: ColumnElement[bool]) -> list[RowMapping]:
    return list(connection.execute(_GROUPS.where(which)).mappings())


def grids_of_groups(connection: Connection, plan_ids: Collection[int]) -> dict[tuple[int, int | None], list[int]]:
    """Return the numbers of the grids in each party group of plans, by the id of the plan and the number of the group.

    Those in none, in plans of before there were groups, are under None.
    """
    found = select(grid.c.plan_id, grid.c.group_number, grid.c.number).where(grid.c.plan_id.in_(plan_ids))
    of: dict[tuple[int, int | None], list[int]] = defaultdict(list)
    for plan_id, group, number in connection.execute(found.order_by(grid.c.number)):
        of[plan_id, group].append(number)
    return dict(of)


# ---- changes


def change_group(connection: Connection, plan_id: int, number: int, values: Mapping[str, Any]) -> None:
    """Give a party group another name or head."""
    here = (party_group.c.plan_id == plan_id) & (party_group.c.number == number)
    connection.execute(update(party_group).where(here).values(**values))


def move_grid(connection: Connection, plan_id: int, number: int, group: int) -> None:
    """Put a grid into another party group of its plan."""
    here = (grid.c.plan_id == plan_id) & (grid.c.number == number)
    connection.execute(update(grid).where(here).values(group_number=group))


# ---- plans of before there were groups


def plans_without_groups(connection: Connection) -> list[int]:
    """Return the plans, in force and drafts, with grids that are in no party group."""
    lacking = exists().where(grid.c.plan_id == plan.c.id, grid.c.group_number.is_(None))
    found = select(plan.c.id).where(plan.c.state != "archived", lacking).order_by(plan.c.id)
    return list(connection.execute(found).scalars())


def add_groups(
    connection: Connection, of_plan: Mapping[int, Iterable[PartyGroup]], member_ids: Mapping[str, int]
) -> None:
    """Add the party groups of plans, by the ids of these; members are known by code."""
    rows = [
        {"plan_id": plan_id, "number": one.number, "name": one.name, "head_id": member_ids.get(one.head or "")}
        for plan_id, groups in of_plan.items()
        for one in groups
    ]
    if rows:
        connection.execute(insert(party_group), rows)


def save_groups(connection: Connection, plan_id: int, planned: PlannedVillage) -> None:
    """Save the party groups of a plan that is stored already."""
    connection.execute(delete(party_group).where(party_group.c.plan_id == plan_id))
    add_groups(connection, {plan_id: planned.groups}, members.ids_by_code(connection))
    for group, grids in planned.grids_of_groups.items():
        here = (grid.c.plan_id == plan_id) & grid.c.number.in_([one.number for one in grids])
        connection.execute(update(grid).where(here).values(group_number=group))
