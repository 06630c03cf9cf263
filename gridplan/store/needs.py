"""Needs and their steps, added under ids that are made in forms; the row of a need is what its steps say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, exists, insert, or_, select, update

from gridplan.names import sort_key
from gridplan.needs import Category, Standing, Step, standing
from gridplan.roles import OF_TOWN, POWERS
from gridplan.store.contact.merges import merged_into
from gridplan.store.contact.visits import Verdict
from gridplan.store.registry import households
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import Row, chunks, insert_new, noun_of, only_row
from gridplan.store.tables import account, household, member, need, need_step, scope, village

WORDS: Final = ("reply", "reason", "note")
"""What of the content of a step is told of a household in free words."""
OWNER: Final = account.alias("owner")
ENTERED: Final = account.alias("entered")
DESK: Final = tuple(role for role, powers in POWERS.items() if "keep record" in powers)
"""The roles that follow needs up."""


@dataclass(frozen=True, slots=True)
class Need:
    """A need as it is raised; its id is made in the form, so that what is sent twice is one."""

    id: str
    village_id: int
    household_id: int
    category: Category
    text: str
    raised_day: date
    source: str
    member_id: int | None = None
    """Who heard of it."""
    visit_id: str | None = None
    """At which it was raised."""


@dataclass(frozen=True, slots=True)
class By:
    """Who enters something, and when: a member, or the desk."""

    account_id: int | None
    at: datetime
    member_id: int | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of a step that say so."""
        return {"member_id": self.member_id, "entered_by": self.account_id, "received_at": self.at}


# ---- added


def add(
    connection: Connection, new: Need, steps: Sequence[Step], by: By, *, content_hash: str | None = None
) -> tuple[int, Verdict]:
    """Add a need with its first steps unless its id is there; return its number, and what became of it.

    Of one that a phone sent `content_hash` tells whether it is the same.
    """
    values = {name: getattr(new, name) for name in Need.__slots__}
    row = values | _columns(standing(steps)) | {"entered_by": by.account_id, "received_at": by.at}
    row["content_hash"] = content_hash
    added = insert_new(connection, need, [row], "id")
    stored = only_row(connection, select(need).where(need.c.id == new.id))
    if added:
        for step in steps:
            add_step(connection, stored["n"], step, by)
        return stored["n"], "created"
    compared = values | {"entered_by": by.account_id} if content_hash is None else {"content_hash": content_hash}
    same = all(stored[name] == value for name, value in compared.items())
    return stored["n"], "replay" if same else "conflict"


def add_step(connection: Connection, n: int, step: Step, by: By) -> Verdict:
    """Add a step of a need unless its id is there, and return what became of it."""
    row = {"id": step.id, "need_n": n, "kind": step.kind, "day": step.day, "content": dict(step.content)}
    if insert_new(connection, need_step, [row | by.columns], "id"):
        return "created"
    stored = only_row(connection, select(need_step).where(need_step.c.id == step.id))
    return "replay" if all(stored[name] == value for name, value in row.items()) else "conflict"


def set_standing(connection: Connection, n: int, found: Standing) -> None:
    """Let the row of a need say what its steps have made of it."""
    connection.execute(update(need).where(need.c.n == n).values(**_columns(found)))


def _columns(found: Standing) -> dict[str, Any]:
    return {name: getattr(found, name) for name in Standing.__slots__}


def set_wording(connection: Connection, n: int, category: Category, text: str) -> None:
    """Let a need be worded otherwise; how it was before is not kept."""
    connection.execute(update(need).where(need.c.n == n).values(category=category, text=text))


def erase_wording(connection: Connection, n: int) -> None:
    """Remove all that is told of a household in free words, in the need and in its steps; what was done stays."""
    connection.execute(update(need).where(need.c.n == n).values(text=""))
    for row in steps_of(connection, [n])[n]:
        kept = {name: value for name, value in row["content"].items() if name not in WORDS}
        connection.execute(update(need_step).where(need_step.c.n == row["n"]).values(content=kept))


