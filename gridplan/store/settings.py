"""The settings of a town: one row each, and what holds where there is none."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select

from gridplan.store.tables import setting


@dataclass(frozen=True, slots=True)
class TownSettings:
    """What a town decides once."""

    name: str = ""
    time_zone: str = "Asia/Shanghai"
    cadence_days: int = 7
    visit_minutes: int = 10
    """How long a visit takes, way included, to say what a cadence costs."""
    languages: tuple[str, ...] = ("zh", "en")
    notes: bool = False
    """Whether visits may carry a free note."""
    tiles_url: str = ""
    """Address of map tiles with {x}, {y} and {z}; none by default, so nobody outside is asked."""
    tiles_frame: str = "wgs84"


_LISTS: Final = {"languages"}


def read_settings(connection: Connection) -> TownSettings:
    """Return the settings of the town."""
    known = {field.name for field in fields(TownSettings)}
    stored: dict[str, Any] = {
        key: tuple(value) if key in _LISTS else value
        for key, value in connection.execute(select(setting.c.key, setting.c.value))
        if key in known
    }
    return TownSettings(**stored)


def write_settings(connection: Connection, settings: TownSettings) -> None:
    """Keep the settings of the town."""
    values = asdict(settings)
    connection.execute(delete(setting).where(setting.c.key.in_(values)))
    connection.execute(insert(setting), [{"key": key, "value": value} for key, value in values.items()])
