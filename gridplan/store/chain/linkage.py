"""Who is linked to which villages and branches, their kinds with a rule each, and their calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, delete, func, or_, select, update

from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import add_row, by_id, by_name, insert_new
from gridplan.store.tables import branch, linkage, linkage_call, linkage_kind, linked_person, village

_LINKS: Final = (
    select(linkage, linked_person.c.name.label("person"), linked_person.c.kind_id)
    .add_columns(linkage_kind.c.title.label("kind"), linkage_kind.c.subject, linkage_kind.c.cadence_days)
    .add_columns(village.c.name.label("village"), branch.c.name.label("branch"))
    .join(linked_person, linked_person.c.id == linkage.c.person_id)
    .join(linkage_kind, linkage_kind.c.id == linked_person.c.kind_id)
    .join(village, village.c.id == linkage.c.village_id)
    .outerjoin(branch, branch.c.id == linkage.c.branch_id)
)
_STANDING: Final = linkage_call.c.withdrawn_at.is_(None)


@dataclass(frozen=True, slots=True)
class Entry:
    """Who entered calls, and when."""

    by: int | None
    at: datetime


# ---- kinds


def kinds(connection: Connection) -> dict[int, RowMapping]:
    """Return the kinds of persons who are linked, by their ids, in the order in which they were made."""
    found = connection.execute(select(linkage_kind).order_by(linkage_kind.c.id)).mappings()
    return {row["id"]: row for row in found}


def save_kind(connection: Connection, kind_id: int | None, values: Mapping[str, Any]) -> None:
    """Change a kind, or without an id add it."""
    if kind_id is None:
        add_row(connection, linkage_kind, values)
        return
    by_id(connection, linkage_kind, kind_id)
    connection.execute(update(linkage_kind).where(linkage_kind.c.id == kind_id).values(**values))


def persons_of_kinds(connection: Connection) -> dict[int, int]:
    """Return how many persons there are of each kind, those that are no longer linked among them."""
    found = select(linked_person.c.kind_id, func.count()).group_by(linked_person.c.kind_id)
    return {kind_id: n for kind_id, n in connection.execute(found)}


def remove_kind(connection: Connection, kind_id: int) -> None:
    """Remove a kind that nobody is of."""
    connection.execute(delete(linkage_kind).where(linkage_kind.c.id == kind_id))


# ---- persons


def persons(connection: Connection) -> list[RowMapping]:
    """Return everybody who may be linked, with their kinds, by name."""
    found = (
        select(linked_person, linkage_kind.c.title.label("kind"), linkage_kind.c.subject)
        .add_columns(linkage_kind.c.rule, linkage_kind.c.count)
        .join(linkage_kind, linkage_kind.c.id == linked_person.c.kind_id)
        .where(linked_person.c.retired_on.is_(None))
        .order_by(by_name(linked_person.c.name), linked_person.c.id)
    )
    return list(connection.execute(found).mappings())


def person(connection: Connection, person_id: int) -> RowMapping:
    """Return somebody who is or was linked.

    Raises
    ------
    NotFound
        There is nobody with this id.
    """
    return by_id(connection, linked_person, person_id)


def add_person(connection: Connection, name: str, kind_id: int) -> int:
    """Add a person and return the id."""
    return add_row(connection, linked_person, {"name": name, "kind_id": kind_id})


def change_person(connection: Connection, person_id: int, values: Mapping[str, Any]) -> None:
    """Give a person another name or kind, or a day since which nobody links them."""
    connection.execute(update(linked_person).where(linked_person.c.id == person_id).values(**values))


# ---- links


def links_in(connection: Connection, first: date, last: date, scope: Scope = None) -> list[RowMapping]:
    """Return the links of a scope that hold on some day of several, by person, village and branch.

    A link to a village or branch that was no more by the last of these days is none.
    """
    found = _LINKS.where(
        in_scope(linkage.c.village_id, scope),
        linkage.c.from_day <= last,
        or_(linkage.c.until_day.is_(None), linkage.c.until_day > first),
        or_(village.c.retired_on.is_(None), village.c.retired_on > last),
        or_(branch.c.retired_on.is_(None), branch.c.retired_on > last),
    )
    return list(connection.execute(_ordered(found)).mappings())


def links_of(connection: Connection, person_id: int, scope: Scope = None) -> list[RowMapping]:
    """Return all links of a person within a scope, those that have ended too."""
    found = _LINKS.where(linkage.c.person_id == person_id, in_scope(linkage.c.village_id, scope))
    return list(connection.execute(_ordered(found)).mappings())


def _ordered(found: Select[Any]) -> Select[Any]:
    return found.order_by(
        by_name(linked_person.c.name), linked_person.c.id, by_name(village.c.name), by_name(branch.c.name), linkage.c.id
    )


def add_link(connection: Connection, values: Mapping[str, Any]) -> int:
    """Add a link and return its id."""
    return add_row(connection, linkage, values)


def link(connection: Connection, link_id: int) -> RowMapping:
    """Return a link.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    return by_id(connection, linkage, link_id)


