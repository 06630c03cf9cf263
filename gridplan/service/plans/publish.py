"""Publishing: what it would do to members and households, what has to be accepted with a reason, and doing it.

A plan is put in force today, or scheduled for a later day (schedule.py): then what was seen is kept with it.

A draft may be older than the lists. What is shown, and published, is its plan as the lists are now: households that are
retired or moved to another village are no longer in it, new ones are in no grid yet, who stepped down leads no grid,
and a grid that became too small that way is an exception like any other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from gridplan.contact.calendar import months_later
from gridplan.edits import ExceptionKey
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.model import Household, PlanException, PlannedVillage, TownPlan
from gridplan.names import LONGEST_TEXT, one_line
from gridplan.planning.compare import with_surviving_numbers
from gridplan.planning.current import has_moved
from gridplan.planning.party_groups import complete_groups
from gridplan.planning.visiting_order import visiting_places
from gridplan.positions import strays_of
from gridplan.rules import GroupException, group_exceptions
from gridplan.service.contact.card_printing import keep_card_prints
from gridplan.service.plans.absences import with_absences
from gridplan.service.plans.drafts import Draft, draw_draft, read_draft
from gridplan.service.plans.plan_change import PlanChange
from gridplan.service.plans.plans_as_of_now import read_lists
from gridplan.service.redraw.drawing import ensure_drawn
from gridplan.service.registry.edit_conflict import local_time
from gridplan.store import Change, Store, Who
from gridplan.store.contact import card_prints
from gridplan.store.plans import edits, plans, schedule
from gridplan.store.plans.plan_figures import ever_published, figures_in_force, plan_figures, plans_by_ids
from gridplan.store.plans.schedule import ScheduledPlan
from gridplan.store.registry import members, villages
from gridplan.store.system import audit
from gridplan.words import message_to_json

Reasons = Mapping[tuple[int, int], str]
"""Why exceptions are accepted, by the id of the plan and the place of the exception in it."""
Alike = Mapping[str, str]
"""Why exceptions of one kind are accepted that have no reason of their own, by the code of what they say."""
LATEST_MONTHS: Final = 12
"""How far ahead a plan can be scheduled."""


@dataclass(frozen=True)
class PublishPreview:
    """What publishing the plan of a village would do. Each of its exceptions is to be accepted with a reason."""

    plan: RowMapping
    in_force: RowMapping | None
    saved: TownPlan
    """The plan of this one village as it is kept."""
    change: PlanChange
    """As it would be in force, beside the one that is now."""
    new: tuple[Household, ...]
    """Households that came after the plan was made."""
    gone: int
    """How many households its grids were made of that are retired or in another village now."""
    moved: tuple[Household, ...]
    is_as_planned: bool
    """Whether it would be published just as it is kept."""
    scheduled: ScheduledPlan | None
    """That it is to come into force on a day already."""
    rival: ScheduledPlan | None
    """Another plan of the village that is to."""
    accepted: Mapping[ExceptionKey, str]
    """Why exceptions were accepted before: while it was edited by hand, or when it was published once."""

    @property
    def id(self) -> int:
        """The id of the plan."""
        return int(self.plan["id"])

    @property
    def town(self) -> TownPlan:
        """The plan as it would be in force, with its people."""
        return self.change.after

    @property
    def planned(self) -> PlannedVillage:
        """The plan as it would be in force."""
        return self.change.new

    @cached_property
    def strays(self) -> tuple[Household, ...]:
        """The households that stand far from all others of the village."""
        return strays_of(self.planned.plan.households)

    @property
    def exceptions(self) -> tuple[PlanException, ...]:
        """What has to be accepted."""
        return self.planned.exceptions

    @property
    def group_exceptions(self) -> tuple[GroupException, ...]:
        """The party groups that would have too few or too many grids; nobody has to accept them."""
        return group_exceptions(self.planned)

    @property
    def in_no_grid(self) -> tuple[Household, ...]:
        """The households that would be in no grid."""
        left = self.planned.plan.left_out
        return (*(home for home in self.planned.plan.households if home.household_id in left), *self.new)

    @property
    def without_lead(self) -> int:
        """How many grids would have no lead."""
        return len(self.planned.grids) - len(self.town.leads)

    @property
    def draft_numbers(self) -> tuple[tuple[int, int], ...]:
        """The grids that get another number than they have in the draft."""
        was, becomes = self.saved.villages[0].plan.grid_of, self.planned.plan.grid_of
        pairs = {(was[home], number) for home, number in becomes.items() if home in was}
        return tuple(sorted(pair for pair in pairs if pair[0] != pair[1]))

    @property
    def offered(self) -> dict[tuple[int, int], str]:
        """Why exceptions were accepted before, to be confirmed or changed; when it was scheduled last of all."""
        keys = map(ExceptionKey.of, self.exceptions)
        found = {(self.id, place): self.accepted[key] for place, key in enumerate(keys) if key in self.accepted}
        return found | (self.reasons_of(self.scheduled.confirmed) if self.scheduled else {})

    @property
    def is_stale(self) -> bool:
        """Whether the lists have changed since the plan was made."""
        return bool(self.gone or self.new or self.moved)

    @property
    def fingerprint(self) -> str:
        """Another text as soon as anything changes of what the preview shows."""
        lists = sorted(home.household_id for home in (*self.new, *self.moved))
        return f"{self.in_force['id'] if self.in_force else 0}-{_digest(self.town, lists)}"

    @property
    def content(self) -> str:
        """Another text as soon as somebody edits the plan as it is kept."""
        return _digest(self.saved)

    def confirmed(self, because: Mapping[int, str]) -> dict[str, Any]:
        """Return what is kept with a plan that is scheduled: what was seen, and why its exceptions were accepted."""
        return {
            "version": self.plan["version"],
            "content": self.content,
            "leads": self.leads_in_force,
            "groups": self.groups_in_force,
            "accepted": [[_told(one), because[place]] for place, one in enumerate(self.exceptions)],
        }

    @property
    def leads_in_force(self) -> dict[str, str]:
        """Who leads the grids of the plan in force, by number, as JSON has it."""
        return {str(number): lead for (_, number), lead in sorted(self.change.before.leads.items())}

    @property
    def groups_in_force(self) -> dict[str, list[Any]]:
        """The party groups of the plan in force by number, as JSON has it: name, head, grids."""
        return {
            str(one.number): [one.name, one.head, [grid.number for grid in village.grids_of_groups.get(one.number, ())]]
            for village in self.change.before.villages
            for one in village.groups
        }

    def reasons_of(self, confirmed: Mapping[str, Any]) -> dict[tuple[int, int], str]:
        """Return why its exceptions were accepted when it was scheduled, of those that are the same as then."""
        because = {_key(told): why for told, why in confirmed["accepted"]}
        found = ((place, because.get(_key(_told(one)))) for place, one in enumerate(self.exceptions))
        return {(self.id, place): why for place, why in found if why is not None}


def _told(one: PlanException) -> dict[str, Any]:
    """Return what an exception says of what, as JSON has it."""
    about = {"hamlet": one.hamlet, "household": one.household_id, "grid": one.grid, "households": one.households}
    return {**about, "reason": message_to_json(one.reason)}


def _key(told: Mapping[str, Any]) -> str:
    return json.dumps(told, sort_keys=True)


def _digest(town: TownPlan, besides: Sequence[str] = ()) -> str:
    """Return another text for another plan of a village."""
    (village,) = town.villages
    parts = [
        *sorted(f"{home}>{number}" for home, number in village.plan.grid_of.items()),
        *sorted(f"{number}={lead}" for (_, number), lead in town.leads.items()),
        *(f"{grid.number}@{grid.group_number}" for grid in village.grids),
        *besides,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def publish_previews(
    connection: Connection, plan_ids: Collection[int], day: date | None = None
) -> tuple[PublishPreview, ...]:
    """Return what publishing plans of different villages would do, by village; those in force already are left out.

    `day` is that on which it is known who is away, where bounds count the households that live there.
    """
    rows = [row for row in plan_figures(connection, plans_by_ids(plan_ids)) if row["state"] != "published"]
    village_ids, ids = [row["village_id"] for row in rows], [row["id"] for row in rows]
    in_force = figures_in_force(connection, village_ids)
    before = plans.town(connection, [row["id"] for row in in_force.values()])
    saved = with_absences(connection, plans.town(connection, ids, as_planned=True), day)
    stood = plans.planned_positions(connection, ids)
    lists = read_lists(connection, village_ids)
    waiting = {one.village_id: one for one in schedule.scheduled(connection, schedule.in_villages(village_ids))}
    accepted = edits.accepted(connection, ids)
    name_of = {one.member_id: one.name for one in (*before.members, *saved.members)} | dict(lists.serving)
    found = []
    for row in rows:
        old, planned = of_village(before, row["village"]), of_village(saved, row["village"])
        homes = {home.household_id: home for home in lists.homes.get(row["village"], ())}
        places, to_come = stood[row["id"]], waiting.get(row["village_id"])
        is_as_made = row["state"] == "draft" and not row["version"]  # who edits a draft counts on the numbers in it
        numbered = with_surviving_numbers(planned, old) if is_as_made else planned
        now = complete_groups(lists.as_of_now(numbered, with_new=False))
        preview = PublishPreview(
            plan=row,
            in_force=in_force.get(row["village_id"]),
            saved=planned,
            change=PlanChange(row["village"], old, now, name_of),
            new=tuple(home for code, home in homes.items() if code not in places),
            gone=row["planned"] - len(now.villages[0].plan.grid_of),
            moved=tuple(home for code, home in homes.items() if code in places and _has_moved(home, places[code])),
            is_as_planned=(now.villages, now.assignments) == (planned.villages, planned.assignments),
            scheduled=to_come if to_come and to_come.plan_id == row["id"] else None,
            rival=to_come if to_come and to_come.plan_id != row["id"] else None,
            accepted=accepted[row["id"]],
        )
        found.append(preview)
    return tuple(found)


def of_village(town: TownPlan, village: str) -> TownPlan:
    """Return the plan of one village of a town, or of none where it has none."""
    return replace(
        town,
        villages=tuple(one for one in town.villages if one.plan.village == village),
        assignments=tuple(one for one in town.assignments if one.village == village),
        shortages=tuple(one for one in town.shortages if one.village == village),
    )


def _has_moved(home: Household, stood: plans.Position) -> bool:
    return home.position == "exact" and has_moved((home.lon, home.lat), stood)


def draft_previews(store: Store, draft_id: int, day: date | None = None) -> tuple[Draft, tuple[PublishPreview, ...]]:
    """Return a draft, and what publishing those of its plans would do that were not published yet."""
    draw_draft(store, draft_id)
    with store.read() as connection:
        draft = read_draft(connection, draft_id)
        return draft, publish_previews(connection, draft.open_ids, day)


@dataclass(frozen=True)
class RestorePage:
    """An archived plan, and what putting it in force again would do."""

    plan: RowMapping
    previews: tuple[PublishPreview, ...]


def restore_page(store: Store, plan_id: int, day: date | None = None) -> RestorePage:
    """Return what restoring a plan would do.

    Raises
    ------
    NotFound
        It is not archived.
    """
    with store.read() as connection:
        (plan,) = plan_figures(connection, plans_by_ids([plan_id]))
        if plan["state"] != "archived":
            raise NotFound("entrance.not_here")
        return RestorePage(plan, publish_previews(connection, [plan_id], day))


def archive_page(store: Store, village_id: int) -> tuple[str, list[RowMapping]]:
    """Return the name of a village, and the plans that it has had in force, the latest first."""
    with store.read() as connection:
        found = plan_figures(connection, ever_published(village_id))
        return villages.by_id(connection, village_id)["name"], found[::-1]


# ---- putting in force


def with_alike(chosen: Sequence[PublishPreview], reasons: Reasons, alike: Alike) -> dict[tuple[int, int], str]:
    """Return the reasons of exceptions, each its own or that of all of its kind; without one there is none."""
    found = {
        (one.id, place): one_line(reasons.get((one.id, place), "")) or one_line(alike.get(exception.reason.code, ""))
        for one in chosen
        for place, exception in enumerate(one.exceptions)
    }
    return {key: reason for key, reason in found.items() if reason}


def missing_reasons(chosen: Sequence[PublishPreview], reasons: Reasons) -> set[tuple[int, int]]:
    """Return the exceptions without a reason, or with one that is too long."""
    needed = {(one.id, place) for one in chosen for place in range(len(one.exceptions))}
    return {key for key in needed if not 0 < len(one_line(reasons.get(key, ""))) <= LONGEST_TEXT}


def publish(
    store: Store,
    who: Who,
    previewed: Mapping[int, str],
    reasons: Reasons,
    *,
    now: datetime,
    today: date,
    day: date | None = None,
    alike: Alike = MappingProxyType({}),
) -> tuple[int, ...]:
    """Put plans in force from `today` on, and return their ids; one that repeats an archived one is a plan of its own.

    With a later `day` they are scheduled instead: schedule.py puts them in force when it has come. `previewed` is what
    the preview of each plan showed, by its id: `PublishPreview.fingerprint`.

    Raises
    ------
    InputRefused
        No plan was chosen, an exception has no reason, or the day is past or too far off.
    Conflict
        Since the preview, the village was published or its lists were changed; or another plan of it is scheduled.
    """
    day = today if day is None else day
    if not previewed:
        raise InputRefused("drafts.nothing_chosen")
    if not today <= day <= latest_day(today):
        raise InputRefused("drafts.bad_day", first=today, last=latest_day(today))
    ensure_drawn(store, previewed)
    with store.read() as connection:  # what takes long, while others may write
        seen, chosen = audit.newest(connection), publish_previews(connection, previewed, today)
    places = save_places(store, chosen)
    with store.change(who, "publish" if day == today else "schedule", "plan", now=now) as change:
        connection = change.connection
        plans.lock_villages(connection, previewed.keys())
        for row in plan_figures(connection, plans_by_ids(previewed)):
            if row["state"] == "published":
                raise Conflict("drafts.already_published", **_by(connection, row))
        if audit.newest(connection) != seen:
            chosen = publish_previews(connection, previewed, today)
        edited = edits.not_drawn(connection, previewed)
        for one in chosen:
            if one.fingerprint != previewed[one.id] or one.id in edited:
                raise _changed(connection, one, previewed[one.id])
        reasons = _complete_reasons(chosen, reasons, alike)
        if day == today:
            return put_in_force(change, chosen, reasons, places, who, moment=now, day=today)
        _schedule(change, chosen, reasons, who, day, now)
        return tuple(one.id for one in chosen)


def _complete_reasons(chosen: Sequence[PublishPreview], reasons: Reasons, alike: Alike) -> Reasons:
    """Return the reason of every exception.

    Raises
    ------
    InputRefused
        One has none, or one that is too long.
    """
    found = with_alike(chosen, reasons, alike)
    if longest := next((len(one) for one in found.values() if len(one) > LONGEST_TEXT), None):
        raise InputRefused("registry.too_long", most=LONGEST_TEXT, n=longest)
    if missing := missing_reasons(chosen, found):
        raise InputRefused("drafts.reasons_missing", n=len(missing))
    return found


def latest_day(today: date) -> date:
    """Return the last day for which a plan can be scheduled."""
    return months_later(today, LATEST_MONTHS)


def put_in_force(
    change: Change,
    chosen: Sequence[PublishPreview],
    reasons: Reasons,
    places: Mapping[str, int],
    who: Who,
    *,
    moment: datetime,
    day: date,
) -> tuple[int, ...]:
    """Put plans in force as they were previewed, from a day on that begins or is at `moment`, and return their ids."""
    ids = _save_previewed(change.connection, chosen, reasons, places)
    printed = card_prints.printed(change.connection, [one.plan["village_id"] for one in chosen])
    plans.publish(change.connection, ids, who, now=moment, today=day)
    member_ids = members.ids_by_code(change.connection) if printed else {}
    for one, id_ in zip(chosen, ids, strict=True):
        if one.in_force is not None:
            keep_card_prints(change.connection, printed, (one.in_force["id"], id_), one.change, member_ids)
    schedule.remove(change.connection, [one.id for one in chosen])
    change.object_id = ids[0] if len(ids) == 1 else None
    change.by_village = {
        one.plan["village_id"]: {"plan": id_, "exceptions": len(one.exceptions)}
        for one, id_ in zip(chosen, ids, strict=True)
    }
    return ids


def _schedule(
    change: Change, chosen: Sequence[PublishPreview], reasons: Reasons, who: Who, day: date, now: datetime
) -> None:
    """Let plans come into force on a day, and keep what was seen of them."""
    of_villages = schedule.in_villages([one.plan["village_id"] for one in chosen])
    for one in schedule.scheduled(change.connection, of_villages):
        if one.plan_id not in {of.id for of in chosen}:
            raise Conflict("schedule.another", village=one.village, day=one.day, name=one.maker or "–")
    schedule.add(
        change.connection,
        [
            {
                "plan_id": one.id,
                "village_id": one.plan["village_id"],
                "day": day,
                "instead_of": one.in_force["id"] if one.in_force else None,
                "confirmed": one.confirmed({place: reasons[one.id, place] for place in range(len(one.exceptions))}),
                "made_by": who.account_id,
                "made_at": now,
            }
            for one in chosen
        ],
    )
    change.object_id = chosen[0].id if len(chosen) == 1 else None
    change.by_village = {one.plan["village_id"]: {"plan": one.id, "day": day.isoformat()} for one in chosen}


def save_places(store: Store, chosen: Sequence[PublishPreview]) -> dict[str, int]:
    """Save in drafts, before anybody has to wait for it, where households are in the visiting order of their grids."""
    places = visiting_places(one.planned for one in chosen)
    with store.write() as connection:
        plans.save_places(connection, [one.id for one in chosen if one.plan["state"] == "draft"], places)
    return places


def _save_previewed(
    connection: Connection, chosen: Sequence[PublishPreview], reasons: Reasons, places: Mapping[str, int]
) -> tuple[int, ...]:
    """Save plans as they were previewed, and return their ids."""
    changed = [one for one in chosen if one.plan["state"] == "draft" and not one.is_as_planned]
    if changed:
        town = TownPlan(
            villages=tuple(one.planned for one in changed),
            assignments=tuple(assignment for one in changed for assignment in one.town.assignments),
            shortages=tuple(shortage for one in changed for shortage in one.town.shortages),
        )
        plans.replace_contents(connection, town, {one.plan["village"]: one.id for one in changed}, places=places)
    ids = []
    for one in chosen:
        plan_id = one.id
        if one.plan["state"] == "archived":
            saved = plans.save_plans(connection, one.town, None, repeats=one.plan["revision"], places=places)
            plan_id = saved[one.plan["village"]]
        because = {place: reasons[one.id, place] for place in range(len(one.exceptions))}
        plans.save_accepted_reasons(connection, plan_id, because)
        ids.append(plan_id)
    return tuple(ids)


def _changed(connection: Connection, one: PublishPreview, fingerprint: str) -> Conflict:
    """Return what happened since the preview."""
    if one.in_force is not None and not fingerprint.startswith(f"{one.in_force['id']}-"):
        return Conflict("drafts.published_meanwhile", **_by(connection, one.in_force))
    return Conflict("drafts.changed_meanwhile", village=one.plan["village"])


def _by(connection: Connection, row: RowMapping) -> dict[str, str]:
    """Return who published the plan of a village, and when, for a sentence."""
    when = local_time(connection, row["published_at"])
    return {"village": row["village"], "name": row["publisher"] or "–", "when": when}
