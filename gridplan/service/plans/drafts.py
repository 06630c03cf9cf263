"""Drafts: what each comes to, and how it is renamed, deleted and restored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from gridplan import metrics
from gridplan.errors import Conflict, NotFound
from gridplan.model import PlanException, Shortage, TownPlan
from gridplan.roles import Actor
from gridplan.service.jobs.control import JobStatus, open_jobs
from gridplan.service.plans.absences import absence_revision, with_absent_counts
from gridplan.service.plans.plans_as_of_now import town_for_files
from gridplan.service.redraw.drawing import ensure_drawn
from gridplan.service.town.town_map import homes_on_map, links_of, map_of, places_of, unplaced
from gridplan.store import Store, Who
from gridplan.store.access import scope
from gridplan.store.database import Change
from gridplan.store.plans import consultations, drafts, plans, schedule
from gridplan.store.plans.consultations import ConsultationState
from gridplan.store.plans.households_and_members import household_counts, sizes
from gridplan.store.plans.plan_figures import of_drafts, plan_figures
from gridplan.store.plans.schedule import ScheduledPlan
from gridplan.store.registry import villages
from gridplan.words import Lang, Message

RESTORE_WITHIN: Final = timedelta(days=1)
"""How long a deleted draft can be restored."""


@dataclass(frozen=True)
class Figures:
    """What some plans come to together."""

    villages: int
    households: int
    grids: int
    exceptions: int
    without_lead: int
    in_no_grid: int
    walk_m: float | None
    """Of the villages that are drawn; None where none is."""
    gap: float | None
    """How far at most that is above the best possible; None where it is not known."""


def figures_of(rows: Sequence[RowMapping]) -> Figures:
    """Return what plans come to, from their rows of `plan_figures`."""
    drawn = [row for row in rows if row["walk_m"] is not None and not row["not_drawn"]]
    walk = sum(row["walk_m"] for row in drawn) if drawn else None
    bounds = [row["lower_bound_m"] for row in drawn]
    gap = None if walk is None or None in bounds else metrics.gap(walk, sum(bounds))
    counted = {
        name: sum(row[name] for row in rows)
        for name in ("households", "grids", "exceptions", "without_lead", "in_no_grid")
    }
    return Figures(villages=len(rows), walk_m=walk, gap=gap, **counted)


@dataclass(frozen=True)
class Draft:
    """A draft, what it comes to, and its plans, by village."""

    row: RowMapping
    figures: Figures
    plans: tuple[RowMapping, ...]
    scheduled: tuple[ScheduledPlan, ...]
    """Those of them that are to come into force on a day."""

    @property
    def published(self) -> int:
        """How many of its plans were put in force."""
        return sum(one["state"] != "draft" for one in self.plans)

    @property
    def in_force(self) -> tuple[RowMapping, ...]:
        """Those of its plans that are in force."""
        return tuple(one for one in self.plans if one["state"] == "published")

    @property
    def told_ids(self) -> list[int]:
        """The ids of those of its plans of which something is told: they are in force, or will be from a day on."""
        return [*(one["id"] for one in self.in_force), *(one.plan_id for one in self.scheduled)]

    @property
    def open_ids(self) -> list[int]:
        """The ids of those of its plans that were not published yet."""
        return [one["id"] for one in self.plans if one["state"] == "draft"]


@dataclass(frozen=True)
class DraftList:
    """The drafts of a scope, the latest first, and what is to be said beside them."""

    drafts: tuple[Draft, ...]
    has_plan_in_force: bool
    jobs: tuple[JobStatus, ...]
    """Those that make more drafts."""


def draft_list(store: Store, actor: Actor) -> DraftList:
    """Return the drafts in the scope of an account."""
    with store.read() as connection:
        found = drafts_in_scope(connection, actor.scope)
        in_force = plans.published(connection, actor.scope)
    return DraftList(found, bool(in_force), tuple(open_jobs(store, actor, "plan")))


def drafts_in_scope(connection: Connection, scope: villages.Scope) -> tuple[Draft, ...]:
    """Return the drafts of a scope, the latest first."""
    found = drafts.draft_rows(connection, scope)
    of: dict[int, list[RowMapping]] = {row["id"]: [] for row in found}
    for one in plan_figures(connection, of_drafts(of.keys())):
        of[one["draft_id"]].append(one)
    waiting: dict[int | None, list[ScheduledPlan]] = defaultdict(list)
    for scheduled in schedule.scheduled(connection, of_drafts(of.keys())):
        waiting[scheduled.draft_id].append(scheduled)
    return tuple(
        Draft(row, figures_of(of[row["id"]]), tuple(of[row["id"]]), tuple(waiting[row["id"]])) for row in found
    )


def draft_by_id(store: Store, draft_id: int) -> Draft:
    """Return a draft.

    Raises
    ------
    NotFound
        There is none.
    """
    with store.read() as connection:
        return read_draft(connection, draft_id)


def read_draft(connection: Connection, draft_id: int) -> Draft:
    """Return a draft, as `draft_by_id` does."""
    row = drafts.by_id(connection, draft_id)
    found = plan_figures(connection, of_drafts([draft_id]))
    waiting = schedule.scheduled(connection, of_drafts([draft_id]))
    return Draft(row, figures_of(found), tuple(found), tuple(waiting))


def require_draft(store: Store, actor: Actor, draft_id: int) -> None:
    """Refuse a draft that is deleted or out of the scope of an account.

    Raises
    ------
    NotFound
        There is no such draft, or not all of it is in the scope.
    """
    with store.read() as connection:
        drafts.by_id(connection, draft_id)
        if not actor.reaches(scope.of_draft(connection, draft_id)):
            raise NotFound("entrance.not_here")


@dataclass(frozen=True)
class DraftPage:
    """A draft, what is not right about its plans, and what it can be compared with."""

    draft: Draft
    exceptions: tuple[PlanException, ...]
    shortages: tuple[tuple[int, Shortage], ...]
    """The grids without a lead, each after the id of its plan."""
    others: tuple[Draft, ...]
    has_plan_in_force: bool
    """Whether another plan is in force in one of its villages."""
    asked: Mapping[int, ConsultationState]
    """How far the latest consultation copies of its plans are, by the id of the plan."""


def draft_page(store: Store, actor: Actor, draft_id: int) -> DraftPage:
    """Return a draft with all that its page shows."""
    with store.read() as connection:
        draft = read_draft(connection, draft_id)
        plan_of = plans.of_draft(connection, draft_id)
        town = plans.town(connection, list(plan_of.values()))
        others = tuple(one for one in drafts_in_scope(connection, actor.scope) if one.row["id"] != draft_id)
        in_force = set(plans.published(connection, plan_of.keys()).values()) - set(plan_of.values())
        asked = consultations.latest_states(connection, plan_of.values())
    ids = {one["village"]: one["id"] for one in draft.plans}
    shortages = tuple((ids[one.village], replace(one, offers=_offers(one))) for one in town.shortages)
    return DraftPage(draft, town.exceptions, shortages, others, bool(in_force), asked)


def _offers(shortage: Shortage) -> tuple[Message, ...]:
    """Return what can be done about a grid without a lead, for a page: it has no command line."""
    return tuple(
        Message("drafts.offer.larger", offer.values) if offer.code == "assign.offer.larger" else offer
        for offer in shortage.offers
    )


def steps_taken(store: Store, *draft_ids: int) -> int:
    """Return what is another number after every edit of drafts."""
    with store.read() as connection:
        return drafts.steps_taken(connection, draft_ids)


def draw_draft(store: Store, draft_id: int) -> None:
    """Draw the plans of a draft exactly that were edited since they were drawn."""
    with store.read() as connection:
        plan_of = plans.of_draft(connection, draft_id)
    ensure_drawn(store, plan_of.values())


def draft_town(store: Store, draft_id: int, day: date | None = None) -> tuple[str, TownPlan]:
    """Return the name of a draft and its plans, as they are written into a file; with a `day`, who is away then."""
    draw_draft(store, draft_id)
    with store.read() as connection:
        name = drafts.by_id(connection, draft_id)["name"]
        return name, town_for_files(connection, plans.of_draft(connection, draft_id).values(), day)


def absences_of_draft(store: Store, draft_id: int, day: date) -> str:
    """Return what is another one on a day when sizes on the map of a draft are judged otherwise."""
    with store.read() as connection:
        return absence_revision(connection, plans.of_draft(connection, draft_id).values(), day)


def draft_map(store: Store, draft_id: int, lang: Lang, day: date) -> dict[str, Any]:
    """Return the map of a draft; sizes are judged by who lives there on a day, where the town chose that."""
    draw_draft(store, draft_id)
    with store.read() as connection:
        plan_of = plans.of_draft(connection, draft_id)
        town = plans.town(connection, list(plan_of.values()), with_households=False)
        links = links_of(connection, plan_of)
        town = with_absent_counts(connection, town, links.plans, day)
        inside, loose = Counter[int](), Counter[int]()
        for (plan_id, number), size in sizes(connection, plan_of.values()).items():
            (loose if number is None else inside)[plan_id] += size
        placed = {id_: row["households"] == row["placed"] for id_, row in household_counts(connection, plan_of).items()}
        counts = {}
        for village_id, plan_id in plan_of.items():
            n = inside[plan_id] + loose[plan_id]
            counts[village_id] = (n, loose[plan_id], n if placed.get(village_id, True) else 0)
        whole = plans.town(connection, [plan_of[id_] for id_ in unplaced(counts)]).villages
        homes = homes_on_map(connection, town, links, counts, whole)
    return map_of(town, lang, homes=homes, links=links)


def draft_places(store: Store, draft_id: int, village_id: int, lang: Lang) -> dict[str, Any]:
    """Return where the households of a village stand, with their grids of a draft.

    Raises
    ------
    NotFound
        The draft has no plan of this village.
    """
    with store.read() as connection:
        plan_id = plans.of_draft(connection, draft_id).get(village_id)
        if plan_id is None:
            raise NotFound("entrance.not_here")
        return places_of(connection, village_id, plans.town(connection, [plan_id]).villages[0], lang)


def rename_draft(store: Store, who: Who, draft_id: int, name: str, *, now: datetime) -> None:
    """Give a draft another name; without one it keeps its own."""
    with store.change(who, "rename", "draft", now=now) as change:
        _note_draft(change, draft_id)
        if name:
            drafts.change(change.connection, draft_id, name=name)


def delete_draft(store: Store, who: Who, draft_id: int, *, now: datetime) -> None:
    """Delete a draft; it can be restored for a day. Plans of it that were published stay.

    Raises
    ------
    Conflict
        A plan of it is scheduled.
    """
    with store.change(who, "delete", "draft", now=now) as change:
        _note_draft(change, draft_id)
        for one in schedule.scheduled(change.connection, of_drafts([draft_id])):
            raise Conflict("schedule.not_deleted", village=one.village, day=one.day)
        drafts.purge_deleted(change.connection, now - RESTORE_WITHIN)
        drafts.change(change.connection, draft_id, deleted_at=now)


def restore_deleted(store: Store, who: Who, draft_id: int, *, now: datetime) -> None:
    """Restore a deleted draft.

    Raises
    ------
    NotFound
        It was not deleted, or is gone for good.
    """
    with store.change(who, "undelete", "draft", now=now) as change:
        _note_draft(change, draft_id, deleted=True)
        drafts.change(change.connection, draft_id, deleted_at=None)


def _note_draft(change: Change, draft_id: int, *, deleted: bool = False) -> None:
    """Refuse a draft that is not there; note which one the change is about."""
    drafts.by_id(change.connection, draft_id, deleted=deleted)
    change.object_id = draft_id
    change.by_village = {village_id: {} for village_id in plans.of_draft(change.connection, draft_id)}
