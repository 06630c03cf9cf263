"""Which changes leave lists, plans and settings as they are: after any other, what is kept of them is read anew."""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import Connection, func, select, update

from gridplan.store.tables import village

LEAVES_LISTS: Final = frozenset(
    {
        *((verb, "plan") for verb in ("edit", "redraw", "copy")),
        *((verb, "visit") for verb in ("record", "amend", "settle", "recount", "hand in")),
        ("hand in", "phone file"),
        *((verb, "need") for verb in ("raise", "follow up", "print slips")),
        *((verb, "account") for verb in ("enter", "enter by invitation", "leave", "end session", "change password")),
        *((verb, "linked person") for verb in ("link", "end link", "note calls", "take back calls")),
        *((verb, "member") for verb in ("make cards", "withdraw card", "phone lost", "note agreement")),
        *(("print", object_) for object_ in ("sheet", "contact card")),
        ("count", "grid"),
        *((verb, "snapshot") for verb in ("take", "make again", "download")),
        *((verb, "pack") for verb in ("save", "change", "renew", "retire")),
        ("report", "correction"),
    }
)
"""Verb and object. An edit gives its plan a version, which tells it from others."""
KEY: Final = select(func.max(village.c.lists_key))


def key(connection: Connection) -> int | None:
    """Return the key of all villages, another one after a change of lists, plans or settings; None without any."""
    return connection.execute(KEY).scalar_one()


def note_change(connection: Connection, kind: tuple[str, str]) -> None:
    """Renew the key of all villages, unless a change of this kind leaves lists, plans and settings as they are."""
    if kind not in LEAVES_LISTS:
        renew(connection)


def renew(connection: Connection) -> None:
    """Give all villages another key, which none ever had."""
    connection.execute(update(village).values(lists_key=secrets.randbits(62)))
