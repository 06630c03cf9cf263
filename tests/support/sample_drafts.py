"""Drafts for tests that need no engine: what is in force, with some households in other grids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from service import NOW, OWN
from sqlalchemy import select

from gridplan.service.plans import schedule
from gridplan.service.plans.publish import Reasons, publish, publish_previews
from gridplan.store import Store, Who
from gridplan.store.access import accounts
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.plans.plan_figures import of_drafts, plan_figures
from gridplan.store.registry import households, members, villages
from gridplan.store.tables import plan
from gridplan.words import Message

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 12, 1)
"""The first of the month after `NOW`."""


def draft_like(store: Store, *names: str, moves: Mapping[str, int] | None = None, name: str = "again") -> int:
    """Keep a draft of villages like what is in force, with households moved, and return its id."""
    with store.change(COMMAND_LINE, "plan", "draft", now=NOW) as change:
        connection = change.connection
        ids = villages.ids_by_name(connection)
        town = plans.town(connection, list(plans.published(connection, [ids[one] for one in names]).values()))
        known = moves or {}
        moved = [
            replace(one, plan=one.plan.move({home: to for home, to in known.items() if home in one.plan.grid_of}))
            for one in town.villages
        ]
        made_by = accounts.by_login(connection, "planner")["id"]
        return plans.save_draft(
            connection, replace(town, villages=tuple(moved)), name=name, made_by=made_by, now=NOW, settings={},
            notes=[Message("anchor.placed", {"village": OWN, "placed": 1, "n": 2})],
        )  # fmt: skip


def plan_of(store: Store, draft_id: int, village: str = OWN) -> int:
    """Return the id of the plan of a village in a draft."""
    with store.read() as connection:
        return plans.of_draft(connection, draft_id)[villages.ids_by_name(connection)[village]]


def village_id(store: Store, name: str = OWN) -> int:
    with store.read() as connection:
        return villages.ids_by_name(connection)[name]


def household_id(store: Store, code: str) -> int:
    with store.read() as connection:
        return households.ids_by_code(connection)[code]


def member_id(store: Store, code: str) -> int:
    with store.read() as connection:
        return members.ids_by_code(connection)[code]


def inside(store: Store, plan_id: int) -> dict[int, list[str]]:
    """Return the codes of the households of each grid of a plan."""
    with store.read() as connection:
        (village,) = plans.town(connection, [plan_id]).villages
    return {number: [home.household_id for home in homes] for number, homes in village.plan.grids.items()}


def rows_of(store: Store, draft_id: int):
    with store.read() as connection:
        return plan_figures(connection, of_drafts([draft_id]))


def plan_in_force(store: Store, name: str = OWN) -> int:
    with store.read() as connection:
        here = (plan.c.village_id == village_id(store, name)) & (plan.c.state == "published")
        return connection.execute(select(plan.c.id).where(here)).scalar_one()


def confirm(store: Store, who: Who, *plan_ids: int, day: date = DAY, reasons: Reasons | None = None):
    """Publish plans from a day on."""
    with store.read() as connection:
        shown = {one.id: one.fingerprint for one in publish_previews(connection, plan_ids)}
    return publish(store, who, shown, reasons or {}, now=NOW, today=NOW.date(), day=day)


def comes(store: Store, day: date = DAY) -> None:
    """Ask for a page on a day."""
    now = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE)
    schedule.apply_due(store, now=now, today=day, zone=ZONE)
