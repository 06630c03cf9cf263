"""What was erased, by a keyed hash of its id: a phone that still has it does not bring it back."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable
from datetime import date
from typing import Final

from sqlalchemy import Connection, select

from gridplan.store.access.guesses import secret
from gridplan.store.columns import LARGEST_ID
from gridplan.store.rows import chunks, insert_new
from gridplan.store.tables import gone, household, visit

OF: Final = "gone"


def add(connection: Connection, ids: Iterable[int | str], day: date) -> list[str]:
    """Note that households and visits of these ids are gone, and return their keys."""
    keyed = secret(connection)
    keys = sorted({_key(keyed, id_) for id_ in ids})
    add_keys(connection, keys, day)
    return keys


def add_keys(connection: Connection, keys: Iterable[str], day: date) -> None:
    """Note that what has these keys is gone."""
    insert_new(connection, gone, [{"key": key, "day": day} for key in keys], "key")


def wait_for_erasures(connection: Connection, ids: Collection[int | str]) -> None:
    """Wait until what is erased right now of some households and visits is gone; none is until the transaction ends."""
    homes = {id_ for id_ in ids if isinstance(id_, int) and 0 < id_ <= LARGEST_ID}
    for named in chunks([id_ for id_ in ids if isinstance(id_, str)]):
        homes.update(connection.execute(select(visit.c.household_id).where(visit.c.id.in_(named))).scalars())
    for some in chunks(sorted(homes)):
        found = select(household.c.id).where(household.c.id.in_(some)).order_by(household.c.id)
        connection.execute(found.with_for_update(key_share=True, read=True))


def are_gone(connection: Connection, ids: Collection[int | str]) -> frozenset[int | str]:
    """Return which of some households or visits are gone; this writes, once, where nothing was hashed before."""
    keyed = secret(connection)
    id_of = {_key(keyed, id_): id_ for id_ in ids}
    found: set[str] = set()
    for some in chunks(list(id_of)):
        found.update(connection.execute(select(gone.c.key).where(gone.c.key.in_(some))).scalars())
    return frozenset(id_of[key] for key in found)


def _key(keyed: str, id_: int | str) -> str:
    return hmac.new(keyed.encode(), f"{OF} {id_}".encode(), hashlib.sha256).hexdigest()
