"""Drafts: what each comes to, and how it is renamed, deleted and restored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, RowMapping

from gridplan import metrics
from gridplan.store import Store, Who
from gridplan.store.database import Change
from gridplan.store.plans import drafts, plans
from gridplan.store.registry import villages

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
    """How far at most that is above the best possible; None where nobody knows."""


def figures_of(rows: Sequence[RowMapping]) -> Figures:
    """Return what plans come to, from their rows of `drafts.figures`."""
    drawn = [row for row in rows if row["walk_m"] is not None and not row["undrawn"]]
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

    @property
    def published(self) -> int:
        """How many of its plans were put in force."""
        return sum(one["state"] != "draft" for one in self.plans)


def list_drafts(connection: Connection, scope: villages.Scope) -> list[Draft]:
    """Return the drafts of a scope, the latest first."""
    found = drafts.rows(connection, scope)
    of: dict[int, list[RowMapping]] = {row["id"]: [] for row in found}
    for one in drafts.figures(connection, drafts.of_drafts(of.keys())):
        of[one["draft_id"]].append(one)
    return [Draft(row, figures_of(of[row["id"]]), tuple(of[row["id"]])) for row in found]


def draft_by_id(connection: Connection, draft_id: int) -> Draft:
    """Return a draft.

    Raises
    ------
    NotHere
        There is none.
    """
    row = drafts.by_id(connection, draft_id)
    found = drafts.figures(connection, drafts.of_drafts([draft_id]))
    return Draft(row, figures_of(found), tuple(found))


def rename_draft(store: Store, who: Who, draft_id: int, name: str, *, now: datetime) -> None:
    """Give a draft another name; without one it keeps its own."""
    with store.change(who, "rename", "draft", now=now) as change:
        drafts.by_id(change.connection, draft_id)
        _about(change, draft_id)
        if name:
            drafts.rename(change.connection, draft_id, name)


def delete_draft(store: Store, who: Who, draft_id: int, *, now: datetime) -> None:
    """Delete a draft; it can be restored for a day. Plans of it that were published stay."""
    with store.change(who, "delete", "draft", now=now) as change:
        drafts.by_id(change.connection, draft_id)
        _about(change, draft_id)
        drafts.purge_deleted(change.connection, now - RESTORE_WITHIN)
        drafts.set_deleted(change.connection, draft_id, now)


def restore_deleted(store: Store, who: Who, draft_id: int, *, now: datetime) -> None:
    """Restore a deleted draft.

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
