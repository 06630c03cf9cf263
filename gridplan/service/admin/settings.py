"""What the town decides once: its name, its time zone, and what visits cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global
from babel.dates import get_timezone_gmt, get_timezone_location
from sqlalchemy import RowMapping

from gridplan.errors import InputRefused
from gridplan.model import Counted
from gridplan.names import whole_number
from gridplan.service.registry.form import FormFields
from gridplan.service.registry.villages import check_start, days_problem
from gridplan.store import Store, Who
from gridplan.store.contact import weeks
from gridplan.store.contact.cadences import Cadences
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope
from gridplan.store.system.town_settings import TownSettings, read_settings, visit_counts, write_settings
from gridplan.words import LANGS, Lang, Message, say

CHOICES: Final = {"tiles_frame": ("wgs84", "gcj02"), "bounds_count": get_args(Counted)}
CADENCES: Final = (7, 14, 28)
"""Days between visits that are compared."""
MOST: Final = {"visit_minutes": 240, "settle_days": 7}
LONGEST: Final = 60
LONGEST_ADDRESS: Final = 300
LONGEST_TITLE: Final = 20
BRACKETS: Final = frozenset("{}()[]（）【】〔〕")
"""Not in titles: headings of files have the title of a town in brackets, and texts have places in braces."""
HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")

Typed = Mapping[str, str]
Problems = dict[str, Message]
"""What is wrong, by the field it is wrong in."""


@dataclass(frozen=True, slots=True)
class VisitCost:
    """What visiting every household of the published plans costs, at a cadence."""

    households: int
    members: int
    days: int
    minutes: int

    @property
    def hours(self) -> float:
        """Hours a week: households times minutes, as often as the cadence comes round in a week."""
        return self.households * self.minutes / 60 * 7 / self.days

    @property
    def each(self) -> float | None:
        """Hours a week for each member; None where there is none."""
        return self.hours / self.members if self.members else None


def visit_costs(store: Store, settings: TownSettings, today: date) -> tuple[VisitCost, ...]:
    """Return what the town's cadence costs, and after it what others would."""
    with store.read() as connection:
        households, members = visit_counts(connection)
        in_force = Cadences(connection, today).of_town.days
    others = [days for days in CADENCES if days != in_force]
    return tuple(VisitCost(households, members, days, settings.visit_minutes) for days in (in_force, *others))


def parse_settings(typed: Typed, languages: Sequence[str]) -> tuple[TownSettings, Problems]:
    """Return the settings that a form says, and what is wrong in it; a wrong field has its default."""
    values: dict[str, Any] = {}
    problems: Problems = {}
    for setting in fields(TownSettings):
        text = " ".join(languages if setting.name == "languages" else typed.get(setting.name, "").split())
        try:
            values[setting.name] = _parsed(setting.name, setting.default, text)
        except InputRefused as error:
            problems[setting.name] = error.message
    return TownSettings(**values), problems


def _parsed(name: str, default: object, text: str) -> object:
    """Return the value that a text is of a setting, by the type of its default."""
    if isinstance(default, bool):
        return text == "1"
    if isinstance(default, int):
        most, number = MOST[name], whole_number(text) if text.isascii() else None
        if number is None or not 1 <= number <= most:
            raise InputRefused("settings.bad.number", most=most)
        return number
    if isinstance(default, tuple):
        chosen = tuple(lang for lang in LANGS if lang in text.split())
        if not chosen:
            raise InputRefused("settings.bad.languages")
        return chosen
    if name in CHOICES:
        return text if text in CHOICES[name] else default
    text = text.rstrip("/") if name == "address" else text
    if name.startswith("title_"):
        if len(text) > LONGEST_TITLE or not text.isprintable() or BRACKETS & set(text):
            raise InputRefused("settings.bad.title", most=LONGEST_TITLE)
        return text
    is_good, code = CHECKS.get(name, (_is_short, "settings.bad.text"))
    if not is_good(text):
        raise InputRefused(code, most=LONGEST, text=text)
    return text


def _is_short(text: str) -> bool:
    return len(text) <= LONGEST and text.isprintable()


