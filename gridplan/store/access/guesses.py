"""Failed guesses at passwords and codes, counted under hashes that name nobody, and the secret of these hashes."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, select, update

from gridplan.store.rows import insert_new
from gridplan.store.tables import attempt, setting

MOST: Final = 10_000
"""Counters that are kept; of more, those with the fewest failures go first: no flood of names hides an attack."""
SECRET: Final = "secret"  # noqa: S105 (the name of the row)


def secret(connection: Connection) -> str:
    """Return the secret by which this service signs and hashes, made when it is asked for the first time."""
    insert_new(connection, setting, [{"key": SECRET, "value": secrets.token_urlsafe(32)}], "key")
    return str(connection.execute(select(setting.c.value).where(setting.c.key == SECRET)).scalar_one())


def counters(connection: Connection, keys: Collection[str], now: datetime) -> dict[str, tuple[int, datetime]]:
    """Return the failures under each key and until when the next guess waits; others wait for the end of this."""
    new = [{"key": key, "at": now, "failures": 0, "until": now} for key in sorted(keys)]
    insert_new(connection, attempt, new, "key")
    found = select(attempt.c.key, attempt.c.failures, attempt.c.until).where(attempt.c.key.in_(keys))
    rows = connection.execute(found.order_by(attempt.c.key).with_for_update())
    return {key: (failures, until) for key, failures, until in rows}


def count(connection: Connection, key: str, failures: int, until: datetime, now: datetime) -> None:
    """Keep how many failures there are under a key, and until when the next guess waits."""
    values = {"failures": failures, "until": until, "at": now}
    connection.execute(update(attempt).where(attempt.c.key == key).values(**values))


def take_back(connection: Connection, counted: Mapping[str, datetime], now: datetime) -> None:
    """Take back one failure under each key, and the wait that came of it, unless there is a later one."""
    for key, until in counted.items():
        mine = attempt.c.key == key
        connection.execute(update(attempt).where(mine).values(failures=attempt.c.failures - 1))
        connection.execute(update(attempt).where(mine, attempt.c.until == until).values(until=now))
    connection.execute(delete(attempt).where(attempt.c.failures <= 0))


def forget(connection: Connection, key: str) -> None:
    """Forget all failures under a key."""
    connection.execute(delete(attempt).where(attempt.c.key == key))


def forget_old(connection: Connection, before: datetime, after: datetime) -> None:
    """Forget failures before a moment, and the excess; waits beyond another tell that the clock was turned back."""
    connection.execute(delete(attempt).where((attempt.c.at < before) | (attempt.c.until > after)))
    excess = connection.execute(select(func.count()).select_from(attempt)).scalar_one() - MOST
    if excess > 0:
        fewest = select(attempt.c.id).order_by(attempt.c.failures, attempt.c.at).limit(excess)
        connection.execute(delete(attempt).where(attempt.c.id.in_(fewest)))
