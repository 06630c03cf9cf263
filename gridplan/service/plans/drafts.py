"""What a planner may ask for when a village is to be planned, and what is done with the drafts that come of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Final, Literal, get_args

from sqlalchemy import Connection, RowMapping

from gridplan import metrics
from gridplan.engine.model.effort import Effort
from gridplan.engine.model.feasible import feasible_grids
from gridplan.model import Member
from gridplan.planning.staffing.staffing import is_available
from gridplan.store import Store, Who
from gridplan.store.database import Change
from gridplan.store.plans import drafts, overview, plans
from gridplan.store.registry import members, villages
from gridplan.store.system import jobs
from gridplan.words import Message

How = Literal["target", "grids", "members", "price"]
HOWS: Final[tuple[How, ...]] = get_args(How)
EFFORTS: Final[tuple[Effort, ...]] = get_args(Effort)
LARGEST_GRID: Final = 100
LISTED: Final = 5
"""So many villages are named in a sentence, the rest are only counted."""
UNDO: Final = timedelta(days=1)
"""How long a deleted draft can be taken back."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a planner asks for: villages by id, the bounds, how the number of grids is found, and how hard to try."""

    name: str
    villages: tuple[int, ...]
    least: int = 10
    most: int = 15
    how: How = "target"
    value: float | None = 12
    """The target, the number of grids or the metres per grid; nothing where the members decide."""
    effort: Effort = "standard"
    keep_leads: bool = True


@dataclass(frozen=True, slots=True)
class Ground:
    """A village that can be planned: its households, how many grids its members can lead, the plan in force."""

    id: int
    name: str
    households: int
    in_no_grid: int
    leads: int
    plan: RowMapping | None


def grounds(connection: Connection, scope: villages.Scope, today: date) -> list[Ground]:
    """Return the villages of a scope, by name."""
    homes = overview.household_counts(connection, scope)
    able = places_to_lead(members.models(connection, scope), today)
    found = villages.rows(connection, scope)
    in_force = {row["village_id"]: row for row in drafts.figures(connection, drafts.in_force([r["id"] for r in found]))}
    none = {"households": 0, "in_no_grid": 0}
    return [
        Ground(
            row["id"], row["name"], here["households"], here["in_no_grid"], able[row["name"]], in_force.get(row["id"])
        )
        for row in found
        for here in [homes.get(row["id"], none)]
    ]


def suggested(connection: Connection, known: Sequence[Ground], today: date) -> Wish:
    """Return what is most likely wanted: the villages that have households and no plan, or else all; today's name."""
    taken = {row["name"] for row in drafts.rows(connection)}
    names = (today.isoformat() if n == 1 else f"{today.isoformat()} ({n})" for n in count(1))
    ready = [ground for ground in known if ground.households]
    unplanned = [ground.id for ground in ready if ground.plan is None]
    chosen = unplanned or [ground.id for ground in ready]
    return Wish(next(name for name in names if name not in taken), tuple(chosen))


def places_to_lead(people: Sequence[Member], today: date) -> Counter[str]:
    """Return how many grids the members of each village can lead on a day."""
    able = Counter[str]()
    for member in people:
        if member.village and is_available(member, today):
            able[member.village] += member.max_grids
    return able


def problems(wish: Wish, known: Sequence[Ground]) -> dict[str, Message]:
    """Return what is impossible about a wish, by the field that has to change."""
    chosen = [ground for ground in known if ground.id in wish.villages]
    return {field: message for field, message in _problems(wish, chosen) if message}


def _problems(wish: Wish, chosen: Sequence[Ground]) -> Iterator[tuple[str, Message | None]]:
    if not chosen:
        yield "villages", Message("drafts.wrong.no_village")
    elif empty := [ground.name for ground in chosen if not ground.households]:
        yield "villages", Message("drafts.wrong.empty", {"villages": _named(empty)})
    if not 1 <= wish.least <= wish.most <= LARGEST_GRID:
        yield "bounds", Message("drafts.wrong.bounds", {"most": LARGEST_GRID})
    elif wish.how == "members":
        if nobody := [ground.name for ground in chosen if not ground.leads]:
            yield "members", Message("drafts.wrong.nobody", {"villages": _named(nobody)})
    else:
        yield wish.how, _on_value(wish, chosen)


