"""An import batch staged beside the town: its files read, what they would change, and what blocks that."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import RowMapping

from gridplan.service.imports.diff import ImportDiff, StoredTown, import_diff, read_town
from gridplan.service.imports.staging import (
    ImportChoices,
    StagedLists,
    UploadedFile,
    read_staged_lists,
    staged_files,
    unpack_archives,
)
from gridplan.service.jobs.runner import Progress
from gridplan.service.jobs.status import step
from gridplan.store import Store
from gridplan.store.registry import features
from gridplan.store.registry.villages import Scope
from gridplan.store.system import imports
from gridplan.words import Message, series

IMPORTS_FOLDER: Final = "imports"
"""The folder of the store that has a folder for every import batch."""
NAMES_SHOWN: Final = 5


@dataclass(frozen=True)
class StagedBatch:
    """What the files of an import batch hold, beside the town as it is."""

    folder: Path
    files: tuple[UploadedFile, ...]
    choices: ImportChoices
    town: StoredTown
    lists: StagedLists
    diff: ImportDiff
    scope: Scope
    """The villages of the planner who asked; None for an administrator."""


def batch_folder(store: Store, row: RowMapping) -> Path:
    """Return the folder that the files of an import batch are in."""
    return store.folder / IMPORTS_FOLDER / str(row["folder"])


def remove_closed_folders(store: Store) -> None:
    """Remove the folders of batches that were applied or discarded, those that a crash has left behind among them."""
    folders = {path.name: path for path in (store.folder / IMPORTS_FOLDER).glob("*")}
    with store.read() as connection:
        closed = imports.closed_folders(connection, folders)
    for name in closed:
        shutil.rmtree(folders[name], ignore_errors=True)


def stage_batch(store: Store, request: Mapping[str, Any], progress: Progress) -> StagedBatch:
    """Read the files of an import batch, and what they would change about the town."""
    with store.read() as connection:
        row = imports.by_id(connection, request["batch_id"])
        town = read_town(connection)
    folder, choices = batch_folder(store, row), ImportChoices(**row["choices"])
    files = unpack_archives(folder, row["files"])
    steps = 2 * len(files) + 1
    done = 0

    def report(name: str) -> None:
        nonlocal done
        done = min(done + 1, steps - 1)
        progress(step(Message("imports.at.reading", {"file": name}), done, steps))

    lists = read_staged_lists(staged_files(folder, files, choices, report), town.known, town.hamlets, report)
    progress(step(Message("imports.at.comparing"), steps - 1, steps))
    diff = import_diff(town, lists, choices)
    return StagedBatch(folder, tuple(files), choices, town, lists, diff, request["villages"])


def import_blockers(batch: StagedBatch) -> Iterator[Message]:
    """Yield why nothing can be applied as it is."""
    lists = batch.lists
    for file in lists.files:
        if file.problem is not None and file.kind != "aside":
            yield Message("imports.blocked.file", {"name": file.name})
    plans = sum(file.kind == "plan" for file in lists.files)
    if plans > 1 or (plans and (lists.households or lists.members or lists.villages or lists.hamlets or lists.shapes)):
        yield Message("imports.blocked.plan_alone")
    if batch.diff.retired_villages:
        yield Message("imports.blocked.retired_villages", _named(batch.diff.retired_villages))
    if batch.scope is not None:
        yield from _out_of_scope(batch, batch.scope)


def _out_of_scope(batch: StagedBatch, scope: Collection[int]) -> Iterator[Message]:
    town, diff, plan = batch.town, batch.diff, batch.lists.plan
    name_of = {row["id"]: name for name, row in town.villages.items()}
    of_plan = {one.plan.village for one in plan.villages} if plan else set()
    new = {village.name for village in diff.new_villages} | (of_plan - town.villages.keys())
    if new:
        yield Message("imports.blocked.new_villages", _named(new))
    touched = diff.touched | {town.villages[name]["id"] for name in of_plan & town.villages.keys()}
    if others := {name_of[id_] for id_ in touched if id_ not in scope}:
        yield Message("imports.blocked.other_villages", _named(others))
    if of_town := [one.name for one in (*diff.new_members, *diff.changed_members.values()) if not one.village]:
        yield Message("imports.blocked.town_members", _named(of_town))
    shapes = [shape for found in diff.shapes.values() for shape in found]
    reached = {id_ for shape in shapes for id_ in features.villages_of(town.grounds, shape)}
    if n := len(reached - set(scope)):
        yield Message("imports.blocked.features", {"n": n})


def _named(names: Collection[str]) -> dict[str, object]:
    return {"names": series(sorted(names), NAMES_SHOWN)}