def add_first(connection: Connection, entered: Iterable[tuple[Need, Sequence[Step], By]]) -> None:
    """Add needs with all their steps, none of which is there yet: the rows that a form a step would make."""
    whole = list(entered)
    for some in chunks(whole):
        rows = [
            {name: getattr(new, name) for name in Need.__slots__}
            | _columns(standing(steps))
            | {"entered_by": by.account_id, "received_at": by.at}
            for new, steps, by in some
        ]
        connection.execute(insert(need), rows)
        ids = [new.id for new, _, _ in some]
        number = {id_: n for id_, n in connection.execute(select(need.c.id, need.c.n).where(need.c.id.in_(ids)))}
        step_rows = [
            {"id": step.id, "need_n": number[new.id], "kind": step.kind, "day": step.day, "content": dict(step.content)}
            | by.columns
            for new, steps, by in some
            for step in steps
        ]
        connection.execute(insert(need_step), step_rows)


# ---- read


def sent_before(connection: Connection, ids: Collection[str]) -> dict[str, str | None]:
    """Return the hashes of what was sent of needs that are stored, by id."""
    return {
        id_: hash_
        for id_, hash_ in connection.execute(select(need.c.id, need.c.content_hash).where(need.c.id.in_(ids)))
    }


def is_owned() -> ColumnElement[bool]:
    """Return the condition that the owner of a need may still follow it up."""
    here = exists().where(scope.c.account_id == account.c.id, scope.c.village_id == need.c.village_id)
    may = account.c.role.in_(DESK) & or_(account.c.role.in_(OF_TOWN), here)
    return exists().where(account.c.id == need.c.owner_id, account.c.disabled_at.is_(None), may)


def with_names() -> Select[Any]:
    """Return the query of needs with their village, who owns them, who heard of them and whether somebody does."""
    return (
        select(need, village.c.name.label("village"), OWNER.c.name.label("owner"))
        .add_columns(member.c.name.label("member"), ENTERED.c.name.label("entered_by_name"))
        .add_columns(is_owned().label("is_owned"))
        .join(village, village.c.id == need.c.village_id)
        .outerjoin(OWNER, OWNER.c.id == need.c.owner_id)
        .outerjoin(ENTERED, ENTERED.c.id == need.c.entered_by)
        .outerjoin(member, member.c.id == need.c.member_id)
    )


def by_n(connection: Connection, n: int) -> Row:
    """Return a need with its household, as `with_homes` has it.

    Raises
    ------
    NotFound
        There is none with this number.
    """
    return with_homes(connection, [only_row(connection, with_names().where(need.c.n == n))])[0]


def hold(connection: Connection, n: int) -> RowMapping:
    """Return the row of a need, which nobody else changes until the transaction ends.

    Raises
    ------
    NotFound
        There is none with this number.
    """
    return only_row(connection, select(need).where(need.c.n == n).with_for_update())


