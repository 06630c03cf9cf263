"""Snapshots: what material for meetings is made of, so that it can be made again; with no personal field.

A snapshot says which plans at which version, as of when, for whom, and holds the figures counted then. Who lives where
is read anew each time, for what is erased must be in no material any more.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from gridplan.contact.calendar import local_day
from gridplan.errors import InputRefused, NotFound
from gridplan.model import PlanException
from gridplan.profiles import SHOWN, Profile
from gridplan.service.coverage.coverage import past_day
from gridplan.service.meeting.access import Asking, check_draft, check_grids, check_profile
from gridplan.service.meeting.figures import contact_figures, lot_figures, need_figures
from gridplan.service.meeting.forms import Key
from gridplan.service.meeting.prints import audit_details, draw_prints, keep_snapshot
from gridplan.service.redraw.drawing import ensure_drawn
from gridplan.store import Store
from gridplan.store.contact.records import plans_on
from gridplan.store.plans import plans
from gridplan.store.plans.households_and_members import sizes
from gridplan.store.plans.plan_figures import plan_figures, plans_by_ids
from gridplan.store.registry import villages
from gridplan.store.system import audit
from gridplan.store.system.town_settings import read_settings
from gridplan.words import Lang, Message, message_to_json, runs, say

ONE_VILLAGE = 1


@dataclass(frozen=True)
class Wanted:
    """What a snapshot is to be of."""

    lang: Lang
    profile: Profile = "wall"
    villages: Collection[int] | None = None
    """Ids; None: all that there are for who asks."""
    grids: Mapping[int, Collection[int]] = field(default_factory=dict)
    """Numbers of grids by village, of villages of which only some are wanted."""
    draft_id: int | None = None
    """None: of the plans in force."""
    as_of: date | None = None
    """None: as of now."""
    reason: str = ""
    pack_id: int | None = None
    title: str = ""
    """What to call it; else it is called by what it is of."""
    forms: Collection[Key] = ()
    """What is made of it: tick sheets and contact cards are drawn with it."""


def take(store: Store, asking: Asking, wanted: Wanted, *, now: datetime) -> int:
    """Take a snapshot and return its id.

    Raises
    ------
    NotAllowed
        The profile is wider than that of the role.
    InputRefused
        A reason is missing, the day is to come or before all plans, no plan is in force, or a village has not one of
        the grids.
    NotFound
        A village or draft is not there, or not for who asks.
    """
    if wanted.draft_id is not None:
        draw_plans(store, asking, wanted.draft_id)
    with store.read() as connection:
        row = frozen(connection, asking, wanted, now=now)
    with store.change(asking.who, "take", "snapshot", now=now) as change:
        change.object_id = keep_snapshot(change.connection, row)
        change.by_village = audit_details(row, wanted.forms)
    return change.object_id


def draw_plans(store: Store, asking: Asking, draft_id: int) -> None:
    """Draw the plans of a draft exactly, as what is made of it shows them.

    Raises
    ------
    NotFound
        The draft is not there, or not for who asks.
    """
    with store.read() as connection:
        check_draft(connection, asking, draft_id)
        drawn = plans.of_draft(connection, draft_id).values()
    ensure_drawn(store, drawn)


def frozen(connection: Connection, asking: Asking, wanted: Wanted, *, now: datetime) -> dict[str, Any]:
    """Return the row of a snapshot and what is printed of it under `prints`, as `keep_snapshot` keeps them.

    Raises
    ------
    NotAllowed
        The profile is wider than that of the role.
    InputRefused
        A reason is missing, the day is to come or before all plans, no plan is in force, or a village has not one of
        the grids.
    NotFound
        A village or draft is not there, or not for who asks.
    """
    check_profile(asking, wanted.profile, wanted.reason)
    row = _row(connection, asking, wanted, _plans(connection, asking, wanted, now), now)
    prints = draw_prints(connection, row, wanted.forms)
    if prints.sheets:
        row["figures"]["sheets"] = [one.number for one in prints.sheets]
    return row | {"prints": prints}


def _plans(connection: Connection, asking: Asking, wanted: Wanted, now: datetime) -> dict[int, int]:
    """Return the plans that are wanted, by village."""
    scope = None if asking.actor is None else asking.actor.scope
    chosen = None if wanted.villages is None else frozenset(wanted.villages)
    if wanted.draft_id is not None:
        check_draft(connection, asking, wanted.draft_id)
        found = plans.of_draft(connection, wanted.draft_id)
    else:
        here = {row["id"] for row in villages.rows(connection, scope)}
        if chosen is not None and not chosen <= here:
            raise NotFound("entrance.not_here")
        zone = ZoneInfo(read_settings(connection).time_zone)
        today = local_day(now, zone)
        day = past_day(wanted.as_of.isoformat() if wanted.as_of else "", today)
        within = here if chosen is None else chosen
        _check_not_before(connection, day, zone, within)
        found = plans.published(connection, within) if day == today else plans_on(connection, day, zone, within)
    found = {village_id: plan_id for village_id, plan_id in found.items() if chosen is None or village_id in chosen}
    if not found:
        raise InputRefused("pack.no_plan")
    return found


def _check_not_before(connection: Connection, day: date, zone: ZoneInfo, village_ids: Collection[int]) -> None:
    """Refuse a day before villages had a plan or visits."""
    published = plans.first_published(connection, village_ids)
    began = [local_day(published, zone)] if published else []
    began += [start for start in [villages.first_start(connection, village_ids)] if start]
    if began and day < min(began):
        raise InputRefused("pack.day_too_early", day=day.isoformat(), first=min(began).isoformat())


def _row(
    connection: Connection, asking: Asking, wanted: Wanted, plan_of: Mapping[int, int], now: datetime
) -> dict[str, Any]:
    zone = ZoneInfo(read_settings(connection).time_zone)
    day = wanted.as_of or local_day(now, zone)
    rows = {row["village_id"]: row for row in plan_figures(connection, plans_by_ids(plan_of.values()))}
    counted = _sizes(connection, plan_of)
    for village_id, numbers in wanted.grids.items():
        check_grids(numbers, counted.get(village_id, ()))
        counted[village_id] = Counter({number: counted[village_id][number] for number in numbers})
    figures: dict[str, Any] = {
        "sizes": {str(village_id): sizes for village_id, sizes in counted.items()},
        "exceptions": _exceptions(connection, plan_of, wanted),
        "audit": audit.newest(connection),
    }
    code = secrets.token_hex(4).upper()
    if SHOWN[wanted.profile].contact and wanted.draft_id is None:
        whole = plan_of.keys() - wanted.grids.keys()
        figures["contact"] = contact_figures(connection, plan_of.keys(), wanted.grids, day, zone, wanted.lang)
        figures["needs"] = need_figures(connection, whole, day)
        figures["lot"] = lot_figures(connection, figures["contact"], code, zone)
    return {
        "code": code,
        "pack_id": wanted.pack_id,
        "as_of": now if wanted.as_of is None else datetime.combine(day, time(12), zone),
        "title": wanted.title or _title(connection, rows, wanted),
        "lang": wanted.lang,
        "profile": wanted.profile,
        "villages": sorted(plan_of),
        "plans": [_plan(rows[village_id], wanted) for village_id in sorted(plan_of)],
        "figures": figures,
        "reason": wanted.reason.strip() or None,
        "made_by": asking.who.account_id,
        "made_at": now,
    }


def _plan(row: RowMapping, wanted: Wanted) -> dict[str, Any]:
    """Return which plan it is; `grids` where only some are wanted."""
    only = wanted.grids.get(row["village_id"])
    return {
        "id": row["id"],
        "village": row["village_id"],
        "revision": row["revision"],
        "version": row["version"],
        "state": row["state"],
    } | ({} if only is None else {"grids": sorted(only)})


def _sizes(connection: Connection, plan_of: Mapping[int, int]) -> dict[int, Counter[int]]:
    """Return the sizes of the grids of each village, by number."""
    village_of = {plan_id: village_id for village_id, plan_id in plan_of.items()}
    found: dict[int, Counter[int]] = {village_id: Counter() for village_id in plan_of}
    for (plan_id, number), size in sizes(connection, plan_of.values()).items():
        if number is not None:
            found[village_of[plan_id]][number] = size
    return found


def _exceptions(connection: Connection, plan_of: Mapping[int, int], wanted: Wanted) -> list[list[Any]]:
    """Return where a rule could not hold, by village, and why: of households how many, for a reason would name them."""
    ids = villages.ids_by_name(connection)
    found = plans.town(connection, list(plan_of.values()), with_households=False).exceptions
    about = [one for one in found if _is_about(one, wanted.grids.get(ids[one.village]))]
    alone = Counter({one.village: 0 for one in about})
    for one in about:
        alone[one.village] += one.households if one.household_id is not None else 0
    said = [(one.village, one.reason) for one in about if one.household_id is None]
    said += [(village, Message("pack.households_alone", {"n": n})) for village, n in alone.items() if n]
    return [[ids[village], message_to_json(reason)] for village, reason in said]


def _is_about(one: PlanException, only: Collection[int] | None) -> bool:
    return only is None or one.grid in only


def _title(connection: Connection, rows: Mapping[int, RowMapping], wanted: Wanted) -> str:
    """Return what to call it: the town, a village, or some grids of one."""
    if len(rows) > ONE_VILLAGE:
        town = read_settings(connection).name
        return town if town and wanted.villages is None else say("map.title_many", wanted.lang, n=len(rows))
    ((village_id, row),) = rows.items()
    if only := wanted.grids.get(village_id):
        return say("pack.title_grids", wanted.lang, village=row["village"], numbers=runs(only))
    return str(row["village"])
