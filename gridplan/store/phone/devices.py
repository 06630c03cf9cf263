"""Phones that may send what was entered on them: each by the hash of a token, bound to one member."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from gridplan.store.columns import random_id
from gridplan.store.tables import amendment, device, kept_apart, visit

WhyEnded = Literal["handover", "lost"]


@dataclass(frozen=True, slots=True)
class Device:
    """A phone: whose entries it sends, and what it sent and said so far."""

    id: int
    member_id: int
    made_at: datetime
    used_day: date
    received: int
    unsent: int
    address: str
    """Scheme, name and port under which it knows the service."""
    ended_at: datetime | None
    ended_why: WhyEnded | None


@dataclass(frozen=True, slots=True)
class PhonesAt:
    """How many phones know the service by an address, and how many of them said that they had entries left."""

    address: str
    phones: int
    unsent: int


_COLUMNS: Final = tuple(device.c[one.name] for one in fields(Device))
_OF_MEMBER: Final = (
    select(*_COLUMNS).where(device.c.member_id == bindparam("member")).order_by(device.c.id).with_for_update()
)
_OF_TOKEN: Final = select(*_COLUMNS).where(device.c.token_hash == bindparam("hash"))


def add(
    connection: Connection, member_id: int, token_hash: str, *, address: str, day: date, now: datetime
) -> dict[str, Any]:
    """Keep the token of a phone and return its row."""
    values = {"id": random_id(), "member_id": member_id, "token_hash": token_hash, "address": address}
    row = values | {"made_at": now, "used_day": day}
    connection.execute(insert(device).values(row))
    return row


def by_token(connection: Connection, token_hash: str) -> Device | None:
    """Return the phone that has a token, whether it was ended or not."""
    row = connection.execute(_OF_TOKEN, {"hash": token_hash}).mappings().one_or_none()
    return None if row is None else Device(**row)


def hold(connection: Connection, member_id: int) -> dict[int, Device]:
    """Return the phones of a member by id, from which nobody else takes anything until the transaction ends."""
    rows = connection.execute(_OF_MEMBER, {"member": member_id}).mappings()
    return {row["id"]: Device(**row) for row in rows}


def note_sent(connection: Connection, device_id: int, day: date, *, received: int, unsent: int) -> None:
    """Note what a phone sent by now, and how much it has left."""
    values = {"used_day": day, "received": received, "unsent": unsent}
    connection.execute(update(device).where(device.c.id == device_id).values(values))


def end(connection: Connection, member_ids: Collection[int], why: WhyEnded, now: datetime) -> list[int]:
    """End the phones of members and return their ids; one that was lost stays lost."""
    ended = (
        update(device)
        .where(device.c.member_id.in_(member_ids))
        .where(device.c.ended_why.is_(None) if why != "lost" else device.c.ended_why.is_distinct_from("lost"))
        .values(ended_at=now, ended_why=why)
    )
    return list(connection.execute(ended.returning(device.c.id)).scalars())


def resume(connection: Connection, member_id: int, since: datetime) -> list[int]:
    """Undo that the phones of a member were ended by a handover since a moment, and return their ids."""
    ended = (device.c.member_id == member_id) & (device.c.ended_why == "handover") & (device.c.ended_at >= since)
    resumed = update(device).where(ended).values(ended_at=None, ended_why=None)
    return list(connection.execute(resumed.returning(device.c.id)).scalars())


def forget_unused(connection: Connection, before: date) -> int:
    """Forget the phones that sent nothing since a day, and return how many there were; what they sent stays."""
    ids = list(connection.execute(select(device.c.id).where(device.c.used_day < before)).scalars())
    if ids:
        for sent in (visit, amendment, kept_apart):
            connection.execute(update(sent).where(sent.c.device_id.in_(ids)).values(device_id=None))
        connection.execute(delete(device).where(device.c.id.in_(ids)))
    return len(ids)


def by_address(connection: Connection, since: date) -> list[PhonesAt]:
    """Return the addresses that phones used since a day, those of most phones first; ended ones are left out."""
    unsent = func.count().filter(device.c.unsent > 0)
    found = (
        select(device.c.address, func.count(), unsent)
        .where(device.c.used_day >= since, device.c.ended_at.is_(None))
        .group_by(device.c.address)
        .order_by(func.count().desc(), device.c.address)
    )
    return [PhonesAt(*row) for row in connection.execute(found)]
