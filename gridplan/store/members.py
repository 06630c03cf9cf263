"""Members: rows of the database, and the model's members of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, or_, select

from gridplan.model import Member
from gridplan.store.tables import member, village
from gridplan.store.villages import Scope, within


def with_village() -> Select[Any]:
    """Return the query of all members with the names of their villages."""
    return select(member, village.c.name.label("village")).outerjoin(village, village.c.id == member.c.village_id)


def models(connection: Connection, scope: Scope = None) -> tuple[Member, ...]:
    """Return the members that are not retired, in the order of their codes; those of no village are in every scope."""
    mine = or_(within(member.c.village_id, scope), member.c.village_id.is_(None))
    found = with_village().where(mine, member.c.retired_on.is_(None)).order_by(member.c.code)
    return tuple(model_of(row) for row in connection.execute(found).mappings())


def model_of(row: RowMapping) -> Member:
    """Return the member of a row of `with_village`."""
    return Member(
        member_id=row["code"],
        name=row["name"],
        kind=row["kind"],
        village=row["village"],
        hamlet=row["hamlet"],
        lon=row["lon"],
        lat=row["lat"],
        max_grids=row["max_grids"],
        available=row["available"],
        excused_until=row["excused_until"],
        ties=tuple(row["ties"]),
    )


def row_of(one: Member, village_id: int | None) -> dict[str, object]:
    """Return a member as the columns of its row."""
    return {
        "code": one.member_id,
        "name": one.name,
        "kind": one.kind,
        "village_id": village_id,
        "hamlet": one.hamlet,
        "lon": one.lon,
        "lat": one.lat,
        "max_grids": one.max_grids,
        "available": one.available,
        "excused_until": one.excused_until,
        "ties": list(one.ties),
    }


def add(connection: Connection, members: Iterable[Member], village_ids: Mapping[str, int]) -> None:
    """Add members; the villages they name are known."""
    if rows := [row_of(one, village_ids[one.village] if one.village else None) for one in members]:
        connection.execute(insert(member), rows)


def ids_by_code(connection: Connection) -> dict[str, int]:
    """Return the id of every member by their code, retired ones too."""
    return {code: id_ for id_, code in connection.execute(select(member.c.id, member.c.code))}
