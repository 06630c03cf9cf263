"""The epoch of a database: another one after each restore, so that phones send anew what may be lost."""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from gridplan.store.tables import setting

EPOCH: Final = "epoch"
FIRST: Final = "first"
"""Of a database that never was restored."""


def epoch(connection: Connection) -> str:
    """Return the epoch."""
    found = connection.execute(select(setting.c.value).where(setting.c.key == EPOCH)).scalar_one_or_none()
    return FIRST if found is None else str(found)


def begin_epoch(connection: Connection) -> None:
    """Begin another one."""
    connection.execute(delete(setting).where(setting.c.key == EPOCH))
    connection.execute(insert(setting).values(key=EPOCH, value=secrets.token_urlsafe(12)))
