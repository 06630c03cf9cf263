"""Villages and their hamlets."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, exists, func, insert, select, true, update

from gridplan.model import Hamlet, Village
from gridplan.names import hamlet_key
from gridplan.store.rows import Row, by_name, noun_of, only_row, row_of
from gridplan.store.tables import hamlet, household, member, plan, village

Scope = Collection[int] | None
"""Ids of villages, or None for all of them."""


def in_scope(column: ColumnElement[Any], scope: Scope) -> ColumnElement[bool]:
    """Return the condition that a column of village ids is in a scope."""
    return true() if scope is None else column.in_(scope)


def with_village(table: Table) -> Select[Any]:
    """Return the query of all rows of a table of households or members, with the names of their villages."""
    return select(table, village.c.name.label("village")).outerjoin(village, village.c.id == table.c.village_id)


def rows(connection: Connection, scope: Scope = None) -> list[RowMapping]:
    """Return the villages that are not retired, by name."""
    found = (
        select(village)
        .where(in_scope(village.c.id, scope), village.c.retired_on.is_(None))
        .order_by(by_name(village.c.name))
    )
    return list(connection.execute(found).mappings())


def by_id(connection: Connection, village_id: int) -> RowMapping:
    """Return a village, a retired one too.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    return only_row(connection, select(village).where(village.c.id == village_id))


def ids_by_name(connection: Connection) -> dict[str, int]:
    """Return the id of every village by its name, retired ones too."""
    return {name: id_ for id_, name in connection.execute(select(village.c.id, village.c.name))}


def names(connection: Connection) -> dict[int, str]:
    """Return the name of every village by its id."""
    return {id_: name for name, id_ in ids_by_name(connection).items()}


def models(connection: Connection, scope: Scope = None) -> tuple[Village, ...]:
    """Return the villages as the planning takes them."""
    return tuple(map(model_of, rows(connection, scope)))


def model_of(row: Row) -> Village:
    """Return the village of a row."""
    return noun_of(Village, row, former_names=tuple(row["former_names"] or ()))


def hamlets(connection: Connection, scope: Scope = None) -> tuple[Hamlet, ...]:
    """Return the anchors of hamlets; one without a name is the place of the village itself."""
    found = (
        select(village.c.name, hamlet.c.name, hamlet.c.lon, hamlet.c.lat)
        .join(village)
        .where(in_scope(village.c.id, scope))
    )
    rows = sorted(connection.execute(found).all(), key=lambda row: (row[0], hamlet_key(row[1])))
    return tuple(Hamlet(of, name or None, lon, lat) for of, name, lon, lat in rows)


def add(connection: Connection, new: Iterable[Village]) -> None:
    """Add villages of names that are not known."""
    if values := [row_of(one) | {"former_names": list(one.former_names) or None} for one in new]:
        connection.execute(insert(village), values)


def add_missing(connection: Connection, wanted: Iterable[str]) -> dict[str, int]:
    """Add villages that are not known by name; return the ids of all."""
    known = ids_by_name(connection)
    add(connection, (Village(name) for name in dict.fromkeys(wanted) if name not in known))
    return ids_by_name(connection)


def with_former(row: Row, name: str, code: str | None) -> list[str] | None:
    """Return the former names and codes, if any, of a village that is called otherwise from now on."""
    called = [row["name"], row["code"], *(row["former_names"] or ())]
    return [one for one in dict.fromkeys(called) if one and one not in (name, code)] or None


def set_names(connection: Connection, village_id: int, former: Collection[str] | None, listed: str | None) -> None:
    """Note which names and codes a village had before, and what lists call it that give its town or code too."""
    names = {"former_names": former, "listed_name": listed}
    connection.execute(update(village).where(village.c.id == village_id).values(names))


def set_boundary_if_none(connection: Connection, village_id: int, boundary: BaseGeometry | None) -> None:
    """Give a village a boundary, unless it has one."""
    none_yet = (village.c.id == village_id) & village.c.boundary.is_(None)
    connection.execute(update(village).where(none_yet).values(boundary=boundary))


def set_days(connection: Connection, village_id: int, notice: date | None, start: date | None) -> None:
    """Note when the households of a village are told, and when visits start."""
    days = {"notice_day": notice, "start_day": start, "version": village.c.version + 1}
    connection.execute(update(village).where(village.c.id == village_id).values(days))


def first_start(connection: Connection, scope: Scope = None) -> date | None:
    """Return the day on which visits started first in the villages of a scope; None where none has a day."""
    return connection.execute(select(func.min(village.c.start_day)).where(in_scope(village.c.id, scope))).scalar()


def visited_since(connection: Connection, today: date) -> frozenset[int]:
    """Return the villages with a plan in force whose visits have begun by a day."""
    found = select(village.c.id).join(plan, (plan.c.village_id == village.c.id) & (plan.c.state == "published"))
    return frozenset(connection.execute(found.where(village.c.start_day <= today)).scalars())


def boundaries(connection: Connection) -> dict[int, BaseGeometry]:
    """Return the boundaries that were given, by village."""
    given = select(village.c.id, village.c.boundary).where(
        village.c.boundary.is_not(None), village.c.retired_on.is_(None)
    )
    return {id_: shape for id_, shape in connection.execute(given)}


def without_people(connection: Connection, village_ids: Collection[int]) -> list[int]:
    """Return which villages nobody is or was of: no household and no member."""
    nobody = (~exists().where(table.c.village_id == village.c.id) for table in (household, member))
    return list(connection.execute(select(village.c.id).where(village.c.id.in_(village_ids), *nobody)).scalars())


def restore_plan(connection: Connection, village_id: int) -> None:
    """Put the last plan of a village in force that was archived because the village was retired."""
    last = select(func.max(plan.c.revision)).where(plan.c.village_id == village_id).scalar_subquery()
    mine = (plan.c.village_id == village_id) & (plan.c.state == "archived") & (plan.c.revision == last)
    connection.execute(update(plan).where(mine).values(state="published", archived_at=None))


def archive_plan(connection: Connection, village_id: int, now: datetime) -> None:
    """Archive the plan in force of a village that is retired."""
    mine = (plan.c.village_id == village_id) & (plan.c.state == "published")
    connection.execute(update(plan).where(mine).values(state="archived", archived_at=now))