def time_zones(lang: Lang, now: datetime, chosen: str) -> list[tuple[str, str]]:
    """Return ids of time zones, the chosen one too, with their offset now and what they are called, from the west."""
    ids = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    clocks = [now.astimezone(ZoneInfo(id_)) for id_ in ids - get_global("zone_aliases").keys() | {chosen}]
    clocks.sort(key=lambda clock: (clock.utcoffset(), _zone_name(str(clock.tzinfo), lang)))
    return [(str(one.tzinfo), f"{get_timezone_gmt(one)} · {_zone_name(str(one.tzinfo), lang)}") for one in clocks]


@lru_cache(2_000)
def _zone_name(id_: str, lang: Lang) -> str:
    if id_ == "Asia/Shanghai":
        return say("settings.beijing_time", lang)
    return get_timezone_location(ZoneInfo(id_), locale=lang)


def _is_zone(name: str) -> bool:
    return name in available_timezones() and ZoneInfo(name) is not None


def _is_address(text: str) -> bool:
    return bool(tile_host(text)) and not urlsplit(text).path


def _is_tiles(text: str) -> bool:
    named = set(re.findall(r"\{(\w*)\}", text))
    return named == {"x", "y", "z"} and bool(tile_host(text)) and len(text) <= LONGEST_ADDRESS and text.isprintable()


def tile_host(url: str) -> str:
    """Return scheme and host of an address of tiles, as a policy of contents names them; "" where there is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = parts.netloc.lower()
    return f"{parts.scheme}://{host}" if parts.scheme in ("http", "https") and HOST.fullmatch(host) else ""


CHECKS: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "address": (lambda text: not text or _is_address(text), "settings.bad.address"),
    "time_zone": (_is_zone, "settings.bad.time_zone"),
    "tiles_url": (lambda text: not text or _is_tiles(text), "settings.bad.tiles"),
}
"""What the text of a setting has to be, and the code of what is said where it is not; any other has to be short."""


def save_settings(store: Store, who: Who, settings: TownSettings, *, now: datetime) -> None:
    """Keep the settings of the town."""
    with store.change(who, "change", "settings", now=now) as change:
        before = read_settings(change.connection)
        write_settings(change.connection, settings)
        changed = [field for field in TownSettings.__slots__ if getattr(before, field) != getattr(settings, field)]
        if "time_zone" in changed:  # plans came into force on other days
            weeks.recount_villages(change.connection, None)
        change.detail = {"fields": changed}


def village_days(store: Store, scope: Scope) -> list[RowMapping]:
    """Return the villages of a scope, by name, with their days of notice and of the first visits."""
    with store.read() as connection:
        return villages.rows(connection, scope)


def save_village_days(store: Store, who: Who, typed: Typed, scope: Scope, *, now: datetime) -> int:
    """Keep the days of villages of a scope as a form says them, `notice_<id>` and `start_<id>`.

    Returns
    -------
    int
        How many villages changed.

    Raises
    ------
    InputRefused
        A day cannot be read, or visits of a village would start before its households were told, or without that, or
        later than they did.
    """
    changed = {}
    for one in village_days(store, scope):
        if f"notice_{one['id']}" in typed or f"start_{one['id']}" in typed:
            notice, start = (_day(typed.get(f"{kind}_{one['id']}", ""), one["name"]) for kind in ("notice", "start"))
            if (notice, start) != (one["notice_day"], one["start_day"]):
                if problem := days_problem(notice, start):
                    raise InputRefused("settings.bad.days", village=one["name"], problem=Message(problem))
                changed[one["id"]] = {"notice_day": notice, "start_day": start}
    if changed:
        with store.change(who, "change days", "village", now=now) as change:
            for village_id, days in changed.items():
                check_start(change.connection, villages.by_id(change.connection, village_id), days["start_day"])
                villages.set_days(change.connection, village_id, days["notice_day"], days["start_day"])
            change.by_village = {village_id: {} for village_id in changed}
    return len(changed)


def _day(text: str, village: str) -> date | None:
    form = FormFields({"day": text})
    found = form.day("day")
    if form.problems:
        raise InputRefused("settings.bad.days", village=village, problem=form.problems["day"])
    return found