def with_homes(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Return needs with the household each is of by now, as `home`: the one that it was merged into.

    None where it lives in another village by now, whose people are nothing to those who follow the need up.
    """
    merged = merged_into(connection)
    last = {row["household_id"]: merged.get(row["household_id"], row["household_id"]) for row in rows}
    homes: dict[int, RowMapping] = {}
    for some in chunks(sorted(set(last.values()))):
        homes |= {home["id"]: home for home in households.rows_by_id(connection, some)}
    found: list[Row] = []
    for row in rows:
        home = homes[last[row["household_id"]]]
        found.append({**row, "home": home if home["village_id"] == row["village_id"] else None})
    return found


def of_households(connection: Connection, household_ids: Collection[int], *, member_id: int | None = None) -> list[Row]:
    """Return the needs of households and of those merged into them, and those a member raised, the newest first."""
    merged = merged_into(connection)
    ids = [*household_ids, *(old for old, new in merged.items() if new in set(household_ids))]
    raised = () if member_id is None else (need.c.member_id == member_id,)
    found = (
        with_names()
        .where(or_(need.c.household_id.in_(ids), *raised))
        .order_by(need.c.closed_day.is_not(None), need.c.n.desc())
    )
    return with_homes(connection, connection.execute(found).mappings().all())


def steps_of(connection: Connection, numbers: Collection[int]) -> dict[int, list[RowMapping]]:
    """Return the steps of needs in their order, with the names of who entered them."""
    found: dict[int, list[RowMapping]] = defaultdict(list)
    for some in chunks(sorted(numbers)):
        rows = (
            select(need_step, account.c.name.label("entered_by_name"), member.c.name.label("member"))
            .outerjoin(account, account.c.id == need_step.c.entered_by)
            .outerjoin(member, member.c.id == need_step.c.member_id)
            .where(need_step.c.need_n.in_(some))
            .order_by(need_step.c.n)
        )
        for row in connection.execute(rows).mappings():
            found[row["need_n"]].append(row)
    return found


def steps(rows: Iterable[RowMapping]) -> tuple[Step, ...]:
    """Return the steps of rows."""
    return tuple(noun_of(Step, row) for row in rows)


def standings(connection: Connection, within: Scope) -> list[tuple[int, Category, Standing]]:
    """Return what became of every need of a scope, with its village and category: what figures are made of."""
    found = select(need).where(in_scope(need.c.village_id, within))
    return [
        (row["village_id"], row["category"], noun_of(Standing, row)) for row in connection.execute(found).mappings()
    ]


def departments(connection: Connection, within: Scope) -> list[str]:
    """Return the departments that needs of a scope were referred to."""
    found = select(need.c.department).where(in_scope(need.c.village_id, within), need.c.department.is_not(None))
    return sorted(connection.execute(found.distinct()).scalars())


def owners(connection: Connection, village_id: int) -> list[RowMapping]:
    """Return who may own needs of a village: clerks first, then planners, then administrators."""
    here = exists().where(scope.c.account_id == account.c.id, scope.c.village_id == village_id)
    found = (
        select(account.c.id, account.c.name, account.c.role)
        .where(account.c.role.in_(DESK), account.c.disabled_at.is_(None), account.c.role.in_(OF_TOWN) | here)
        .order_by(account.c.id)
    )
    order: Mapping[str, int] = {role: place for place, role in enumerate(("clerk", "planner", "administrator"))}
    return sorted(connection.execute(found).mappings(), key=lambda row: order[row["role"]])


def owners_by_id(connection: Connection, within: Scope) -> dict[int, str]:
    """Return who owns needs of a scope, names by id in their order."""
    found = select(OWNER.c.id, OWNER.c.name).join(need, need.c.owner_id == OWNER.c.id)
    rows = connection.execute(found.where(in_scope(need.c.village_id, within)).distinct())
    return dict(sorted(((id_, name) for id_, name in rows), key=lambda one: sort_key(one[1])))


def without_owner(connection: Connection, within: Scope) -> list[RowMapping]:
    """Return the needs of a scope that are not closed and that nobody at the desk owns any more."""
    found = select(need).where(in_scope(need.c.village_id, within), need.c.closed_day.is_(None), ~is_owned())
    return list(connection.execute(found.order_by(need.c.n)).mappings())


def open_of_households(connection: Connection, household_ids: Collection[int]) -> list[RowMapping]:
    """Return the needs of households that are not closed, the oldest first, with what marks the house."""
    found = (
        select(need.c.n, need.c.category, household.c.door, household.c.address, household.c.code)
        .join(household, household.c.id == need.c.household_id)
        .where(need.c.household_id.in_(household_ids), need.c.closed_day.is_(None))
        .order_by(need.c.n)
    )
    return list(connection.execute(found).mappings())
