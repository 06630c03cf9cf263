"""The settings of a town: one row each, and what holds where there is none."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, delete, func, insert, select

from gridplan.contact.calendar import local_day
from gridplan.model import Counted
from gridplan.store.system import list_changes
from gridplan.store.tables import member, membership, plan, setting
from gridplan.words import LANGS, Term, Titles


@dataclass(frozen=True, slots=True)
class TownSettings:
    """What a town decides once."""

    name: str = ""
    address: str = ""
    """Where phones reach the service, for links and cards; empty: the address it was asked at."""
    approval: str = ""
    """The number under which its maps were approved; without one every map is an internal working map."""
    time_zone: str = "Asia/Shanghai"
    visit_minutes: int = 10
    """How long a visit takes, way included, to say what a cadence costs."""
    settle_days: int = 3
    """Days after the Sunday of a week at whose end its figures settle: 3 is Wednesday."""
    languages: tuple[str, ...] = ("zh", "en")
    notes: bool = False
    """Whether visits may carry a free note."""
    phones: bool = False
    """Whether members may sign in on their phones; where not, tick sheets are all there is."""
    household_names: bool = False
    """Whether members' pages and tick sheets name households, besides the door."""
    bounds_count: Counted = "registered"
    """Which households the bounds of grids count."""
    tiles_url: str = ""
    """Address of map tiles with {x}, {y} and {z}; none by default, so nobody outside is asked."""
    tiles_frame: str = "wgs84"
    title_member_zh: str = ""
    """What the town calls its members, leads and deputies; empty: as everywhere."""
    title_member_en: str = ""
    title_lead_zh: str = ""
    title_lead_en: str = ""
    title_deputy_zh: str = ""
    title_deputy_en: str = ""

    @property
    def titles(self) -> Titles:
        """The titles that the town has set."""
        return frozenset(
            (lang, term, title)
            for lang in LANGS
            for term in get_args(Term)
            if (title := getattr(self, f"title_{term}_{lang}"))
        )


_LISTS: Final = {"languages"}
_KNOWN: Final = {field.name for field in fields(TownSettings)}
_STORED: Final = select(setting.c.key, setting.c.value)


def read_settings(connection: Connection) -> TownSettings:
    """Return the settings of the town."""
    rows = connection.execute(_STORED).all()
    stored: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in rows if key in _KNOWN}
    return TownSettings(**stored)


def town_day(connection: Connection, now: datetime) -> date:
    """Return the day that it is in the town."""
    return local_day(now, ZoneInfo(read_settings(connection).time_zone))


def write_settings(connection: Connection, settings: TownSettings) -> None:
    """Keep the settings of the town."""
    values = asdict(settings)
    connection.execute(delete(setting).where(setting.c.key.in_(values)))
    connection.execute(insert(setting), [{"key": key, "value": value} for key, value in values.items()])
    list_changes.renew(connection)


def visit_counts(connection: Connection) -> tuple[int, int]:
    """Return how many households are in grids of published plans, and how many members could visit them."""
    published = (
        select(func.count())
        .select_from(membership)
        .join(plan, plan.c.id == membership.c.plan_id)
        .where(plan.c.state == "published", membership.c.number.is_not(None))
    )
    able = select(func.count()).select_from(member).where(and_(member.c.retired_on.is_(None), member.c.available))
    return connection.execute(published).scalar_one(), connection.execute(able).scalar_one()
