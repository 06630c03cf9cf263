"""An edit of a row is saved unless the row was changed since: then it is told who changed what, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, Table

from gridplan.errors import Conflict
from gridplan.store import Change
from gridplan.store.rows import update_if_current
from gridplan.store.system.audit import last_change
from gridplan.store.system.town_settings import read_settings
from gridplan.words import Message, series

NOT_SAID: Final = "not said"
"""Stands for a day of retirement that an edit says nothing of."""


def save_edit(change: Change, table: Table, before: RowMapping, version: int, values: Mapping[str, Any]) -> None:
    """Give a row new values; the audit names it, its village and the fields that are others.

    Raises
    ------
    Conflict
        It was changed since this version, or is retired: then it can only be brought back.
    """
    if before.get("retired_on") is not None and values.get("retired_on", NOT_SAID) is not None:
        raise Conflict("registry.is_retired", day=before["retired_on"])
    change.object_id, change.village_id = before["id"], before.get("village_id", before["id"])
    change.detail = {"fields": changed_fields(before, values)}
    if not update_if_current(change.connection, table, before["id"], version, values):
        raise _conflict(change.connection, table.name, before["id"], change.village_id)


def _conflict(connection: Connection, object_: str, object_id: int, village_id: int | None) -> Conflict:
    change = last_change(connection, object_, object_id, village_id)
    if change is None:
        return Conflict("registry.stale_unknown")
    fields = change["detail"].get("fields", ())
    return Conflict(
        "registry.stale",
        who=change["by"] or Message("registry.command_line"),
        when=local_time(connection, change["at"]),
        what=series(Message(f"registry.field.{field}") for field in fields) if fields else Message("registry.several"),
    )


def local_time(connection: Connection, moment: datetime) -> str:
    """Return a moment as the clocks of the town show it."""
    return town_clock(connection)(moment)


def town_clock(connection: Connection) -> Callable[[datetime], str]:
    """Return how the clocks of the town show moments."""
    zone = ZoneInfo(read_settings(connection).time_zone)
    return lambda moment: moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def changed_fields(before: Mapping[Any, Any], values: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields whose values are others; a place is one field."""
    place = {"lon", "lat", "position"}
    moved = any(before[field] != values[field] for field in place & values.keys())
    plain = [field for field in values if field not in place and before[field] != values[field]]
    return [field.removesuffix("_id").removesuffix("_on") for field in plain] + (["position"] if moved else [])