def end_link(connection: Connection, link_id: int, until_day: date | None) -> None:
    """Let a link end on a day, or with None hold for good."""
    connection.execute(update(linkage).where(linkage.c.id == link_id).values(until_day=until_day))


def remove_link(connection: Connection, link_id: int) -> None:
    """Remove a link that was a mistake, with the calls that were taken back of it."""
    connection.execute(delete(linkage_call).where(linkage_call.c.linkage_id == link_id))
    connection.execute(delete(linkage).where(linkage.c.id == link_id))


def end_links_of(connection: Connection, person_id: int, day: date) -> None:
    """Let all links of a person that are not over end on a day."""
    mine = (linkage.c.person_id == person_id) & or_(linkage.c.until_day.is_(None), linkage.c.until_day > day)
    connection.execute(update(linkage).where(mine).values(until_day=day))


# ---- calls


def last_calls(connection: Connection, day: date, scope: Scope = None) -> dict[int, date]:
    """Return the day of the last call by a day, by link, of the links of a scope that have one."""
    found = (
        select(linkage_call.c.linkage_id, func.max(linkage_call.c.day))
        .join(linkage, linkage.c.id == linkage_call.c.linkage_id)
        .where(_STANDING, linkage_call.c.day <= day, in_scope(linkage.c.village_id, scope))
        .group_by(linkage_call.c.linkage_id)
    )
    return {link_id: last for link_id, last in connection.execute(found)}


def calls_in(connection: Connection, first: date, last: date, scope: Scope = None) -> list[RowMapping]:
    """Return the calls of a scope on some days, the first first."""
    found = (
        select(linkage_call)
        .join(linkage, linkage.c.id == linkage_call.c.linkage_id)
        .where(_STANDING, linkage_call.c.day.between(first, last), in_scope(linkage.c.village_id, scope))
        .order_by(linkage_call.c.day, linkage_call.c.n)
    )
    return list(connection.execute(found).mappings())


def has_calls(connection: Connection, link_id: int, since: date | None = None) -> bool:
    """Return whether a link has a call, or one since a day."""
    mine = [_STANDING, linkage_call.c.linkage_id == link_id]
    if since is not None:
        mine.append(linkage_call.c.day >= since)
    return connection.execute(select(linkage_call.c.n).where(*mine).limit(1)).first() is not None


def add_calls(connection: Connection, day: date, ids: Mapping[int, str], entry: Entry) -> frozenset[str]:
    """Add a call of each link on a day, under ids of their own, and return the ids of those that are new."""
    rows = [
        {"id": id_, "linkage_id": link_id, "day": day, "entered_by": entry.by, "received_at": entry.at}
        for link_id, id_ in ids.items()
    ]
    return insert_new(connection, linkage_call, rows, "id")


def calls(connection: Connection, id_: str) -> list[RowMapping]:
    """Return the call of an id, or all that a form of that id kept, each with its village; not those taken back."""
    found = (
        select(linkage_call, linkage.c.village_id)
        .join(linkage, linkage.c.id == linkage_call.c.linkage_id)
        .where(_STANDING, or_(linkage_call.c.id == id_, linkage_call.c.id.startswith(f"{id_}:", autoescape=True)))
        .order_by(linkage_call.c.n)
    )
    return list(connection.execute(found).mappings())


def withdraw_calls(connection: Connection, numbers: Iterable[int], at: datetime) -> None:
    """Take calls back, by their numbers."""
    connection.execute(update(linkage_call).where(linkage_call.c.n.in_(list(numbers))).values(withdrawn_at=at))
