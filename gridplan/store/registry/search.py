"""Finds villages, grids, households and members by what people write: codes, names, doors, numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, case, func, or_, select

from gridplan.store.registry.villages import Scope, in_scope, with_village
from gridplan.store.rows import contains, has_case
from gridplan.store.tables import assignment, grid, household, member, plan, village


def _rank(text: str, *columns: ColumnElement[Any]) -> ColumnElement[int]:
    """Return 0 for rows of which a column equals the text, 1 where one begins with it, 2 for the others."""
    cased = has_case(text)
    equal = [func.lower(one) == func.lower(text) if cased else one == text for one in columns]
    begin = [(one.istartswith if cased else one.startswith)(text, autoescape=True) for one in columns]
    return case((or_(*equal), 0), (or_(*begin), 1), else_=2)


def _first(connection: Connection, found: Select[Any], most: int) -> list[RowMapping]:
    return list(connection.execute(found.limit(most)).mappings())


def villages(connection: Connection, text: str, scope: Scope, most: int) -> list[RowMapping]:
    """Return villages by name or code."""
    columns = (village.c.name, village.c.code)
    found = (
        select(village.c.id, village.c.name)
        .where(in_scope(village.c.id, scope), village.c.retired_on.is_(None))
        .where(or_(*(contains(column, text) for column in columns)))
        .order_by(_rank(text, *columns), village.c.name)
    )
    return _first(connection, found, most)


def grids(
    connection: Connection, text: str, number: int | None, of_village: str, scope: Scope, most: int
) -> list[RowMapping]:
    """Return grids of the plans in force by label, or by number and part of the village's name."""
    fits = contains(grid.c.label, text)
    if number is not None:
        fits = or_(fits, and_(grid.c.number == number, contains(village.c.name, of_village)))
    found = (
        select(grid.c.plan_id, grid.c.number, grid.c.label, grid.c.size, village.c.name.label("village"))
        .join(plan, plan.c.id == grid.c.plan_id)
        .join(village, village.c.id == plan.c.village_id)
        .where(plan.c.state == "published", in_scope(plan.c.village_id, scope))
        .where(fits)
        .order_by(_rank(text, grid.c.label), village.c.name, grid.c.number)
    )
    return _first(connection, found, most)


def households(connection: Connection, text: str, scope: Scope, most: int) -> list[RowMapping]:
    """Return living households by code, name, door or address."""
    columns = (household.c.code, household.c.name, household.c.door, household.c.address)
    found = (
        with_village(household)
        .where(in_scope(household.c.village_id, scope), household.c.retired_on.is_(None))
        .where(or_(*(contains(column, text) for column in columns)))
        .order_by(_rank(text, *columns), household.c.code)
    )
    return _first(connection, found, most)


def members(connection: Connection, text: str, scope: Scope, most: int) -> list[RowMapping]:
    """Return members by name or code; those of no village are in every scope."""
    columns = (member.c.name, member.c.code)
    leads = (
        select(func.count())
        .join(plan, plan.c.id == assignment.c.plan_id)
        .where(assignment.c.member_id == member.c.id, assignment.c.role == "lead")
        .where(assignment.c.until.is_(None), plan.c.state == "published")
        .scalar_subquery()
    )
    found = (
        select(member.c.id, member.c.name, member.c.code, village.c.name.label("village"), leads.label("leads"))
        .outerjoin(village, village.c.id == member.c.village_id)
        .where(or_(in_scope(member.c.village_id, scope), member.c.village_id.is_(None)), member.c.retired_on.is_(None))
        .where(or_(*(contains(column, text) for column in columns)))
        .order_by(_rank(text, *columns), member.c.name, member.c.code)
    )
    return _first(connection, found, most)
