"""What an assessment of the impact on people tells of a town: what is kept of them, and what the town has set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan import __version__
from gridplan.contact.calendar import local_day
from gridplan.exchange.paper.document import written_day
from gridplan.exchange.paper.impact_assessment import ImpactAssessment, KeptRow
from gridplan.service.access.accounts import office_accounts
from gridplan.service.admin.kept_data import check_sum, kept_data
from gridplan.service.admin.settings import tile_host
from gridplan.service.town.pages import totals, village_rows
from gridplan.store import Store
from gridplan.store.contact.cadences import Cadences
from gridplan.store.registry import villages
from gridplan.store.system.town_settings import TownSettings, read_settings
from gridplan.words import Lang, Message


def impact_assessment(store: Store, lang: Lang, *, now: datetime) -> ImpactAssessment:
    """Return the assessment of a town, to be approved."""
    office = sum(one.disabled_at is None for one in office_accounts(store, now=now))
    with store.read() as connection:
        settings = read_settings(connection)
        day = local_day(now, ZoneInfo(settings.time_zone))
        town = totals(village_rows(connection, None))
        chosen = (*_of_settings(settings), *_of_visits(connection, Cadences(connection, day), lang))
    counts = {"villages": town.villages, "households": town.households, "members": town.members, "accounts": office}
    return ImpactAssessment(
        town=settings.name,
        version=__version__,
        day=day,
        counts=Message("pia.counts", {name: Message(f"pia.count.{name}", {"n": n}) for name, n in counts.items()}),
        kept=tuple(KeptRow(one.purpose, one.how_long) for one in kept_data()),
        settings=chosen,
        check_sum=check_sum(),
    )


def _of_settings(settings: TownSettings) -> Iterator[tuple[Message, Message]]:
    """Yield what the town has set once: what it is, and how it is."""
    for name in ("household_names", "phones"):
        yield Message(f"settings.{name}"), Message("settings.yes" if getattr(settings, name) else "settings.no")
    if settings.phones:
        way = "unset" if not settings.address else "secure" if settings.address.startswith("https") else "plain"
        yield Message("settings.address"), Message(f"pia.address.{way}", {"address": settings.address})
    host = tile_host(settings.tiles_url)
    yield Message("settings.tiles"), Message("pia.tiles" if host else "pia.tiles_none", {"host": host})


def _of_visits(connection: Connection, cadences: Cadences, lang: Lang) -> Iterator[tuple[Message, Message]]:
    """Yield what is expected of visits, and when households are told of them."""
    town = cadences.of_town
    yield (
        Message("visits.how_often"),
        Message("visits.in_short", {"days": town.days, "grid_days": cadences.of_grid()}),
    )
    for kind in ("notice", "start"):
        rows = villages.rows(connection)
        days = sorted(row[f"{kind}_day"] for row in rows if row[f"{kind}_day"] is not None)
        said = Message("pia.no_day")
        if days:
            first, last = (written_day(day, lang) for day in (days[0], days[-1]))
            code = "pia.day" if first == last else "pia.days"
            values = {"first": first, "last": last, "with": len(days), "all": len(rows)}
            said = Message(code, values)
        yield Message(f"settings.{kind}"), said
