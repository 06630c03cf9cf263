"""Corrections: what was reported of households that are not as the lists have them, and what was answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, insert, select, true, update

from gridplan.contact.corrections import CorrectionKind
from gridplan.store.contact import visits
from gridplan.store.contact.merges import merged_into
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import insert_new, only_row
from gridplan.store.tables import account, correction, household, household_change, member, village

CorrectionState = Literal["open", "asked back", "accepted", "refused"]
CORRECTION_STATES: Final[tuple[CorrectionState, ...]] = get_args(CorrectionState)
UNANSWERED: Final[tuple[CorrectionState, ...]] = ("open", "asked back")
MOST: Final = 500
"""Corrections that one page lists."""


@dataclass(frozen=True, slots=True)
class CorrectionQuery:
    """Which corrections are asked for: all of them, unless one of these is given."""

    states: Collection[CorrectionState] = CORRECTION_STATES
    village_id: int | None = None
    kind: CorrectionKind | None = None
    household_id: int | None = None
    member_id: int | None = None
    """Who reported them."""


def add(connection: Connection, values: Mapping[str, Any]) -> bool:
    """Add a correction unless its id is there; return whether it was not."""
    return bool(insert_new(connection, correction, [values], "id"))


def sent_before(connection: Connection, ids: Collection[str]) -> dict[str, str | None]:
    """Return the hashes of what was sent of corrections that are stored, by id."""
    found = select(correction.c.id, correction.c.content_hash).where(correction.c.id.in_(ids))
    return {id_: hash_ for id_, hash_ in connection.execute(found)}


def rows(connection: Connection, scope: Scope, query: CorrectionQuery) -> list[RowMapping]:
    """Return corrections within a scope, the newest first, with the household each is about and who reported it."""
    asked: list[ColumnElement[bool]] = [correction.c.state.in_(query.states)]
    for name in ("village_id", "kind", "household_id", "member_id"):
        if (value := getattr(query, name)) is not None:
            asked.append(correction.c[name] == value)
    found = (
        _with_names()
        .where(in_scope(correction.c.village_id, scope), *asked)
        .order_by(correction.c.made_at.desc(), correction.c.id)
        .limit(MOST)
    )
    return list(connection.execute(found).mappings())


def by_id(connection: Connection, correction_id: str) -> RowMapping:
    """Return a correction.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    return only_row(connection, _with_names().where(correction.c.id == correction_id))


def _with_names() -> Any:
    return (
        select(correction, village.c.name.label("village"), member.c.name.label("member"))
        .add_columns(account.c.name.label("entered_by_name"))
        .add_columns(*(household.c[name] for name in ("name", "code", "door", "hamlet", "version", "retired_on")))
        .join(village, village.c.id == correction.c.village_id)
        .outerjoin(household, household.c.id == correction.c.household_id)
        .outerjoin(member, member.c.id == correction.c.member_id)
        .outerjoin(account, account.c.id == correction.c.entered_by)
    )


def counts(connection: Connection, scope: Scope) -> dict[CorrectionState, int]:
    """Return how many corrections of a scope are in each state."""
    found = (
        select(correction.c.state, func.count())
        .where(in_scope(correction.c.village_id, scope))
        .group_by(correction.c.state)
    )
    return {state: n for state, n in connection.execute(found)}


def answer(
    connection: Connection,
    correction_id: str,
    state: CorrectionState,
    *,
    before: Collection[CorrectionState],
    word: str | None,
    by: int | None,
    at: datetime | None,
) -> bool:
    """Answer a correction that is in one of the states `before`; return whether it was."""
    mine = (correction.c.id == correction_id) & correction.c.state.in_(before)
    values = {"state": state, "answer": word, "answered_by": by, "answered_at": at}
    return connection.execute(update(correction).where(mine).values(**values)).rowcount == 1


# ---- two that are one, and one that is two


def merge(connection: Connection, old_id: int, new_id: int, day: date, *, at: datetime) -> None:
    """Let a household be part of another one from now on, with all contacts that it ever had."""
    row = {"old_id": old_id, "new_id": new_id, "kind": "merged", "day": day}
    connection.execute(insert(household_change).values(**row))
    visits.recount_households(connection, [merged_into(connection)[old_id]], at)


def unmerge(connection: Connection, old_id: int, *, at: datetime) -> None:
    """Undo that a household was merged: its contacts are its own again."""
    into = merged_into(connection).get(old_id)
    if into is None:
        return
    merged = (household_change.c.old_id == old_id) & (household_change.c.kind == "merged")
    connection.execute(delete(household_change).where(merged))
    visits.recount_households(connection, [old_id, into], at)


def split(connection: Connection, old_id: int, new_id: int, day: date) -> None:
    """Note that a household was part of another one until a day."""
    row = {"old_id": old_id, "new_id": new_id, "kind": "split", "day": day}
    connection.execute(insert(household_change).values(**row))


def others_of(connection: Connection, village_id: int, but: int | None = None) -> list[RowMapping]:
    """Return the living households of a village, but one of them."""
    found = (
        select(household.c.id, household.c.code, household.c.name, household.c.door, household.c.hamlet)
        .where(household.c.village_id == village_id, household.c.retired_on.is_(None))
        .where(true() if but is None else household.c.id != but)
        .order_by(household.c.hamlet, household.c.code)
    )
    return list(connection.execute(found).mappings())
