"""The job that takes lists over: reads them once more, and changes the town in one transaction or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, RowMapping

from gridplan.errors import Conflict, InputRefused, NotAllowed
from gridplan.model import Hamlet, Household, Member, TownPlan
from gridplan.service.imports.blockers import import_blockers
from gridplan.service.imports.diff import ImportDiff, StoredTown
from gridplan.service.imports.load_plan import load_plan
from gridplan.service.imports.preview_job import StagedBatch, batch_folder, stage_batch
from gridplan.service.jobs.runner import Progress
from gridplan.service.town.basemap import draw_basemap
from gridplan.store import Change, Store, Who
from gridplan.store.access import scope
from gridplan.store.nouns import row_of
from gridplan.store.plans import plans
from gridplan.store.registry import features, households, members, placement, villages
from gridplan.store.system import imports
from gridplan.words import message_to_json

if TYPE_CHECKING:
    from gridplan.service.imports.first_draft import FirstDraft

ON_BASEMAP = ("road", "water", "building")


@dataclass(frozen=True)
class ImportChanges:
    """What is to be changed, made of a town that looked like `fingerprint`; a finished plan instead of lists."""

    proposal: ImportDiff
    fingerprint: str
    first: FirstDraft | None
    plan: TownPlan | None
    name: str
    """What the draft is to be called."""


def prepare_import(store: Store, request: Mapping[str, Any], progress: Progress) -> ImportChanges:
    """Read the files again and make ready what changes; in the job's own process.

    Raises
    ------
    Conflict
        The town has changed since the planner looked at the preview.
    InputRefused
        Something keeps the lists from being taken over.
    """
    looked = stage_batch(store, request, progress)
    if looked.town.fingerprint != request["fingerprint"]:
        raise Conflict("imports.changed_since")
    if why := next(import_blockers(looked.town, looked.brought, looked.proposal, request["villages"]), None):
        raise InputRefused(why.code, **why.values)
    first = _first_plan(looked, request, progress) if looked.choices.keep else None
    return ImportChanges(looked.proposal, looked.town.fingerprint, first, looked.brought.plan, request["name"])


def _first_plan(looked: StagedBatch, request: Mapping[str, Any], progress: Progress) -> FirstDraft | None:
    from gridplan.service.imports.first_draft import (
        first_draft,  # not above: it loads the engine, and few lists have grids
    )

    brought, town, proposal = looked.brought, looked.town, looked.proposal
    if brought.households is None:
        return None
    grounds = {village.name: village for village in (*town.known, *brought.villages)}
    anchors = {(one.village, one.name): one for one in (*town.hamlets, *brought.hamlets)}
    return first_draft(
        brought.households,
        brought.book,
        homes=_homes_after(town, proposal),
        id_of=proposal.id_of,
        people=_members_after(town, proposal),
        villages=tuple(grounds.values()),
        hamlets=tuple(anchors.values()),
        today=date.fromisoformat(request["today"]),
        progress=progress,
    )


def _homes_after(town: StoredTown, proposal: ImportDiff) -> tuple[Household, ...]:
    """Return the households as they will be, without those retired."""
    stay = [row for row in town.households.values() if row["retired_on"] is None]
    now = [proposal.changed_homes.get(row["id"], households.model_of(row)) for row in stay]
    called = _called_after(town, proposal)
    return (*(replace(home, village=called.get(home.village, home.village)) for home in now), *proposal.new_homes)


def _called_after(town: StoredTown, proposal: ImportDiff) -> dict[str, str]:
    """Return what the villages will be called, by their names now."""
    return {name: proposal.renamed.get(row["id"], name) for name, row in town.villages.items()}


def _members_after(town: StoredTown, proposal: ImportDiff) -> tuple[Member, ...]:
    stay = [row for row in town.members.values() if row["retired_on"] is None]
    now = (proposal.changed_members.get(row["id"], members.model_of(row)) for row in stay)
    called = _called_after(town, proposal)
    every = (*now, *proposal.new_members)
    return tuple(replace(one, village=called.get(one.village, one.village) if one.village else None) for one in every)


# ---- in the service


def apply_import(store: Store, job: RowMapping, taken: ImportChanges, now: datetime) -> Mapping[str, Any]:
    """Take the lists over in one transaction; in the service.

    Raises
    ------
    NotAllowed
        Who confirmed it may no longer import lists of these villages.
    Conflict
        The town has changed in the meantime, or the lists were taken over already.
    """
    batch_id = job["request"]["batch_id"]
    with store.read() as connection:
        row = imports.by_id(connection, batch_id)
        maker = scope.actor(connection, job["made_by"])
    if maker is None or not maker.may("edit lists") or not maker.reaches(taken.proposal.touched):
        raise NotAllowed("entrance.not_allowed")
    who = Who(maker.account_id, maker.role)
    if taken.plan is not None:
        result = _load(store, who, row, taken.plan, taken.name, now)
    else:
        with store.change(who, "import", "lists", now=now) as change:
            result = _apply(change, batch_id, taken, maker.account_id, now)
    shutil.rmtree(batch_folder(store, row), ignore_errors=True)
    if any(kind in ON_BASEMAP for kind in taken.proposal.shapes):
        draw_basemap(store)
    return {"batch_id": batch_id, **result}


def _load(store: Store, who: Who, row: RowMapping, plan: TownPlan, name: str, now: datetime) -> dict[str, Any]:
    if row["state"] != "open" or who.account_id is None:
        raise Conflict("imports.already")
    loaded = load_plan(store, who, plan, name=name, made_by=who.account_id, now=now)
    result = {"draft": loaded.draft_id, "counts": {"new": loaded.households, "new_members": loaded.members}}
    with store.write() as connection:
        imports.change(connection, row["id"], state="confirmed", choices={}, files=[], preview={}, result=result)
    return result


def _apply(change: Change, batch_id: int, taken: ImportChanges, made_by: int, now: datetime) -> dict[str, Any]:
    connection, proposal = change.connection, taken.proposal
    if imports.by_id(connection, batch_id)["state"] != "open":
        raise Conflict("imports.already")
    if imports.fingerprint(connection) != taken.fingerprint:
        raise Conflict("imports.changed_since")
    id_of = _apply_villages(connection, proposal)
    _apply_homes(connection, proposal, id_of)
    _apply_members(connection, proposal, id_of)
    for kind, shapes in proposal.shapes.items():
        features.add(connection, kind, ((None, shape) for shape in shapes))  # type: ignore[arg-type]
    _apply_anchors(connection, proposal.anchors, id_of)
    result: dict[str, Any] = {"counts": counts(proposal)}
    if taken.first is not None:
        result |= _keep_first(connection, taken.first, taken.name, made_by, now)
    touched = proposal.touched | {id_of[village.name] for village in proposal.new_villages}
    change.object_id, change.detail = batch_id, result["counts"]
    change.by_village = {village_id: result["counts"] for village_id in sorted(touched)}
    imports.change(connection, batch_id, state="confirmed", choices={}, files=[], preview={}, result=result)
    return result


def counts(proposal: ImportDiff) -> dict[str, int]:
    """Return how much of each kind is changed, without what is not."""
    found = {
        "new": len(proposal.new_homes),
        "changed": len(proposal.changed_homes),
        "new_members": len(proposal.new_members),
        "changed_members": len(proposal.changed_members),
        "new_villages": len(proposal.new_villages),
        "redrawn": len(proposal.changed_villages),
        "renamed_villages": len(proposal.renamed),
        "anchors": len(proposal.anchors),
        **{kind: len(shapes) for kind, shapes in proposal.shapes.items()},
    }
    return {kind: n for kind, n in found.items() if n}


def _apply_villages(connection: Connection, proposal: ImportDiff) -> dict[str, int]:
    before = villages.ids_by_name(connection)
    for id_, name in proposal.renamed.items():
        imports.update_village(connection, id_, {"name": name})
    villages.add(connection, proposal.new_villages)
    for id_, village in proposal.changed_villages.items():
        values = {"boundary": village.boundary, "code": village.code}
        if given := {column: value for column, value in values.items() if value is not None}:
            imports.update_village(connection, id_, given)
    return before | villages.ids_by_name(connection)


def _apply_homes(connection: Connection, proposal: ImportDiff, id_of: Mapping[str, int]) -> None:
    for id_, home in proposal.changed_homes.items():
        imports.update_household(connection, id_, row_of(home, id_of))
    households.add(connection, proposal.new_homes, id_of)


def _apply_members(connection: Connection, proposal: ImportDiff, id_of: Mapping[str, int]) -> None:
    for id_, one in proposal.changed_members.items():
        imports.update_member(connection, id_, row_of(one, id_of))
    members.add(connection, proposal.new_members, id_of)


def _apply_anchors(connection: Connection, anchors: tuple[Hamlet, ...], id_of: Mapping[str, int]) -> None:
    for anchor in anchors:
        placement.set_anchor(connection, id_of[anchor.village], anchor.name or "", (anchor.lon, anchor.lat))


def _keep_first(connection: Connection, first: FirstDraft, name: str, made_by: int, now: datetime) -> dict[str, Any]:
    known = members.ids_by_code(connection)
    strangers = [one for one in first.town.members if one.member_id not in known]
    members.add(connection, strangers, villages.ids_by_name(connection))
    draft = plans.save_draft(
        connection,
        first.town,
        name=name,
        made_by=made_by,
        now=now,
        settings={"kept": True},
        notes=first.notes,
    )
    return {"draft": draft, "grids": first.grids, "broken": list(map(message_to_json, first.broken))}
