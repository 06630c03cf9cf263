"""The job that applies lists or a finished plan: it reads the files again, and changes the town in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from gridplan import metrics
from gridplan.errors import Conflict, InputRefused
from gridplan.model import TownPlan
from gridplan.service.imports.diff import ImportDiff, import_blockers, stage_batch
from gridplan.service.imports.imported_land import ImportedLand, land_to_import
from gridplan.service.imports.load_plan import add_new_members, load_in_change
from gridplan.service.imports.staging import remove_closed_folders
from gridplan.service.jobs.control import Progress, finish_job, maker_of
from gridplan.service.town.basemap import draw_basemap
from gridplan.store import Change, Store, tables
from gridplan.store.plans import plans
from gridplan.store.registry import features, households, members, placement, villages
from gridplan.store.rows import row_of, update_row
from gridplan.store.system import imports
from gridplan.store.system.town_settings import town_day
from gridplan.words import Message, message_to_json

ON_BASEMAP = ("road", "water", "building")


@dataclass(frozen=True)
class ImportChanges:
    """What is to be changed about a town; a finished plan instead of lists."""

    diff: ImportDiff
    first_draft: tuple[TownPlan, tuple[Message, ...], tuple[Message, ...]] | None
    """The plan of the grids that the lists have, what was noticed, and the rules that it breaks."""
    plan: TownPlan | None


# ---- in the job's own process


def prepare_import(store: Store, request: Mapping[str, Any], progress: Progress) -> ImportChanges:
    """Read the files again and return what changes.

    Raises
    ------
    Conflict
        The town has changed since the preview.
    InputRefused
        Something keeps the lists from being applied.
    """
    batch = stage_batch(store, request, progress)
    if batch.town.fingerprint != request["fingerprint"]:
        raise Conflict("imports.changed_since")
    if why := next(import_blockers(batch), None):
        raise InputRefused(why.code, **why.values)
    first = None
    if batch.choices.keep_grids:
        from gridplan.service.imports.first_draft import first_draft  # not above: it loads the engine

        first = first_draft(batch, today=date.fromisoformat(request["today"]), progress=progress)
    return ImportChanges(batch.diff, first, batch.lists.plan)


# ---- in the service


def apply_import(store: Store, job: RowMapping, changes: ImportChanges, now: datetime) -> None:
    """Change the town, close the batch and finish the job in one transaction.

    Raises
    ------
    NotAllowed
        Who confirmed it may no longer import lists of these villages.
    Conflict
        The town has changed in the meantime, the batch was applied already, or the job was cancelled.
    """
    batch_id = job["request"]["batch_id"]
    who = maker_of(store, job, "edit lists", changes.diff.touched)
    verb, object_ = ("import", "lists") if changes.plan is None else ("load", "plan")
    with store.change(who, verb, object_, now=now) as change:
        if imports.by_id(change.connection, batch_id)["state"] != "open":
            raise Conflict("imports.already")
        result = _apply(change, job, changes, now)
        imports.change(change.connection, batch_id, state="confirmed", choices={}, files=[], preview={}, result=result)
        told = {key: what for key, what in result.items() if key != "land"}
        finish_job(change.connection, job, {"batch_id": batch_id, **told}, now)
    remove_closed_folders(store)
    if any(kind in ON_BASEMAP for kind in changes.diff.shapes):
        draw_basemap(store)


def _apply(change: Change, job: RowMapping, changes: ImportChanges, now: datetime) -> dict[str, Any]:
    connection, diff = change.connection, changes.diff
    name, made_by = job["request"]["name"], job["made_by"]
    if changes.plan is not None:
        loaded = load_in_change(change, changes.plan, name=name, made_by=made_by, now=now)
        return {"draft": loaded.draft_id, "counts": {"new": loaded.households, "new_members": loaded.members}}
    if imports.fingerprint(connection) != job["request"]["fingerprint"]:
        raise Conflict("imports.changed_since")
    land, id_of = _apply_villages(connection, diff)
    today = town_day(connection, now)
    households.note_moves(connection, {id_: id_of[home.village] for id_, home in diff.changed_homes.items()}, today)
    for table, changed in ((tables.household, diff.changed_homes), (tables.member, diff.changed_members)):
        for id_, noun in changed.items():
            update_row(connection, table, id_, row_of(noun, id_of))
    households.add(connection, diff.new_homes, id_of, today=today)
    members.add(connection, diff.new_members, id_of)
    added: list[int] = []
    for kind, shapes in diff.shapes.items():
        added += features.add(connection, kind, ((None, shape) for shape in shapes))  # type: ignore[arg-type]
    for anchor in diff.anchors:
        placement.set_anchor(connection, id_of[anchor.village], anchor.name or "", (anchor.lon, anchor.lat))
    result: dict[str, Any] = {"counts": diff.counts, "land": land}
    if changes.first_draft is not None:
        town, notes, broken = changes.first_draft
        add_new_members(connection, town, id_of)
        draft = plans.save_draft(
            connection, town, name=name, made_by=made_by, now=now, settings={"kept": True}, notes=notes
        )
        result |= {"draft": draft, "grids": metrics.grids(town), "broken": list(map(message_to_json, broken))}
    touched = diff.touched | {id_of[village.name] for village in diff.new_villages}
    change.object_id, change.detail = job["request"]["batch_id"], result["counts"]
    if added:
        change.by_village[None] = change.detail | {"ids": features.runs_of(added)}
    change.by_village |= {village_id: result["counts"] for village_id in sorted(touched)}
    return result


def _apply_villages(connection: Connection, diff: ImportDiff) -> tuple[ImportedLand, dict[str, int]]:
    """Apply what lists say of villages; return what there was of land, and the ids of all villages by name."""
    before = villages.ids_by_name(connection)
    for id_, name in diff.renamed.items():
        row = villages.by_id(connection, id_)
        former = villages.with_former(row, name, row["code"])
        update_row(connection, tables.village, id_, {"name": name, "former_names": former})
    villages.add(connection, diff.new_villages)
    id_of = before | villages.ids_by_name(connection)
    land = land_to_import(connection, diff, id_of)
    for id_ in diff.returned_villages:
        update_row(connection, tables.village, id_, {"retired_on": None})
    for id_, village in diff.changed_villages.items():
        values = {"boundary": village.boundary, "code": village.code, "phone": village.phone, "town": village.town}
        if given := {column: value for column, value in values.items() if value is not None}:
            row = villages.by_id(connection, id_)
            given["former_names"] = villages.with_former(row, row["name"], village.code or row["code"])
            update_row(connection, tables.village, id_, given)
    return land, id_of
