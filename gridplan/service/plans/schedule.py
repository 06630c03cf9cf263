"""Plans that come into force on a day: by themselves, at the first request on or after it, exactly once.

What the lists say otherwise by then is taken up as publishing does. A plan that breaks a rule that nobody accepted,
that was edited since, in the place of which another came into force, or whose village has other leads or party groups
since, is held instead, until somebody confirms it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

from gridplan.errors import Conflict, GridplanError, Unavailable
from gridplan.service.plans.publish import PublishPreview, publish_previews, put_in_force, save_places
from gridplan.service.redraw.drawing import ensure_drawn
from gridplan.store import Store, Who
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans, schedule
from gridplan.store.plans.schedule import ScheduledPlan
from gridplan.store.registry.villages import Scope
from gridplan.store.system import audit
from gridplan.words import Message

log = logging.getLogger("gridplan")


def scheduled_plans(store: Store, scope: Scope) -> tuple[ScheduledPlan, ...]:
    """Return the plans of a scope that are scheduled, by day and village."""
    with store.read() as connection:
        return tuple(schedule.scheduled(connection, schedule.in_villages(scope)))


def take_back(store: Store, who: Who, plan_ids: Sequence[int], *, now: datetime) -> None:
    """Let plans not come into force by themselves: drafts are drafts again.

    Raises
    ------
    Conflict
        None of them is scheduled: another took it back, or its day has come.
    """
    with store.change(who, "take back", "plan", now=now) as change:
        found = schedule.scheduled(change.connection, schedule.of_plans(plan_ids))
        if not found:
            raise Conflict("schedule.none")
        schedule.remove(change.connection, [row.plan_id for row in found])
        change.object_id = found[0].plan_id if len(found) == 1 else None
        change.by_village = {row.village_id: {"plan": row.plan_id} for row in found}


# ---- when the day has come


def apply_due(store: Store, *, now: datetime, today: date, zone: ZoneInfo) -> None:
    """Put the plans in force whose day has come, or hold them: asked at every request, whoever asks."""
    with store.read() as connection:
        waiting = schedule.scheduled(connection, schedule.due(today))
    for _, together in groupby(waiting, key=attrgetter("day", "made_at", "made_by")):
        rows = list(together)
        try:
            _come_into_force(store, rows, now=now, zone=zone)
        except Unavailable:
            raise
        except Exception as problem:  # or no page could be opened any more
            if not isinstance(problem, GridplanError):
                log.exception("scheduled plans %s could not be published", [row.plan_id for row in rows])
            said = problem.message if isinstance(problem, GridplanError) else Message("schedule.broke")
            _hold(store, rows, {row.plan_id: said for row in rows}, now)


def _come_into_force(store: Store, rows: Sequence[ScheduledPlan], *, now: datetime, zone: ZoneInfo) -> None:
    """Put plans in force that were confirmed together; those that something stands against are held."""
    of = {row.plan_id: row for row in rows}
    ensure_drawn(store, of.keys())
    with store.read() as connection:  # what takes long, while others may write
        seen, previews = audit.newest(connection), publish_previews(connection, of.keys(), rows[0].day)
    against = {one.id: why for one in previews if (why := _against(one, of[one.id]))}
    _hold(store, rows, against, now)
    chosen = [one for one in previews if one.id not in against]
    if not chosen:
        return
    places = save_places(store, chosen)
    first, ids = rows[0], [one.id for one in chosen]
    who = Who(first.made_by, first.role or COMMAND_LINE.role)
    with suppress(Conflict), store.change(who, "publish", "plan", now=now) as change:
        plans.lock_villages(change.connection, ids)
        still = schedule.scheduled(change.connection, schedule.of_plans(ids), schedule.due(first.day))
        if audit.newest(change.connection) != seen:
            chosen = list(publish_previews(change.connection, ids, first.day))
        of = {row.plan_id: row for row in still}
        if len(of) != len(ids) or any(_against(one, of[one.id]) for one in chosen):
            raise Conflict("schedule.none")  # by another request at this moment, or the next one looks again
        reasons = {key: why for one in chosen for key, why in one.reasons_of(of[one.id].confirmed).items()}
        moment = datetime.combine(first.day, time(), zone)
        put_in_force(change, chosen, reasons, places, who, moment=moment, day=first.day)


def _against(one: PublishPreview, row: ScheduledPlan) -> Message | None:
    """Return what stands against a plan that comes into force by itself."""
    confirmed = row.confirmed
    if row.held:
        return row.held
    if one.content != confirmed["content"]:
        return Message("schedule.edited")
    led_otherwise = [
        int(number) for number, lead in one.leads_in_force.items() if confirmed["leads"].get(number) != lead
    ]
    if led_otherwise:
        return Message("schedule.led_otherwise", {"n": len(led_otherwise), "grid": min(led_otherwise)})
    grouped = confirmed.get("groups")  # plans that were scheduled before this was kept tell of none
    if grouped is not None and one.groups_in_force != grouped:
        return Message("schedule.grouped_otherwise")
    not_accepted = len(one.exceptions) - len(one.reasons_of(confirmed))
    return Message("schedule.not_accepted", {"n": not_accepted}) if not_accepted else None


def _hold(store: Store, rows: Sequence[ScheduledPlan], why: Mapping[int, Message], now: datetime) -> None:
    """Hold plans for a reason, unless another request did or they are in force by now."""
    if not why:
        return
    with suppress(Conflict), store.change(COMMAND_LINE, "hold", "plan", now=now) as change:
        still = schedule.of_plans(why), schedule.due(rows[0].day)
        if not schedule.scheduled(change.connection, *still):
            raise Conflict("schedule.none")
        schedule.hold(change.connection, why)
        change.by_village = {row.village_id: {"plan": row.plan_id} for row in rows if row.plan_id in why}
