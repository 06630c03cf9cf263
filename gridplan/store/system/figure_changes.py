"""Which changes make other figures of contact: they renew the key of each village that they may concern."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.tables import village

OF_ALL: Final = frozenset(
    {
        *((verb, "lists") for verb in ("import", "take back")),
        *((verb, "household") for verb in ("add", "change", "retire", "unretire", "erase", "merge", "split")),
        *((verb, "member") for verb in ("add", "change", "retire", "unretire", "reassign", "take back grids")),
        *((verb, "village") for verb in ("add", "change", "change days", "retire", "unretire")),
        *((verb, "village") for verb in ("merge", "take back merger", "split", "take back split")),
        *((verb, object_) for verb in ("add", "remove") for object_ in ("cadence", "pause")),
        ("set state", "household"),
        ("load", "plan"),
        ("publish", "plan"),
        ("give lead", "grid"),
        ("take back lead", "grid"),
        ("make", "party group"),
        ("change", "term"),
        ("change", "settings"),
        ("recount", "visit"),
        ("restore", "town"),
    }
)
"""Verb and object of changes of which the village alone does not tell whose figures they change.

A household that moves is in plans of two villages, and the name of a lead tells whose household is the own one.
"""
OF_VILLAGES: Final = frozenset(
    {
        *((verb, "visit") for verb in ("record", "amend", "settle", "hand in")),
        ("hand in", "phone file"),
        ("print", "sheet"),
        ("count", "grid"),
        ("move", "party group"),
    }
)
"""Those of the villages that the audit names. Where contacts count in others too, counting them renews their keys."""
_RENEW: Final = update(village).values(figures_key=bindparam("new_key"))
_RENEW_SOME: Final = _RENEW.where(village.c.id.in_(bindparam("villages", expanding=True)))


def renew(connection: Connection, scope: Scope) -> None:
    """Give villages another key, which none ever had: figures made until now are not theirs any more."""
    new_key = {"new_key": secrets.randbits(62)}
    if scope is None:
        connection.execute(_RENEW, new_key)
    elif scope:
        connection.execute(_RENEW_SOME, new_key | {"villages": [*scope]})


def note_change(connection: Connection, kind: tuple[str, str], village_ids: Collection[int | None]) -> None:
    """Renew the keys of the villages whose figures a change of a kind may have changed."""
    if kind in OF_ALL or (kind in OF_VILLAGES and None in village_ids):
        renew(connection, None)
    elif kind in OF_VILLAGES:
        renew(connection, [village_id for village_id in village_ids if village_id is not None])


def keys(connection: Connection, scope: Scope) -> dict[int, int]:
    """Return the key of each village of a scope: another one after every change of its figures."""
    found = select(village.c.id, village.c.figures_key).where(in_scope(village.c.id, scope))
    return {village_id: key for village_id, key in connection.execute(found)}
