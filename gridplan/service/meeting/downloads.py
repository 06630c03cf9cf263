"""Downloads: a link leads to a file once, for ten minutes, and for the account that asked for it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, RowMapping

from gridplan.errors import Conflict, NotFound
from gridplan.names import file_name
from gridplan.roles import Actor
from gridplan.service.access.passwords import hash_secret
from gridplan.service.meeting.forms import FORMS
from gridplan.service.meeting.packs import may_have
from gridplan.store import Store, Who, packs
from gridplan.store.system.town_settings import town_day
from gridplan.words import Lang, say

LINK_HOLDS: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Download:
    """A file that a link leads to; without a path where the link is used up or too old, or the file is not kept."""

    file_id: int
    snapshot_id: int
    name: str
    path: Path | None


def new_link(store: Store, actor: Actor, file_id: int, *, now: datetime) -> str | None:
    """Return the token of a link to a file; None where the file is not kept any more and has to be made again.

    Raises
    ------
    NotFound
        There is no such file, or it is not for who asks.
    """
    token = secrets.token_urlsafe(24)
    with store.write() as connection:
        file, _ = _file(connection, actor, file_id)
        if _path(store, file) is None:
            return None
        packs.add_link(connection, hash_secret(token), file_id, actor.account_id, now + LINK_HOLDS)
    return token


def fetch(store: Store, actor: Actor, token: str, *, now: datetime) -> Download:
    """Return what a link leads to, and use it up.

    Raises
    ------
    NotFound
        There is no such link, it is somebody else's, or what it leads to is not for who asks any more.
    """
    with store.read() as connection:
        link = packs.link(connection, hash_secret(token))
        if link["account_id"] != actor.account_id:
            raise NotFound("entrance.not_here")
        file, snapshot = _file(connection, actor, link["file_id"])
        name = _name(file, snapshot, town_day(connection, snapshot["as_of"]))
    path = _path(store, file)
    if path is not None:
        try:
            with store.change(Who(actor.account_id, actor.role), "download", "snapshot", now=now) as change:
                if not packs.use_link(change.connection, link["id"], now):
                    raise Conflict("pack.link_over")
                change.object_id = snapshot["id"]
                detail = {"profile": snapshot["profile"], "code": snapshot["code"], "forms": [file["form"]]}
                change.by_village = dict.fromkeys(snapshot["villages"], detail)
        except Conflict:
            path = None
    return Download(file["id"], snapshot["id"], name, path)


def _file(connection: Connection, actor: Actor, file_id: int) -> tuple[RowMapping, RowMapping]:
    """Return a file and its snapshot, if they are for who asks."""
    file = packs.file_by_id(connection, file_id)
    snapshot = packs.snapshot_by_id(connection, file["snapshot_id"])
    if not may_have(actor, snapshot) or not actor.may(FORMS[file["form"]].power):
        raise NotFound("entrance.not_here")
    return file, snapshot


def _path(store: Store, file: RowMapping) -> Path | None:
    path = packs.path(store, file["file"]) if file["file"] else None
    return path if path is not None and path.is_file() else None


def _name(file: RowMapping, snapshot: RowMapping, day: date) -> str:
    """Return the name of a file as it is saved: its form, what it is of, its size and its day."""
    lang: Lang = snapshot["lang"]
    parts = (say(f"pack.form.{file['form']}", lang), file["options"].get("size"), day.isoformat(), snapshot["title"])
    return f"{file_name(*filter(None, parts))}.{file['format']}"