def _on_value(wish: Wish, chosen: Sequence[Ground]) -> Message | None:
    value = wish.value
    if value is None or not math.isfinite(value) or value <= 0:
        return Message(f"drafts.wrong.{wish.how}", {"least": wish.least, "most": wish.most})
    if wish.how == "target" and not wish.least <= value <= wish.most:
        return Message("drafts.wrong.target", {"least": wish.least, "most": wish.most})
    if wish.how == "grids":
        able = [feasible_grids(one.households, wish.least, wish.most) or range(1, 2) for one in chosen]
        fewest, greatest = sum(one[0] for one in able), sum(one[-1] for one in able)
        if not fewest <= value <= greatest or value != int(value):
            limits = {"least": wish.least, "most": wish.most, "fewest": fewest, "greatest": greatest}
            return Message("drafts.wrong.count", limits)
    return None


def _named(names: Sequence[str]) -> Message:
    """Return the first of some villages by name, and how many there are besides."""
    shown = ", ".join(names[:LISTED])
    if len(names) <= LISTED:
        return Message("drafts.named", {"villages": shown})
    return Message("drafts.named_more", {"villages": shown, "n": len(names) - LISTED})


def ask(store: Store, wish: Wish, *, made_by: int, now: datetime, today: date) -> int:
    """Queue the planning of a wish and return the id of the job."""
    with store.write() as connection:
        request = asdict(wish) | {"today": today.isoformat()}
        return jobs.add(connection, "plan", request, made_by=made_by, now=now)


# ---- drafts


@dataclass(frozen=True)
class Figures:
    """What some plans come to together."""

    villages: int
    households: int
    grids: int
    exceptions: int
    unled: int
    in_no_grid: int
    walk_m: float | None
    """Of the villages that are drawn; None where none is."""
    gap: float | None
    """How far at most that is above the best possible; None where nobody knows."""


def figures(rows: Sequence[RowMapping]) -> Figures:
    """Return what plans come to, from their rows of `drafts.figures`."""
    drawn = [row for row in rows if row["walk_m"] is not None and not row["undrawn"]]
    walk = sum(row["walk_m"] for row in drawn) if drawn else None
    bounds = [row["lower_bound_m"] for row in drawn]
    gap = None if walk is None or None in bounds else metrics.gap(walk, sum(bounds))
    counted = {
        name: sum(row[name] for row in rows) for name in ("households", "grids", "exceptions", "unled", "in_no_grid")
    }
    return Figures(villages=len(rows), walk_m=walk, gap=gap, **counted)


@dataclass(frozen=True)
class Draft:
    """A draft, what it comes to, and its plans, by village."""

    row: RowMapping
    figures: Figures
    plans: tuple[RowMapping, ...]

    @property
    def published(self) -> int:
        """How many of its plans were put in force."""
        return sum(one["state"] != "draft" for one in self.plans)


def listed(connection: Connection, scope: villages.Scope) -> list[Draft]:
    """Return the drafts of a scope, the latest first."""
    found = drafts.rows(connection, scope)
    of: dict[int, list[RowMapping]] = {row["id"]: [] for row in found}
    for one in drafts.figures(connection, drafts.of_drafts(of.keys())):
        of[one["draft_id"]].append(one)
    return [Draft(row, figures(of[row["id"]]), tuple(of[row["id"]])) for row in found]


def one(connection: Connection, draft_id: int) -> Draft:
    """Return a draft.

    Raises
    ------
    NotHere
        There is none.
    """
    row = drafts.by_id(connection, draft_id)
    found = drafts.figures(connection, drafts.of_drafts([draft_id]))
    return Draft(row, figures(found), tuple(found))


def rename(store: Store, who: Who, draft_id: int, name: str, *, now: datetime) -> None:
    """Give a draft another name; without one it keeps its own."""
    with store.change(who, "rename", "draft", now=now) as change:
        drafts.by_id(change.connection, draft_id)
        _about(change, draft_id)
        if name:
            drafts.rename(change.connection, draft_id, name)


def delete(store: Store, who: Who, draft_id: int, *, now: datetime) -> None:
    """Delete a draft; it can be taken back for a day. Plans of it that were published stay."""
    with store.change(who, "delete", "draft", now=now) as change:
        drafts.by_id(change.connection, draft_id)
        _about(change, draft_id)
        drafts.forget(change.connection, now - UNDO)
        drafts.set_deleted(change.connection, draft_id, now)


def take_back(store: Store, who: Who, draft_id: int, *, now: datetime) -> None:
    """Take a deleted draft back.

    Raises
    ------
    NotHere
        It was not deleted, or is gone for good.
    """
    with store.change(who, "take back", "draft", now=now) as change:
        drafts.by_id(change.connection, draft_id, deleted=True)
        _about(change, draft_id)
        drafts.set_deleted(change.connection, draft_id, None)


def _about(change: Change, draft_id: int) -> None:
    change.object_id = draft_id
    change.by_village = {village_id: {} for village_id in plans.of_draft(change.connection, draft_id)}
