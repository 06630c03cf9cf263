"""The single-file map of plans: of those in force it says how far contact reached on the day it was made."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.exchange.map_data import CarriedContact
from gridplan.model import TownPlan
from gridplan.service.coverage.contact_map import carried
from gridplan.service.coverage.coverage import coverage
from gridplan.service.plans.drafts import draw_draft
from gridplan.service.plans.plans_as_of_now import town_for_files
from gridplan.store import Store
from gridplan.store.plans import drafts, plans
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope
from gridplan.words import Lang


def map_of_scope(store: Store, scope: Scope, lang: Lang, title: str, *, today: date, zone: ZoneInfo) -> str:
    """Return the map of the plans in force of a scope."""
    with store.read() as connection:
        in_force = plans.published(connection, scope)
        town = town_for_files(connection, in_force.values(), today)
        contact = _contact(connection, town, in_force, lang, today, zone)
    return _written(town, lang, title, contact)


def map_of_draft(store: Store, draft_id: int, lang: Lang, *, today: date, zone: ZoneInfo) -> str:
    """Return the map of a draft; of contact it tells where all of its plans are in force."""
    draw_draft(store, draft_id)
    with store.read() as connection:
        title = drafts.by_id(connection, draft_id)["name"]
        plan_of = plans.of_draft(connection, draft_id)
        town = town_for_files(connection, plan_of.values(), today)
        is_in_force = plan_of.items() <= plans.published(connection, plan_of).items()
        contact = _contact(connection, town, plan_of, lang, today, zone) if is_in_force else None
    return _written(town, lang, title, contact)


def _contact(
    connection: Connection, town: TownPlan, scope: Scope, lang: Lang, today: date, zone: ZoneInfo
) -> CarriedContact:
    ids = villages.ids_by_name(connection)
    return carried(coverage(connection, today, zone, scope), town, ids, lang)


def _written(town: TownPlan, lang: Lang, title: str, contact: CarriedContact | None) -> str:
    from gridplan.exchange.webmap import write_map  # loads folium and fontTools, which nothing else needs

    with tempfile.TemporaryDirectory(prefix="gridplan-") as folder:
        path = Path(folder) / "map.html"
        write_map(town, path, lang, title, contact)
        return path.read_text(encoding="utf-8")
