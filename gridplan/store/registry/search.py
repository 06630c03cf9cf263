"""Finds grids, hamlets, households and members by what people write: codes, names, doors, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, case, func, or_, select

from gridplan.store.registry.villages import Scope, in_scope, with_village
from gridplan.store.rows import by_name, contains, has_case
from gridplan.store.tables import assignment, grid, household, member, plan, village


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is searched for: how it may be written, and the villages that it names."""

    spellings: tuple[str, ...]
    villages: tuple[int, ...] = ()
    begins: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """Villages that it begins with, each with how the rest of the word may be written."""


def first(connection: Connection, found: Select[Any], most: int, skip: int = 0) -> list[RowMapping]:
    """Return the first rows of what was found, after some that are skipped."""
    return list(connection.execute(found.limit(most).offset(skip)).mappings())


def total(connection: Connection, found: Select[Any]) -> int:
    """Return how many rows were found."""
    return int(connection.execute(select(func.count()).select_from(found.order_by(None).subquery())).scalar_one())


def villages(connection: Connection, scope: Scope) -> Sequence[RowMapping]:
    """Return id, name and code of the villages that are not retired, by name."""
    living = select(village.c.id, village.c.name, village.c.code).where(village.c.retired_on.is_(None))
    return (
        connection.execute(living.where(in_scope(village.c.id, scope)).order_by(by_name(village.c.name)))
        .mappings()
        .all()
    )


def grids(words: Sequence[Word], number: int | None, within: Scope, scope: Scope) -> Select[Any]:
    """Return grids of the plans in force by label, or by number within some villages; each with its first lead."""
    fits = and_(*(_in(word, grid.c.label) for word in words))
    if number is not None:
        fits = or_(fits, and_(grid.c.number == number, in_scope(plan.c.village_id, within)))
    lead = (
        select(member.c.name)
        .join(assignment, assignment.c.member_id == member.c.id)
        .where(assignment.c.plan_id == grid.c.plan_id, assignment.c.number == grid.c.number)
        .where(assignment.c.role == "lead", assignment.c.until.is_(None))
        .order_by(member.c.name)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(grid.c.plan_id, grid.c.number, grid.c.label, grid.c.size)
        .add_columns(village.c.name.label("village"), lead.label("lead"))
        .join(plan, plan.c.id == grid.c.plan_id)
        .join(village, village.c.id == plan.c.village_id)
        .where(plan.c.state == "published", in_scope(plan.c.village_id, scope))
        .where(fits)
        .order_by(_rank(words, grid.c.label), by_name(village.c.name), grid.c.number)
    )


def hamlets(words: Sequence[Word], scope: Scope) -> Select[Any]:
    """Return hamlets that living households are of, by name or by name and village."""
    named = or_(*(_matches(word, household.c.village_id, household.c.hamlet, alone=False) for word in words))
    return (
        select(household.c.village_id, household.c.hamlet, func.count().label("households"))
        .add_columns(village.c.name.label("village"))
        .join(village, village.c.id == household.c.village_id)
        .where(in_scope(household.c.village_id, scope), household.c.retired_on.is_(None), named)
        .where(*(_matches(word, household.c.village_id, household.c.hamlet) for word in words))
        .group_by(household.c.village_id, household.c.hamlet, village.c.name)
        .order_by(_rank(words, household.c.hamlet), by_name(village.c.name), household.c.hamlet)
    )


def households(words: Sequence[Word], scope: Scope) -> Select[Any]:
    """Return living households by code, name, door or address, and by their village and hamlet besides."""
    columns = (household.c.code, household.c.name, household.c.door, household.c.address)
    itself = or_(*(_matches(word, household.c.village_id, *columns, alone=False) for word in words))
    return (
        with_village(household)
        .where(in_scope(household.c.village_id, scope), household.c.retired_on.is_(None), itself)
        .where(*(_matches(word, household.c.village_id, *columns, household.c.hamlet) for word in words[1:] and words))
        .order_by(_rank(words, *columns), by_name(household.c.code))
    )


def members(words: Sequence[Word], scope: Scope) -> Select[Any]:
    """Return members by name or code, and by their village besides; those of no village are in every scope."""
    columns = (member.c.name, member.c.code)
    itself = or_(*(_in(word, *columns) for word in words))
    return (
        select(member.c.id, member.c.name, member.c.code, village.c.name.label("village"))
        .outerjoin(village, village.c.id == member.c.village_id)
        .where(or_(in_scope(member.c.village_id, scope), member.c.village_id.is_(None)), member.c.retired_on.is_(None))
        .where(itself, *(_matches(word, member.c.village_id, *columns) for word in words[1:] and words))
        .order_by(_rank(words, *columns), by_name(member.c.name), member.c.code)
    )


def _in(word: Word, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(*(contains(column, text) for column in columns for text in word.spellings))


def _matches(
    word: Word, of_village: ColumnElement[Any], *columns: ColumnElement[Any], alone: bool = True
) -> ColumnElement[bool]:
    """Return the condition that a word is in a column, or begins with the village and the rest is; or, alone, is it."""
    begins = [and_(of_village == id_, _in(Word(rest), *columns)) for id_, rest in word.begins]
    villages = [of_village.in_(word.villages)] if alone and word.villages else []
    return or_(_in(word, *columns), *begins, *villages)


def _rank(words: Sequence[Word], *columns: ColumnElement[Any]) -> ColumnElement[int]:
    """Return 0 for rows of which a column equals a word, 1 where one begins with it, 2 for the others."""
    equal, begin = [], []
    for text in (text for word in words for text in word.spellings):
        cased = has_case(text)
        equal += [func.lower(one) == func.lower(text) if cased else one == text for one in columns]
        begin += [(one.istartswith if cased else one.startswith)(text, autoescape=True) for one in columns]
    return case((or_(*equal), 0), (or_(*begin), 1), else_=2)
