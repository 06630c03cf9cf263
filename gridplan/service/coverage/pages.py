"""What the pages of coverage show: a level of the town as of a day, with all that is known today."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.trend import MOST_WEEKS, WEEKS
from gridplan.errors import InputRefused, NotFound
from gridplan.service.coverage.coverage import Coverage, GridWeek, asked_day, coverage, weeks_of_grid
from gridplan.service.coverage.kept_figures import by_village
from gridplan.service.coverage.trend import Part, Trend, trend
from gridplan.store import Store
from gridplan.store.contact import coverage as stored
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope
from gridplan.words import Lang, Message, day, say


@dataclass(frozen=True, slots=True)
class AsOf:
    """The day that figures are of."""

    day: date
    today: date
    complaint: Message | None = None
    """Why it is not the day that was asked for."""
    weeks: int = WEEKS
    """Of the trend up to it."""

    @property
    def is_today(self) -> bool:
        """Whether it is this day."""
        return self.day == self.today


def as_of(store: Store, asked: str, scope: Scope, today: date, *, weeks: str = "") -> AsOf:
    """Return the day that an address asks for, with 13 or 26 weeks up to it; today if it has no figures, and why."""
    count = MOST_WEEKS if weeks == str(MOST_WEEKS) else WEEKS
    try:
        return AsOf(asked_day(store, scope, asked.strip(), today), today, weeks=count)
    except InputRefused as error:
        return AsOf(today, today, error.message, count)


@dataclass(frozen=True, slots=True)
class Level:
    """How far contact reaches in a part of the town as of a day."""

    as_of: AsOf
    around: Coverage
    """Of its village, and of the town all there is."""
    of: Coverage
    later: int
    """Visits of the day or before, in the same villages, that came in after its end."""
    trend: Trend
    village: str = ""
    """The name of its village, if it has one."""
    weeks: tuple[GridWeek, ...] = ()
    """Those of a grid."""

    def told(self, lang: Lang) -> str:
        """Return of which day this is, and how much came in later, if any did."""
        asked = say("coverage.as_of_note", lang, day=day(self.as_of.day, lang, self.as_of.today))
        if not self.later:
            return asked
        code = "coverage.later" if self.of is self.around else "coverage.later_in_village"
        return f"{asked}{'' if lang == 'zh' else ' '}{say(code, lang, n=self.later)}"


def _level(
    store: Store, connection: Connection, of: AsOf, zone: ZoneInfo, scope: Scope, part: Part | None = None
) -> Level:
    whole = coverage(connection, of.day, zone, scope, store.kept)
    later = 0 if of.is_today else _came_in_later(store, connection, of.day, zone, scope)
    weeks = trend(connection, of.day, zone, scope, count=of.weeks, part=part, kept=store.kept)
    return Level(of, whole, whole, later, weeks)


def _came_in_later(store: Store, connection: Connection, day: date, zone: ZoneInfo, scope: Scope) -> int:
    """Return how many visits of a day or before came in after its end."""

    def count(few: Scope) -> dict[int, tuple[int]]:
        return {village_id: (n,) for village_id, n in stored.came_in_later(connection, day, zone, few).items()}

    found = by_village(connection, store.kept, scope, ("later", day, zone.key), count)
    return sum(n for (n,) in found.values())


def of_scope(store: Store, of: AsOf, zone: ZoneInfo, scope: Scope) -> Level:
    """Return the level of all villages of a scope."""
    with store.read() as connection:
        return _level(store, connection, of, zone, scope)


def of_village(store: Store, of: AsOf, zone: ZoneInfo, village_id: int) -> Level:
    """Return the level of a village."""
    with store.read() as connection:
        level = _level(store, connection, of, zone, [village_id])
        return replace(level, village=villages.names(connection)[village_id])


def of_group(store: Store, of: AsOf, zone: ZoneInfo, plan_id: int, group: int) -> Level:
    """Return the level of a party group; a redraw keeps its number.

    Raises
    ------
    NotFound
        There was no such group on the day, or the plan never was in force.
    """
    with store.read() as connection:
        village_id = stored.village_of_plan(connection, plan_id)
        level = _level(store, connection, of, zone, [village_id], Part(group=group))
        level = replace(level, village=villages.names(connection)[village_id])
    return _within(level, level.of.of_group(village_id, group))


def of_grid(store: Store, of: AsOf, zone: ZoneInfo, plan_id: int, number: int) -> Level:
    """Return the level of a grid with its weeks; a redraw keeps its number.

    Raises
    ------
    NotFound
        There was no such grid on the day, or the plan never was in force.
    """
    with store.read() as connection:
        village_id = stored.village_of_plan(connection, plan_id)
        level = _level(store, connection, of, zone, [village_id], Part(grid=number))
        weeks = weeks_of_grid(connection, (village_id, number), of.day, zone)
        level = replace(level, village=villages.names(connection)[village_id], weeks=weeks)
    return _within(level, level.of.of_grid(village_id, number))


def _within(level: Level, of: Coverage) -> Level:
    if not of.grids:
        raise NotFound("entrance.not_here")
    return replace(level, of=of)
